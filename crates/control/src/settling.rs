//! The loop of reconcilers that end what is in progress: on every change, and periodically.

use std::{future::Future, time::Duration};

use store::Revision;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// How long what could not be settled waits for another attempt.
pub(crate) const EVERY: Duration = Duration::from_secs(5);

/// Calls `settle` now, after every change and periodically, until `shutdown` or until there can be
/// no more changes.
///
/// So what an earlier process left in progress is settled as well; settling twice has to change
/// nothing.
pub(crate) async fn run<F: Future<Output = ()>>(
    mut changes: Vec<watch::Receiver<Revision>>,
    shutdown: CancellationToken,
    mut settle: impl FnMut() -> F,
) {
    let mut periodic = tokio::time::interval(EVERY);
    loop {
        // Marked as seen before looking, so that no change falls between two looks.
        for one in &mut changes {
            one.borrow_and_update();
        }
        settle().await;
        tokio::select! {
            () = shutdown.cancelled() => return,
            outcome = any(&mut changes) => if outcome.is_err() { return },
            _ = periodic.tick() => {}
        }
    }
}

/// Waits for the first change of any kind.
async fn any(changes: &mut [watch::Receiver<Revision>]) -> Result<(), watch::error::RecvError> {
    let first = changes.iter_mut().map(|one| Box::pin(one.changed()));
    futures_util::future::select_all(first).await.0
}
