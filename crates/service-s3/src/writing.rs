//! Versions of objects on their way to disk.

use std::sync::Arc;

use wire::ApiError;

use crate::S3;
use crate::bucket::Versioning;
use crate::conditions::Replaces;
use crate::error;
use crate::object::{Object, Version};
use crate::tags::Tag;

/// Content that is to become the newest version of a key.
#[derive(Debug)]
pub(crate) struct New {
    pub(crate) bucket: String,
    pub(crate) key: String,
    pub(crate) object: Object,
    pub(crate) replaces: Replaces,
}

/// What a deletion did.
#[derive(Clone, Debug, Default)]
pub(crate) struct Deleted {
    /// The version that was removed, or the marker that was made.
    pub(crate) version: Option<String>,
    /// Whether that is a delete marker.
    pub(crate) marker: bool,
}

// === impl S3: writing ===

impl S3 {
    /// Does what must not be left half done when the client goes away.
    pub(crate) async fn durably<T: Send + 'static>(
        &self,
        act: impl Future<Output = Result<T, ApiError>> + Send + 'static,
    ) -> Result<T, ApiError> {
        self.tasks.spawn(act).await.map_err(|cause| error::internal(&cause))?
    }

    /// Makes content the newest version of its key; returns once that is on disk.
    pub(crate) async fn put(&self, new: New) -> Result<Arc<Version>, ApiError> {
        let this = self.clone();
        self.durably(async move {
            let _no_bucket_goes = this.gate.read().await;
            let _turn = this.objects.turn(&new.bucket, &new.key).await;
            this.put_in_turn(new).await
        })
        .await
    }

    /// Does the same for someone who has the gate and the key's turn.
    pub(crate) async fn put_in_turn(&self, new: New) -> Result<Arc<Version>, ApiError> {
        let New { bucket, key, object, replaces } = new;
        let row = self.buckets.find(&bucket)?;
        replaces.check(&key, self.objects.newest(&bucket, &key).as_deref())?;
        for piece in &object.pieces {
            // It may have been unused, and removed, between being stored and now.
            let exists =
                self.blobs.exists(&piece.0).await.map_err(|cause| error::internal(&cause))?;
            if !exists {
                return Err(error::slow_down());
            }
        }
        let id = self.next_id(row.value.versioning);
        self.objects.write(self.version(bucket, key, id, Some(object))).await
    }

    /// Deletes a key, or one version of it for good.
    pub(crate) async fn delete(
        &self,
        bucket: &str,
        key: &str,
        version: Option<&str>,
    ) -> Result<Deleted, ApiError> {
        let this = self.clone();
        let (bucket, key, version) =
            (bucket.to_owned(), key.to_owned(), version.map(str::to_owned));
        self.durably(async move {
            let _no_bucket_goes = this.gate.read().await;
            let _turn = this.objects.turn(&bucket, &key).await;
            match version {
                Some(id) => this.delete_version(&bucket, &key, id).await,
                None => this.delete_key(bucket, key).await,
            }
        })
        .await
    }

    async fn delete_version(
        &self,
        bucket: &str,
        key: &str,
        id: String,
    ) -> Result<Deleted, ApiError> {
        self.buckets.find(bucket)?;
        let found = self.objects.version(bucket, key, &id);
        let marker = found.as_ref().is_some_and(|version| version.content.is_none());
        if let Some(version) = found {
            self.objects.remove(&version).await?;
        }
        Ok(Deleted { version: Some(id), marker })
    }

    async fn delete_key(&self, bucket: String, key: String) -> Result<Deleted, ApiError> {
        let row = self.buckets.find(&bucket)?;
        if row.value.versioning.is_none() {
            if let Some(version) = self.objects.newest(&bucket, &key) {
                self.objects.remove(&version).await?;
            }
            return Ok(Deleted::default());
        }
        let id = self.next_id(row.value.versioning);
        let marker = self.objects.write(self.version(bucket, key, id, None)).await?;
        Ok(Deleted { version: Some(marker.shown_id().to_owned()), marker: true })
    }

    /// Changes the tags of a version.
    pub(crate) async fn retag(&self, version: &Version, tags: Vec<Tag>) -> Result<(), ApiError> {
        let this = self.clone();
        let (bucket, key) = (version.bucket.clone(), version.key.clone());
        let id = version.shown_id().to_owned();
        self.durably(async move {
            let _no_bucket_goes = this.gate.read().await;
            let _turn = this.objects.turn(&bucket, &key).await;
            let current = this.objects.version(&bucket, &key, &id);
            let mut next = current.as_deref().cloned().ok_or_else(|| error::no_such_key(&key))?;
            let object = next.content.as_mut().ok_or_else(error::marker_has_no_content)?;
            object.tags = tags;
            this.objects.write(next).await.map(drop)
        })
        .await
    }

    fn version(
        &self,
        bucket: String,
        key: String,
        id: Option<String>,
        content: Option<Object>,
    ) -> Version {
        let modified_ms = self.clock.now_ms();
        let order = self.objects.next_order(&bucket, &key, modified_ms);
        Version { bucket, key, id, order, modified_ms, content }
    }

    fn next_id(&self, versioning: Option<Versioning>) -> Option<String> {
        let enabled = versioning == Some(Versioning::Enabled);
        enabled.then(|| self.ids.next().simple().to_string())
    }
}
