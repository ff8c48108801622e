//! The backend that keeps everything in memory, for tests and for trying things out.
//!
//! It fulfils the contracts of the ports except durability: its state ends with the last clone of
//! its [`Stores`].

mod blobs;
mod journal;
mod queue;
mod records;

use std::sync::Arc;

use self::blobs::MemoryBlobs;
use self::journal::MemoryJournal;
use self::queue::MemoryQueue;
use self::records::MemoryRecords;
use crate::{Clock, Stores};

/// Makes an empty store.
pub fn open(clock: &Arc<dyn Clock>) -> Stores {
    Stores {
        records: Arc::new(MemoryRecords::default()),
        queue: Arc::new(MemoryQueue::new(Arc::clone(clock))),
        blobs: Arc::new(MemoryBlobs::new(Arc::clone(clock))),
        journal: Arc::new(MemoryJournal::new(Arc::clone(clock))),
    }
}
