//! Encryption at rest: keys, and what is sealed with them.
//!
//! Everything is sealed with a data key of its own, which is kept beside it, wrapped by a key that
//! never leaves its [`KeyService`]: the installation's [`MasterKey`], or one that the customer names.
//! The crate knows no store and no function, and starts nothing.
//!
//! Start at [`KeyService`]; then [`SealedText`] for small secrets and [`SealedFile`] for large content.

mod cipher;
mod file;
mod key;
mod master;
mod message;
mod reader;
mod service;
mod text;

pub use file::{Draft, FileError, SealedFile, SealedInfo};
pub use key::SecretKey;
pub use master::{MasterKey, MasterKeyError, MasterKeySource, Opening};
pub use message::random_bytes;
pub use reader::SealedReader;
pub use service::{DataKey, KeyError, KeyService};
pub use text::SealedText;
