//! Reading a policy document, strictly.

use std::collections::HashSet;

use crate::{
    Document, Effect, PrincipalPattern, Selection, Statement, condition::Condition, json::Json,
    pattern::Pattern, resource::ArnPattern,
};

/// What a document is for, which decides the elements that it must and must not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A policy of a user or role: no principal.
    Identity,
    /// Who may take on a role: principals, actions of STS, no resource.
    Trust,
    /// A policy of a resource: principals and resources.
    Resource,
}

/// Why a text is no policy document, in AWS's words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MalformedPolicy {
    /// It is no JSON.
    #[error("This policy contains invalid Json")]
    Json,
    /// An element is missing, unknown, or not what it has to be.
    #[error("Syntax errors in policy.")]
    Syntax,
    /// It has a version that does not exist.
    #[error("Policy document must be version 2012-10-17 or greater.")]
    Version,
    /// A statement has no action.
    #[error("Policy statement must contain actions.")]
    NoAction,
    /// A statement has no resource.
    #[error("Policy statement must contain resources.")]
    NoResource,
    /// A policy of a user or role names a principal.
    #[error("Policy document should not specify a principal.")]
    Principal,
    /// A statement of a trust or resource policy names no principal.
    #[error("Missing required field Principal")]
    NoPrincipal,
    /// A trust policy names a resource.
    #[error("Has prohibited field Resource")]
    TrustResource,
    /// A trust policy has an action of another service.
    #[error("AssumeRole policy may only specify STS AssumeRole actions.")]
    TrustAction,
    /// Two statements have the same name.
    #[error("Statement IDs (SID) in a single policy must be unique.")]
    Sids,
    /// An action names no service.
    #[error("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.")]
    Vendor,
    /// A resource is no ARN.
    #[error("Resource {0} must be in ARN format or \"*\".")]
    Resource(String),
    /// A principal is none.
    #[error("Invalid principal in policy: \"{kind}\":\"{value}\"")]
    InvalidPrincipal {
        /// The kind that it was given as, for example `AWS`.
        kind: String,
        /// The principal.
        value: String,
    },
}

use MalformedPolicy as Malformed;

const NEWEST: &str = "2012-10-17";
const OLDEST: &str = "2008-10-17";

// === impl Document ===

impl Document {
    /// Reads a document.
    pub fn parse(text: &str, kind: Kind) -> Result<Self, MalformedPolicy> {
        let json: Json = serde_json::from_str(text).map_err(|_| Malformed::Json)?;
        let Json::Object(members) = json else { return Err(Malformed::Syntax) };
        let (mut version, mut id, mut statements) = (OLDEST.to_owned(), None, None);
        for (name, value) in members {
            match (name.as_str(), value) {
                ("Version", Json::Text(text)) => version = text,
                ("Id", Json::Text(text)) => id = Some(text),
                ("Statement", Json::List(list)) => statements = Some(list),
                ("Statement", one @ Json::Object(_)) => statements = Some(vec![one]),
                _ => return Err(Malformed::Syntax),
            }
        }
        if version != NEWEST && version != OLDEST {
            return Err(Malformed::Version);
        }
        let statements = statements.ok_or(Malformed::Syntax)?;
        let variables = version == NEWEST;
        let read = |statement: &Json| Elements::read(statement)?.statement(kind, variables);
        let statements = statements.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        let mut sids = HashSet::new();
        if !statements
            .iter()
            .filter_map(|statement| statement.sid.as_ref())
            .all(|sid| sids.insert(sid))
        {
            return Err(Malformed::Sids);
        }
        Ok(Self { id, statements })
    }
}

/// The elements of a statement, before they are understood.
#[derive(Default)]
struct Elements<'a> {
    sid: Option<&'a str>,
    effect: Option<Effect>,
    principal: Option<Selection<PrincipalPattern>>,
    action: Option<Selection<&'a str>>,
    resource: Option<Selection<&'a str>>,
    condition: Option<&'a [(String, Json)]>,
}

// === impl Elements ===

impl<'a> Elements<'a> {
    fn read(statement: &'a Json) -> Result<Self, Malformed> {
        let Json::Object(members) = statement else { return Err(Malformed::Syntax) };
        let mut found = Self::default();
        for (name, value) in members {
            let first = match (name.as_str(), value) {
                ("Sid", Json::Text(sid)) => found.sid.replace(sid).is_none(),
                ("Effect", Json::Text(effect)) => {
                    let effect = match effect.as_str() {
                        "Allow" => Effect::Allow,
                        "Deny" => Effect::Deny,
                        _ => return Err(Malformed::Syntax),
                    };
                    found.effect.replace(effect).is_none()
                }
                ("Principal", value) => {
                    found.principal.replace(Selection::Only(principals(value)?)).is_none()
                }
                ("NotPrincipal", value) => {
                    found.principal.replace(Selection::Except(principals(value)?)).is_none()
                }
                ("Action", value) => found.action.replace(Selection::Only(texts(value)?)).is_none(),
                ("NotAction", value) => {
                    found.action.replace(Selection::Except(texts(value)?)).is_none()
                }
                ("Resource", value) => {
                    found.resource.replace(Selection::Only(texts(value)?)).is_none()
                }
                ("NotResource", value) => {
                    found.resource.replace(Selection::Except(texts(value)?)).is_none()
                }
                ("Condition", Json::Object(operators)) => {
                    found.condition.replace(operators).is_none()
                }
                _ => false,
            };
            if !first {
                return Err(Malformed::Syntax);
            }
        }
        Ok(found)
    }

    fn statement(self, kind: Kind, variables: bool) -> Result<Statement, Malformed> {
        let effect = self.effect.ok_or(Malformed::Syntax)?;
        let sid = self.sid.map(str::to_owned);
        match (kind, &self.principal, &self.resource) {
            (Kind::Identity, Some(_), _) => return Err(Malformed::Principal),
            (Kind::Trust | Kind::Resource, None, _) => return Err(Malformed::NoPrincipal),
            (Kind::Trust, _, Some(_)) => return Err(Malformed::TrustResource),
            (Kind::Identity | Kind::Resource, _, None) => return Err(Malformed::NoResource),
            _ => {}
        }
        let actions = self.action.filter(|actions| !actions.listed().is_empty());
        let actions = actions.ok_or(Malformed::NoAction)?.map(|text| action(text, kind))?;
        let resource = |text: &str| {
            let pattern = ArnPattern::new(text, variables);
            pattern.ok_or_else(|| Malformed::Resource(text.to_owned()))
        };
        let resources = self.resource.map(|resources| resources.map(resource)).transpose()?;
        if resources.as_ref().is_some_and(|resources| resources.listed().is_empty()) {
            return Err(Malformed::NoResource);
        }
        let mut conditions = Vec::new();
        for (operator, keys) in self.condition.unwrap_or_default() {
            let read = Condition::read(operator, keys, variables);
            conditions.extend(read.ok_or(Malformed::Syntax)?);
        }
        Ok(Statement { sid, effect, principals: self.principal, actions, resources, conditions })
    }
}

// === impl Selection ===

impl<T> Selection<T> {
    fn map<U>(self, read: impl Fn(T) -> Result<U, Malformed>) -> Result<Selection<U>, Malformed> {
        Ok(match self {
            Self::Only(listed) => {
                Selection::Only(listed.into_iter().map(read).collect::<Result<_, _>>()?)
            }
            Self::Except(listed) => {
                Selection::Except(listed.into_iter().map(read).collect::<Result<_, _>>()?)
            }
        })
    }
}

/// Reads a text or a list of texts.
fn texts(value: &Json) -> Result<Vec<&str>, Malformed> {
    let values = match value {
        Json::List(values) => values.as_slice(),
        one => std::slice::from_ref(one),
    };
    let mut found = Vec::with_capacity(values.len());
    for value in values {
        let Json::Text(text) = value else { return Err(Malformed::Syntax) };
        found.push(text.as_str());
    }
    Ok(found)
}

fn action(text: &str, kind: Kind) -> Result<Pattern, Malformed> {
    let vendor = text.split_once(':').map(|(vendor, _)| vendor);
    match vendor {
        Some(vendor) => {
            let named = !vendor.is_empty()
                && vendor.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
            if !named {
                return Err(Malformed::Vendor);
            }
            if kind == Kind::Trust && !vendor.eq_ignore_ascii_case("sts") {
                return Err(Malformed::TrustAction);
            }
        }
        None if text == "*" && kind != Kind::Trust => {}
        None if kind == Kind::Trust => return Err(Malformed::TrustAction),
        None => return Err(Malformed::Vendor),
    }
    Ok(Pattern::new(text, true, false))
}

fn principals(value: &Json) -> Result<Vec<PrincipalPattern>, Malformed> {
    let kinds = match value {
        Json::Text(text) if text == "*" => return Ok(vec![PrincipalPattern::Anyone]),
        Json::Object(kinds) if !kinds.is_empty() => kinds,
        _ => return Err(Malformed::Syntax),
    };
    let mut found = Vec::new();
    for (kind, values) in kinds {
        for text in texts(values)? {
            let pattern = match kind.as_str() {
                "AWS" => PrincipalPattern::aws(text),
                "Service" if is_service(text) => Some(PrincipalPattern::Service(text.to_owned())),
                "Federated" | "CanonicalUser" => Some(PrincipalPattern::Other(text.to_owned())),
                "Service" => None,
                _ => return Err(Malformed::Syntax),
            };
            let (kind, value) = (kind.clone(), text.to_owned());
            found.push(pattern.ok_or(Malformed::InvalidPrincipal { kind, value })?);
        }
    }
    Ok(found)
}

/// `s3.amazonaws.com` and the like; Alexa's services are in `amazon.com`.
fn is_service(text: &str) -> bool {
    let ends = [".amazonaws.com", ".amazonaws.com.cn", ".amazon.com", ".aws.internal"];
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte))
        && ends.iter().any(|end| text.len() > end.len() && text.ends_with(end))
}
