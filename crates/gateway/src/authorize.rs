//! What a caller needs permission for, by operation.
//!
//! Source: Service Authorization Reference, "Actions, resources, and condition keys".

mod iam;
mod kms;
mod lambda;
mod logs;
mod s3;
mod signer;
mod sts;

use api::{Access, AccessDenied, Authorize, Call};
use serde_json::Value;
use wire::{OperationSpec, Payload, Request, rest_json::Fields};

pub(crate) use iam::needs as iam;
pub(crate) use kms::needs as kms;
pub(crate) use lambda::needs as lambda;
pub(crate) use logs::needs as logs;
pub(crate) use s3::needs as s3;
pub(crate) use signer::needs as signer;
pub(crate) use sts::needs as sts;

/// One thing that a caller needs permission for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    /// The action, for example `lambda:InvokeFunction`.
    pub action: String,
    /// The ARN of what it is done to, or `*`.
    pub resource: String,
    /// The condition keys that the service knows.
    pub conditions: Vec<(String, String)>,
}

/// A request that is being looked at.
#[derive(Debug)]
pub(crate) struct Asked<'a> {
    pub(crate) call: &'a Call,
    pub(crate) spec: &'static OperationSpec,
    input: Value,
}

/// Checks everything that a request needs; the first thing that is not allowed is the answer.
pub(crate) fn check(
    guard: &dyn Authorize,
    call: &Call,
    needs: &[Need],
) -> Result<(), AccessDenied> {
    needs.iter().try_for_each(|need| {
        let access = Access {
            action: &need.action,
            resource: &need.resource,
            region: &call.region,
            now: call.now,
            source_ip: call.source_ip,
            conditions: &need.conditions,
        };
        guard.authorize(&call.caller, &access)
    })
}

/// Reads a request and asks what it needs; one that its operation cannot read needs nothing, since
/// the operation is going to refuse it.
pub(crate) fn needs(
    call: &Call,
    request: &Request<'_>,
    of: impl FnOnce(&Asked<'_>) -> Vec<Need>,
) -> Vec<Need> {
    let spec = request.route.spec;
    let input = match spec.payload {
        Payload::Raw(_) => bound(request),
        _ => match wire::document(request) {
            Ok(input) => input,
            Err(_) => return Vec::new(),
        },
    };
    of(&Asked { call, spec, input })
}

/// Reads what travels beside a body of raw bytes.
fn bound(request: &Request<'_>) -> Value {
    let mut fields = Fields::new(request);
    let read = ["FunctionName", "Qualifier"].map(|name| (name, fields.optional(name)));
    let found = read.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?.into())));
    Value::Object(found.collect())
}

// === impl Asked ===

impl Asked<'_> {
    /// Gives a member that is a text.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.input.get(name)?.as_str()
    }

    /// Gives a member as it is.
    pub(crate) fn value(&self, name: &str) -> Option<&Value> {
        self.input.get(name)
    }

    /// Gives the need of the operation's own action.
    pub(crate) fn need(&self, resource: impl Into<String>) -> Need {
        let action = format!("{}:{}", self.spec.service.signing_name, self.spec.action);
        Need { action, resource: resource.into(), conditions: Vec::new() }
    }

    /// Writes an ARN in the region and account of the call.
    pub(crate) fn arn(&self, service: &str, rest: &str) -> String {
        format!("arn:aws:{service}:{}:{}:{rest}", self.call.region, self.call.account_id)
    }
}

// === impl Need ===

impl Need {
    /// Adds a condition key if the request has a value for it.
    pub(crate) fn with(mut self, key: &str, value: Option<&str>) -> Self {
        self.conditions.extend(value.map(|value| (key.to_owned(), value.to_owned())));
        self
    }

    /// Adds the keys of the tags that a request brings: a map or a list of `Key` and `Value`.
    pub(crate) fn with_tags(mut self, tags: Option<&Value>) -> Self {
        let pairs: Vec<(&str, &str)> = match tags {
            Some(Value::Object(map)) => map
                .iter()
                .filter_map(|(key, value)| Some((key.as_str(), value.as_str()?)))
                .collect(),
            Some(Value::Array(list)) => list
                .iter()
                .filter_map(|tag| Some((tag.get("Key")?.as_str()?, tag.get("Value")?.as_str()?)))
                .collect(),
            _ => Vec::new(),
        };
        for (key, value) in pairs {
            self.conditions.push(("aws:TagKeys".into(), key.into()));
            self.conditions.push((format!("aws:RequestTag/{key}"), value.into()));
        }
        self
    }
}

#[cfg(test)]
mod tests;
