//! What a caller may do.

use std::{collections::BTreeMap, sync::Arc, time::UNIX_EPOCH};

use api::{Access, AccessDenied, Authorize, Caller, Identity, Resources, RoleSession};
use policy::{Context, Decision, Document, Granted, Kind, Policies, Principal, Refusal, Request};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::{Directory, Grants, LastUse, Role};

/// Decides by the policies of users, roles, sessions and resources.
#[derive(Debug)]
pub struct Guard {
    directory: Arc<Directory>,
    resources: Vec<Arc<dyn Resources>>,
}

/// Gives the name of a role from its ARN: what follows the path.
pub fn role_name(arn: &str) -> &str {
    arn.rsplit_once('/').map_or(arn, |(_, name)| name)
}

/// Everything about a caller that bears on its requests.
struct Standing {
    principal: Principal,
    identity: Vec<Arc<Document>>,
    boundary: Option<Arc<Document>>,
    session: Option<Vec<Arc<Document>>>,
}

// === impl Guard ===

impl Guard {
    /// Makes a guard; `resources` know the resources of the services.
    pub fn new(directory: Arc<Directory>, resources: Vec<Arc<dyn Resources>>) -> Self {
        Self { directory, resources }
    }

    /// Decides whether a caller may take on a role; the role's trust policy has to let it.
    pub fn may_assume(
        &self,
        caller: &Caller,
        role: &Role,
        access: &Access<'_>,
    ) -> Result<(), Refusal> {
        let trust = self.directory.documents().get(&role.trust, Kind::Trust);
        let standing = self.standing(caller);
        let context = self.context(caller, access);
        let decision = standing.weigh(&self.directory, Some(&trust), |policies, principal| {
            policies.decide_assumption(&Request {
                principal,
                action: access.action,
                resource: access.resource,
                context: &context,
            })
        });
        match decision {
            Decision::Allowed => Ok(()),
            Decision::Refused(refusal) => Err(refusal),
        }
    }

    fn resource_policy(&self, arn: &str) -> Option<Arc<Document>> {
        let text = self.resources.iter().find_map(|resources| resources.policy(arn))?;
        Some(self.directory.documents().get(&text, Kind::Resource))
    }

    fn granted(&self, caller: &Caller, access: &Access<'_>) -> Granted {
        let granted = |arn: &str| self.resources.iter().any(|one| one.grants(arn, access));
        match &caller.identity {
            _ if granted(&caller.arn) => Granted::ToItself,
            Identity::Session(session) if granted(&session.role_arn) => Granted::ToRole,
            _ => Granted::No,
        }
    }

    fn standing(&self, caller: &Caller) -> Standing {
        let account = caller.account_id.to_string();
        match &caller.identity {
            Identity::Root => Standing::of(Principal::Root { account }),
            Identity::User { name } => {
                let principal = Principal::User { account, arn: caller.arn.to_string() };
                match self.directory.user(name) {
                    Some(user) => self.standing_of(principal, &user.grants),
                    None => Standing::of(principal),
                }
            }
            Identity::Session(session) => self.session_standing(caller, session, account),
            Identity::Anonymous => Standing::of(Principal::Anonymous),
        }
    }

    fn session_standing(
        &self,
        caller: &Caller,
        session: &RoleSession,
        account: String,
    ) -> Standing {
        let principal = Principal::Session {
            account,
            arn: caller.arn.to_string(),
            role_arn: session.role_arn.clone(),
        };
        let role = self.role_of(session);
        let mut standing = match &role {
            Some(role) => self.standing_of(principal, &role.grants),
            None => Standing::of(principal),
        };
        standing.session = session.policies.as_ref().map(|policies| {
            policies.iter().map(|text| self.directory.identity_document(text)).collect()
        });
        standing
    }

    /// Finds the role of a session; a later role of the same name is another one.
    fn role_of(&self, session: &RoleSession) -> Option<Arc<Role>> {
        let role = self.directory.role(role_name(&session.role_arn))?;
        let absent_then = session.role_id == crate::ids::id_of_absent_role(&session.role_arn);
        let same_arn = role.arn(self.directory.account()) == session.role_arn;
        (same_arn && (role.id == session.role_id || absent_then)).then_some(role)
    }

    fn standing_of(&self, principal: Principal, grants: &Grants) -> Standing {
        let identity = self.directory.identity_documents(grants);
        // A boundary that was deleted bounds everything.
        let boundary = grants.boundary.as_ref().map(|arn| {
            let nothing = || Arc::new(Document { id: None, statements: Vec::new() });
            self.directory.managed_document(arn).unwrap_or_else(nothing)
        });
        Standing { principal, identity, boundary, session: None }
    }

    fn context(&self, caller: &Caller, access: &Access<'_>) -> Context {
        let mut context = Context::default()
            .with("aws:RequestedRegion", access.region)
            .with("aws:SourceIp", access.source_ip.to_canonical().to_string())
            .with("aws:SecureTransport", "false")
            .with("aws:ViaAWSService", "false");
        let since_epoch = access.now.duration_since(UNIX_EPOCH).unwrap_or_default();
        context.add("aws:EpochTime", since_epoch.as_secs().to_string());
        if let Ok(date) = OffsetDateTime::from(access.now).format(&Rfc3339) {
            context.add("aws:CurrentTime", date);
        }
        if caller.identity != Identity::Anonymous {
            context.add("aws:userid", caller.user_id.as_ref());
            context.add("aws:PrincipalAccount", caller.account_id.as_ref());
        }
        match &caller.identity {
            Identity::Anonymous => context.add("aws:PrincipalType", "Anonymous"),
            Identity::Root => {
                context.add("aws:PrincipalType", "Account");
                context.add("aws:PrincipalArn", caller.arn.as_ref());
            }
            Identity::User { name } => {
                context.add("aws:PrincipalType", "User");
                context.add("aws:PrincipalArn", caller.arn.as_ref());
                context.add("aws:username", name.as_ref());
                if let Some(user) = self.directory.user(name) {
                    add_tags(&mut context, user.grants.tags.iter());
                }
            }
            Identity::Session(session) => {
                context.add("aws:PrincipalType", "AssumedRole");
                context.add("aws:PrincipalArn", session.role_arn.as_str());
                if let Some(source) = &session.source_identity {
                    context.add("aws:SourceIdentity", source.as_str());
                }
                let role = self.role_of(session);
                let own = |key: &String| session.tags.iter().any(|(other, _)| other == key);
                if let Some(role) = &role {
                    add_tags(&mut context, role.grants.tags.iter().filter(|(key, _)| !own(key)));
                }
                add_tags(&mut context, session.tags.iter().map(|(key, value)| (key, value)));
            }
        }
        for (key, value) in self.resource_tags(access.resource) {
            context.add(&format!("aws:ResourceTag/{key}"), value);
        }
        for (key, value) in access.conditions {
            context.add(key, value.as_str());
        }
        context
    }

    /// Gives the tags of a resource: of a user or role, or of what a service knows.
    fn resource_tags(&self, arn: &str) -> BTreeMap<String, String> {
        let mut tags = self.directory.tags(arn);
        tags.extend(self.resources.iter().flat_map(|resources| resources.tags(arn)));
        tags
    }

    /// Notes that a key, and the role of a session, have been used.
    fn note_use(&self, caller: &Caller, access: &Access<'_>) {
        let since_epoch = access.now.duration_since(UNIX_EPOCH).unwrap_or_default();
        let last_use = LastUse {
            at_ms: i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX),
            service: access.action.split(':').next().unwrap_or_default().to_owned(),
            region: access.region.to_owned(),
        };
        let used = match &caller.identity {
            Identity::Session(session) => session.role_id.as_str(),
            _ => &caller.access_key_id,
        };
        self.directory.usage().note(used, last_use);
    }
}

impl Authorize for Guard {
    fn authorize(&self, caller: &Caller, access: &Access<'_>) -> Result<(), AccessDenied> {
        if caller.is_root() {
            return Ok(());
        }
        self.note_use(caller, access);
        let resource = self.resource_policy(access.resource);
        let standing = self.standing(caller);
        let context = self.context(caller, access);
        let guarded = self.resources.iter().any(|resources| resources.is_guarded(access.resource));
        let decision =
            standing.weigh(&self.directory, resource.as_deref(), |policies, principal| {
                let request = Request {
                    principal,
                    action: access.action,
                    resource: access.resource,
                    context: &context,
                };
                if guarded {
                    policies.decide_guarded(&request, self.granted(caller, access))
                } else {
                    policies.decide(&request)
                }
            });
        match decision {
            Decision::Allowed => Ok(()),
            Decision::Refused(refusal) => Err(AccessDenied {
                message: refusal.message(&caller.arn, access.action, access.resource),
            }),
        }
    }
}

// === impl Standing ===

impl Standing {
    fn of(principal: Principal) -> Self {
        Self { principal, identity: Vec::new(), boundary: None, session: None }
    }

    fn weigh(
        &self,
        directory: &Directory,
        resource: Option<&Document>,
        decide: impl FnOnce(&Policies<'_>, &Principal) -> Decision,
    ) -> Decision {
        let identity: Vec<&Document> = self.identity.iter().map(Arc::as_ref).collect();
        let session: Option<Vec<&Document>> =
            self.session.as_ref().map(|documents| documents.iter().map(Arc::as_ref).collect());
        let policies = Policies {
            resource_account: directory.account(),
            identity: &identity,
            resource,
            boundary: self.boundary.as_deref(),
            session: session.as_deref(),
        };
        decide(&policies, &self.principal)
    }
}

fn add_tags<'a>(context: &mut Context, tags: impl Iterator<Item = (&'a String, &'a String)>) {
    for (key, value) in tags {
        context.add(&format!("aws:PrincipalTag/{key}"), value.as_str());
    }
}
