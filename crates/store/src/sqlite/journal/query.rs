//! Reading entries and what is known about streams.

use bytes::Bytes;
use rusqlite::{Connection, OptionalExtension, Row, named_params};

use crate::name::LAST_CHARACTER;
use crate::{
    Direction, Entry, GroupName, Position, Read, ReadFrom, Scan, ScannedEntry, Sequence,
    StreamInfo, StreamName, Streams,
};

const STREAM_INFO: &str = "SELECT g.name, s.name, s.created_ms,
    (SELECT min(time_ms) FROM journal_entries WHERE stream_id = s.id),
    (SELECT max(time_ms) FROM journal_entries WHERE stream_id = s.id),
    s.last_append_ms, s.entries, s.bytes
    FROM journal_streams s JOIN journal_groups g ON g.id = s.group_id";

pub(super) fn read(
    connection: &Connection,
    stream: &StreamName,
    read: &Read,
) -> rusqlite::Result<Vec<Entry>> {
    let (compare, order) = match read.direction {
        Direction::Forward => (">", "ASC"),
        Direction::Backward => ("<", "DESC"),
    };
    let sql = format!(
        "SELECT e.sequence, e.time_ms, e.appended_ms, e.bytes FROM journal_entries e
         WHERE e.stream_id = (SELECT s.id FROM journal_streams s
             JOIN journal_groups g ON g.id = s.group_id WHERE g.name = :group AND s.name = :stream)
         AND e.sequence {compare} :after AND e.time_ms >= :start AND e.time_ms <= :last
         ORDER BY e.sequence {order} LIMIT :limit"
    );
    let Some((start, last)) = time_bounds(read.start_ms, read.end_ms) else {
        return Ok(Vec::new());
    };
    let after = match (read.from, read.direction) {
        (ReadFrom::After(sequence), _) => sequence.0.cast_signed(),
        (ReadFrom::Edge, Direction::Forward) => i64::MIN,
        (ReadFrom::Edge, Direction::Backward) => i64::MAX,
    };
    let mut select = connection.prepare_cached(&sql)?;
    let parameters = named_params! {
        ":group": stream.group().as_str(),
        ":stream": stream.stream(),
        ":after": after,
        ":start": start,
        ":last": last,
        ":limit": limit(read.limit),
    };
    select.query_map(parameters, entry)?.collect()
}

pub(super) fn scan(
    connection: &Connection,
    group: &GroupName,
    scan: &Scan,
) -> rusqlite::Result<Vec<ScannedEntry>> {
    let Some((start, last)) = time_bounds(scan.start_ms, scan.end_ms) else {
        return Ok(Vec::new());
    };
    let (after, start, last) = match (scan.after, scan.direction) {
        (None, Direction::Forward) => (position(i64::MIN, 0), start, last),
        (None, Direction::Backward) => (position(i64::MAX, u64::MAX), start, last),
        // Bounds on the time alone are what lets the index find the place to begin.
        (Some(after), Direction::Forward) => (after, start.max(after.time_ms), last),
        (Some(after), Direction::Backward) => (after, start, last.min(after.time_ms)),
    };
    let (low, high) = stream_bounds(&scan.streams);
    let mut select = connection.prepare_cached(&scan_sql(scan))?;
    let parameters = named_params! {
        ":group": group.as_str(),
        ":low": low,
        ":high": high,
        ":start": start,
        ":last": last,
        ":after_ms": after.time_ms,
        ":after_sequence": i64::try_from(after.sequence.0).unwrap_or(i64::MAX),
        ":limit": limit(scan.limit),
    };
    let scanned = select.query_map(parameters, |row| {
        Ok(ScannedEntry { stream: row.get_ref(4)?.as_str()?.into(), entry: entry(row)? })
    })?;
    scanned.collect()
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

/// For named streams, `:low` is a JSON array of the names and `:high` is not looked at.
fn scan_sql(scan: &Scan) -> String {
    let (compare, order) = match scan.direction {
        Direction::Forward => (">", "ASC"),
        Direction::Backward => ("<", "DESC"),
    };
    let streams = match scan.streams {
        Streams::All | Streams::Prefix(_) => "s.name >= :low AND s.name < :high",
        Streams::Named(_) => "s.name IN (SELECT value FROM json_each(:low)) AND :high IS NOT NULL",
    };
    // CROSS JOIN keeps the order of the tables: entries are found by time, not stream by stream.
    format!(
        "SELECT e.sequence, e.time_ms, e.appended_ms, e.bytes, s.name FROM journal_entries e
         CROSS JOIN journal_streams s ON s.id = e.stream_id
         WHERE e.group_id = (SELECT id FROM journal_groups WHERE name = :group)
         AND e.time_ms >= :start AND e.time_ms <= :last
         AND (e.time_ms, e.sequence) {compare} (:after_ms, :after_sequence) AND {streams}
         ORDER BY e.time_ms {order}, e.sequence {order} LIMIT :limit"
    )
}

fn stream_bounds(streams: &Streams) -> (String, String) {
    match streams {
        Streams::All => (String::new(), LAST_CHARACTER.to_string()),
        Streams::Prefix(prefix) => (prefix.clone(), format!("{prefix}{LAST_CHARACTER}")),
        Streams::Named(names) => {
            (serde_json::Value::from(names.clone()).to_string(), String::new())
        }
    }
}

/// Turns the half-open span into a closed one; `None` when it is empty.
fn time_bounds(start_ms: Option<i64>, end_ms: Option<i64>) -> Option<(i64, i64)> {
    let last_ms = match end_ms {
        Some(end_ms) => end_ms.checked_sub(1)?,
        None => i64::MAX,
    };
    Some((start_ms.unwrap_or(i64::MIN), last_ms))
}

fn position(time_ms: i64, sequence: u64) -> Position {
    Position { time_ms, sequence: Sequence(sequence) }
}

fn limit(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

fn entry(row: &Row<'_>) -> rusqlite::Result<Entry> {
    Ok(Entry {
        sequence: Sequence(row.get::<_, i64>(0)?.cast_unsigned()),
        time_ms: row.get(1)?,
        appended_ms: row.get(2)?,
        bytes: Bytes::copy_from_slice(row.get_ref(3)?.as_blob()?),
    })
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
