//! Versions of objects, and uploads in parts, as they are stored.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use store::{Digest, Migrate, Row};

use crate::checksum::{Algorithm, Checksum, Kind};
use crate::tags::Tag;

/// What the version that has no id is called.
pub(crate) const NULL: &str = "null";

/// A piece of content: where it is and how long.
///
/// Written as a pair, since there may be ten thousand of them in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Piece(pub(crate) Digest, pub(crate) u64);

/// One version of an object, with content or a marker of its deletion.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Version {
    pub(crate) bucket: String,
    pub(crate) key: String,
    /// Nothing for the null version, of which there is at most one.
    pub(crate) id: Option<String>,
    /// Greater than that of every older version of the key.
    pub(crate) order: u64,
    pub(crate) modified_ms: i64,
    /// Nothing for a delete marker.
    pub(crate) content: Option<Object>,
}

/// Content and what is said of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Object {
    pub(crate) pieces: Vec<Piece>,
    pub(crate) size_bytes: u64,
    /// Without its quotes.
    pub(crate) etag: String,
    pub(crate) checksum: Checksum,
    pub(crate) about: About,
    pub(crate) tags: Vec<Tag>,
    /// The upload in parts that made it.
    pub(crate) upload_id: Option<String>,
}

/// What a client says of content: headers that are given back, and metadata of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct About {
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) metadata: BTreeMap<String, String>,
}

/// An upload in parts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct MultipartUpload {
    pub(crate) id: String,
    pub(crate) bucket: String,
    pub(crate) key: String,
    pub(crate) initiated_ms: i64,
    pub(crate) about: About,
    pub(crate) tags: Vec<Tag>,
    pub(crate) algorithm: Algorithm,
    pub(crate) kind: Kind,
    /// Whether the client chose the algorithm.
    pub(crate) chosen: bool,
}

/// A part of an upload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Part {
    pub(crate) number: u32,
    pub(crate) piece: Piece,
    /// Without its quotes.
    pub(crate) etag: String,
    pub(crate) checksum: Checksum,
    pub(crate) modified_ms: i64,
}

impl Migrate for Version {
    const VERSION: u32 = 1;
}

impl Row for Version {
    const NAME: &'static str = "s3-object";
}

impl Migrate for MultipartUpload {
    const VERSION: u32 = 1;
}

impl Row for MultipartUpload {
    const NAME: &'static str = "s3-upload";
}

impl Migrate for Part {
    const VERSION: u32 = 1;
}

impl Row for Part {
    const NAME: &'static str = "s3-part";
}

// === impl Version ===

impl Version {
    /// Gives the row's key, in which an object's own key is hashed: it may be longer than a row's may.
    pub(crate) fn row_key(&self) -> String {
        let hash = hex::encode(Sha256::digest(&self.key));
        format!("{}/{hash}/{}", self.bucket, self.shown_id())
    }

    /// Gives the id as answers show it.
    pub(crate) fn shown_id(&self) -> &str {
        self.id.as_deref().unwrap_or(NULL)
    }
}

// === impl MultipartUpload ===

impl MultipartUpload {
    /// Gives the start of the row keys of its parts.
    pub(crate) fn parts_prefix(id: &str) -> String {
        format!("{id}/")
    }

    /// Gives the row key of one part.
    pub(crate) fn part_key(id: &str, number: u32) -> String {
        format!("{id}/{number:05}")
    }
}
