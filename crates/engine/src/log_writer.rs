//! Log events on their way to the journal, off the path of every invocation.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use sandbox::{LogEvent, LogSink, LogStream};
use store::{GroupName, Journal, MAX_ENTRY_BYTES, NameError, NewEntry, StreamName};
use tokio::sync::mpsc;
use tokio_util::task::TaskTracker;

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
    sender: mpsc::UnboundedSender<Batch>,
    backlog_bytes: Arc<AtomicUsize>,
}

type Batch = (Arc<LogStream>, Vec<LogEvent>);

/// The side that writes.
struct Writing {
    journal: Arc<dyn Journal>,
    receiver: mpsc::UnboundedReceiver<Batch>,
    backlog_bytes: Arc<AtomicUsize>,
    delay: Duration,
}

// === impl LogWriter ===

impl LogWriter {
    /// Starts writing to `journal`; ends, with everything written, once the writer is dropped.
    pub fn start(journal: Arc<dyn Journal>, delay: Duration, tasks: &TaskTracker) -> Self {
        let (sender, receiver) = mpsc::unbounded_channel();
        let backlog_bytes = Arc::<AtomicUsize>::default();
        let counted = Arc::clone(&backlog_bytes);
        tasks.spawn(Writing { journal, receiver, backlog_bytes: counted, delay }.run());
        Self { sender, backlog_bytes }
    }
}

impl LogSink for LogWriter {
    fn append(&self, stream: &Arc<LogStream>, events: Vec<LogEvent>) {
        let bytes = size_bytes(&events);
        if self.backlog_bytes.load(Ordering::Relaxed) + bytes > BACKLOG_BYTES {
            tracing::warn!(?stream, bytes, "log events are dropped: the store cannot keep up");
            return;
        }
        self.backlog_bytes.fetch_add(bytes, Ordering::Relaxed);
        // The other side only ends after this one.
        let _ = self.sender.send((Arc::clone(stream), events));
    }
}

// === impl Writing ===

impl Writing {
    async fn run(mut self) {
        while let Some(first) = self.receiver.recv().await {
            let more = tokio::time::sleep(self.delay);
            let mut batches = vec![first];
            tokio::pin!(more);
            loop {
                tokio::select! {
                    () = &mut more => break,
                    batch = self.receiver.recv() => match batch {
                        Some(batch) => batches.push(batch),
                        None => break,
                    },
                }
            }
            self.write(batches).await;
        }
    }

    async fn write(&self, batches: Vec<Batch>) {
        let bytes: usize = batches.iter().map(|(_, events)| size_bytes(events)).sum();
        let mut streams: HashMap<Arc<LogStream>, Vec<NewEntry>> = HashMap::new();
        for (stream, events) in batches {
            streams.entry(stream).or_default().extend(events.into_iter().map(entry));
        }
        let writes =
            streams.into_iter().map(|(stream, entries)| self.write_stream(stream, entries));
        futures_util::future::join_all(writes).await;
        self.backlog_bytes.fetch_sub(bytes, Ordering::Relaxed);
    }

    async fn write_stream(&self, stream: Arc<LogStream>, entries: Vec<NewEntry>) {
        let name = log_group(&stream.region, &stream.group)
            .and_then(|group| StreamName::new(group, &stream.name));
        let name = match name {
            Ok(name) => name,
            Err(error) => return tracing::error!(%error, ?stream, "log events have no place"),
        };
        let count = entries.len();
        if let Err(error) = self.journal.append(&name, entries).await {
            tracing::error!(%error, ?stream, count, "log events are lost");
        }
    }
}

fn size_bytes(events: &[LogEvent]) -> usize {
    events.iter().map(|event| event.message.len()).sum()
}

fn entry(event: LogEvent) -> NewEntry {
    let mut message = event.message;
    while message.len() > MAX_ENTRY_BYTES {
        message.pop();
    }
    NewEntry { time_ms: event.at.epoch_ms(), bytes: Bytes::from(message) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::Timestamp;
    use store::{Clock, Read, SystemClock};

    fn stream() -> Arc<LogStream> {
        Arc::new(LogStream { region: "r".into(), group: "g".into(), name: "s".into() })
    }

    fn event(message: String) -> LogEvent {
        LogEvent { at: Timestamp::from_epoch_ms(1), message }
    }

    #[tokio::test]
    async fn everything_appended_before_the_writer_ends_is_written_in_order() {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let journal = store::memory::open(&clock).journal;
        let tasks = TaskTracker::new();
        let writer = LogWriter::start(Arc::clone(&journal), Duration::from_secs(3600), &tasks);
        for n in 0..3 {
            writer.append(&stream(), vec![event(format!("{n}"))]);
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

    #[tokio::test]
    async fn what_does_not_fit_into_the_backlog_is_dropped_and_later_events_are_taken() {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let journal = store::memory::open(&clock).journal;
        let tasks = TaskTracker::new();
        let writer = LogWriter::start(journal, Duration::from_secs(3600), &tasks);
        writer.append(&stream(), vec![event("x".repeat(BACKLOG_BYTES + 1))]);
        assert_eq!(writer.backlog_bytes.load(Ordering::Relaxed), 0);
        writer.append(&stream(), vec![event("fits".into())]);
        assert_eq!(writer.backlog_bytes.load(Ordering::Relaxed), 4);
    }
}
