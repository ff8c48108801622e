//! The buckets, and what they say of access to them.

use std::collections::BTreeMap;
use std::sync::Arc;

use api::Resources;
use store::{Records, Stored, Table, TableError};
use wire::ApiError;

use crate::bucket::Bucket;
use crate::error;

const ARN: &str = "arn:aws:s3:::";

/// All buckets; cheap to clone.
#[derive(Clone, Debug)]
pub struct Buckets(Arc<Table<Bucket>>);

// === impl Buckets ===

impl Buckets {
    /// Opens the buckets; resolves once all are in memory.
    pub async fn open(records: &Arc<dyn Records>) -> Result<Self, TableError> {
        Ok(Self(Arc::new(Table::open(Arc::clone(records)).await?)))
    }

    pub(crate) fn table(&self) -> &Table<Bucket> {
        &self.0
    }

    /// Finds a bucket that exists.
    pub(crate) fn find(&self, name: &str) -> Result<Stored<Bucket>, ApiError> {
        self.0.get(name).ok_or_else(|| error::no_such_bucket(name))
    }

    /// Changes the settings of a bucket that exists.
    pub(crate) async fn change(
        &self,
        name: &str,
        change: impl Fn(&mut Bucket) + Send,
    ) -> Result<(), ApiError> {
        self.find(name)?;
        let decide = |current: Option<&Bucket>| {
            let Some(mut next) = current.cloned() else { return Ok(None) };
            change(&mut next);
            Ok::<_, TableError>(Some(next))
        };
        let changed = self.0.update(name, decide).await.map_err(error::table)?;
        changed.map(drop).ok_or_else(|| error::no_such_bucket(name))
    }
}

impl Resources for Buckets {
    /// The policy of a bucket speaks for the bucket and for everything in it.
    fn policy(&self, arn: &str) -> Option<Arc<str>> {
        let path = arn.strip_prefix(ARN)?;
        let bucket = path.split_once('/').map_or(path, |(bucket, _)| bucket);
        self.0.get(bucket)?.value.policy.as_deref().map(Arc::from)
    }

    fn tags(&self, arn: &str) -> BTreeMap<String, String> {
        let bucket = arn.strip_prefix(ARN).and_then(|name| self.0.get(name));
        let tags = bucket.and_then(|bucket| bucket.value.tags.clone()).unwrap_or_default();
        tags.into_iter().map(|tag| (tag.key, tag.value)).collect()
    }
}
