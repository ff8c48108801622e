//! Execution roles: whether Lambda may take one on, and its credentials.

use sandbox::Credentials;

/// Knows execution roles, and gives functions their credentials.
///
/// Called at every start of an environment, so an implementation answers from memory and writes
/// nothing. The credentials have to outlive an environment, which gets them once.
pub trait RoleCredentials: Send + Sync + std::fmt::Debug {
    /// Gives credentials of a role, given by its ARN, for a function; the role need not exist.
    fn issue(&self, role: &str, function: &str) -> Credentials;

    /// Tells whether Lambda may take on a role for a function, both given by their ARNs.
    fn assumable(&self, role: &str, function: &str) -> Assumable;
}

/// Whether Lambda may take on a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Assumable {
    /// It may.
    Yes,
    /// There is no such role, or its trust policy does not let Lambda in.
    No,
    /// The role belongs to another account.
    OtherAccount,
}
