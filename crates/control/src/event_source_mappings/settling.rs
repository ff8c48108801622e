//! The reconciler that ends what is in progress on event source mappings.

use std::sync::Arc;

use engine::{ChangeError, Registry};
use model::{
    event_source_mapping::{MappingState, Settled},
    names::Region,
};
use store::TableError;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::settling;

/// Settles every mapping that is being made, changed or deleted.
#[derive(Debug)]
pub struct MappingSettling {
    registry: Arc<Registry>,
}

/// A change in progress.
struct Pending {
    region: Region,
    uuid: Uuid,
    state: MappingState,
}

/// A later change has taken the place of the one to be settled.
struct Superseded;

// === impl MappingSettling ===

impl MappingSettling {
    pub(crate) fn new(registry: Arc<Registry>) -> Self {
        Self { registry }
    }

    /// Runs until `shutdown`.
    pub async fn run(self, shutdown: CancellationToken) {
        settling::run(vec![self.registry.mappings.changes()], shutdown, || self.settle_all()).await;
    }

    /// Settles what is in progress now.
    pub(crate) async fn settle_all(&self) {
        let mut in_progress = Vec::new();
        self.registry.mappings.each(None, |row| {
            let mapping = &row.0;
            if mapping.state.in_progress() {
                let (region, uuid, state) = (mapping.region.clone(), mapping.uuid, mapping.state);
                in_progress.push(Pending { region, uuid, state });
            }
        });
        for pending in in_progress {
            if let Err(error) = self.settle(&pending).await {
                let uuid = pending.uuid;
                tracing::warn!(%error, %uuid, "cannot settle an event source mapping yet");
            }
        }
    }

    async fn settle(&self, pending: &Pending) -> Result<(), TableError> {
        let (mappings, id) = (&self.registry.mappings, pending.uuid.to_string());
        if pending.state == MappingState::Deleting {
            // Nothing leads out of this state, so nothing else can have come of it.
            mappings.delete(&pending.region, &id).await?;
            return Ok(());
        }
        let changed = mappings.change(&pending.region, &id, |row| {
            let mapping = &mut row.0;
            match mapping.state.settled(mapping.enabled) {
                Some(Settled::In(state)) if mapping.state == pending.state => {
                    mapping.state = state;
                    Ok(())
                }
                _ => Err(Superseded),
            }
        });
        match changed.await {
            Ok(_) | Err(ChangeError::NotFound | ChangeError::Refused(Superseded)) => Ok(()),
            Err(ChangeError::Store(error)) => Err(error),
        }
    }
}
