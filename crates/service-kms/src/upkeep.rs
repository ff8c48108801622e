//! The reconciler that deletes keys after their waiting period, and rotates those that are due.

use std::time::Duration;

use store::Expect;
use tokio_util::sync::CancellationToken;
use wire::ApiError;

use crate::{
    Kms,
    error::unavailable,
    key::{Key, Made, Rotation, State},
};

/// How long what could not be settled waits for another attempt.
const PAUSE: Duration = Duration::from_secs(1);

/// Does what is due about keys, and sweeps what deleted ones leave.
///
/// Runs when something is due, after every change of a key, and now and then. It takes no input and may
/// be repeated or stopped at any time: a key goes first, and what only it gave a meaning is swept after.
#[derive(Debug)]
pub struct KeyUpkeep {
    kms: Kms,
}

impl KeyUpkeep {
    /// The name of the reconciler, for logs and for the console.
    pub const NAME: &'static str = "key-upkeep";

    pub(crate) fn new(kms: Kms) -> Self {
        Self { kms }
    }

    /// Does what is due until `closing` is cancelled.
    pub async fn run(self, closing: CancellationToken) {
        let mut revisions = self.kms.keyring.keys.view().subscribe();
        let keep_going = async {
            loop {
                revisions.mark_unchanged();
                self.reconcile().await;
                let woken = tokio::time::timeout(self.rest(), revisions.changed()).await;
                // Without a store there will be no more changes, and nothing to do either.
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

    /// Does what is due now.
    pub async fn reconcile(&self) {
        let now_ms = self.kms.clock.now_ms();
        for stored in self.kms.keyring.keys.range("", None, usize::MAX) {
            let key = &stored.value;
            if key.due_ms().is_none_or(|due_ms| due_ms > now_ms) {
                continue;
            }
            let arn = self.kms.keyring.arn(key);
            match self.settle(key, &stored.key, stored.revision).await {
                Ok(what) => tracing::info!(reconciler = Self::NAME, arn, what),
                Err(error) => {
                    let error = error.message().unwrap_or_default().to_owned();
                    tracing::error!(reconciler = Self::NAME, arn, error, "not settled");
                }
            }
        }
        self.sweep().await;
    }

    async fn settle(
        &self,
        key: &Key,
        record: &str,
        revision: store::Revision,
    ) -> Result<&'static str, ApiError> {
        match key.state {
            State::PendingDeletion { .. } => {
                // A deletion that was called off meanwhile does not happen.
                let deleted =
                    self.kms.keyring.keys.delete(record, Expect::Revision(revision)).await;
                deleted.map_err(|error| unavailable(&error))?;
                Ok("deleted")
            }
            State::Enabled | State::Disabled => self.rotate(key).await.map(|()| "rotated"),
        }
    }

    async fn rotate(&self, key: &Key) -> Result<(), ApiError> {
        let material = self.kms.material(&self.kms.keyring.arn(key), Made::ByItself)?;
        let now_ms = self.kms.clock.now_ms();
        let changed = self.kms.keyring.change(key, |key| {
            if let Some(Rotation { period_days, next_ms }) = key.rotation
                && next_ms <= now_ms
                && key.state == State::Enabled
            {
                let next_ms = now_ms.saturating_add(self.kms.config.days_ms(period_days));
                key.rotation = Some(Rotation { period_days, next_ms });
                key.material.push(material.clone());
            }
            Ok(())
        });
        changed.await.map(drop)
    }

    /// Removes aliases of, and grants on, keys that are gone; nobody sees them any more.
    async fn sweep(&self) {
        let keyring = &self.kms.keyring;
        let gone = |region: &str, id: &str| keyring.get(region, id).is_none();
        for stored in keyring.aliases.range("", None, usize::MAX) {
            if gone(&stored.value.region, &stored.value.target) {
                let expect = Expect::Revision(stored.revision);
                let _ = keyring.aliases.delete(&stored.key, expect).await;
            }
        }
        for stored in keyring.grants.range("", None, usize::MAX) {
            if gone(&stored.value.region, &stored.value.key_id) {
                let _ = keyring.grants.delete(&stored.key, Expect::Revision(stored.revision)).await;
            }
        }
    }

    /// Tells how long nothing is due.
    fn rest(&self) -> Duration {
        let now_ms = self.kms.clock.now_ms();
        let keys = self.kms.keyring.keys.range("", None, usize::MAX);
        let next_ms = keys.iter().filter_map(|stored| stored.value.due_ms()).min();
        let rest = next_ms.map(|next_ms| {
            Duration::from_millis(u64::try_from(next_ms - now_ms).unwrap_or_default()).max(PAUSE)
        });
        rest.unwrap_or(self.kms.config.upkeep_every).min(self.kms.config.upkeep_every)
    }
}
