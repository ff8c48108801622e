//! One execution environment: code in a jail, the Runtime API beside it, and its life.
//!
//! It starts a runtime, hands it one event at a time, takes its answers, collects its log, and
//! ends it; it knows neither who asked nor where anything is stored. Start with
//! [`Environment`]; what may happen to one is decided by `model::environment` and
//! `model::runtime_api`, this crate only acts.

mod catalogue;
mod environment;
mod logs;
mod package;
mod runtime_api;
mod stem;
mod variables;

pub use catalogue::{Catalogue, MissingRuntime, Runtime, StemKind};
pub use environment::{
    Answer, AnswerStream, Blueprint, Cell, Environment, Host, Invocation, Now, Observer, Pending,
    Response, StartError,
};
pub use logs::{LogEvents, LogSink, LogStream};
pub use package::{CodeCache, PackageError, PackageLimits, Summary, inspect};
pub use stem::{Stem, StemError, StemKey};
pub use variables::Credentials;
