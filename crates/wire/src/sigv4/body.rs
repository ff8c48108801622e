//! Bodies that are checked while they are read, as S3 has them.
//!
//! The head of a request says what its body has to be: anything, the bytes of a hash, or chunks that
//! are signed one after the other. Nobody may act on what a [`BodyReader`] gives before it has
//! finished.
//!
//! Source: S3 API Reference, "Signature Calculations for the Authorization Header: Transferring
//! Payload in Multiple Chunks", and the same "Including Trailing Headers".

mod chunks;

use bytes::Bytes;
use http::HeaderMap;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use thiserror::Error;

use self::chunks::Chunks;
use super::key::{self, Key};
use super::{Refusal, Scope, TERMINATOR, UNSIGNED_PAYLOAD};

const SIGNED_CHUNKS: &str = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD";
const SIGNED_CHUNKS_AND_TRAILER: &str = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER";
const UNSIGNED_CHUNKS: &str = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";

/// What a body has to be, as the head of its request says.
#[derive(Clone, Debug)]
pub struct BodyClaim(Claimed);

/// Reads one body, takes it out of its chunks, and checks it.
#[derive(Debug)]
pub struct BodyReader(Reading);

/// Says why a body is not what its head promised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum BodyRefusal {
    /// Its hash is another one.
    #[error("the body does not have the declared hash")]
    Hash,
    /// A chunk, or what follows the last one, is not signed by the one who signed the head.
    #[error("a chunk of the body does not have its signature")]
    Signature,
    /// It is not laid out as chunks.
    #[error("the body is not well-formed aws-chunked content")]
    Malformed,
    /// It ends before its last chunk.
    #[error("the body ended early")]
    Incomplete,
}

#[derive(Clone, Debug)]
enum Claimed {
    Anything,
    Hash([u8; 32]),
    Chunks(Option<Box<ChunkSigner>>),
}

#[derive(Debug)]
enum Reading {
    Anything,
    Hash { running: Sha256, expected: [u8; 32] },
    Chunks(Box<Chunks>),
}

/// Signs one chunk after the other, each over the signature of the one before.
#[derive(Clone, Debug)]
pub(super) struct ChunkSigner {
    key: Key,
    amz_date: String,
    scope: String,
    previous: [u8; 32],
}

// === impl BodyClaim ===

impl BodyClaim {
    /// Reads the value of `X-Amz-Content-Sha256`, without it what a presigned URL means.
    pub(super) fn read(declared: Option<&str>, presigned: bool) -> Result<Self, Refusal> {
        let claimed = match declared {
            Some(UNSIGNED_PAYLOAD) => Claimed::Anything,
            None if presigned => Claimed::Anything,
            None => {
                let missing = "Missing required header for this request: x-amz-content-sha256";
                return Err(Refusal::Incomplete(missing.to_owned()));
            }
            Some(SIGNED_CHUNKS | SIGNED_CHUNKS_AND_TRAILER | UNSIGNED_CHUNKS) => {
                Claimed::Chunks(None)
            }
            Some(hash) => {
                let mut bytes = [0; 32];
                hex::decode_to_slice(hash, &mut bytes).map_err(|_| {
                    let reason = "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, \
                                  STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER or a \
                                  valid sha256 value.";
                    Refusal::Incomplete(reason.to_owned())
                })?;
                Claimed::Hash(bytes)
            }
        };
        Ok(Self(claimed))
    }

    /// Makes the claim of a request whose signature is not looked at, neither are those of chunks.
    pub fn unverified(headers: &HeaderMap) -> Result<Self, Refusal> {
        let declared = headers.get("x-amz-content-sha256").and_then(|value| value.to_str().ok());
        Self::read(declared, true)
    }

    /// Has the chunks verified, if the client signs them.
    pub(super) fn signed(self, declared: Option<&str>, signer: ChunkSigner) -> Self {
        match declared {
            Some(SIGNED_CHUNKS | SIGNED_CHUNKS_AND_TRAILER) => {
                Self(Claimed::Chunks(Some(Box::new(signer))))
            }
            _ => self,
        }
    }

    /// Tells whether the body comes in chunks, so that its length on the wire is not its own.
    pub fn is_chunked(&self) -> bool {
        matches!(self.0, Claimed::Chunks(_))
    }

    /// Begins to read the body.
    pub fn reader(self) -> BodyReader {
        BodyReader(match self.0 {
            Claimed::Anything => Reading::Anything,
            Claimed::Hash(expected) => Reading::Hash { running: Sha256::new(), expected },
            Claimed::Chunks(signer) => {
                Reading::Chunks(Box::new(Chunks::new(signer.map(|signer| *signer))))
            }
        })
    }
}

// === impl BodyReader ===

impl BodyReader {
    /// Takes in what came, and gives what of it is content.
    pub fn read(
        &mut self,
        received: Bytes,
        give: &mut impl FnMut(Bytes),
    ) -> Result<(), BodyRefusal> {
        match &mut self.0 {
            Reading::Anything => give(received),
            Reading::Hash { running, .. } => {
                running.update(&received);
                give(received);
            }
            Reading::Chunks(chunks) => return chunks.read(received, give),
        }
        Ok(())
    }

    /// Ends the body: only now it is known to be genuine. Gives the headers that followed it.
    pub fn finish(self) -> Result<HeaderMap, BodyRefusal> {
        match self.0 {
            Reading::Anything => Ok(HeaderMap::new()),
            Reading::Hash { running, expected } => {
                let found: [u8; 32] = running.finalize().into();
                if found == expected { Ok(HeaderMap::new()) } else { Err(BodyRefusal::Hash) }
            }
            Reading::Chunks(chunks) => chunks.finish(),
        }
    }
}

// === impl ChunkSigner ===

impl ChunkSigner {
    /// Makes the signer of a body from the signature of its head.
    pub(super) fn new(key: Key, amz_date: &str, scope: &Scope<'_>, seed: [u8; 32]) -> Self {
        let Scope { access_key_id: _, date, region, service } = scope;
        let scope = format!("{date}/{region}/{service}/{TERMINATOR}");
        Self { key, amz_date: amz_date.to_owned(), scope, previous: seed }
    }

    /// Checks the signature of a chunk by the hash of its data.
    fn chunk(&mut self, data: [u8; 32], signature: [u8; 32]) -> Result<(), BodyRefusal> {
        let nothing: [u8; 32] = Sha256::digest([]).into();
        self.check("AWS4-HMAC-SHA256-PAYLOAD", &[nothing, data], signature)
    }

    /// Checks the signature of the headers after the last chunk.
    fn trailer(&mut self, text: &[u8], signature: [u8; 32]) -> Result<(), BodyRefusal> {
        self.check("AWS4-HMAC-SHA256-TRAILER", &[Sha256::digest(text).into()], signature)
    }

    fn check(
        &mut self,
        kind: &str,
        hashes: &[[u8; 32]],
        signature: [u8; 32],
    ) -> Result<(), BodyRefusal> {
        let mut text =
            format!("{kind}\n{}\n{}\n{}", self.amz_date, self.scope, hex::encode(self.previous));
        for hash in hashes {
            text.push('\n');
            text.push_str(&hex::encode(hash));
        }
        let expected = key::sign_text(self.key.clone(), &text);
        if !bool::from(expected.ct_eq(&signature)) {
            return Err(BodyRefusal::Signature);
        }
        self.previous = signature;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
