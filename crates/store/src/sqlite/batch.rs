//! One transaction of many writes, each of which succeeds or fails on its own.

use rusqlite::{CachedStatement, Connection};

use crate::records::Change;
use crate::{BackendError, GroupName, QueueName, Revision, Sequence};

/// Tells the caller of a write how it ended, once its transaction has.
pub(super) type Reply = Box<dyn FnOnce(Result<(), BackendError>) + Send>;

/// A write waiting for its turn.
pub(super) type Job = Box<dyn FnOnce(&mut Batch<'_>) -> Ran + Send>;

/// A write that has run but is not committed.
pub(super) struct Ran {
    /// Whether its changes are to stay.
    pub(super) keep: bool,
    pub(super) reply: Reply,
}

/// The last numbers given out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Counters {
    revision: Revision,
    sequence: Sequence,
}

/// What others are to learn once the transaction is committed.
#[derive(Debug, Default)]
pub(super) struct Effects {
    pub(super) changes: Vec<Change>,
    pub(super) arrivals: Vec<QueueName>,
    pub(super) appends: Vec<GroupName>,
}

/// The transaction that writes share.
#[derive(Debug)]
pub(super) struct Batch<'c> {
    connection: &'c Connection,
    counters: Counters,
    effects: Effects,
}

// === impl Counters ===

impl Counters {
    pub(super) fn load(connection: &Connection) -> rusqlite::Result<Self> {
        let load = |name| {
            let sql = "SELECT value FROM counters WHERE name = ?1";
            connection.query_row(sql, [name], |row| row.get::<_, i64>(0))
        };
        Ok(Self {
            revision: Revision(load("revision")?.cast_unsigned()),
            sequence: Sequence(load("sequence")?.cast_unsigned()),
        })
    }

    fn save(self, connection: &Connection) -> rusqlite::Result<()> {
        let sql = "UPDATE counters SET value = ?2 WHERE name = ?1";
        let mut update = connection.prepare_cached(sql)?;
        update.execute(("revision", self.revision.0.cast_signed()))?;
        update.execute(("sequence", self.sequence.0.cast_signed()))?;
        Ok(())
    }
}

// === impl Batch ===

impl<'c> Batch<'c> {
    pub(super) fn begin(connection: &'c Connection, counters: Counters) -> rusqlite::Result<Self> {
        connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
        Ok(Self { connection, counters, effects: Effects::default() })
    }

    /// Runs one write so that its failure undoes nothing but itself.
    pub(super) fn run(&mut self, job: Job) -> Result<Reply, BackendError> {
        let counters = self.counters;
        let effects = self.effects.lengths();
        self.statement("SAVEPOINT write")?.execute([])?;
        let Ran { keep, reply } = job(self);
        if !keep {
            // A full disk or a failed read makes SQLite undo the whole transaction by itself.
            if self.connection.is_autocommit() {
                return Err(BackendError::unavailable("the transaction was rolled back"));
            }
            self.statement("ROLLBACK TO write")?.execute([])?;
            self.counters = counters;
            self.effects.truncate(effects);
        }
        self.statement("RELEASE write")?.execute([])?;
        Ok(reply)
    }

    pub(super) fn commit(self, counters_before: Counters) -> rusqlite::Result<(Counters, Effects)> {
        if self.counters != counters_before {
            self.counters.save(self.connection)?;
        }
        self.statement("COMMIT")?.execute([])?;
        Ok((self.counters, self.effects))
    }

    pub(super) fn connection(&self) -> &'c Connection {
        self.connection
    }

    pub(super) fn statement(&self, sql: &str) -> rusqlite::Result<CachedStatement<'c>> {
        self.connection.prepare_cached(sql)
    }

    pub(super) fn next_revision(&mut self) -> Revision {
        self.counters.revision.0 += 1;
        self.counters.revision
    }

    pub(super) fn next_sequence(&mut self) -> Sequence {
        self.counters.sequence.0 += 1;
        self.counters.sequence
    }

    pub(super) fn effects(&mut self) -> &mut Effects {
        &mut self.effects
    }
}

// === impl Effects ===

impl Effects {
    fn lengths(&self) -> [usize; 3] {
        [self.changes.len(), self.arrivals.len(), self.appends.len()]
    }

    fn truncate(&mut self, [changes, arrivals, appends]: [usize; 3]) {
        self.changes.truncate(changes);
        self.arrivals.truncate(arrivals);
        self.appends.truncate(appends);
    }
}
