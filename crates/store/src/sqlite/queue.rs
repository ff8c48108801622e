//! Queues in a table.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use rusqlite::{Connection, OptionalExtension, Row};

use super::Inner;
use super::batch::Batch;
use crate::name::LAST_CHARACTER;
use crate::queue::{Lease, after_ms, age, check_size};
use crate::{
    DEDUPLICATION_WINDOW, Depth, Enqueued, Leased, MessageId, NewMessage, Queue, QueueError,
    QueueName, Receipt, Signal,
};

/// How many outlived ids an enqueue forgets at most, so that no single one pays for all.
const FORGET_BATCH: u32 = 16;

#[derive(Debug)]
pub(super) struct SqliteQueue(pub(super) Arc<Inner>);

/// What is to become of a leased message.
#[derive(Clone, Copy)]
enum Settle {
    /// It is given back.
    Return,
    /// It stays on lease.
    Extend,
}

#[async_trait]
impl Queue for SqliteQueue {
    async fn enqueue(
        &self,
        queue: &QueueName,
        message: NewMessage,
    ) -> Result<Enqueued, QueueError> {
        check_size(&message.payload)?;
        let queue = queue.clone();
        let now_ms = self.0.clock.now_ms();
        self.0.writer.write(move |batch| enqueue(batch, queue, &message, now_ms)).await
    }

    async fn lease(
        &self,
        queue: &QueueName,
        batch: usize,
        visibility: Duration,
    ) -> Result<Vec<Leased>, QueueError> {
        let now_ms = self.0.clock.now_ms();
        if !self.any_ready(queue, now_ms).await? {
            return Ok(Vec::new());
        }
        let queue = queue.clone();
        let until_ms = after_ms(now_ms, visibility);
        let lease = move |writes: &mut Batch<'_>| lease(writes, &queue, batch, now_ms..until_ms);
        self.0.writer.write(lease).await
    }

    async fn ack(&self, queue: &QueueName, receipt: &Receipt) -> Result<(), QueueError> {
        let lease = Lease::parse(receipt)?;
        let (queue, receipt) = (queue.clone(), receipt.clone());
        self.0.writer.write(move |batch| ack(batch, &queue, lease, receipt)).await
    }

    async fn nack(
        &self,
        queue: &QueueName,
        receipt: &Receipt,
        delay: Duration,
    ) -> Result<(), QueueError> {
        self.settle(queue, receipt, Settle::Return, delay).await
    }

    async fn extend(
        &self,
        queue: &QueueName,
        receipt: &Receipt,
        visibility: Duration,
    ) -> Result<(), QueueError> {
        self.settle(queue, receipt, Settle::Extend, visibility).await
    }

    async fn depth(&self, queue: &QueueName) -> Result<Depth, QueueError> {
        let queue = queue.clone();
        let now_ms = self.0.clock.now_ms();
        let count = move |connection: &mut Connection| depth(connection, &queue, now_ms);
        Ok(self.0.read(count).await?)
    }

    async fn oldest_age(&self, queue: &QueueName) -> Result<Option<Duration>, QueueError> {
        let queue = queue.clone();
        let now_ms = self.0.clock.now_ms();
        let oldest = move |connection: &mut Connection| {
            let sql = "SELECT min(enqueued_ms) FROM messages WHERE queue = ?1";
            let mut select = connection.prepare_cached(sql)?;
            select.query_row([queue.as_str()], |row| row.get::<_, Option<i64>>(0))
        };
        Ok(self.0.read(oldest).await?.map(|oldest_ms| age(oldest_ms, now_ms)))
    }

    async fn purge(&self, queue: &QueueName) -> Result<u64, QueueError> {
        let queue = queue.clone();
        let purge = move |batch: &mut Batch<'_>| -> Result<u64, QueueError> {
            let sql = "INSERT OR REPLACE INTO settled_messages (queue, id, until_ms)
                       SELECT queue, id, enqueued_ms + ?2 FROM messages WHERE queue = ?1";
            let window_ms = after_ms(0, DEDUPLICATION_WINDOW);
            batch.statement(sql)?.execute((queue.as_str(), window_ms))?;
            let sql = "DELETE FROM messages WHERE queue = ?1";
            Ok(batch.statement(sql)?.execute([queue.as_str()])? as u64)
        };
        self.0.writer.write(purge).await
    }

    async fn queues(&self, prefix: &str) -> Result<Vec<QueueName>, QueueError> {
        let prefix = prefix.to_owned();
        let list = move |connection: &mut Connection| {
            let sql = "SELECT DISTINCT queue FROM messages WHERE queue >= ?1 AND queue < ?2
                       ORDER BY queue";
            let mut select = connection.prepare_cached(sql)?;
            let end = format!("{prefix}{LAST_CHARACTER}");
            let names = select.query_map((&prefix, end), |row| {
                Ok(row.get_ref(0)?.as_str().map(QueueName::stored)?)
            })?;
            names.collect()
        };
        Ok(self.0.read(list).await?)
    }

    async fn arrivals(&self, queue: &QueueName) -> Result<Signal, QueueError> {
        Ok(self.0.news.arrivals.subscribe(queue.as_str()))
    }
}

// === impl SqliteQueue ===

impl SqliteQueue {
    /// Spares the writer the many leases that idle workers ask for.
    async fn any_ready(&self, queue: &QueueName, now_ms: i64) -> Result<bool, QueueError> {
        let queue = queue.clone();
        let look = move |connection: &mut Connection| {
            let sql = "SELECT 1 FROM messages WHERE queue = ?1 AND visible_ms <= ?2";
            connection.prepare_cached(sql)?.exists((queue.as_str(), now_ms))
        };
        Ok(self.0.read(look).await?)
    }

    async fn settle(
        &self,
        queue: &QueueName,
        receipt: &Receipt,
        settle: Settle,
        span: Duration,
    ) -> Result<(), QueueError> {
        let lease = Lease::parse(receipt)?;
        let (queue, receipt) = (queue.clone(), receipt.clone());
        let visible_ms = after_ms(self.0.clock.now_ms(), span);
        let act = move |batch: &mut Batch<'_>| {
            let sql = "UPDATE messages SET leased = ?4, visible_ms = ?5
                       WHERE number = ?1 AND queue = ?2 AND attempts = ?3 AND leased = 1";
            let stays = matches!(settle, Settle::Extend);
            let number = lease.message.cast_signed();
            let row = (number, queue.as_str(), lease.attempt, stays, visible_ms);
            if batch.statement(sql)?.execute(row)? == 0 {
                return Err(QueueError::ReceiptExpired { receipt });
            }
            if !stays {
                batch.effects().arrivals.push(queue);
            }
            Ok(())
        };
        self.0.writer.write(act).await
    }
}

fn enqueue(
    batch: &mut Batch<'_>,
    queue: QueueName,
    message: &NewMessage,
    now_ms: i64,
) -> Result<Enqueued, QueueError> {
    let sql = "DELETE FROM settled_messages WHERE (queue, id) IN
               (SELECT queue, id FROM settled_messages WHERE until_ms <= ?1 LIMIT ?2)";
    batch.statement(sql)?.execute((now_ms, FORGET_BATCH))?;
    let sql = "SELECT 1 FROM settled_messages WHERE queue = ?1 AND id = ?2 AND until_ms > ?3";
    let known = (queue.as_str(), message.id.as_str(), now_ms);
    if batch.statement(sql)?.exists(known)? {
        return Ok(Enqueued::Duplicate);
    }
    let sql = "INSERT INTO messages (queue, id, payload, enqueued_ms, visible_ms)
               VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (queue, id) DO NOTHING";
    let visible_ms = after_ms(now_ms, message.delay);
    let NewMessage { id, payload, .. } = message;
    let row = (queue.as_str(), id.as_str(), payload.as_ref(), now_ms, visible_ms);
    if batch.statement(sql)?.execute(row)? == 0 {
        return Ok(Enqueued::Duplicate);
    }
    batch.effects().arrivals.push(queue);
    Ok(Enqueued::Added)
}

/// Leases messages for the span that starts now.
fn lease(
    batch: &mut Batch<'_>,
    queue: &QueueName,
    limit: usize,
    span_ms: std::ops::Range<i64>,
) -> Result<Vec<Leased>, QueueError> {
    let sql = "SELECT number, id, payload, attempts, enqueued_ms FROM messages
               WHERE queue = ?1 AND visible_ms <= ?2 ORDER BY visible_ms, number LIMIT ?3";
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut select = batch.statement(sql)?;
    let rows = select.query_map((queue.as_str(), span_ms.start, limit), leased)?;
    let messages = rows.collect::<rusqlite::Result<Vec<_>>>()?;
    let sql = "UPDATE messages SET leased = 1, attempts = ?2, visible_ms = ?3 WHERE number = ?1";
    let mut update = batch.statement(sql)?;
    for (number, message) in &messages {
        update.execute((number, message.attempt, span_ms.end))?;
    }
    Ok(messages.into_iter().map(|(_, message)| message).collect())
}

fn leased(row: &Row<'_>) -> rusqlite::Result<(i64, Leased)> {
    let number: i64 = row.get(0)?;
    let attempt = row.get::<_, u32>(3)?.saturating_add(1);
    let message = Leased {
        id: row.get_ref(1)?.as_str().map(MessageId::stored)?,
        payload: Bytes::copy_from_slice(row.get_ref(2)?.as_blob()?),
        receipt: Lease { message: number.cast_unsigned(), attempt }.receipt(),
        attempt,
        enqueued_ms: row.get(4)?,
    };
    Ok((number, message))
}

fn ack(
    batch: &mut Batch<'_>,
    queue: &QueueName,
    lease: Lease,
    receipt: Receipt,
) -> Result<(), QueueError> {
    let sql = "SELECT id, enqueued_ms, leased = 1 AND attempts = ?3 FROM messages
               WHERE number = ?1 AND queue = ?2";
    let number = lease.message.cast_signed();
    let mut select = batch.statement(sql)?;
    let found = select.query_row((number, queue.as_str(), lease.attempt), |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?, row.get::<_, bool>(2)?))
    });
    let Some((id, enqueued_ms, held)) = found.optional()? else { return Ok(()) };
    if !held {
        return Err(QueueError::ReceiptExpired { receipt });
    }
    let sql = "INSERT OR REPLACE INTO settled_messages (queue, id, until_ms) VALUES (?1, ?2, ?3)";
    let until_ms = after_ms(enqueued_ms, DEDUPLICATION_WINDOW);
    batch.statement(sql)?.execute((queue.as_str(), id, until_ms))?;
    batch.statement("DELETE FROM messages WHERE number = ?1")?.execute([number])?;
    Ok(())
}

fn depth(connection: &Connection, queue: &QueueName, now_ms: i64) -> rusqlite::Result<Depth> {
    let sql = "SELECT coalesce(sum(visible_ms <= ?2), 0),
                      coalesce(sum(visible_ms > ?2 AND leased = 0), 0),
                      coalesce(sum(visible_ms > ?2 AND leased = 1), 0)
               FROM messages WHERE queue = ?1";
    connection.prepare_cached(sql)?.query_row((queue.as_str(), now_ms), |row| {
        let count = |column| row.get::<_, i64>(column).map(i64::cast_unsigned);
        Ok(Depth { ready: count(0)?, delayed: count(1)?, leased: count(2)? })
    })
}
