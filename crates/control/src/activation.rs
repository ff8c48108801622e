//! The reconciler that makes created and updated functions ready.

use std::sync::Arc;

use engine::{ChangeError, CodeError, FunctionRow, Functions, Ids};
use futures_util::stream::{self, StreamExt as _};
use model::{
    function::{Function, Package, Trouble, Version},
    names::VersionNumber,
};
use tokio::sync::RwLock;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{error::Refusal, functions::cannot_run, settling};

/// Settles every function that is being created or updated, as soon as its code is unpacked.
#[derive(Debug)]
pub struct Activation {
    functions: Arc<Functions>,
    code: engine::CodeStore,
    ids: Arc<dyn Ids>,
    uploads: Arc<RwLock<()>>,
}

/// How many changes are settled at a time.
const AT_ONCE: usize = 32;

/// A change in progress.
struct Pending {
    function: Arc<FunctionRow>,
    /// `None` for `$LATEST`.
    number: Option<VersionNumber>,
    /// Tells this change from a later one.
    revision_id: Uuid,
    work: Work,
}

/// What is left to be done.
enum Work {
    /// The archives of these digests have to be unpacked.
    Unpack(Vec<String>),
    /// Nothing can be done.
    Fail(Trouble),
}

/// A later change has taken the place of the one to be settled.
struct Superseded;

// === impl Activation ===

impl Activation {
    pub(crate) fn new(
        functions: Arc<Functions>,
        code: engine::CodeStore,
        ids: Arc<dyn Ids>,
        uploads: Arc<RwLock<()>>,
    ) -> Self {
        Self { functions, code, ids, uploads }
    }

    /// Runs until `shutdown`.
    pub async fn run(self, shutdown: CancellationToken) {
        let changes = vec![self.functions.changes(), self.functions.version_changes()];
        settling::run(changes, shutdown, || self.settle_all()).await;
    }

    /// Settles what is in progress now.
    pub(crate) async fn settle_all(&self) {
        let functions = self.functions.in_progress().into_iter().filter_map(|row| {
            let latest = &row.live()?.latest;
            latest.readiness.in_progress().then(|| Pending::of(Arc::clone(&row), latest))
        });
        let versions = self.functions.versions_in_progress().into_iter();
        let versions = versions.map(|(function, row)| Pending::of(function, &row.0));
        // Together, so that they share what writing to the disk costs.
        stream::iter(functions.chain(versions))
            .for_each_concurrent(AT_ONCE, |one| self.settle(one))
            .await;
    }

    async fn settle(&self, pending: Pending) {
        let Some(function) = pending.function.live() else { return };
        // What an inactive function gave back must not go once more between the two.
        let _until_it_is_active = self.uploads.read().await;
        let outcome = match &pending.work {
            Work::Fail(trouble) => Err(trouble.clone()),
            Work::Unpack(digests) => match self.unpack(digests).await {
                Ok(()) => Ok(()),
                Err(error) if passing(&error) => {
                    tracing::warn!(%error, function = %function.name, "cannot unpack a package yet");
                    return;
                }
                Err(error) => {
                    tracing::error!(%error, function = %function.name, "cannot unpack a package");
                    Err(trouble(error))
                }
            },
        };
        match self.write(function, &pending, outcome).await {
            Ok(()) | Err(ChangeError::NotFound | ChangeError::Refused(Superseded)) => {}
            Err(ChangeError::Store(error)) => {
                tracing::warn!(%error, function = %function.name, "cannot settle a function yet");
            }
        }
    }

    async fn unpack(&self, digests: &[String]) -> Result<(), CodeError> {
        for digest in digests {
            self.code.unpacked(digest).await?;
        }
        Ok(())
    }

    async fn write(
        &self,
        function: &Function,
        pending: &Pending,
        outcome: Result<(), Trouble>,
    ) -> Result<(), ChangeError<Superseded>> {
        let check = |version: &Version| {
            if version.revision_id == pending.revision_id { Ok(()) } else { Err(Superseded) }
        };
        match pending.number {
            None => {
                let settle = |function: &mut Function| {
                    check(&function.latest)?;
                    function.settle(outcome.clone(), self.ids.next());
                    Ok(())
                };
                self.functions.change(&function.region, &function.name, settle).await?;
            }
            Some(number) => {
                let settle = |version: &mut Version| {
                    check(version)?;
                    version.settle(outcome.clone(), self.ids.next());
                    Ok(())
                };
                self.functions.change_version(function, number, settle).await?;
            }
        }
        Ok(())
    }
}

impl Pending {
    fn of(function: Arc<FunctionRow>, version: &Version) -> Self {
        Self {
            function,
            number: version.number,
            revision_id: version.revision_id,
            work: match &version.settings.package {
                Package::Zip(_) => {
                    let archives = version.settings.archives();
                    Work::Unpack(archives.map(|code| code.sha256.clone()).collect())
                }
                Package::Image(image) => Work::Fail(cannot_run(image)),
            },
        }
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
        let digest = function.latest.settings.zip().unwrap().code.sha256.parse().unwrap();
        fixture.control.parts.code.remove([digest].into()).await.unwrap();
        fixture.settle().await;
        let FunctionState::Failed(trouble) = fixture.function("f").unwrap().latest.readiness.state
        else {
            panic!("the function did not fail");
        };
        assert_eq!(trouble.code, "InternalError");
    }
}
