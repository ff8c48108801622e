//! What is made ahead of demand: blank jails, so that a cold start only shows code and executes, and stem cells, in
//! which even the interpreter runs already.
//!
//! A start takes a stem if its function may use one and one is ready, else a blank jail, and else makes a jail on the
//! spot. Two fillers, which are reconcilers, keep as many as were needed lately. They yield to starts under way: on a
//! small machine what is made ahead would be paid for by whoever waits now.

mod demand;
mod filler;
mod stems;

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use jail::{CpuLimit, Jail, JailEvent, JailSpec, Limits as JailLimits, NetworkMode, Spawner};
use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio_util::task::TaskTracker;

pub(crate) use self::stems::Wanted;

use self::{
    demand::Demand,
    stems::{Beds, StemBounds},
};
use crate::{clock::Ids, config::EngineConfig};

/// What a blank jail may use until it becomes some function's.
const BLANK_MEMORY_BYTES: u64 = 256 * 1024 * 1024;

/// Makes jails and keeps blank ones ready.
#[derive(Debug)]
pub(crate) struct Nursery {
    maker: Arc<Maker>,
    blank_jails: usize,
    blank_jails_max: usize,
    stem_bounds: StemBounds,
    state: Mutex<State>,
    /// Tells the filler of blank jails that one was taken.
    blank_taken: Notify,
    /// Tells the filler of stems that one was taken.
    stem_taken: Notify,
    /// Starts under way.
    starts: AtomicUsize,
    tasks: TaskTracker,
}

/// What it takes to make a jail.
#[derive(Debug)]
struct Maker {
    spawner: Arc<Spawner>,
    ids: Arc<dyn Ids>,
    network: NetworkMode,
    processes: u32,
}

#[derive(Debug)]
struct State {
    blanks: Vec<Jail>,
    demand: Demand,
    beds: Beds,
    closed: bool,
}

/// Says that a start is under way; over when dropped.
#[derive(Debug)]
pub(crate) struct Starting<'a>(&'a AtomicUsize);

/// Says why no jail was made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MakeError {
    #[error(transparent)]
    Create(#[from] jail::CreateError),
    #[error("bad jail name: {0}")]
    Name(#[from] jail::InvalidId),
    #[error("the work was cancelled")]
    Cancelled,
}

// === impl Nursery ===

impl Nursery {
    pub(crate) fn new(
        spawner: Arc<Spawner>,
        ids: Arc<dyn Ids>,
        config: &EngineConfig,
        processes: u32,
        tasks: TaskTracker,
    ) -> Self {
        let network =
            if config.outbound_network { NetworkMode::Outbound } else { NetworkMode::None };
        Self {
            maker: Arc::new(Maker { spawner, ids, network, processes }),
            blank_jails: config.blank_jails,
            blank_jails_max: config.blank_jails_max.max(config.blank_jails),
            stem_bounds: StemBounds {
                least: config.stem_cells.min(config.stem_cells_max),
                most: config.stem_cells_max,
                memory_bytes: config.stem_memory_bytes,
            },
            state: Mutex::new(State {
                blanks: Vec::new(),
                demand: Demand::default(),
                beds: Beds::default(),
                closed: false,
            }),
            blank_taken: Notify::new(),
            stem_taken: Notify::new(),
            starts: AtomicUsize::new(0),
            tasks,
        }
    }

    /// Notes that a start is under way, to which making things ahead yields.
    pub(crate) fn starting(&self) -> Starting<'_> {
        self.starts.fetch_add(1, Ordering::Relaxed);
        Starting(&self.starts)
    }

    fn starts_under_way(&self) -> usize {
        self.starts.load(Ordering::Relaxed)
    }

    /// Gives a blank jail: one that is there, or a new one.
    pub(crate) async fn blank(&self) -> Result<Jail, MakeError> {
        match self.take_blank() {
            Some(jail) => Ok(jail),
            None => self.make().await,
        }
    }

    /// Ends all that was made ahead, in the background, and keeps nothing from now on.
    pub(crate) fn close(&self) {
        let (blanks, stems) = {
            let mut state = self.state.lock();
            state.closed = true;
            (std::mem::take(&mut state.blanks), state.beds.clear())
        };
        self.end(blanks);
        self.end(stems);
    }

    fn take_blank(&self) -> Option<Jail> {
        let mut state = self.state.lock();
        state.demand.note();
        self.blank_taken.notify_one();
        loop {
            let jail = state.blanks.pop()?;
            // One whose init was killed has gone; dropping it is quick.
            if !matches!(jail.try_next_event(), Ok(Some(JailEvent::Gone)) | Err(_)) {
                return Some(jail);
            }
        }
    }

    async fn make(&self) -> Result<Jail, MakeError> {
        let maker = Arc::clone(&self.maker);
        self.tasks.spawn_blocking(move || maker.make()).await.map_err(|_| MakeError::Cancelled)?
    }

    /// Ends jails side by side; each waits until all that it took has been given back.
    fn end<T: Send + 'static>(&self, jails: impl IntoIterator<Item = T>) {
        for jail in jails {
            self.tasks.spawn_blocking(move || drop(jail));
        }
    }
}

// === impl Maker ===

impl Maker {
    fn make(&self) -> Result<Jail, MakeError> {
        let limits = JailLimits {
            memory_bytes: BLANK_MEMORY_BYTES,
            pids: self.processes,
            cpu: CpuLimit::Unlimited,
        };
        let id = format!("jail-{}", self.ids.next().simple()).parse()?;
        Ok(self.spawner.create(&JailSpec { id, limits, network: self.network })?)
    }
}

// === impl Starting ===

impl Drop for Starting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
