//! The reconciler that makes created and updated functions ready.

use std::sync::Arc;

use engine::{ChangeError, CodeError, Functions, Ids};
use futures_util::stream::{self, StreamExt as _};
use model::{
    function::{Function, Trouble},
    names::{FunctionName, Region},
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{error::Refusal, settling};

/// Settles every function that is being created or updated, as soon as its code is unpacked.
#[derive(Debug)]
pub struct Activation {
    functions: Arc<Functions>,
    code: engine::CodeStore,
    ids: Arc<dyn Ids>,
}

/// How many changes are settled at a time.
const AT_ONCE: usize = 32;

/// A change in progress.
struct Pending {
    region: Region,
    name: FunctionName,
    /// Tells this change from a later one.
    revision_id: Uuid,
    digest: String,
}

/// A later change has taken the place of the one to be settled.
struct Superseded;

// === impl Activation ===

impl Activation {
    pub(crate) fn new(
        functions: Arc<Functions>,
        code: engine::CodeStore,
        ids: Arc<dyn Ids>,
    ) -> Self {
        Self { functions, code, ids }
    }

    /// Runs until `shutdown`.
    pub async fn run(self, shutdown: CancellationToken) {
        settling::run(self.functions.changes(), shutdown, || self.settle_all()).await;
    }

    /// Settles what is in progress now.
    pub(crate) async fn settle_all(&self) {
        let rows = self.functions.in_progress();
        let pending = rows.iter().filter_map(|row| row.live().and_then(Pending::of));
        // Together, so that they share what writing to the disk costs.
        let settling = stream::iter(pending).for_each_concurrent(AT_ONCE, |one| self.settle(one));
        settling.await;
    }

    async fn settle(&self, pending: Pending) {
        let outcome = match self.code.unpacked(&pending.digest).await {
            Ok(_) => Ok(()),
            Err(error) if passing(&error) => {
                tracing::warn!(%error, function = %pending.name, "cannot unpack a package yet");
                return;
            }
            Err(error) => {
                tracing::error!(%error, function = %pending.name, "cannot unpack a package");
                Err(trouble(error))
            }
        };
        let changed = self.functions.change(&pending.region, &pending.name, |function| {
            if function.latest.revision_id != pending.revision_id {
                return Err(Superseded);
            }
            function.settle(outcome.clone(), self.ids.next());
            Ok(())
        });
        match changed.await {
            Ok(_) | Err(ChangeError::NotFound | ChangeError::Refused(Superseded)) => {}
            Err(ChangeError::Store(error)) => {
                tracing::warn!(%error, function = %pending.name, "cannot settle a function yet");
            }
        }
    }
}

impl Pending {
    fn of(function: &Function) -> Option<Self> {
        function.latest.readiness.in_progress().then(|| Self {
            region: function.region.clone(),
            name: function.name.clone(),
            revision_id: function.latest.revision_id,
            digest: function.latest.settings.code.sha256.clone(),
        })
    }
}

/// Tells whether the machine rather than the package is to blame, so that another attempt may do.
fn passing(error: &CodeError) -> bool {
    match error {
        CodeError::Package(sandbox::PackageError::Io(_)) | CodeError::Cancelled => true,
        CodeError::Blobs(error) => error.retryable(),
        CodeError::Package(_) | CodeError::Digest(_) | CodeError::TooLong { .. } => false,
    }
}

fn trouble(error: CodeError) -> Trouble {
    let code = match error {
        CodeError::Package(_) => "InvalidZipFileException",
        _ => "InternalError",
    };
    Trouble { code: code.to_owned(), reason: Refusal::from(error).to_string() }
}

#[cfg(test)]
mod tests {
    use model::function::{FunctionState, LastUpdate};

    use super::*;
    use crate::{fixture::Fixture, settling::EVERY};

    #[tokio::test]
    async fn a_created_function_becomes_active_without_waiting_for_the_period() {
        let fixture = Fixture::new().await;
        let shutdown = CancellationToken::new();
        let running = Box::pin(fixture.control.activation().run(shutdown.clone()));
        let story = Box::pin(async {
            let mut changes = fixture.control.parts.functions.changes();
            fixture.create("f").await;
            while fixture.function("f").unwrap().latest.readiness.in_progress() {
                changes.changed().await.unwrap();
            }
            shutdown.cancel();
        });
        tokio::time::timeout(EVERY / 2, async { tokio::join!(running, story) }).await.unwrap();
        let readiness = fixture.function("f").unwrap().latest.readiness;
        assert_eq!(readiness.state, FunctionState::Active);
        assert_eq!(readiness.last_update, LastUpdate::Successful);
    }

    #[tokio::test]
    async fn what_an_earlier_process_left_in_progress_is_settled_and_settled_once() {
        let fixture = Fixture::new().await;
        fixture.create("f").await;
        // Another process: the same store, another reconciler.
        let activation = fixture.control.activation();
        activation.settle_all().await;
        let settled = fixture.function("f").unwrap();
        assert_eq!(settled.latest.readiness.state, FunctionState::Active);
        activation.settle_all().await;
        assert_eq!(fixture.function("f").unwrap(), settled);
    }

    #[tokio::test]
    async fn a_function_whose_code_is_gone_fails_and_says_why() {
        let fixture = Fixture::new().await;
        let function = fixture.create("f").await;
        let digest = function.latest.settings.code.sha256.parse().unwrap();
        fixture.control.parts.code.remove([digest].into()).await.unwrap();
        fixture.settle().await;
        let FunctionState::Failed(trouble) = fixture.function("f").unwrap().latest.readiness.state
        else {
            panic!("the function did not fail");
        };
        assert_eq!(trouble.code, "InternalError");
    }
}
