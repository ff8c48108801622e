//! The service, and which operation does what.

use std::collections::HashSet;
use std::sync::Arc;

use api::s3::{Operation, Request};
use api::{Authorize, Call};
use async_trait::async_trait;
use engine::Ids;
use http::{HeaderName, HeaderValue, StatusCode};
use store::{BlobUse, Blobs, Clock, Digest, Expect, Records, Table, TableError};
use tokio::sync::{OwnedRwLockWriteGuard, RwLock};
use tokio_util::task::TaskTracker;
use wire::{ApiError, Body, Response, Upload};

use crate::ask::Ask;
use crate::object::{MultipartUpload, Part, Piece};
use crate::objects::Objects;
use crate::{Buckets, S3Config, error};

/// What S3 is made of.
#[derive(Debug)]
pub struct Parts {
    /// The buckets.
    pub buckets: Buckets,
    /// Where what is known of objects is.
    pub records: Arc<dyn Records>,
    /// Where their content is.
    pub blobs: Arc<dyn Blobs>,
    /// Decides what only an operation can ask.
    pub guard: Arc<dyn Authorize>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Ids.
    pub ids: Arc<dyn Ids>,
    /// Takes the work that outlives its request.
    pub tasks: TaskTracker,
}

/// Amazon S3. Cheap to clone.
#[derive(Clone, Debug)]
pub struct S3 {
    pub(crate) buckets: Buckets,
    pub(crate) objects: Arc<Objects>,
    pub(crate) uploads: Arc<Table<MultipartUpload>>,
    pub(crate) parts: Arc<Table<Part>>,
    pub(crate) blobs: Arc<dyn Blobs>,
    pub(crate) guard: Arc<dyn Authorize>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Arc<dyn Ids>,
    pub(crate) tasks: TaskTracker,
    /// Read by whoever is about to name a blob in a bucket; written by whoever removes a bucket, or
    /// blobs.
    pub(crate) gate: Arc<RwLock<()>>,
    pub(crate) config: Arc<S3Config>,
}

// === impl S3 ===

impl S3 {
    /// Opens the service; resolves once all objects are in memory.
    pub async fn open(parts: Parts, config: &S3Config) -> Result<Self, TableError> {
        let this = Self {
            objects: Arc::new(Objects::open(&parts.records).await?),
            uploads: Arc::new(Table::open(Arc::clone(&parts.records)).await?),
            parts: Arc::new(Table::open(Arc::clone(&parts.records)).await?),
            buckets: parts.buckets,
            blobs: parts.blobs,
            guard: parts.guard,
            clock: parts.clock,
            ids: parts.ids,
            tasks: parts.tasks,
            gate: Arc::default(),
            config: Arc::new(config.clone()),
        };
        this.sweep().await?;
        Ok(this)
    }

    /// Removes what an interrupted deletion left.
    async fn sweep(&self) -> Result<(), TableError> {
        for upload in self.uploads.range("", None, usize::MAX) {
            if self.buckets.table().get(&upload.value.bucket).is_none() {
                self.uploads.delete(&upload.key, Expect::Any).await?;
            }
        }
        for part in self.parts.range("", None, usize::MAX) {
            let id = part.key.split('/').next().unwrap_or_default();
            if self.uploads.get(id).is_none() {
                self.parts.delete(&part.key, Expect::Any).await?;
            }
        }
        Ok(())
    }

    async fn dispatch(&self, ask: &Ask<'_>, upload: Upload) -> Result<Response, ApiError> {
        use Operation as O;
        check_owner(ask)?;
        match ask.target.operation {
            O::ListBuckets => self.list_buckets(ask),
            O::CreateBucket => self.create_bucket(ask, upload).await,
            O::HeadBucket => self.head_bucket(ask),
            O::DeleteBucket => self.delete_bucket(ask).await,
            O::GetBucketLocation => self.get_bucket_location(ask),
            O::GetBucketVersioning => self.get_bucket_versioning(ask),
            O::PutBucketVersioning => self.put_bucket_versioning(ask, upload).await,
            O::GetBucketEncryption => self.get_bucket_encryption(ask),
            O::PutBucketEncryption => self.put_bucket_encryption(ask, upload).await,
            O::DeleteBucketEncryption => self.delete_bucket_encryption(ask).await,
            O::GetBucketTagging => self.get_bucket_tagging(ask),
            O::PutBucketTagging => self.put_bucket_tagging(ask, upload).await,
            O::DeleteBucketTagging => self.delete_bucket_tagging(ask).await,
            O::GetBucketPolicy => self.get_bucket_policy(ask),
            O::PutBucketPolicy => self.put_bucket_policy(ask, upload).await,
            O::DeleteBucketPolicy => self.delete_bucket_policy(ask).await,
            O::GetPublicAccessBlock => self.get_public_access_block(ask),
            O::PutPublicAccessBlock => self.put_public_access_block(ask, upload).await,
            O::DeletePublicAccessBlock => self.delete_public_access_block(ask).await,
            O::ListObjects => self.list_objects(ask),
            O::ListObjectsV2 => self.list_objects_v2(ask),
            O::ListObjectVersions => self.list_object_versions(ask),
            O::PutObject => self.put_object(ask, upload).await,
            O::CopyObject => self.copy_object(ask).await,
            O::GetObject => self.get_object(ask),
            O::HeadObject => self.head_object(ask),
            O::GetObjectAttributes => self.get_object_attributes(ask),
            O::DeleteObject => self.delete_object(ask).await,
            O::DeleteObjects => self.delete_objects(ask, upload).await,
            O::GetObjectTagging => self.get_object_tagging(ask),
            O::PutObjectTagging => self.put_object_tagging(ask, upload).await,
            O::DeleteObjectTagging => self.delete_object_tagging(ask).await,
            O::CreateMultipartUpload => self.create_multipart_upload(ask).await,
            O::UploadPart => self.upload_part(ask, upload).await,
            O::UploadPartCopy => self.upload_part_copy(ask).await,
            O::CompleteMultipartUpload => self.complete_multipart_upload(ask, upload).await,
            O::AbortMultipartUpload => self.abort_multipart_upload(ask).await,
            O::ListParts => self.list_parts(ask),
            O::ListMultipartUploads => self.list_multipart_uploads(ask),
        }
    }
}

impl api::s3::S3 for S3 {
    async fn answer(&self, call: &Call, request: Request<'_>) -> Response {
        let Request { target, parts, upload } = request;
        let ask = Ask { call, target, headers: &parts.headers };
        let mut response = match self.dispatch(&ask, upload).await {
            Ok(response) => response,
            Err(refusal) => refusal.render_xml(&call.request_id),
        };
        if response.status() == StatusCode::NOT_MODIFIED {
            *response.body_mut() = Body::Empty;
            response.headers_mut().remove(http::header::CONTENT_TYPE);
        }
        let headers = response.headers_mut();
        let id: HeaderValue = call.request_id.header_value();
        headers.insert(HeaderName::from_static("x-amz-request-id"), id);
        response
    }
}

#[async_trait]
impl BlobUse for S3 {
    async fn pause(&self) -> OwnedRwLockWriteGuard<()> {
        Arc::clone(&self.gate).write_owned().await
    }

    fn collect(&self, used: &mut HashSet<Digest>) {
        self.objects.for_each(|version| {
            let pieces = version.content.iter().flat_map(|object| &object.pieces);
            used.extend(pieces.map(|Piece(digest, _)| *digest));
        });
        used.extend(self.parts.range("", None, usize::MAX).iter().map(|part| part.value.piece.0));
    }
}

/// Reports what a table could not do.
pub(crate) fn stored<T>(outcome: Result<T, TableError>) -> Result<T, ApiError> {
    outcome.map_err(error::table)
}

/// Refuses a request that expects a bucket to be somebody else's.
fn check_owner(ask: &Ask<'_>) -> Result<(), ApiError> {
    match ask.header("x-amz-expected-bucket-owner") {
        Some(owner) if *owner != *ask.call.account_id => {
            Err(ApiError::new("AccessDenied", StatusCode::FORBIDDEN, "Access Denied"))
        }
        _ => Ok(()),
    }
}
