//! The one thread that writes, and group commit.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{self, JoinHandle};

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use super::OpenError;
use super::batch::{Batch, Counters, Effects, Job, Ran, Reply};
use crate::records::WatchHub;
use crate::{BackendError, Signals};

/// How many writes may wait before further ones wait to be queued.
const MAX_QUEUED_WRITES: usize = 4096;

/// How many writes share one transaction at most, so that none waits long for the others.
const MAX_BATCHED_WRITES: usize = 1024;

/// Those who want to hear about committed changes.
#[derive(Debug, Default)]
pub(super) struct News {
    pub(super) watches: WatchHub,
    pub(super) arrivals: Signals,
    pub(super) appends: Signals,
}

/// The handle of the writing thread; dropping it finishes the queued writes and joins the thread.
#[derive(Debug)]
pub(super) struct Writer {
    jobs: Option<mpsc::Sender<Job>>,
    thread: Option<JoinHandle<()>>,
    commits: Arc<AtomicU64>,
}

/// The write was dropped with the transaction it belonged to.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the write was abandoned")]
struct Abandoned;

/// What the writing thread owns.
struct Writing {
    connection: Connection,
    counters: Counters,
    news: Arc<News>,
    commits: Arc<AtomicU64>,
}

// === impl Writer ===

impl Writer {
    pub(super) fn start(connection: Connection, news: Arc<News>) -> Result<Self, OpenError> {
        let counters = Counters::load(&connection)?;
        let commits = Arc::new(AtomicU64::new(0));
        let writing = Writing { connection, counters, news, commits: Arc::clone(&commits) };
        let (jobs, queued) = mpsc::channel(MAX_QUEUED_WRITES);
        let thread = thread::Builder::new()
            .name("store-write".to_owned())
            .spawn(move || writing.run(queued))
            .map_err(|source: io::Error| OpenError::Io { path: "store-write".into(), source })?;
        Ok(Self { jobs: Some(jobs), thread: Some(thread), commits })
    }

    /// Has the thread run `act`, and answers once the outcome is on disk.
    ///
    /// Dropping the future before it is first polled means the write never happens; dropping it
    /// later does not stop the write.
    pub(super) async fn write<T, E>(
        &self,
        act: impl FnOnce(&mut Batch<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<BackendError> + Send + 'static,
    {
        let (done, outcome) = oneshot::channel();
        let job: Job = Box::new(move |batch| {
            let result = act(batch);
            let keep = result.is_ok();
            let reply: Reply = Box::new(move |committed| {
                let _ = done.send(committed.map_err(E::from).and(result));
            });
            Ran { keep, reply }
        });
        let jobs = self.jobs.as_ref().ok_or(BackendError::Closed)?;
        jobs.send(job).await.map_err(|_| BackendError::Closed)?;
        outcome.await.map_err(|_| BackendError::unavailable(Abandoned))?
    }

    pub(super) fn commits(&self) -> u64 {
        self.commits.load(Ordering::Relaxed)
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.jobs.take());
        if let Some(thread) = self.thread.take() {
            // A writer that panicked has already said so.
            let _ = thread.join();
        }
    }
}

// === impl Writing ===

impl Writing {
    fn run(mut self, mut queued: mpsc::Receiver<Job>) {
        while let Some(first) = queued.blocking_recv() {
            let mut jobs = vec![first];
            while jobs.len() < MAX_BATCHED_WRITES
                && let Ok(job) = queued.try_recv()
            {
                jobs.push(job);
            }
            self.commit(jobs);
        }
    }

    /// Runs the writes in one transaction; the replies go out after the outcome is on disk and
    /// after those who follow the changes have been told.
    fn commit(&mut self, jobs: Vec<Job>) {
        let mut replies = Vec::with_capacity(jobs.len());
        let outcome = self.transact(jobs, &mut replies);
        match &outcome {
            Ok(effects) => {
                self.commits.fetch_add(1, Ordering::Relaxed);
                self.news.tell(effects);
            }
            Err(error) => {
                tracing::error!(%error, writes = replies.len(), "transaction failed");
                self.roll_back();
            }
        }
        let outcome = outcome.map(|_| ());
        for reply in replies {
            reply(outcome.clone());
        }
    }

    fn transact(
        &mut self,
        jobs: Vec<Job>,
        replies: &mut Vec<Reply>,
    ) -> Result<Effects, BackendError> {
        let mut batch = Batch::begin(&self.connection, self.counters)?;
        for job in jobs {
            replies.push(batch.run(job)?);
        }
        let (counters, effects) = batch.commit(self.counters)?;
        self.counters = counters;
        Ok(effects)
    }

    fn roll_back(&self) {
        if !self.connection.is_autocommit()
            && let Err(error) = self.connection.execute_batch("ROLLBACK")
        {
            tracing::error!(%error, "roll-back failed");
        }
    }
}

// === impl News ===

impl News {
    fn tell(&self, effects: &Effects) {
        self.watches.publish(&effects.changes);
        for queue in &effects.arrivals {
            self.arrivals.notify(queue.as_str());
        }
        for group in &effects.appends {
            self.appends.notify(group.as_str());
        }
    }
}
