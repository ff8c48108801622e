//! Finding entries of many streams in the order of their times.
//!
//! Segments are read in the order of the time that comes first in the direction of the scan. Those of
//! different streams overlap, so entries wait until no segment that is still to come can hold one
//! before them.

use std::collections::BTreeMap;
use std::sync::Arc;

use rusqlite::{Connection, named_params};

use super::query::time_bounds;
use super::rows::{self, COLUMNS};
use super::segment::MAX_SPAN_MS;
use crate::name::LAST_CHARACTER;
use crate::{Direction, GroupName, Position, Scan, ScannedEntry, Streams};

/// Entries in the order of the scan, as far as it is settled.
struct Merge<'s> {
    scan: &'s Scan,
    waiting: BTreeMap<Position, ScannedEntry>,
    found: Vec<ScannedEntry>,
}

pub(super) fn scan(
    connection: &Connection,
    group: &GroupName,
    scan: &Scan,
) -> rusqlite::Result<Vec<ScannedEntry>> {
    let Some((mut start, mut last)) = time_bounds(scan.start_ms, scan.end_ms) else {
        return Ok(Vec::new());
    };
    match (scan.after, scan.direction) {
        (None, _) => {}
        (Some(after), Direction::Forward) => start = start.max(after.time_ms),
        (Some(after), Direction::Backward) => last = last.min(after.time_ms),
    }
    let (low, high) = stream_bounds(&scan.streams);
    let mut select = connection.prepare_cached(&sql(scan))?;
    let mut rows = select.query(named_params! {
        ":group": group.as_str(),
        ":low": low,
        ":high": high,
        ":start": start,
        ":last": last,
        ":earliest": start.saturating_sub(MAX_SPAN_MS),
        ":latest": last.saturating_add(MAX_SPAN_MS),
    })?;
    let mut merge = Merge { scan, waiting: BTreeMap::new(), found: Vec::new() };
    while let Some(row) = rows.next()? {
        let edge: i64 = row.get(if scan.direction == Direction::Forward { 1 } else { 2 })?;
        if merge.settle(edge) {
            return Ok(merge.found);
        }
        let stream: Arc<str> = row.get_ref(6)?.as_str()?.into();
        for entry in rows::entries(row)? {
            let position = entry.position();
            if (start..=last).contains(&entry.time_ms) && merge.is_ahead(position) {
                let stream = Arc::clone(&stream);
                merge.waiting.insert(position, ScannedEntry { stream, entry });
            }
        }
    }
    merge.settle_all();
    Ok(merge.found)
}

// === impl Merge ===

impl Merge<'_> {
    /// Takes over what comes before every segment that begins at `edge`; tells whether it is enough.
    fn settle(&mut self, edge: i64) -> bool {
        while self.found.len() < self.scan.limit {
            let next = match self.scan.direction {
                Direction::Forward => self.waiting.first_entry().filter(|e| e.key().time_ms < edge),
                Direction::Backward => self.waiting.last_entry().filter(|e| e.key().time_ms > edge),
            };
            let Some(next) = next else { return false };
            self.found.push(next.remove());
        }
        true
    }

    fn settle_all(&mut self) {
        let waiting = std::mem::take(&mut self.waiting).into_values();
        let room = self.scan.limit - self.found.len();
        match self.scan.direction {
            Direction::Forward => self.found.extend(waiting.take(room)),
            Direction::Backward => self.found.extend(waiting.rev().take(room)),
        }
    }

    fn is_ahead(&self, position: Position) -> bool {
        match (self.scan.after, self.scan.direction) {
            (None, _) => true,
            (Some(after), Direction::Forward) => position > after,
            (Some(after), Direction::Backward) => position < after,
        }
    }
}

/// For named streams, `:low` is a JSON array of the names and `:high` is not looked at.
fn sql(scan: &Scan) -> String {
    let streams = match scan.streams {
        Streams::All | Streams::Prefix(_) => "s.name >= :low AND s.name < :high",
        Streams::Named(_) => "s.name IN (SELECT value FROM json_each(:low)) AND :high IS NOT NULL",
    };
    let (bounds, order) = match scan.direction {
        Direction::Forward => (
            "e.first_ms >= :earliest AND e.first_ms <= :last AND e.last_ms >= :start
             AND :latest IS NOT NULL",
            "e.first_ms ASC",
        ),
        Direction::Backward => (
            "e.last_ms <= :latest AND e.last_ms >= :start AND e.first_ms <= :last
             AND :earliest IS NOT NULL",
            "e.last_ms DESC",
        ),
    };
    // CROSS JOIN keeps the order of the tables: segments are found by time, not stream by stream.
    format!(
        "SELECT {COLUMNS}, s.name FROM journal_segments e
         CROSS JOIN journal_streams s ON s.id = e.stream_id
         WHERE e.group_id = (SELECT id FROM journal_groups WHERE name = :group)
         AND {bounds} AND {streams} ORDER BY {order}"
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
