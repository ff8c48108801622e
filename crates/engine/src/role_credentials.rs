//! The credentials of execution roles.

use sandbox::Credentials;

/// Gives functions the credentials of their execution roles.
///
/// Called at every start of an environment, so an implementation answers from memory and writes
/// nothing. The credentials have to outlive an environment, which gets them once.
pub trait RoleCredentials: Send + Sync + std::fmt::Debug {
    /// Gives credentials of a role, given by its ARN, for a function; the role need not exist.
    fn issue(&self, role: &str, function: &str) -> Credentials;
}
