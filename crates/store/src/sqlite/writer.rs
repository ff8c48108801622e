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

#[cfg(test)]
mod tests {
    use std::sync::mpsc as std_mpsc;

    use futures_util::future::{join, join3};

    use super::*;
    use crate::{RecordsError, Revision};

    /// Starts a writer on a database whose table `child` makes a commit fail that adds an orphan.
    fn start() -> Writer {
        let mut connection = Connection::open_in_memory().unwrap();
        super::super::schema::prepare(&mut connection).unwrap();
        let tables = "PRAGMA foreign_keys = ON;
            CREATE TABLE parent (id INTEGER PRIMARY KEY);
            CREATE TABLE child (parent REFERENCES parent DEFERRABLE INITIALLY DEFERRED);";
        connection.execute_batch(tables).unwrap();
        Writer::start(connection, Arc::default()).unwrap()
    }

    async fn insert(writer: &Writer, sql: &'static str) -> Result<Revision, RecordsError> {
        let act = move |batch: &mut Batch<'_>| {
            batch.statement(sql)?.execute([])?;
            Ok(batch.next_revision())
        };
        writer.write(act).await
    }

    async fn count(writer: &Writer, sql: &'static str) -> i64 {
        let act = move |batch: &mut Batch<'_>| -> Result<i64, RecordsError> {
            Ok(batch.statement(sql)?.query_row([], |row| row.get(0))?)
        };
        writer.write(act).await.unwrap()
    }

    /// Keeps the writer busy until the returned sender is used.
    async fn block(writer: &Writer) -> (std_mpsc::Sender<()>, impl Future<Output = ()>) {
        let (go, gate) = std_mpsc::channel();
        let (entered, busy) = oneshot::channel();
        let act = move |_: &mut Batch<'_>| -> Result<(), BackendError> {
            entered.send(()).unwrap();
            gate.recv().unwrap();
            Ok(())
        };
        let mut blocked = Box::pin(writer.write(act));
        tokio::select! {
            _ = &mut blocked => panic!("the gate is closed"),
            _ = busy => {}
        }
        (go, async { blocked.await.unwrap() })
    }

    #[tokio::test]
    async fn writes_that_wait_for_the_disk_are_committed_together() {
        let writer = start();
        let (go, blocked) = block(&writer).await;
        let insert = || insert(&writer, "INSERT INTO parent DEFAULT VALUES");
        let release = async { go.send(()).unwrap() };
        // Polled in order: both inserts are queued before the gate opens.
        let (first, second, (), ()) = tokio::join!(insert(), insert(), release, blocked);
        assert_eq!((first.unwrap(), second.unwrap()), (Revision(1), Revision(2)));
        assert_eq!(writer.commits(), 2, "one for the gate, one for both inserts");
    }

    #[tokio::test]
    async fn a_failed_write_undoes_what_it_did_and_nothing_else() {
        let writer = start();
        let (go, blocked) = block(&writer).await;
        let fail = |batch: &mut Batch<'_>| -> Result<(), RecordsError> {
            batch.statement("INSERT INTO parent VALUES (8)")?.execute([])?;
            batch.next_revision();
            Err(RecordsError::TooLarge { length_bytes: 0 })
        };
        let before = insert(&writer, "INSERT INTO parent VALUES (7)");
        let after = insert(&writer, "INSERT INTO parent VALUES (9)");
        let release = async { go.send(()).unwrap() };
        let three = join3(before, writer.write(fail), after);
        let (((before, failed, after), ()), ()) = join(join(three, release), blocked).await;
        assert_eq!((before.unwrap(), after.unwrap()), (Revision(1), Revision(2)));
        assert!(matches!(failed, Err(RecordsError::TooLarge { .. })));
        assert_eq!(count(&writer, "SELECT sum(id) FROM parent").await, 16);
    }

    #[tokio::test]
    async fn a_failed_commit_fails_all_its_writes_and_none_after_it() {
        let writer = start();
        let (go, blocked) = block(&writer).await;
        let innocent = insert(&writer, "INSERT INTO parent VALUES (1)");
        let orphan = insert(&writer, "INSERT INTO child VALUES (99)");
        let release = async { go.send(()).unwrap() };
        let (innocent, orphan, (), ()) = tokio::join!(innocent, orphan, release, blocked);
        assert!(matches!(innocent, Err(RecordsError::Backend(_))));
        assert!(matches!(orphan, Err(RecordsError::Backend(_))));
        assert_eq!(count(&writer, "SELECT count(*) FROM parent").await, 0);
        let next = insert(&writer, "INSERT INTO parent VALUES (1)").await.unwrap();
        assert_eq!(next, Revision(1), "a failed commit takes no revision");
    }
}
