//! Journal streams in tables.

mod query;
mod removal;
mod rows;
mod scan;
mod segment;

use std::sync::Arc;

use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension};

use self::removal::Removed;
use super::Inner;
use super::batch::Batch;
use crate::journal::check_sizes;
use crate::{
    Entry, GroupName, Journal, JournalError, NewEntry, Read, Scan, ScannedEntry, Sequence, Signal,
    StreamInfo, StreamName,
};

#[derive(Debug)]
pub(super) struct SqliteJournal(pub(super) Arc<Inner>);

#[async_trait]
impl Journal for SqliteJournal {
    async fn append(
        &self,
        stream: &StreamName,
        entries: Vec<NewEntry>,
    ) -> Result<Vec<Sequence>, JournalError> {
        check_sizes(&entries)?;
        let stream = stream.clone();
        let now_ms = self.0.clock.now_ms();
        self.0.writer.write(move |batch| append(batch, &stream, &entries, now_ms)).await
    }

    async fn read(&self, stream: &StreamName, read: Read) -> Result<Vec<Entry>, JournalError> {
        let stream = stream.clone();
        let run = move |connection: &mut Connection| query::read(connection, &stream, &read);
        Ok(self.0.read(run).await?)
    }

    async fn scan(&self, group: &GroupName, scan: Scan) -> Result<Vec<ScannedEntry>, JournalError> {
        let group = group.clone();
        let run = move |connection: &mut Connection| scan::scan(connection, &group, &scan);
        Ok(self.0.read(run).await?)
    }

    async fn stream(&self, stream: &StreamName) -> Result<Option<StreamInfo>, JournalError> {
        let stream = stream.clone();
        let run = move |connection: &mut Connection| query::stream(connection, &stream);
        Ok(self.0.read(run).await?)
    }

    async fn streams(
        &self,
        group: &GroupName,
        prefix: &str,
    ) -> Result<Vec<StreamInfo>, JournalError> {
        let (group, prefix) = (group.clone(), prefix.to_owned());
        let run = move |connection: &mut Connection| query::streams(connection, &group, &prefix);
        Ok(self.0.read(run).await?)
    }

    async fn groups(&self, prefix: &str) -> Result<Vec<GroupName>, JournalError> {
        let prefix = prefix.to_owned();
        let run = move |connection: &mut Connection| query::groups(connection, &prefix);
        Ok(self.0.read(run).await?)
    }

    async fn truncate(&self, group: &GroupName, before_ms: i64) -> Result<u64, JournalError> {
        let Some(last_ms) = before_ms.checked_sub(1) else { return Ok(0) };
        let mut total = 0;
        loop {
            let group = group.clone();
            let step = move |batch: &mut Batch<'_>| removal::truncate(batch, &group, last_ms);
            let Removed { entries, finished } = self.0.writer.write(step).await?;
            total += entries;
            if finished {
                return Ok(total);
            }
        }
    }

    async fn delete_stream(&self, stream: &StreamName) -> Result<bool, JournalError> {
        loop {
            let stream = stream.clone();
            let step = move |batch: &mut Batch<'_>| removal::delete_stream(batch, &stream);
            if let Some(was_there) = self.0.writer.write(step).await? {
                return Ok(was_there);
            }
        }
    }

    async fn delete_group(&self, group: &GroupName) -> Result<u64, JournalError> {
        loop {
            let group = group.clone();
            let step = move |batch: &mut Batch<'_>| removal::delete_group(batch, &group);
            if let Some(streams) = self.0.writer.write(step).await? {
                return Ok(streams);
            }
        }
    }

    async fn tail(&self, group: &GroupName) -> Result<Signal, JournalError> {
        Ok(self.0.news.appends.subscribe(group.as_str()))
    }
}

/// The row ids of a stream and its group.
#[derive(Clone, Copy, Debug)]
struct StreamIds {
    group: i64,
    stream: i64,
}

fn append(
    batch: &mut Batch<'_>,
    stream: &StreamName,
    entries: &[NewEntry],
    now_ms: i64,
) -> Result<Vec<Sequence>, JournalError> {
    let ids = match find_stream(batch, stream)? {
        Some(ids) => ids,
        None => create_stream(batch, stream, now_ms)?,
    };
    let mut sequences = Vec::with_capacity(entries.len());
    let mut bytes: usize = 0;
    let mut rest = entries;
    while !rest.is_empty() {
        let (next, others) = rest.split_at(segment::next_length(rest));
        let numbered: Vec<Entry> = next
            .iter()
            .map(|NewEntry { time_ms, bytes: content }| Entry {
                sequence: batch.next_sequence(),
                time_ms: *time_ms,
                appended_ms: now_ms,
                bytes: content.clone(),
            })
            .collect();
        rows::insert(batch, ids, &numbered)?;
        sequences.extend(numbered.iter().map(|entry| entry.sequence));
        bytes += next.iter().map(|entry| entry.bytes.len()).sum::<usize>();
        rest = others;
    }
    if !entries.is_empty() {
        let sql = "UPDATE journal_streams SET last_append_ms = ?2, entries = entries + ?3,
                   bytes = bytes + ?4 WHERE id = ?1";
        batch.statement(sql)?.execute((ids.stream, now_ms, entries.len(), bytes))?;
        batch.effects().appends.push(stream.group().clone());
    }
    Ok(sequences)
}

fn find_stream(batch: &Batch<'_>, stream: &StreamName) -> rusqlite::Result<Option<StreamIds>> {
    let sql = "SELECT s.group_id, s.id FROM journal_streams s JOIN journal_groups g
               ON g.id = s.group_id WHERE g.name = ?1 AND s.name = ?2";
    let mut select = batch.statement(sql)?;
    let ids = |row: &rusqlite::Row<'_>| Ok(StreamIds { group: row.get(0)?, stream: row.get(1)? });
    select.query_row((stream.group().as_str(), stream.stream()), ids).optional()
}

fn find_group(batch: &Batch<'_>, group: &GroupName) -> rusqlite::Result<Option<i64>> {
    let mut select = batch.statement("SELECT id FROM journal_groups WHERE name = ?1")?;
    select.query_row([group.as_str()], |row| row.get(0)).optional()
}

fn create_stream(
    batch: &Batch<'_>,
    stream: &StreamName,
    now_ms: i64,
) -> rusqlite::Result<StreamIds> {
    let connection = batch.connection();
    let group = if let Some(group) = find_group(batch, stream.group())? {
        group
    } else {
        let mut insert = batch.statement("INSERT INTO journal_groups (name) VALUES (?1)")?;
        insert.execute([stream.group().as_str()])?;
        connection.last_insert_rowid()
    };
    let sql = "INSERT INTO journal_streams (group_id, name, created_ms) VALUES (?1, ?2, ?3)";
    batch.statement(sql)?.execute((group, stream.stream(), now_ms))?;
    Ok(StreamIds { group, stream: connection.last_insert_rowid() })
}
