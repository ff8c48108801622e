//! Provisioned concurrency as it is wanted: what is attached to versions and aliases, by version.

use std::{collections::HashMap, sync::Arc};

use model::{
    Timestamp,
    function::{Function, Provisioned},
    names::{Region, VersionNumber},
};
use parking_lot::Mutex;
use store::Revision;
use tokio::sync::watch;
use uuid::Uuid;

use super::Functions;

/// What one version is to have ready.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) concurrency: u32,
    /// When that was set last.
    pub(crate) set_at: Timestamp,
}

/// What the versions of a function are to have ready.
pub(crate) type Targets = HashMap<VersionNumber, Target>;

/// By the functions' incarnations. What is left of deleted functions may be among it.
pub(crate) type AllTargets = HashMap<Uuid, Targets>;

/// The answer to the last look at all versions and aliases, and what it was based on.
#[derive(Debug, Default)]
pub(super) struct Known(Mutex<Option<([Revision; 2], Arc<AllTargets>)>>);

// === impl Functions: provisioned concurrency ===

impl Functions {
    /// Follows changes of versions and of aliases.
    pub(crate) fn owned_changes(&self) -> [watch::Receiver<Revision>; 2] {
        [self.versions.view().subscribe(), self.aliases.view().subscribe()]
    }

    /// Gives what all versions are to have ready.
    pub(crate) fn provisioned(&self) -> Arc<AllTargets> {
        // Read before the rows: what is newer than the key is looked at once more.
        let revisions = self.owned_changes().map(|changes| *changes.borrow());
        let mut known = self.known.0.lock();
        if let Some((at, targets)) = &*known
            && *at == revisions
        {
            return Arc::clone(targets);
        }
        let targets = Arc::new(self.look_at_all());
        *known = Some((revisions, Arc::clone(&targets)));
        targets
    }

    /// Sums the provisioned concurrency of a function.
    pub fn provisioned_concurrency(&self, function: &Function) -> u32 {
        self.provisioned().get(&function.incarnation).map_or(0, total)
    }

    /// Sums the concurrency that is kept for functions of a region: what is reserved, and what is
    /// provisioned where nothing is.
    pub fn kept_concurrency(&self, region: &Region) -> u32 {
        let (all, mut kept) = (self.provisioned(), 0_u32);
        self.for_each(|function| {
            if function.region == *region {
                let provisioned = || all.get(&function.incarnation).map_or(0, total);
                let own = function.reserved_concurrency.unwrap_or_else(provisioned);
                kept = kept.saturating_add(own);
            }
        });
        kept
    }

    fn look_at_all(&self) -> AllTargets {
        let mut all = AllTargets::new();
        let mut add = |key: &str, number, concurrency, provisioned: Provisioned| {
            let incarnation = key.split('/').next().and_then(|text| text.parse().ok());
            let Some(incarnation) = incarnation else { return };
            let target: &mut Target =
                all.entry(incarnation).or_default().entry(number).or_default();
            target.concurrency = target.concurrency.saturating_add(concurrency);
            target.set_at = target.set_at.max(provisioned.last_modified);
        };
        for row in self.versions.view().select(|row| row.0.attached.provisioned.is_some()) {
            let version = &row.value.0;
            if let (Some(number), Some(wanted)) = (version.number, version.attached.provisioned) {
                add(&row.key, number, wanted.concurrency, wanted);
            }
        }
        for row in self.aliases.view().select(|row| row.0.attached.provisioned.is_some()) {
            let alias = &row.value.0;
            let Some(wanted) = alias.attached.provisioned else { continue };
            for (number, share) in alias.share_out(wanted.concurrency) {
                add(&row.key, number, share, wanted);
            }
        }
        all
    }
}

fn total(targets: &Targets) -> u32 {
    targets.values().fold(0, |sum, target| sum.saturating_add(target.concurrency))
}
