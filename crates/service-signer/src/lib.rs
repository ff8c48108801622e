//! AWS Signer on the same endpoint: signing profiles, and revocations, one file per operation.
//!
//! Signatures are made elsewhere, by `lambkin sign` or by AWS; this crate knows whose count. A profile
//! names the certificate of its signer, by its SHA-256, in the signing parameter `certificate`. Start at
//! [`Signer`], which is also what deployments ask for [`model::code_signing::Trust`].

mod cancel_signing_profile;
mod get_revocation_status;
mod get_signing_profile;
mod list_signing_profiles;
mod profile;
mod put_signing_profile;
mod revoke_signature;
mod revoke_signing_profile;
mod signer;
mod trust;

pub use signer::{Parts, Signer};

#[cfg(test)]
mod tests;
