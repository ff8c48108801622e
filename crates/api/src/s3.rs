//! Amazon S3, 2006-03-01: the operations that tools need to keep code and artifacts.
//!
//! Written by hand, since S3 fits none of the tables: bodies are streams, answers are headers, and
//! what tells operations apart is anywhere in the request
//! ([decision 13](../../../docs/decisions/0013-s3-is-written-by-hand.md)).

mod operation;
mod target;

use std::future::Future;

use http::request::Parts;
use wire::{Response, Upload};

pub use operation::Operation;
pub use target::{Query, Target, route};

use crate::Call;

/// The name that requests are signed for.
pub const SIGNING_NAME: &str = "s3";

/// One request that has been routed and verified, with its body still to come.
pub struct Request<'a> {
    /// What it is for.
    pub target: &'a Target,
    /// Method, path, query and headers.
    pub parts: &'a Parts,
    /// The body.
    pub upload: Upload,
}

/// Answers the requests of S3.
///
/// The future may be dropped when the client goes away, as with [`crate::Handle`].
pub trait S3: Send + Sync {
    /// Answers one request.
    fn answer(&self, call: &Call, request: Request<'_>) -> impl Future<Output = Response> + Send;
}

impl std::fmt::Debug for Request<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Request").field("target", self.target).finish_non_exhaustive()
    }
}
