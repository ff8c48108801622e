//! AWS KMS on the same endpoint: symmetric keys with aliases, policies and grants, and what they are for.
//!
//! A key's material never leaves this crate, and is kept sealed under the installation's master key. All
//! keys are answered from memory. Start at [`Keyring`], which holds them, and [`Kms`], which has the
//! operations, one file each; [`KeysFor`] is how Lambda uses a customer's key on somebody's behalf.

mod access;
mod aliases;
mod ciphertext;
mod config;
mod cryptography;
mod error;
mod grants;
mod key;
mod key_policies;
mod keyring;
mod keys;
mod keys_for;
mod kms;
mod managed;
mod names;
mod page;
mod rotation;
mod tags;
mod upkeep;

pub use config::KmsConfig;
pub use keyring::Keyring;
pub use keys_for::{KeysFor, Origin};
pub use kms::{Kms, Parts};
pub use upkeep::KeyUpkeep;

#[cfg(test)]
mod tests;
