//! Users, roles and sessions: who exists, by which keys, and what they may do.
//!
//! The [`Directory`] holds users, roles and managed policies, durable in records and answered from
//! memory. [`Sessions`] makes temporary credentials and reads them back; they are sealed, not
//! stored, so that a cold start writes nothing. [`Guard`] decides what a caller may do. Operations
//! of IAM and STS are in their own crates, and nothing here speaks HTTP. Start with [`Guard`].

mod credentials;
mod directory;
mod documents;
mod entities;
mod guard;
mod ids;
mod keys;
mod managed;
mod sessions;
mod usage;

pub use credentials::{ExecutionRoles, UnknownRoles};
pub use directory::{Directory, ManagedView};
pub use documents::Documents;
pub use entities::{AccessKey, Grants, ManagedPolicy, PolicyVersion, Role, User};
pub use guard::{Guard, role_name};
pub use ids::{IdKind, access_key_id, secret_access_key, unique_id};
pub use managed::{AWS_MANAGED, AWS_MANAGED_CREATED_MS, AwsManaged};
pub use sessions::{Opened, Owner, SessionCredentials, SessionRequest, Sessions};
pub use usage::{LastUse, Usage};

#[cfg(test)]
mod tests;
