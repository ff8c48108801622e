//! The reconciler that removes packages that nothing uses.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use engine::{CodeError, CodeStore, Functions, Registry};
use model::function::{Function, Settings};
use store::{BlobUse, Clock, Digest};
use tokio::sync::RwLock;
use tokio_util::sync::CancellationToken;

/// How often packages are looked through.
const EVERY: Duration = Duration::from_secs(10 * 60);

/// How long a package has to be unused: longer than an invocation on old code can still run, and
/// than a link to the package can still be followed.
pub(crate) const GRACE: Duration = Duration::from_secs(30 * 60);

/// Removes packages, stored and unpacked, that no function, no version and no layer has used for a
/// while.
///
/// How long a package has been unused is kept in memory only: after a restart its time begins
/// anew, which removes it later but never too soon.
#[derive(Debug)]
pub struct CodeCollector {
    functions: Arc<Functions>,
    registry: Arc<Registry>,
    code: CodeStore,
    clock: Arc<dyn Clock>,
    uploads: Arc<RwLock<()>>,
    /// Who else keeps things where packages are.
    others: Vec<Arc<dyn BlobUse>>,
    unused_since_ms: HashMap<Digest, i64>,
}

// === impl CodeCollector ===

impl CodeCollector {
    pub(crate) fn new(
        functions: Arc<Functions>,
        registry: Arc<Registry>,
        code: CodeStore,
        clock: Arc<dyn Clock>,
        uploads: Arc<RwLock<()>>,
    ) -> Self {
        let (others, unused_since_ms) = (Vec::new(), HashMap::new());
        Self { functions, registry, code, clock, uploads, others, unused_since_ms }
    }

    /// Spares what others use.
    pub(crate) fn beside(self, others: Vec<Arc<dyn BlobUse>>) -> Self {
        Self { others, ..self }
    }

    /// Runs until `shutdown`.
    pub async fn run(mut self, shutdown: CancellationToken) {
        let mut periodic = tokio::time::interval(EVERY);
        loop {
            tokio::select! {
                () = shutdown.cancelled() => return,
                _ = periodic.tick() => {}
            }
            match self.collect().await {
                Ok(0) => {}
                Ok(removed) => tracing::info!(removed, "removed unused packages"),
                Err(error) => tracing::warn!(%error, "cannot remove unused packages yet"),
            }
        }
    }

    /// Removes what has been unused for long enough, and tells how much.
    async fn collect(&mut self) -> Result<usize, CodeError> {
        // Nothing is stored meanwhile, so no record can come to name what is found unused here.
        let uploads = Arc::clone(&self.uploads);
        let _no_uploads = uploads.write().await;
        let mut pauses = Vec::new();
        for other in &self.others {
            pauses.push(other.pause().await);
        }
        let mut used = self.used();
        self.others.iter().for_each(|other| other.collect(&mut used));
        let stored = self.code.list().await?;
        let now_ms = self.clock.now_ms();
        let mut unused_since_ms = HashMap::new();
        for blob in stored.iter().filter(|blob| !used.contains(&blob.digest)) {
            // Whoever stored it again since has begun its time anew.
            let seen_ms = self.unused_since_ms.get(&blob.digest).copied().unwrap_or(now_ms);
            unused_since_ms.insert(blob.digest, seen_ms.max(blob.stored_ms));
        }
        self.unused_since_ms = unused_since_ms;
        let grace_ms = i64::try_from(GRACE.as_millis()).unwrap_or(i64::MAX);
        let due: HashSet<Digest> = self
            .unused_since_ms
            .iter()
            .filter(|(_, since_ms)| now_ms.saturating_sub(**since_ms) >= grace_ms)
            .map(|(digest, _)| *digest)
            .collect();
        if due.is_empty() {
            return Ok(0);
        }
        let count = due.len();
        self.code.remove(due).await?;
        Ok(count)
    }

    fn used(&self) -> HashSet<Digest> {
        let mut used = HashSet::new();
        self.functions.for_each(|function| {
            used.extend(
                self.digests(function).iter().filter_map(|text| text.parse::<Digest>().ok()),
            );
        });
        self.registry.each_layer_version(None, |version| {
            used.extend(version.content.sha256.parse::<Digest>());
        });
        used
    }

    fn digests(&self, function: &Function) -> Vec<String> {
        let versions = self.functions.versions(function, None, usize::MAX);
        let published = versions.iter().map(|row| &row.0.settings);
        let latest = [&function.latest.settings, function.settings_in_force()];
        latest.into_iter().chain(published).flat_map(digests).collect()
    }
}

/// Gives the package and the layers, whose versions may be deleted while functions use them.
fn digests(settings: &Settings) -> impl Iterator<Item = String> {
    settings.archives().map(|code| code.sha256.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Fixture;

    async fn is_stored(fixture: &Fixture, digest: &str) -> bool {
        fixture.control.parts.code.archive(digest).await.is_ok()
    }

    #[tokio::test]
    async fn the_code_of_a_deleted_function_goes_after_a_while() {
        let fixture = Fixture::new().await;
        let digest =
            fixture.create_active("f").await.latest.settings.zip().unwrap().code.sha256.clone();
        let mut collector = fixture.control.code_collector(Vec::new());
        fixture.clock.advance(GRACE * 2);
        assert_eq!(collector.collect().await.unwrap(), 0);
        fixture.delete("f").await;
        assert_eq!(collector.collect().await.unwrap(), 0);
        let nearly = GRACE.checked_sub(Duration::from_millis(1)).unwrap();
        fixture.clock.advance(nearly);
        assert_eq!(collector.collect().await.unwrap(), 0);
        assert!(is_stored(&fixture, &digest).await);
        fixture.clock.advance(Duration::from_millis(1));
        assert_eq!(collector.collect().await.unwrap(), 1);
        assert!(!is_stored(&fixture, &digest).await);
    }

    #[tokio::test]
    async fn code_that_a_version_or_an_unfinished_update_needs_stays() {
        let fixture = Fixture::new().await;
        fixture.create_active("published").await;
        fixture.publish("published").await;
        fixture.touch("published").await;
        let updated = fixture.create_active("updated").await;
        fixture.begin_touch("updated").await;
        let mut collector = fixture.control.code_collector(Vec::new());
        for _ in 0..3 {
            assert_eq!(collector.collect().await.unwrap(), 0);
            fixture.clock.advance(GRACE);
        }
        assert!(is_stored(&fixture, &updated.latest.settings.zip().unwrap().code.sha256).await);
        fixture.settle().await;
        assert_eq!(collector.collect().await.unwrap(), 0);
        fixture.clock.advance(GRACE);
        assert_eq!(collector.collect().await.unwrap(), 1);
    }

    /// Somebody who uses one blob.
    #[derive(Debug)]
    struct Other(Digest, Arc<RwLock<()>>);

    #[async_trait::async_trait]
    impl BlobUse for Other {
        async fn pause(&self) -> tokio::sync::OwnedRwLockWriteGuard<()> {
            Arc::clone(&self.1).write_owned().await
        }

        fn collect(&self, used: &mut HashSet<Digest>) {
            used.insert(self.0);
        }
    }

    #[tokio::test]
    async fn what_somebody_else_uses_stays() {
        let fixture = Fixture::new().await;
        let archive = crate::fixture::package("f");
        let digest = fixture.control.parts.code.add(archive).await.unwrap().digest;
        let other: Arc<dyn BlobUse> = Arc::new(Other(digest, Arc::default()));
        let mut collector = fixture.control.code_collector(vec![other]);
        for _ in 0..3 {
            assert_eq!(collector.collect().await.unwrap(), 0);
            fixture.clock.advance(GRACE);
        }
        assert!(is_stored(&fixture, &digest.to_string()).await);
    }

    #[tokio::test]
    async fn code_that_is_stored_again_has_its_time_again() {
        let fixture = Fixture::new().await;
        fixture.create_active("f").await;
        fixture.delete("f").await;
        let mut collector = fixture.control.code_collector(Vec::new());
        assert_eq!(collector.collect().await.unwrap(), 0);
        fixture.clock.advance(GRACE);
        // Stored, and its record not committed.
        let archive = crate::fixture::package("f");
        fixture.control.parts.code.add(archive).await.unwrap();
        assert_eq!(collector.collect().await.unwrap(), 0);
    }
}
