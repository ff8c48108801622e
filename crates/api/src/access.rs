//! Asking whether a caller may do something.

use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::SystemTime;

use http::StatusCode;
use wire::{ApiError, MessageKey, Protocol};

use crate::Caller;

/// What a caller wants to do.
#[derive(Clone, Debug)]
pub struct Access<'a> {
    /// The action, for example `lambda:InvokeFunction`.
    pub action: &'a str,
    /// The ARN of what it is to be done to, or `*` where the action has no resource.
    pub resource: &'a str,
    /// The region of the call.
    pub region: &'a str,
    /// When the call arrived.
    pub now: SystemTime,
    /// Where the call came from.
    pub source_ip: IpAddr,
    /// The condition keys that the service knows, beside those that every request has.
    pub conditions: &'a [(String, String)],
}

/// Decides what callers may do; answers from memory.
pub trait Authorize: Send + Sync + fmt::Debug {
    /// Decides one request. Services ask only for callers that are not root, who may do everything.
    fn authorize(&self, caller: &Caller, access: &Access<'_>) -> Result<(), AccessDenied>;
}

/// Knows what resources say of access to them; answers from memory.
pub trait Resources: Send + Sync + fmt::Debug {
    /// Gives the policy document of exactly this ARN, if it has one.
    fn policy(&self, arn: &str) -> Option<Arc<str>>;

    /// Gives the tags of what an ARN names; nothing if it is unknown or can have none.
    fn tags(&self, arn: &str) -> BTreeMap<String, String>;

    /// Tells whether nobody may do anything with what an ARN names, unless its policy lets them in by
    /// name or by their account, or it is granted to them.
    fn is_guarded(&self, arn: &str) -> bool {
        let _ = arn;
        false
    }

    /// Tells whether a user, a role or a session was granted what is asked.
    fn grants(&self, principal: &str, access: &Access<'_>) -> bool {
        let _ = (principal, access);
        false
    }
}

/// Knows which key is meant.
pub trait KeyArns {
    /// Gives the ARN of the key that an id, an ARN or an alias names, if there is one.
    fn key_arn(&self, region: &str, named: &str) -> Option<String>;

    /// Gives the ARN of the key that has made a ciphertext; the key need not exist.
    fn ciphertext_key_arn(&self, blob: &[u8]) -> Option<String>;
}

/// Knows the ARNs of users and roles, whose paths their names do not tell.
pub trait EntityArns {
    /// Gives the ARN of a user, if there is one of that name.
    fn user_arn(&self, name: &str) -> Option<String>;

    /// Gives the ARN of a role, if there is one of that name.
    fn role_arn(&self, name: &str) -> Option<String>;
}

/// A refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessDenied {
    /// What the caller reads.
    pub message: String,
}

impl AccessDenied {
    /// Makes the answer, under the name and status that services of this protocol use.
    pub fn to_error(&self, protocol: Protocol) -> ApiError {
        let (code, status) = match protocol {
            Protocol::RestJson => ("AccessDeniedException", StatusCode::FORBIDDEN),
            Protocol::AwsJson10 | Protocol::AwsJson11 => {
                ("AccessDeniedException", StatusCode::BAD_REQUEST)
            }
            Protocol::Query { .. } => ("AccessDenied", StatusCode::FORBIDDEN),
        };
        ApiError::new(code, status, self.message.clone()).with_message_key(MessageKey::Upper)
    }

    /// Makes the answer of S3.
    pub fn to_s3_error(&self) -> ApiError {
        ApiError::new("AccessDenied", StatusCode::FORBIDDEN, self.message.clone())
    }
}
