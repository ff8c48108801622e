//! A store under test, with the clock that it reads.

use std::fmt::{self, Debug};
use std::sync::Arc;

use store::sqlite::{Config, Sqlite};
use store::{Clock, Stores, memory};
use tempfile::TempDir;

use crate::{Fault, Faults, ManualClock, faulty, retrying};

/// Where folders live in memory, if the machine has such a place: promises are the same on any
/// disk, and many small stores would spend their tests waiting for a real one.
const MEMORY_FOLDER: &str = "/dev/shm";

/// How often one call in a faulty subject fails.
const FAULT_PROBABILITY: f64 = 0.3;

/// Enough that a call which fails with [`FAULT_PROBABILITY`] does not fail every time.
const ATTEMPTS: u32 = 40;

/// A store of its own for one test, with the clock that it reads.
pub struct Subject {
    /// The ports.
    pub stores: Stores,
    /// The clock of the store.
    pub clock: Arc<ManualClock>,
    /// Removed after the store has closed, because fields are dropped in order.
    folder: Option<TempDir>,
}

impl Subject {
    /// Makes a store in memory.
    pub fn memory() -> Self {
        let clock = Arc::new(ManualClock::new());
        let shared: Arc<dyn Clock> = Arc::clone(&clock) as _;
        Self { stores: memory::open(&shared), clock, folder: None }
    }

    /// Makes an embedded store in a temporary folder.
    pub fn sqlite() -> Self {
        let clock = Arc::new(ManualClock::new());
        let folder = TempDir::new_in(MEMORY_FOLDER).or_else(|_| TempDir::new());
        let folder = folder.expect("a temporary folder can be made");
        let config = Config { reader_threads: 2, blob_threads: 2 };
        let keys = Arc::new(vault::MasterKey::generate());
        let sqlite = Sqlite::open(folder.path(), &config, Arc::clone(&clock) as _, keys)
            .expect("an empty folder can be opened");
        Self { stores: sqlite.stores(), clock, folder: Some(folder) }
    }

    /// Lets calls fail before they do anything, and repeats those that did, so that whoever uses
    /// the store notices nothing.
    #[must_use]
    pub fn refusing_and_retrying(self, seed: u64) -> Self {
        let faults = Arc::new(Faults::none());
        faults.fail_randomly(FAULT_PROBABILITY, seed, Fault::Refuse);
        let stores = retrying(&faulty(&self.stores, &faults), ATTEMPTS);
        Self { stores, ..self }
    }

    /// Makes the store fail as the returned plan says; initially not at all.
    #[must_use]
    pub fn with_faults(self) -> (Self, Arc<Faults>) {
        let faults = Arc::new(Faults::none());
        let stores = faulty(&self.stores, &faults);
        (Self { stores, ..self }, faults)
    }
}

impl Debug for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subject").field("folder", &self.folder).finish_non_exhaustive()
    }
}
