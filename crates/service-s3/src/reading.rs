//! Objects on their way out.

use std::ops::Range;
use std::sync::Arc;

use api::{Access, Call};
use futures_util::{StreamExt, TryStreamExt, stream};
use http_body::Frame;
use http_body_util::StreamBody;
use store::{Blobs, Chunks};
use wire::{ApiError, Body, BoxError};

use crate::S3;
use crate::ask::Ask;
use crate::error;
use crate::object::{Object, Piece, Version};

/// An object that somebody who may has opened, from its first byte to its last.
pub struct Opened {
    /// The region of its bucket.
    pub region: String,
    /// How long it is.
    pub size_bytes: u64,
    /// Its content.
    pub content: Chunks,
}

impl std::fmt::Debug for Opened {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Opened").field("size_bytes", &self.size_bytes).finish_non_exhaustive()
    }
}

/// Reads some of the content that pieces are.
pub(crate) fn chunks(blobs: &Arc<dyn Blobs>, pieces: &[Piece], wanted: Range<u64>) -> Chunks {
    let mut parts = Vec::new();
    let mut at = 0;
    for Piece(digest, size) in pieces {
        let (start, end) = (wanted.start.max(at), wanted.end.min(at + size));
        if start < end {
            let whole = start == at && end == at + size;
            // Whole pieces are verified, parts of them cannot be.
            parts.push((*digest, (!whole).then(|| start - at..end - at)));
        }
        at += size;
    }
    let blobs = Arc::clone(blobs);
    stream::iter(parts)
        .then(move |(digest, range)| {
            let blobs = Arc::clone(&blobs);
            async move { blobs.get(&digest, range).await.map(|blob| blob.content) }
        })
        .try_flatten()
        .boxed()
}

/// Makes content the body of an answer.
pub(crate) fn body(chunks: Chunks) -> Body {
    let frames = chunks.map_ok(Frame::data).map_err(|cause| {
        tracing::error!(%cause, "an object cannot be read to its end");
        BoxError::from(cause)
    });
    Body::stream(StreamBody::new(frames))
}

// === impl S3: reading ===

impl S3 {
    /// Opens an object for a caller, who needs permission to read it.
    pub fn open_object(
        &self,
        call: &Call,
        (bucket, key): (&str, &str),
        version: Option<&str>,
    ) -> Result<Opened, ApiError> {
        let action = if version.is_some() { "s3:GetObjectVersion" } else { "s3:GetObject" };
        self.authorize(call, action, &format!("arn:aws:s3:::{bucket}/{key}"))?;
        let row = self.buckets.find(bucket)?;
        let found = self.find(call, (bucket, key), version)?;
        let object = found.content.as_ref().ok_or_else(|| error::no_such_key(key))?;
        let size_bytes = object.size_bytes;
        let content = chunks(&self.blobs, &object.pieces, 0..size_bytes);
        Ok(Opened { region: row.value.region.clone(), size_bytes, content })
    }

    /// Asks whether the caller of a request may do something that its head did not tell of.
    pub(crate) fn authorize(
        &self,
        call: &Call,
        action: &str,
        resource: &str,
    ) -> Result<(), ApiError> {
        if call.caller.is_root() {
            return Ok(());
        }
        let access = Access {
            action,
            resource,
            region: &call.region,
            now: call.now,
            source_ip: call.source_ip,
            conditions: &[],
        };
        self.guard.authorize(&call.caller, &access).map_err(|denied| denied.to_s3_error())
    }

    /// Finds the version that a request names: the newest, or the one with an id; it may be a marker.
    pub(crate) fn find(
        &self,
        call: &Call,
        (bucket, key): (&str, &str),
        version: Option<&str>,
    ) -> Result<Arc<Version>, ApiError> {
        self.buckets.find(bucket)?;
        let found = match version {
            Some(id) => self.objects.version(bucket, key, id),
            None => self.objects.newest(bucket, key),
        };
        found.ok_or_else(|| match version {
            Some(id) => error::no_such_version(key, id),
            None => self.missing(call, bucket, key),
        })
    }

    /// Words that there is no such key, to those who may know which keys there are.
    pub(crate) fn missing(&self, call: &Call, bucket: &str, key: &str) -> ApiError {
        match self.authorize(call, "s3:ListBucket", &format!("arn:aws:s3:::{bucket}")) {
            Ok(()) => error::no_such_key(key),
            Err(denied) => denied,
        }
    }

    /// Finds the version that a request names, if it has content.
    pub(crate) fn find_content(&self, ask: &Ask<'_>) -> Result<Arc<Version>, ApiError> {
        let version = ask.given("versionId");
        let found = self.find(ask.call, (ask.bucket(), ask.key()), version)?;
        if found.content.is_some() {
            return Ok(found);
        }
        let marker = http::HeaderValue::from_static("true");
        let refusal = match version {
            Some(_) => error::marker_has_no_content(),
            None => self.missing(ask.call, ask.bucket(), ask.key()),
        };
        Err(refusal.with_header(http::HeaderName::from_static("x-amz-delete-marker"), marker))
    }
}

/// Gives the content of a version that [`S3::find_content`] found.
pub(crate) fn content(version: &Version) -> Result<&Object, ApiError> {
    version.content.as_ref().ok_or_else(|| error::no_such_key(&version.key))
}
