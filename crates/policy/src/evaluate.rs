//! All policies that bear on one request, and the decision.

use std::fmt;

use crate::{Context, Document, Principal, document::Verdict, principal::Meant};

/// One request as policies see it.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// Who asks.
    pub principal: &'a Principal,
    /// What for, for example `lambda:InvokeFunction`.
    pub action: &'a str,
    /// On what: an ARN, or `*` for actions that have no resource.
    pub resource: &'a str,
    /// Under which circumstances.
    pub context: &'a Context,
}

/// The policies that bear on a request.
#[derive(Clone, Copy, Debug)]
pub struct Policies<'a> {
    /// The account that the resource belongs to.
    pub resource_account: &'a str,
    /// The policies of the one who asks; of a session, those of its role.
    pub identity: &'a [&'a Document],
    /// The policy of the resource.
    pub resource: Option<&'a Document>,
    /// What the user or role is limited to.
    pub boundary: Option<&'a Document>,
    /// What the session is limited to: each of the lists of policies given when it began, if any.
    pub session: Option<&'a [&'a Document]>,
}

/// Whether, and to whom, something was granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Granted {
    /// It was not.
    No,
    /// To the role of the one who asks.
    ToRole,
    /// To the one who asks, by its own ARN.
    ToItself,
}

/// Where a decision comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyKind {
    /// The caller's own policies.
    Identity,
    /// The policy of the resource.
    Resource,
    /// The permissions boundary.
    Boundary,
    /// The policies of the session.
    Session,
}

/// The decision on a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It may be done.
    Allowed,
    /// It may not.
    Refused(Refusal),
}

/// Why a request may not be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// A policy denies it.
    Denied(PolicyKind),
    /// A policy that would have to allow it does not.
    NotAllowed(PolicyKind),
}

// === impl Policies ===

impl Policies<'_> {
    /// Decides a request.
    ///
    /// An explicit deny anywhere wins. Within an account it takes the caller's own policies or the
    /// resource's; between accounts both. Boundary and session policies limit what the caller's own
    /// policies give, and what the resource gives to its role, but not what the resource gives to
    /// the caller by name.
    pub fn decide(&self, request: &Request<'_>) -> Decision {
        let weight = match self.weigh(request) {
            Ok(weight) => weight,
            Err(refusal) => return Decision::Refused(refusal),
        };
        match request.principal {
            Principal::Service(_) | Principal::Anonymous => {
                need(weight.resource, PolicyKind::Resource)
            }
            asking if asking.account() == Some(self.resource_account) => within(asking, weight),
            asking => between(asking, weight),
        }
    }

    /// Decides whether a role may be taken on, whose trust policy is the policy of the resource.
    ///
    /// The caller's own policies are not enough here: the trust policy has to let it in, by name or
    /// by its account, and only in the latter case do its own policies have a say.
    pub fn decide_assumption(&self, request: &Request<'_>) -> Decision {
        self.decide_guarded(request, Granted::No)
    }

    /// Decides about a resource whose policy everybody has to pass, like a key: the policy lets them in
    /// by name, or by their account, which leaves it to their own policies.
    ///
    /// What is granted needs no policy that allows it; an explicit deny wins all the same. Boundary and
    /// session policies limit what is granted to a role, like what a resource's policy gives to it.
    ///
    /// Source: KMS Developer Guide, "Determining access to AWS KMS keys".
    pub fn decide_guarded(&self, request: &Request<'_>, granted: Granted) -> Decision {
        let weight = match self.weigh(request) {
            Ok(weight) => weight,
            Err(refusal) => return Decision::Refused(refusal),
        };
        match (weight.resource.allows, granted) {
            (Meant::Itself, _) | (_, Granted::ToItself) => Decision::Allowed,
            (_, Granted::ToRole) => weight.limit(Decision::Allowed),
            (Meant::No, Granted::No) => {
                Decision::Refused(Refusal::NotAllowed(PolicyKind::Resource))
            }
            (Meant::Account | Meant::Role, Granted::No) => within(request.principal, weight),
        }
    }

    /// Lets everything speak, or gives the deny that ends it.
    fn weigh(&self, request: &Request<'_>) -> Result<Weight, Refusal> {
        let weight = Weight {
            identity: judge(self.identity, request),
            resource: self.resource.map_or(SILENT, |document| document.verdict(request)),
            boundary: self.boundary.map(|document| document.verdict(request)),
            session: self.session.map(|documents| judge(documents, request)),
        };
        let all = [
            (Some(weight.identity), PolicyKind::Identity),
            (Some(weight.resource), PolicyKind::Resource),
            (weight.boundary, PolicyKind::Boundary),
            (weight.session, PolicyKind::Session),
        ];
        match all.iter().find(|(verdict, _)| verdict.is_some_and(|verdict| verdict.denies)) {
            Some((_, kind)) => Err(Refusal::Denied(*kind)),
            None => Ok(weight),
        }
    }
}

/// What each kind of policy says of a request.
#[derive(Clone, Copy)]
struct Weight {
    identity: Verdict,
    resource: Verdict,
    boundary: Option<Verdict>,
    session: Option<Verdict>,
}

// === impl Weight ===

impl Weight {
    /// Lets a decision pass if boundary and session policies do.
    fn limit(self, decision: Decision) -> Decision {
        if decision != Decision::Allowed {
            return decision;
        }
        let limits = [(self.boundary, PolicyKind::Boundary), (self.session, PolicyKind::Session)];
        match limits.iter().find(|(limit, _)| limit.is_some_and(|limit| limit.allows == Meant::No))
        {
            Some((_, kind)) => Decision::Refused(Refusal::NotAllowed(*kind)),
            None => Decision::Allowed,
        }
    }
}

// === impl Refusal ===

impl fmt::Display for Refusal {
    /// Writes what AWS puts at the end of its message, up to the name of the action.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Denied(PolicyKind::Identity) => {
                f.write_str("with an explicit deny in an identity-based policy")
            }
            Self::Denied(PolicyKind::Resource) => {
                f.write_str("with an explicit deny in a resource-based policy")
            }
            Self::Denied(PolicyKind::Boundary) => {
                f.write_str("with an explicit deny in a permissions boundary")
            }
            Self::Denied(PolicyKind::Session) => {
                f.write_str("with an explicit deny in a session policy")
            }
            Self::NotAllowed(kind) => {
                let kind = match kind {
                    PolicyKind::Identity => "identity-based policy",
                    PolicyKind::Resource => "resource-based policy",
                    PolicyKind::Boundary => "permissions boundary",
                    PolicyKind::Session => "session policy",
                };
                write!(f, "because no {kind} allows the")
            }
        }
    }
}

impl Refusal {
    /// Writes the whole message, as callers of every service read it.
    pub fn message(self, caller: &str, action: &str, resource: &str) -> String {
        let start = format!(
            "User: {caller} is not authorized to perform: {action} on resource: {resource} {self}"
        );
        match self {
            Self::Denied(_) => start,
            Self::NotAllowed(_) => format!("{start} {action} action"),
        }
    }
}

const SILENT: Verdict = Verdict { denies: false, allows: Meant::No };

/// Decides for somebody of the resource's own account.
fn within(asking: &Principal, weight: Weight) -> Decision {
    if matches!(asking, Principal::Root { .. }) {
        return Decision::Allowed;
    }
    match weight.resource.allows {
        Meant::Itself => Decision::Allowed,
        Meant::Role => weight.limit(Decision::Allowed),
        // A policy that names the account leaves it to the account's own policies.
        Meant::Account | Meant::No => weight.limit(need(weight.identity, PolicyKind::Identity)),
    }
}

/// Decides for somebody of another account: the resource lets it in, and its own account lets it go.
fn between(asking: &Principal, weight: Weight) -> Decision {
    match need(weight.resource, PolicyKind::Resource) {
        Decision::Allowed if matches!(asking, Principal::Root { .. }) => Decision::Allowed,
        Decision::Allowed => weight.limit(need(weight.identity, PolicyKind::Identity)),
        refused @ Decision::Refused(_) => refused,
    }
}

fn judge(documents: &[&Document], request: &Request<'_>) -> Verdict {
    documents.iter().map(|document| document.verdict(request)).fold(SILENT, |sum, next| Verdict {
        denies: sum.denies || next.denies,
        allows: sum.allows.max(next.allows),
    })
}

fn need(verdict: Verdict, kind: PolicyKind) -> Decision {
    match verdict.allows {
        Meant::No => Decision::Refused(Refusal::NotAllowed(kind)),
        _ => Decision::Allowed,
    }
}
