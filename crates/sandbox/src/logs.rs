//! What a guest writes, made into log events.

mod frames;
mod lines;
mod pipes;

use std::sync::Arc;

use model::Timestamp;

pub(crate) use pipes::{Pipes, WriteEnds};

/// One event of a function's log; the message keeps its newline, as on AWS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEvent {
    /// When it was written.
    pub at: Timestamp,
    /// What was written.
    pub message: String,
}

/// Where the events of one environment go.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LogStream {
    /// The region that the log group belongs to.
    pub region: String,
    /// The log group.
    pub group: String,
    /// The log stream; one for each environment.
    pub name: String,
}

/// Takes log events off the path of an invocation.
///
/// `append` must not wait: it is called while a guest's answer is under way. Losing the newest
/// events in a crash is permitted, as logging is asynchronous on AWS too; reordering is not.
pub trait LogSink: Send + Sync + std::fmt::Debug {
    /// Takes events in the order in which they happened.
    fn append(&self, stream: &Arc<LogStream>, events: Vec<LogEvent>);
}
