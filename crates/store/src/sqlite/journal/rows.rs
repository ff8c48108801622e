//! Segments in rows of the database, and back.

use bytes::Bytes;
use rusqlite::Row;

use super::StreamIds;
use super::segment::Segment;
use crate::sqlite::batch::Batch;
use crate::{Entry, Sequence};

/// What [`segment`] reads, in its order, of a table that goes by the name `e`.
pub(super) const COLUMNS: &str =
    "e.first_sequence, e.first_ms, e.last_ms, e.appended_ms, e.marks, e.bytes";

pub(super) fn segment(row: &Row<'_>) -> rusqlite::Result<Segment> {
    let marks = row.get_ref(4)?.as_blob_or_null()?;
    Ok(Segment {
        first_sequence: Sequence(row.get::<_, i64>(0)?.cast_unsigned()),
        first_ms: row.get(1)?,
        last_ms: row.get(2)?,
        appended_ms: row.get(3)?,
        marks: marks.map(Bytes::copy_from_slice),
        bytes: Bytes::copy_from_slice(row.get_ref(5)?.as_blob()?),
    })
}

/// Takes a segment's entries out of its row.
pub(super) fn entries(row: &Row<'_>) -> rusqlite::Result<Vec<Entry>> {
    let damaged = |error| {
        let kind = rusqlite::types::Type::Blob;
        rusqlite::Error::FromSqlConversionFailure(4, kind, Box::new(error))
    };
    segment(row)?.entries().map_err(damaged)
}

pub(super) fn insert(batch: &Batch<'_>, ids: StreamIds, entries: &[Entry]) -> rusqlite::Result<()> {
    let Some(segment) = Segment::join(entries) else { return Ok(()) };
    let sql = "INSERT INTO journal_segments (first_sequence, group_id, stream_id, first_ms,
               last_ms, appended_ms, entries, marks, bytes)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    batch.statement(sql)?.execute((
        segment.first_sequence.0.cast_signed(),
        ids.group,
        ids.stream,
        segment.first_ms,
        segment.last_ms,
        segment.appended_ms,
        entries.len(),
        segment.marks.as_deref(),
        segment.bytes.as_ref(),
    ))?;
    Ok(())
}
