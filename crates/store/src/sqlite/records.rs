//! Records in a table.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use rusqlite::{Connection, OptionalExtension, Row};

use super::Inner;
use super::batch::Batch;
use crate::name::LAST_CHARACTER;
use crate::records::{Change, check_size};
use crate::{Expect, Key, Record, Records, RecordsError, Revision, Watch};

#[derive(Debug)]
pub(super) struct SqliteRecords(pub(super) Arc<Inner>);

#[async_trait]
impl Records for SqliteRecords {
    async fn get(&self, key: &Key) -> Result<Option<Record>, RecordsError> {
        let key = key.clone();
        let get = move |connection: &mut Connection| {
            let sql = "SELECT key, value, revision FROM records WHERE key = ?1";
            let mut select = connection.prepare_cached(sql)?;
            select.query_row([key.as_str()], record).optional()
        };
        Ok(self.0.read(get).await?)
    }

    async fn put(&self, key: &Key, value: Bytes, expect: Expect) -> Result<Revision, RecordsError> {
        check_size(&value)?;
        let key = key.clone();
        self.0.writer.write(move |batch| put(batch, key, value, expect)).await
    }

    async fn delete(&self, key: &Key, expect: Expect) -> Result<Option<Revision>, RecordsError> {
        let key = key.clone();
        self.0.writer.write(move |batch| delete(batch, key, expect)).await
    }

    async fn scan(&self, prefix: &str) -> Result<Vec<Record>, RecordsError> {
        self.scan_page(prefix, None, usize::MAX).await
    }

    async fn scan_page(
        &self,
        prefix: &str,
        after: Option<&Key>,
        limit: usize,
    ) -> Result<Vec<Record>, RecordsError> {
        let prefix = prefix.to_owned();
        let after = after.cloned();
        let scan =
            move |connection: &mut Connection| page(connection, &prefix, after.as_ref(), limit);
        Ok(self.0.read(scan).await?)
    }

    async fn watch(&self, prefix: &str) -> Result<Watch, RecordsError> {
        // Registered first: what is committed between this and the snapshot comes both ways, and
        // the watch leaves out what its snapshot contains.
        let live = self.0.news.watches.register(prefix);
        let prefix = prefix.to_owned();
        let snapshot = move |connection: &mut Connection| {
            let transaction = connection.transaction()?;
            let sql = "SELECT value FROM counters WHERE name = 'revision'";
            let revision: i64 = transaction.query_row(sql, [], |row| row.get(0))?;
            let records = page(&transaction, &prefix, None, usize::MAX)?;
            Ok((records, Revision(revision.cast_unsigned())))
        };
        let (records, revision) = self.0.read(snapshot).await?;
        Ok(Watch::new(records, revision, live))
    }
}

fn put(
    batch: &mut Batch<'_>,
    key: Key,
    value: Bytes,
    expect: Expect,
) -> Result<Revision, RecordsError> {
    expect.check(&key, current(batch, &key)?)?;
    let revision = batch.next_revision();
    let sql = "INSERT INTO records (key, value, revision) VALUES (?1, ?2, ?3)
               ON CONFLICT (key) DO UPDATE SET value = excluded.value, revision = excluded.revision";
    let row = (key.as_str(), value.as_ref(), revision.0.cast_signed());
    batch.statement(sql)?.execute(row)?;
    batch.effects().changes.push(Change { key, revision, value: Some(value) });
    Ok(revision)
}

fn delete(
    batch: &mut Batch<'_>,
    key: Key,
    expect: Expect,
) -> Result<Option<Revision>, RecordsError> {
    let found = current(batch, &key)?;
    expect.check(&key, found)?;
    if found.is_none() {
        return Ok(None);
    }
    let revision = batch.next_revision();
    batch.statement("DELETE FROM records WHERE key = ?1")?.execute([key.as_str()])?;
    batch.effects().changes.push(Change { key, revision, value: None });
    Ok(Some(revision))
}

fn current(batch: &Batch<'_>, key: &Key) -> rusqlite::Result<Option<Revision>> {
    let mut select = batch.statement("SELECT revision FROM records WHERE key = ?1")?;
    let found: Option<i64> = select.query_row([key.as_str()], |row| row.get(0)).optional()?;
    Ok(found.map(|revision| Revision(revision.cast_unsigned())))
}

fn page(
    connection: &Connection,
    prefix: &str,
    after: Option<&Key>,
    limit: usize,
) -> rusqlite::Result<Vec<Record>> {
    // One lower bound, so that a page costs the same wherever it lies. No key contains a NUL, so
    // with one appended `after` becomes the least bound that excludes it.
    let start = match after.map(Key::as_str) {
        Some(after) if after >= prefix => format!("{after}\0"),
        _ => prefix.to_owned(),
    };
    let end = format!("{prefix}{LAST_CHARACTER}");
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let sql = "SELECT key, value, revision FROM records
               WHERE key >= ?1 AND key < ?2 ORDER BY key LIMIT ?3";
    let mut select = connection.prepare_cached(sql)?;
    select.query_map((start, end, limit), record)?.collect()
}

fn record(row: &Row<'_>) -> rusqlite::Result<Record> {
    Ok(Record {
        key: row.get_ref(0)?.as_str().map(Key::stored)?,
        value: Bytes::copy_from_slice(row.get_ref(1)?.as_blob()?),
        revision: Revision(row.get::<_, i64>(2)?.cast_unsigned()),
    })
}
