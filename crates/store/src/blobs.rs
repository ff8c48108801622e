//! The blobs port: large immutable content, addressed by its SHA-256.
//!
//! Backends on disk seal what they store: content is in the clear in memory only.

use std::fmt::{self, Debug, Display};
use std::io::{self, Read, Seek};
use std::ops::Range;
use std::pin::Pin;
use std::str::FromStr;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt, stream};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::BackendError;

/// Content on its way into the store.
pub type Content = Pin<Box<dyn Stream<Item = io::Result<Bytes>> + Send>>;

/// Content on its way out of the store.
pub type Chunks = Pin<Box<dyn Stream<Item = Result<Bytes, BlobsError>> + Send>>;

/// A blob that can be read in any order.
pub type OpenBlob = Box<dyn ReadSeek>;

/// What archives are read from.
pub trait ReadSeek: Read + Seek + Send {}

impl<T: Read + Seek + Send> ReadSeek for T {}

/// The SHA-256 of a blob's content, which is its name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Digest([u8; 32]);

/// A string is not a digest: 64 hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a SHA-256 in hexadecimal: {text:?}")]
pub struct DigestError {
    /// The refused string.
    pub text: String,
}

/// What is known about a stored blob without reading it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlobInfo {
    /// The blob's name.
    pub digest: Digest,
    /// How long its content is.
    pub size_bytes: u64,
    /// When it was last put, in milliseconds since the Unix epoch.
    pub stored_ms: i64,
}

/// A blob being read.
pub struct Blob {
    /// How long the whole content is, whatever range was asked for.
    pub size_bytes: u64,
    /// The content, or the asked-for part of it.
    pub content: Chunks,
}

/// Large immutable content by digest.
///
/// # Contract
///
/// *Durability.* When a put has answered `Ok`, the content and its name are on disk.
///
/// *Verification.* What is handed out is what was put under this digest: a stream that comes upon
/// anything else ends with [`BlobsError::Corrupt`], and callers must not act on what they read of a
/// whole content before its end.
///
/// *Memory.* A put or get holds a few chunks in memory, however large the blob is.
///
/// *Idempotence.* Every operation may be repeated. A put of content that is already there renews
/// its `stored_ms`, so that whoever removes unreferenced blobs can spare recent ones.
///
/// *Cancellation.* Dropping the future of a put leaves the blob wholly there or not there.
#[async_trait]
pub trait Blobs: Debug + Send + Sync {
    /// Stores content and returns its digest.
    async fn put(&self, content: Content) -> Result<Digest, BlobsError>;

    /// Stores content that is already in memory.
    async fn put_bytes(&self, content: Bytes) -> Result<Digest, BlobsError> {
        self.put(stream::iter([Ok(content)]).boxed()).await
    }

    /// Reads a blob, or the given range of its bytes.
    async fn get(&self, digest: &Digest, range: Option<Range<u64>>) -> Result<Blob, BlobsError>;

    /// Reads a whole blob into memory, unless it is longer than `limit_bytes`.
    async fn get_bytes(&self, digest: &Digest, limit_bytes: u64) -> Result<Bytes, BlobsError> {
        self.get(digest, None).await?.into_bytes(limit_bytes).await
    }

    /// Opens a blob that is read in any order, positioned at its start.
    ///
    /// Archives are read from their end and in no order, which a stream cannot offer and which
    /// should not cost their size in memory. Reading blocks; content that is not what was put is an
    /// error of kind [`io::ErrorKind::InvalidData`].
    async fn open(&self, digest: &Digest) -> Result<OpenBlob, BlobsError>;

    /// Returns what is known about a blob, or `None` if it is not there.
    async fn info(&self, digest: &Digest) -> Result<Option<BlobInfo>, BlobsError>;

    /// Tells whether a blob is there.
    async fn exists(&self, digest: &Digest) -> Result<bool, BlobsError> {
        Ok(self.info(digest).await?.is_some())
    }

    /// Removes a blob and tells whether it was there. Reads under way may fail or finish.
    async fn delete(&self, digest: &Digest) -> Result<bool, BlobsError>;

    /// Lists all blobs in the order of their digests.
    async fn list(&self) -> Result<Vec<BlobInfo>, BlobsError>;
}

/// Why a blobs operation did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum BlobsError {
    /// There is no such blob.
    #[error("blob {digest} is not there")]
    NotFound {
        /// The blob that was asked for.
        digest: Digest,
    },
    /// The range does not lie within the content.
    #[error("range {start}..{end} is not within {size_bytes} bytes")]
    Range {
        /// The first byte asked for.
        start: u64,
        /// The byte after the last one asked for.
        end: u64,
        /// How long the content is.
        size_bytes: u64,
    },
    /// The blob is longer than the caller wants to hold in memory.
    #[error("a blob of {size_bytes} bytes exceeds {limit_bytes}")]
    TooLarge {
        /// How long the content is.
        size_bytes: u64,
        /// How long it may be.
        limit_bytes: u64,
    },
    /// The stored content is not what was put.
    #[error("blob {digest} is damaged: {why}")]
    Corrupt {
        /// The blob that was asked for.
        digest: Digest,
        /// How that shows.
        why: String,
    },
    /// The stream that was to be stored failed; nothing was stored.
    #[error("the content to be stored could not be read")]
    Content(#[source] io::Error),
    /// The backend failed.
    #[error(transparent)]
    Backend(#[from] BackendError),
}

// === impl Digest ===

impl Digest {
    /// Computes the digest of content in memory.
    pub fn of(content: &[u8]) -> Self {
        Self(Sha256::digest(content).into())
    }

    /// Wraps a digest computed elsewhere.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Returns the 32 bytes of the digest.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}

impl FromStr for Digest {
    type Err = DigestError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes)
            .map_err(|_| DigestError { text: text.to_owned() })?;
        Ok(Self(bytes))
    }
}

impl TryFrom<String> for Digest {
    type Error = DigestError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> Self {
        digest.to_string()
    }
}

// === impl Blob ===

impl Blob {
    /// Reads what is left into memory, unless the blob is longer than `limit_bytes`.
    pub async fn into_bytes(mut self, limit_bytes: u64) -> Result<Bytes, BlobsError> {
        if self.size_bytes > limit_bytes {
            return Err(BlobsError::TooLarge { size_bytes: self.size_bytes, limit_bytes });
        }
        let mut content = BytesMut::new();
        while let Some(chunk) = self.content.next().await {
            content.extend_from_slice(&chunk?);
        }
        Ok(content.freeze())
    }
}

impl Debug for Blob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Blob").field("size_bytes", &self.size_bytes).finish_non_exhaustive()
    }
}

// === impl BlobsError ===

impl BlobsError {
    /// Tells whether the same call may succeed later.
    pub fn retryable(&self) -> bool {
        matches!(self, Self::Backend(error) if error.retryable())
    }
}

/// Resolves an asked-for range against the length of the content.
pub(crate) fn resolve_range(
    range: Option<Range<u64>>,
    size_bytes: u64,
) -> Result<Range<u64>, BlobsError> {
    let range = range.unwrap_or(0..size_bytes);
    if range.start > range.end || range.end > size_bytes {
        return Err(BlobsError::Range { start: range.start, end: range.end, size_bytes });
    }
    Ok(range)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_survives_its_text_and_json_forms() {
        let digest = Digest::of(b"lambkin");
        assert_eq!(digest.to_string().parse(), Ok(digest));
        let json = serde_json::to_string(&digest).unwrap();
        assert_eq!(serde_json::from_str::<Digest>(&json).unwrap(), digest);
        assert!("abc".parse::<Digest>().is_err());
    }

    #[test]
    fn a_range_outside_the_content_is_refused() {
        assert_eq!(resolve_range(None, 10).unwrap(), 0..10);
        assert_eq!(resolve_range(Some(10..10), 10).unwrap(), 10..10);
        assert!(resolve_range(Some(3..11), 10).is_err());
    }
}
