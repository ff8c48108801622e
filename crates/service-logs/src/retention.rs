//! The reconciler that removes expired events.

use std::time::Duration;

use store::Stored;
use tokio_util::sync::CancellationToken;

use crate::Logs;
use crate::groups::Group;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Removes events that are older than the retention of their log group.
///
/// Runs now and then, and whenever a retention may have changed. It takes no input and may be
/// repeated or stopped at any time.
#[derive(Debug)]
pub struct Retention {
    logs: Logs,
    every: Duration,
}

impl Retention {
    /// The name of the reconciler, for logs and for the console.
    pub const NAME: &'static str = "log-retention";

    pub(crate) fn new(logs: Logs, every: Duration) -> Self {
        Self { logs, every }
    }

    /// Removes expired events until `closing` is cancelled.
    pub async fn run(self, closing: CancellationToken) {
        let mut revisions = self.logs.groups.view().subscribe();
        let keep_going = async {
            loop {
                revisions.mark_unchanged();
                self.reconcile().await;
                // Without a store there will be no more changes, and nothing to remove either.
                let woken = tokio::time::timeout(self.every, revisions.changed()).await;
                if let Ok(Err(_)) = woken {
                    return;
                }
            }
        };
        tokio::select! {
            () = closing.cancelled() => {}
            () = keep_going => {}
        }
    }

    /// Removes what is expired now and returns how many events there were.
    pub async fn reconcile(&self) -> u64 {
        let mut removed = 0;
        for group in self.logs.groups.range("", None, usize::MAX) {
            removed += self.truncate(&group).await;
        }
        removed
    }

    async fn truncate(&self, group: &Stored<Group>) -> u64 {
        let Group { region, name, .. } = &*group.value;
        let Some(before_ms) = expired_before_ms(&group.value, self.logs.clock.now_ms()) else {
            return 0;
        };
        let Ok(journal_group) = engine::log_group(region, name) else { return 0 };
        match self.logs.journal.truncate(&journal_group, before_ms).await {
            Ok(0) => 0,
            Ok(events) => {
                tracing::info!(reconciler = Self::NAME, region, group = name, events, "expired");
                events
            }
            Err(error) => {
                tracing::error!(reconciler = Self::NAME, region, group = name, %error, "not truncated");
                0
            }
        }
    }
}

/// Returns the time before which a group's events are expired, unless they never are.
pub(crate) fn expired_before_ms(group: &Group, now_ms: i64) -> Option<i64> {
    group.retention_days.map(|days| now_ms - i64::from(days) * DAY_MS)
}
