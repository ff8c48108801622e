//! Who asks, and whom a policy means.

/// Who makes a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Principal {
    /// The owner of an account.
    Root {
        /// The account.
        account: String,
    },
    /// A user.
    User {
        /// The account.
        account: String,
        /// The user's ARN.
        arn: String,
    },
    /// Somebody who has taken on a role.
    Session {
        /// The account.
        account: String,
        /// The ARN of the session, `arn:aws:sts::…:assumed-role/Role/session`.
        arn: String,
        /// The ARN of the role.
        role_arn: String,
    },
    /// An AWS service.
    Service(
        /// Its name, for example `s3.amazonaws.com`.
        String,
    ),
    /// Somebody who has not said who they are.
    Anonymous,
}

/// Whom one entry of a `Principal` element means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PrincipalPattern {
    /// Everybody.
    Anyone,
    /// An account: whoever in it is allowed by the account itself.
    Account(String),
    /// A user, a role, or a session of a role.
    Arn(String),
    /// An AWS service.
    Service(String),
    /// An identity provider or anything else of which nobody here is.
    Other(String),
}

/// How closely a policy means the one who asks, from not at all to by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Meant {
    No,
    /// By its account, which leaves the decision to the account's own policies.
    Account,
    /// As anybody, or by its role: what limits the role limits this too.
    Role,
    /// By its own ARN or name.
    Itself,
}

// === impl Principal ===

impl Principal {
    /// Gives the account, if there is one.
    pub fn account(&self) -> Option<&str> {
        match self {
            Self::Root { account } | Self::User { account, .. } | Self::Session { account, .. } => {
                Some(account)
            }
            Self::Service(_) | Self::Anonymous => None,
        }
    }
}

// === impl PrincipalPattern ===

impl PrincipalPattern {
    /// Reads an entry of `AWS`; `None` if it is neither an account, an ARN nor a star.
    pub(crate) fn aws(text: &str) -> Option<Self> {
        if text == "*" {
            return Some(Self::Anyone);
        }
        if is_account(text) {
            return Some(Self::Account(text.to_owned()));
        }
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        let ["arn", _, service @ ("iam" | "sts"), "", account, who] = parts[..] else {
            return is_unique_id(text).then(|| Self::Other(text.to_owned()));
        };
        if !is_account(account) || who.is_empty() {
            return None;
        }
        if service == "iam" && who == "root" {
            return Some(Self::Account(account.to_owned()));
        }
        Some(Self::Arn(text.to_owned()))
    }

    pub(crate) fn means(&self, principal: &Principal) -> Meant {
        match (self, principal) {
            (Self::Anyone, Principal::Service(_) | Principal::Anonymous) => Meant::Itself,
            (Self::Anyone, _) => Meant::Role,
            (Self::Account(account), asking) if asking.account() == Some(account) => Meant::Account,
            (Self::Arn(arn), Principal::User { arn: asking, .. }) if arn == asking => Meant::Itself,
            (Self::Arn(arn), Principal::Session { arn: asking, role_arn, .. }) => {
                if arn == asking {
                    Meant::Itself
                } else if arn == role_arn {
                    Meant::Role
                } else {
                    Meant::No
                }
            }
            (Self::Service(name), Principal::Service(asking)) if name == asking => Meant::Itself,
            _ => Meant::No,
        }
    }
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// What the ARN of a principal turns into when the principal is deleted.
fn is_unique_id(text: &str) -> bool {
    text.len() >= 16
        && text.starts_with('A')
        && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}
