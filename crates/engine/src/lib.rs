//! Invocation: which version a name means, whether it may run now, and where.
//!
//! Everything that runs a function comes through one door, [`Invoke`]. The way of an invocation is
//! resolve ([`Functions`]), admit (`admission`), take an environment ([`pool`]), hand over the
//! event (`sandbox`). No step of it writes to disk; reads are answered from memory.

mod admission;
mod clock;
mod code;
mod concurrency;
mod config;
mod engine;
mod events;
mod functions;
mod invoke;
mod launch;
mod log_writer;
mod measures;
mod nursery;
mod occupancy;
mod pool;
mod provisioning;
mod registry;
mod role_credentials;
mod secrets;
mod streaming;
mod upkeep;

pub use admission::ThrottleReason;
pub use clock::{Ids, RandomIds, timestamp};
pub use code::{CodeError, CodeStore, StoredCode};
pub use concurrency::Concurrency;
pub use config::EngineConfig;
pub use engine::{Engine, Parts};
pub use events::{AcceptError, EventParts, EventQueue, EventWorker};
pub use functions::{
    Addressed, AliasError, AliasRow, ChangeError, CreateError, DeleteVersionError, FunctionRow,
    Functions, Held, Unchanged, VersionRow,
};
pub use invoke::{Invocation, Invoke, InvokeError, Invoked, Target};
pub use log_writer::{LogWriter, log_group};
pub use measures::{Measures, ProvisionedMeasures};
pub use occupancy::{Occupancy, Use};
pub use registry::{CodeSigningRow, LayerRow, LayerVersionRow, MappingRow, Regional, Registry};
pub use role_credentials::{Assumable, RoleCredentials};
pub use sandbox::{Answer, Credentials};
pub use secrets::{RoleKeys, Secrets};
pub use streaming::{AnswerStream, Piece, Response, Streaming};
pub use vault::{KeyError, KeyService};
