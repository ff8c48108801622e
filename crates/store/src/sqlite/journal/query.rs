//! Reading entries and what is known about streams.

use rusqlite::{Connection, OptionalExtension, Row, named_params};

use super::rows::{self, COLUMNS};
use crate::name::LAST_CHARACTER;
use crate::{Direction, Entry, GroupName, Read, ReadFrom, StreamInfo, StreamName};

const STREAM_INFO: &str = "SELECT g.name, s.name, s.created_ms,
    (SELECT min(first_ms) FROM journal_segments WHERE stream_id = s.id),
    (SELECT max(last_ms) FROM journal_segments WHERE stream_id = s.id),
    s.last_append_ms, s.entries, s.bytes
    FROM journal_streams s JOIN journal_groups g ON g.id = s.group_id";

pub(super) fn read(
    connection: &Connection,
    stream: &StreamName,
    read: &Read,
) -> rusqlite::Result<Vec<Entry>> {
    let Some((start, last)) = time_bounds(read.start_ms, read.end_ms) else {
        return Ok(Vec::new());
    };
    // Segments of one stream follow each other without overlap. Going forward, the first one may
    // begin before the place to start from.
    let (from, order) = match read.direction {
        Direction::Forward => (
            "e.first_sequence >= coalesce((SELECT max(first_sequence) FROM journal_segments
             WHERE stream_id = e.stream_id AND first_sequence <= :after), 0)",
            "ASC",
        ),
        Direction::Backward => ("e.first_sequence < :after", "DESC"),
    };
    let sql = format!(
        "SELECT {COLUMNS} FROM journal_segments e
         WHERE e.stream_id = (SELECT s.id FROM journal_streams s
             JOIN journal_groups g ON g.id = s.group_id WHERE g.name = :group AND s.name = :stream)
         AND {from} AND e.last_ms >= :start AND e.first_ms <= :last
         ORDER BY e.first_sequence {order}"
    );
    let after = match (read.from, read.direction) {
        (ReadFrom::After(sequence), _) => sequence.0.cast_signed(),
        (ReadFrom::Edge, Direction::Forward) => i64::MIN,
        (ReadFrom::Edge, Direction::Backward) => i64::MAX,
    };
    let mut select = connection.prepare_cached(&sql)?;
    let mut rows = select.query(named_params! {
        ":group": stream.group().as_str(),
        ":stream": stream.stream(),
        ":after": after,
        ":start": start,
        ":last": last,
    })?;
    let mut found = Vec::new();
    while found.len() < read.limit
        && let Some(row) = rows.next()?
    {
        let mut entries = rows::entries(row)?;
        entries.retain(|entry| {
            let sequence = entry.sequence.0.cast_signed();
            (start..=last).contains(&entry.time_ms)
                && match read.direction {
                    Direction::Forward => sequence > after,
                    Direction::Backward => sequence < after,
                }
        });
        if read.direction == Direction::Backward {
            entries.reverse();
        }
        entries.truncate(read.limit - found.len());
        found.append(&mut entries);
    }
    Ok(found)
}

pub(super) fn stream(
    connection: &Connection,
    stream: &StreamName,
) -> rusqlite::Result<Option<StreamInfo>> {
    let sql = format!("{STREAM_INFO} WHERE g.name = ?1 AND s.name = ?2");
    let mut select = connection.prepare_cached(&sql)?;
    select.query_row((stream.group().as_str(), stream.stream()), info).optional()
}

pub(super) fn streams(
    connection: &Connection,
    group: &GroupName,
    prefix: &str,
) -> rusqlite::Result<Vec<StreamInfo>> {
    let sql =
        format!("{STREAM_INFO} WHERE g.name = ?1 AND s.name >= ?2 AND s.name < ?3 ORDER BY s.name");
    let mut select = connection.prepare_cached(&sql)?;
    let end = format!("{prefix}{LAST_CHARACTER}");
    select.query_map((group.as_str(), prefix, end), info)?.collect()
}

pub(super) fn groups(connection: &Connection, prefix: &str) -> rusqlite::Result<Vec<GroupName>> {
    let sql = "SELECT name FROM journal_groups WHERE name >= ?1 AND name < ?2 ORDER BY name";
    let mut select = connection.prepare_cached(sql)?;
    let end = format!("{prefix}{LAST_CHARACTER}");
    let name = |row: &Row<'_>| Ok(row.get_ref(0)?.as_str().map(GroupName::stored)?);
    select.query_map((prefix, end), name)?.collect()
}

/// Turns the half-open span into a closed one; `None` when it is empty.
pub(super) fn time_bounds(start_ms: Option<i64>, end_ms: Option<i64>) -> Option<(i64, i64)> {
    let last_ms = match end_ms {
        Some(end_ms) => end_ms.checked_sub(1)?,
        None => i64::MAX,
    };
    Some((start_ms.unwrap_or(i64::MIN), last_ms))
}

fn info(row: &Row<'_>) -> rusqlite::Result<StreamInfo> {
    let group = row.get_ref(0)?.as_str().map(GroupName::stored)?;
    Ok(StreamInfo {
        name: StreamName::joined(group, row.get_ref(1)?.as_str()?.into()),
        created_ms: row.get(2)?,
        first_ms: row.get(3)?,
        last_ms: row.get(4)?,
        last_append_ms: row.get(5)?,
        entries: row.get::<_, i64>(6)?.cast_unsigned(),
        bytes: row.get::<_, i64>(7)?.cast_unsigned(),
    })
}
