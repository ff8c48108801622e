//! The STS operations that AWS tools need, one file per operation.
//!
//! Nothing here checks signatures: the front door has authenticated the caller before an operation
//! sees the call. Who may take on a role is decided here, because its trust policy has to be asked,
//! and not only the caller's policies. Start at [`Sts`].

mod assume_role;
mod get_access_key_info;
mod get_caller_identity;
mod get_session_token;
mod render;

use std::sync::Arc;

use identity::{Directory, Guard, Sessions};

/// The service; implements every operation of [`api::sts`].
#[derive(Clone, Debug)]
pub struct Sts {
    /// The users and roles.
    pub directory: Arc<Directory>,
    /// Makes temporary credentials.
    pub sessions: Arc<Sessions>,
    /// Decides who may take on a role.
    pub guard: Arc<Guard>,
}

#[cfg(test)]
mod fixture;
