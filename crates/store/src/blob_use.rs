//! Who uses which blobs, for whoever removes the others.

use std::collections::HashSet;
use std::fmt::Debug;

use async_trait::async_trait;
use tokio::sync::OwnedRwLockWriteGuard;

use crate::Digest;

/// Somebody who keeps the names of blobs in records.
///
/// Between being stored and being named a blob looks unused. Whoever removes blobs therefore pauses
/// every user before it asks which blobs are in use, and until it has removed the others; a user
/// that is about to name a blob waits for that, and then makes sure that the blob is still there.
#[async_trait]
pub trait BlobUse: Debug + Send + Sync {
    /// Waits until nobody is about to name a blob, and keeps it so while the guard lives.
    async fn pause(&self) -> OwnedRwLockWriteGuard<()>;

    /// Adds all blobs that are named now.
    fn collect(&self, used: &mut HashSet<Digest>);
}
