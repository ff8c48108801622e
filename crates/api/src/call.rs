//! The circumstances of one call.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::SystemTime;

use wire::{RequestId, Timestamp};

/// Who calls what, where and when. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Call {
    /// The id that the answer carries.
    pub request_id: RequestId,
    /// The region that the request was signed for.
    pub region: Arc<str>,
    /// The account whose resources are meant.
    pub account_id: Arc<str>,
    /// Who signed the request.
    pub caller: Caller,
    /// The base URL under which the client reached this server, for links in answers.
    pub endpoint: Arc<str>,
    /// Where the request came from.
    pub source_ip: IpAddr,
    /// When the request arrived.
    pub now: SystemTime,
    /// The value of `X-Amzn-Trace-Id`: the client's own, or one that was made for this call.
    pub trace_header: Option<Arc<str>>,
}

/// An authenticated identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Its ARN, for example `arn:aws:iam::000000000000:root`.
    pub arn: Arc<str>,
    /// Its unique id, for example an `AIDA…` or, for root, the account id.
    pub user_id: Arc<str>,
    /// The account that it belongs to.
    pub account_id: Arc<str>,
    /// The access key that signed; empty if none did.
    pub access_key_id: Arc<str>,
    /// What it is.
    pub identity: Identity,
}

/// What a caller is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Identity {
    /// The owner of the account, who may do everything.
    Root,
    /// A user.
    User {
        /// The user's name.
        name: Arc<str>,
    },
    /// Somebody who has taken on a role.
    Session(Arc<RoleSession>),
    /// Somebody who has not said who they are.
    Anonymous,
}

/// A session of a role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleSession {
    /// The ARN of the role.
    pub role_arn: String,
    /// The unique id of the role, `AROA…`.
    pub role_id: String,
    /// The name of the session.
    pub name: String,
    /// The policies that limit the session, if it was begun with any.
    pub policies: Option<Vec<String>>,
    /// The session's tags.
    pub tags: Vec<(String, String)>,
    /// The source identity, if it was begun with one.
    pub source_identity: Option<String>,
}

impl Caller {
    /// Makes the owner of an account.
    pub fn root(account_id: &Arc<str>) -> Self {
        Self {
            arn: format!("arn:aws:iam::{account_id}:root").into(),
            user_id: Arc::clone(account_id),
            account_id: Arc::clone(account_id),
            access_key_id: "".into(),
            identity: Identity::Root,
        }
    }

    /// Makes somebody who has not said who they are.
    pub fn anonymous() -> Self {
        let nothing: Arc<str> = "".into();
        Self {
            arn: "anonymous".into(),
            user_id: Arc::clone(&nothing),
            account_id: Arc::clone(&nothing),
            access_key_id: nothing,
            identity: Identity::Anonymous,
        }
    }

    /// Tells whether it is the owner of the account, who may do everything.
    pub fn is_root(&self) -> bool {
        matches!(self.identity, Identity::Root)
    }
}

impl Call {
    /// Returns the time of arrival as answers carry it.
    pub fn timestamp(&self) -> Timestamp {
        self.now.into()
    }

    /// Returns what the answer tells of the trace: its root and whether it is sampled, but not which of its segments
    /// the call belongs to.
    pub fn answered_trace(&self) -> Option<String> {
        let trace = self.trace_header.as_deref()?;
        let told = |part: &&str| part.starts_with("Root=") || part.starts_with("Sampled=");
        Some(trace.split(';').filter(told).collect::<Vec<_>>().join(";"))
    }
}
