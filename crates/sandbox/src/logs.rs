//! What a guest writes, made into log events.

mod events;
mod frames;
mod lines;
mod pipes;

use std::sync::Arc;

use model::Timestamp;

pub use events::LogEvents;
pub(crate) use pipes::{Pipes, WriteEnds};

/// One event of a function's log; the message keeps its newline, as on AWS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LogEvent {
    /// When it was written.
    pub(crate) at: Timestamp,
    /// What was written.
    pub(crate) message: String,
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
    /// Takes all of the events out of the buffer, which the caller goes on using.
    fn append(&self, stream: &Arc<LogStream>, events: &mut LogEvents);
}
