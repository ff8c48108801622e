//! Taking entries and streams away, a bounded number in each transaction.

use std::collections::HashMap;

use super::{find_group, find_stream};
use crate::sqlite::batch::Batch;
use crate::{GroupName, JournalError, StreamName};

/// How many entries one step removes at most, so that other writes need not wait for long.
const STEP_ENTRIES: u32 = 2000;

const IN_GROUP: &str = "DELETE FROM journal_entries WHERE sequence IN
    (SELECT sequence FROM journal_entries WHERE group_id = ?1 AND time_ms <= ?2
     ORDER BY time_ms, sequence LIMIT ?3) RETURNING stream_id, length(bytes)";

const IN_STREAM: &str = "DELETE FROM journal_entries WHERE sequence IN
    (SELECT sequence FROM journal_entries WHERE stream_id = ?1 AND time_ms <= ?2
     ORDER BY time_ms LIMIT ?3) RETURNING stream_id, length(bytes)";

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
    let mut by_stream: HashMap<i64, (u32, i64)> = HashMap::new();
    let mut delete = batch.statement(sql)?;
    let mut rows = delete.query((id, last_ms, STEP_ENTRIES))?;
    while let Some(row) = rows.next()? {
        let (entries, bytes) = by_stream.entry(row.get(0)?).or_default();
        *entries += 1;
        *bytes += row.get::<_, i64>(1)?;
    }
    let sql = "UPDATE journal_streams SET entries = entries - ?2, bytes = bytes - ?3 WHERE id = ?1";
    let mut update = batch.statement(sql)?;
    let mut removed = 0;
    for (stream_id, (entries, bytes)) in by_stream {
        update.execute((stream_id, entries, bytes))?;
        removed += entries;
    }
    Ok(Removed { entries: removed.into(), finished: removed < STEP_ENTRIES })
}
