//! CloudWatch Logs on the same endpoint, one file per operation.
//!
//! Log groups, streams and events are read from and written to the journal, where function logs are
//! as well; only what the journal has no place for (retention, tags, groups without streams) is in
//! records. This crate never produces function logs itself. Start at [`Logs`], whose operations are
//! the files named after them; [`Retention`] is the reconciler that removes expired events, and
//! [`pattern`] the language of `filterPattern`.

mod config;
mod error;
mod groups;
mod identifier;
mod logs;
mod page;
pub mod pattern;
mod retention;
mod token;

mod create_log_group;
mod create_log_stream;
mod delete_log_group;
mod delete_log_stream;
mod delete_retention_policy;
mod describe_log_groups;
mod describe_log_streams;
mod filter_log_events;
mod get_log_events;
mod put_log_events;
mod put_retention_policy;
mod tags;

pub use config::LogsConfig;
pub use logs::{Logs, Parts};
pub use retention::Retention;
