//! The IAM operations that AWS tools need, one file per operation.
//!
//! Users, roles and managed policies are in the [`Directory`]; each change is one compare-and-set of
//! one of its records. What they *mean* for a request is decided in `identity`, not here. There are
//! no groups and no instance profiles, and the operations that list them say so. Start at [`Iam`].

mod access_keys;
mod error;
mod grants;
mod iam;
mod memberships;
mod names;
mod page;
mod policies;
mod role_policies;
mod roles;
mod user_policies;
mod users;

pub use iam::Iam;

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod tests;
