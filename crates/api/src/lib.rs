//! Operations, shapes, constraints, errors and routes, generated from the AWS service models.
//!
//! Nothing here decides anything: a service crate implements [`Handle`] for every [`Operation`] of a service, and
//! `dispatch` of that service turns a routed request into an answer. The generated part (`*/generated`) is written by
//! `cargo xtask codegen`; what reads its tables is in `wire`. Only [`s3`] is written by hand. Start at [`lambda`].

mod access;
mod call;
mod operation;

pub mod iam;
pub mod kms;
pub mod lambda;
pub mod logs;
pub mod s3;
pub mod signer;
pub mod sts;

pub use access::{Access, AccessDenied, Authorize, EntityArns, KeyArns, Resources};
pub use call::{Call, Caller, Identity, RoleSession};
pub use operation::{Handle, Operation};

pub(crate) use operation::{run, unrouted};
