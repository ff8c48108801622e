//! Signed packages, laid out as AWS Signer lays them out for Lambda.
//!
//! A signed package has one more entry, a detached CMS signature over the names and contents of all the
//! others. The crate tells whether a signature is what it says ([`read`]), and makes signatures with a
//! key of the user's ([`sign`]). Whom to trust, and what was revoked, is decided elsewhere.
//!
//! Source of the layout: reference permissions.md 7.7, from signed packages; AWS does not document it.

mod archive;
mod ber;
mod certificates;
mod key;
mod sign;
mod signature;
mod when;

use std::io::{Read, Seek};

pub use archive::{ArchiveError, SIGNATURE_FILE};
pub use certificates::{Roots, RootsError};
pub use key::{KeyError, SigningKey};
pub use sign::{SignError, Statement, sign};
pub use signature::{Integrity, Signature};

/// Reads a package's signature: `None` if it has none, an [`Integrity`] fault if it has one that is
/// not what it says. `limit_bytes` bounds what is unpacked on the way.
pub fn read(
    archive: impl Read + Seek,
    limit_bytes: u64,
    roots: &Roots,
) -> Result<Option<Result<Signature, Integrity>>, ArchiveError> {
    let Some(signed) = archive::digest(archive, limit_bytes)? else { return Ok(None) };
    Ok(Some(Signature::verify(&signed.signature, &signed.hash, roots)))
}

#[cfg(test)]
mod tests;
