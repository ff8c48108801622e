//! Taking entries and streams away, a bounded number of segments in each transaction.
//!
//! A segment of which only some entries are to go is written anew with the others.

use std::collections::HashMap;

use super::{StreamIds, find_group, find_stream, rows};
use crate::sqlite::batch::Batch;
use crate::{GroupName, JournalError, StreamName};

/// How many segments one step looks at, so that other writes need not wait for long.
const STEP_SEGMENTS: usize = 500;

const IN_GROUP: &str = "SELECT e.first_sequence, e.first_ms, e.last_ms, e.appended_ms, e.marks,
    e.bytes, e.stream_id, e.entries FROM journal_segments e
    WHERE e.group_id = ?1 AND e.first_ms <= ?2 ORDER BY e.first_ms LIMIT ?3";

const IN_STREAM: &str = "SELECT e.first_sequence, e.first_ms, e.last_ms, e.appended_ms, e.marks,
    e.bytes, e.stream_id, e.entries FROM journal_segments e
    WHERE e.stream_id = ?1 AND e.first_ms <= ?2 ORDER BY e.first_ms LIMIT ?3";

const DELETE: &str = "DELETE FROM journal_segments WHERE first_sequence = ?1 RETURNING group_id";

/// What a stream has lost in one step.
#[derive(Clone, Copy, Debug, Default)]
struct Gone {
    entries: u64,
    bytes: u64,
}

/// What one step has done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Removed {
    pub(super) entries: u64,
    /// Whether there is nothing left to remove.
    pub(super) finished: bool,
}

/// Removes some of the entries of a group up to and including a time.
pub(super) fn truncate(
    batch: &mut Batch<'_>,
    group: &GroupName,
    last_ms: i64,
) -> Result<Removed, JournalError> {
    match find_group(batch, group)? {
        Some(group_id) => Ok(remove(batch, IN_GROUP, group_id, last_ms)?),
        None => Ok(Removed { entries: 0, finished: true }),
    }
}

/// Removes some entries of a stream, and with the last of them the stream itself; tells whether it
/// was there, or `None` when there is more to do.
pub(super) fn delete_stream(
    batch: &mut Batch<'_>,
    stream: &StreamName,
) -> Result<Option<bool>, JournalError> {
    let Some(ids) = find_stream(batch, stream)? else { return Ok(Some(false)) };
    if !remove(batch, IN_STREAM, ids.stream, i64::MAX)?.finished {
        return Ok(None);
    }
    batch.statement("DELETE FROM journal_streams WHERE id = ?1")?.execute([ids.stream])?;
    let sql = "DELETE FROM journal_groups WHERE id = ?1
               AND NOT EXISTS (SELECT 1 FROM journal_streams WHERE group_id = ?1)";
    batch.statement(sql)?.execute([ids.group])?;
    Ok(Some(true))
}

/// Removes some entries of a group, and with the last of them all its streams; tells how many
/// streams there were, or `None` when there is more to do.
pub(super) fn delete_group(
    batch: &mut Batch<'_>,
    group: &GroupName,
) -> Result<Option<u64>, JournalError> {
    let Some(group_id) = find_group(batch, group)? else { return Ok(Some(0)) };
    if !remove(batch, IN_GROUP, group_id, i64::MAX)?.finished {
        return Ok(None);
    }
    let sql = "DELETE FROM journal_streams WHERE group_id = ?1";
    let streams = batch.statement(sql)?.execute([group_id])?;
    batch.statement("DELETE FROM journal_groups WHERE id = ?1")?.execute([group_id])?;
    Ok(Some(streams as u64))
}

/// Removes entries and keeps the counts of their streams true.
fn remove(batch: &Batch<'_>, sql: &str, id: i64, last_ms: i64) -> rusqlite::Result<Removed> {
    let mut by_stream: HashMap<i64, Gone> = HashMap::new();
    let mut looked_at = 0;
    let mut select = batch.statement(sql)?;
    let mut rows = select.query((id, last_ms, STEP_SEGMENTS))?;
    let mut touched = Vec::new();
    while let Some(row) = rows.next()? {
        looked_at += 1;
        let (number, stream_id): (i64, i64) = (row.get(0)?, row.get(6)?);
        let gone = by_stream.entry(stream_id).or_default();
        let (entries, bytes) = (row.get::<_, u64>(7)?, row.get_ref(5)?.as_blob()?.len() as u64);
        gone.entries += entries;
        gone.bytes += bytes;
        let mut rest = Vec::new();
        if row.get::<_, i64>(2)? > last_ms {
            rest = rows::entries(row)?;
            rest.retain(|entry| entry.time_ms > last_ms);
            gone.entries -= rest.len() as u64;
            gone.bytes -= rest.iter().map(|entry| entry.bytes.len() as u64).sum::<u64>();
        }
        touched.push((number, stream_id, rest));
    }
    drop(rows);
    for (number, stream, rest) in touched {
        let group = batch.statement(DELETE)?.query_row([number], |row| row.get(0))?;
        rows::insert(batch, StreamIds { group, stream }, &rest)?;
    }
    let sql = "UPDATE journal_streams SET entries = entries - ?2, bytes = bytes - ?3 WHERE id = ?1";
    let mut update = batch.statement(sql)?;
    let mut removed = 0;
    for (stream_id, gone) in by_stream {
        update.execute((stream_id, gone.entries, gone.bytes))?;
        removed += gone.entries;
    }
    Ok(Removed { entries: removed, finished: looked_at < STEP_SEGMENTS })
}
