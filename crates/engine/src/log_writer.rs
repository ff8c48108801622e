//! Log events on their way to the journal, off the path of every invocation.
//!
//! What environments log is copied into one buffer for each stream. The first event wakes the
//! writer, which waits a little for more and then writes all buffers, one entry after the other, in
//! as few rows as the journal makes of them.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use parking_lot::Mutex;
use sandbox::{LogEvents, LogSink, LogStream};
use store::{GroupName, Journal, MAX_ENTRY_BYTES, NameError, NewEntry, StreamName};
use tokio::{sync::Notify, time::sleep};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// Names the journal's group of a log group: log groups belong to regions.
pub fn log_group(region: &str, group: &str) -> Result<GroupName, NameError> {
    GroupName::new(format!("{region}/{group}"))
}

/// How many bytes may wait to be written. Functions that log faster than the disk takes it lose
/// what is beyond, as on AWS (`platform.logsDropped`).
const BACKLOG_BYTES: usize = 64 * 1024 * 1024;

/// Collects events for a short while and writes those of one stream together.
#[derive(Debug)]
pub struct LogWriter {
    waiting: Arc<Waiting>,
    /// Cancelled when nobody can log any more.
    closing: CancellationToken,
}

/// What has been logged and is not being written yet.
#[derive(Debug, Default)]
struct Waiting {
    /// By the address of the stream, which each environment has one of.
    streams: Mutex<HashMap<usize, Batch>>,
    /// Includes what is being written.
    bytes: AtomicUsize,
    first: Notify,
}

type Batch = (Arc<LogStream>, LogEvents);

/// The side that writes.
struct Writing {
    journal: Arc<dyn Journal>,
    waiting: Arc<Waiting>,
    closing: CancellationToken,
    delay: Duration,
}

// === impl LogWriter ===

impl LogWriter {
    /// Starts writing to `journal`; ends, with everything written, once the writer is dropped.
    pub fn start(journal: Arc<dyn Journal>, delay: Duration, tasks: &TaskTracker) -> Self {
        let (waiting, closing) = (Arc::<Waiting>::default(), CancellationToken::new());
        let (shared, ending) = (Arc::clone(&waiting), closing.clone());
        tasks.spawn(Writing { journal, waiting: shared, closing: ending, delay }.run());
        Self { waiting, closing }
    }
}

impl LogSink for LogWriter {
    fn append(&self, stream: &Arc<LogStream>, events: &mut LogEvents) {
        let bytes = events.size_bytes();
        if self.waiting.bytes.load(Ordering::Relaxed) + bytes > BACKLOG_BYTES {
            tracing::warn!(?stream, bytes, "log events are dropped: the store cannot keep up");
            return events.clear();
        }
        self.waiting.bytes.fetch_add(bytes, Ordering::Relaxed);
        let mut streams = self.waiting.streams.lock();
        let is_first = streams.is_empty();
        let batch = streams
            .entry(Arc::as_ptr(stream).addr())
            .or_insert_with(|| (Arc::clone(stream), LogEvents::default()));
        batch.1.append(events);
        drop(streams);
        if is_first {
            self.waiting.first.notify_one();
        }
    }
}

impl Drop for LogWriter {
    fn drop(&mut self) {
        self.closing.cancel();
    }
}

// === impl Writing ===

impl Writing {
    async fn run(self) {
        loop {
            tokio::select! {
                () = self.waiting.first.notified() => {}
                () = self.closing.cancelled() => {}
            }
            tokio::select! {
                () = sleep(self.delay) => {}
                () = self.closing.cancelled() => {}
            }
            // Asked before the events are taken: after the closing none comes any more.
            let is_last = self.closing.is_cancelled();
            let batches = std::mem::take(&mut *self.waiting.streams.lock());
            self.write(batches).await;
            if is_last {
                return;
            }
        }
    }

    async fn write(&self, batches: HashMap<usize, Batch>) {
        let bytes: usize = batches.values().map(|(_, events)| events.size_bytes()).sum();
        let writes =
            batches.into_values().map(|(stream, events)| self.write_stream(stream, events));
        futures_util::future::join_all(writes).await;
        self.waiting.bytes.fetch_sub(bytes, Ordering::Relaxed);
    }

    async fn write_stream(&self, stream: Arc<LogStream>, events: LogEvents) {
        let name = log_group(&stream.region, &stream.group)
            .and_then(|group| StreamName::new(group, &stream.name));
        let name = match name {
            Ok(name) => name,
            Err(error) => return tracing::error!(%error, ?stream, "log events have no place"),
        };
        let entries = entries(events);
        let count = entries.len();
        if let Err(error) = self.journal.append(&name, entries).await {
            tracing::error!(%error, ?stream, count, "log events are lost");
        }
    }
}

/// Makes entries that share one piece of memory.
fn entries(events: LogEvents) -> Vec<NewEntry> {
    let (text, ends) = events.into_text();
    let mut start = 0;
    let places: Vec<_> = ends
        .map(|(at, end)| {
            let place = (at, start, start + kept_bytes(&text[start..end]));
            start = end;
            place
        })
        .collect();
    let bytes = Bytes::from(text);
    let entry = |(at, start, end): (model::Timestamp, usize, usize)| NewEntry {
        time_ms: at.epoch_ms(),
        bytes: bytes.slice(start..end),
    };
    places.into_iter().map(entry).collect()
}

/// Tells how much of a message an entry can hold, in whole characters.
fn kept_bytes(message: &str) -> usize {
    let mut end = message.len().min(MAX_ENTRY_BYTES);
    while !message.is_char_boundary(end) {
        end -= 1;
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::Timestamp;
    use store::{Clock, Read, SystemClock};

    fn stream() -> Arc<LogStream> {
        Arc::new(LogStream { region: "r".into(), group: "g".into(), name: "s".into() })
    }

    fn event(message: &str) -> LogEvents {
        let mut events = LogEvents::default();
        events.push(Timestamp::from_epoch_ms(1), |text| text.push_str(message));
        events
    }

    #[tokio::test]
    async fn everything_appended_before_the_writer_ends_is_written_in_order() {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let journal = store::memory::open(&clock).journal;
        let tasks = TaskTracker::new();
        let writer = LogWriter::start(Arc::clone(&journal), Duration::from_secs(3600), &tasks);
        let stream = stream();
        for n in 0..3 {
            writer.append(&stream, &mut event(&format!("{n}")));
        }
        drop(writer);
        tasks.close();
        tasks.wait().await;
        let name = StreamName::new(log_group("r", "g").unwrap(), "s").unwrap();
        let read = Read { limit: 10, ..Read::default() };
        let entries = journal.read(&name, read).await.unwrap();
        let messages: Vec<_> = entries.into_iter().map(|entry| entry.bytes).collect();
        assert_eq!(messages, ["0", "1", "2"]);
    }

    #[tokio::test(start_paused = true)]
    async fn events_are_written_after_a_while_though_the_writer_goes_on() {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let journal = store::memory::open(&clock).journal;
        let writer =
            LogWriter::start(Arc::clone(&journal), Duration::from_millis(100), &TaskTracker::new());
        let group = log_group("r", "g").unwrap();
        for _ in 0..2 {
            let mut appended = journal.tail(&group).await.unwrap();
            writer.append(&stream(), &mut event("x"));
            assert!(appended.wait().await);
        }
        let name = StreamName::new(group, "s").unwrap();
        let read = Read { limit: 10, ..Read::default() };
        assert_eq!(journal.read(&name, read).await.unwrap().len(), 2);
    }

    #[tokio::test]
    async fn what_does_not_fit_into_the_backlog_is_dropped_and_later_events_are_taken() {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let journal = store::memory::open(&clock).journal;
        let tasks = TaskTracker::new();
        let writer = LogWriter::start(journal, Duration::from_secs(3600), &tasks);
        let mut large = event(&"x".repeat(BACKLOG_BYTES + 1));
        writer.append(&stream(), &mut large);
        assert!(large.is_empty());
        assert_eq!(writer.waiting.bytes.load(Ordering::Relaxed), 0);
        writer.append(&stream(), &mut event("fits"));
        assert_eq!(writer.waiting.bytes.load(Ordering::Relaxed), 4);
    }

    #[test]
    fn an_event_that_is_too_long_is_cut_between_two_characters() {
        let long = format!("{}äb", "x".repeat(MAX_ENTRY_BYTES - 1));
        let mut events = event(&long);
        events.append(&mut event("next"));
        let entries = entries(events);
        let lengths: Vec<_> = entries.iter().map(|entry| entry.bytes.len()).collect();
        assert_eq!(lengths, [MAX_ENTRY_BYTES - 1, 4]);
    }
}
