//! Log events on their way to the journal, off the path of every invocation.

use std::{collections::HashMap, sync::Arc, time::Duration};

use bytes::Bytes;
use sandbox::{LogEvent, LogSink, LogStream};
use store::{GroupName, Journal, MAX_ENTRY_BYTES, NameError, NewEntry, StreamName};
use tokio::sync::mpsc;
use tokio_util::task::TaskTracker;

/// Names the journal's group of a log group: log groups belong to regions.
pub fn log_group(region: &str, group: &str) -> Result<GroupName, NameError> {
    GroupName::new(format!("{region}/{group}"))
}

/// Collects events for a short while and writes those of one stream together.
#[derive(Debug)]
pub struct LogWriter {
    sender: mpsc::UnboundedSender<Batch>,
}

type Batch = (Arc<LogStream>, Vec<LogEvent>);

/// The side that writes.
struct Writing {
    journal: Arc<dyn Journal>,
    receiver: mpsc::UnboundedReceiver<Batch>,
    delay: Duration,
}

// === impl LogWriter ===

impl LogWriter {
    /// Starts writing to `journal`; ends, with everything written, once the writer is dropped.
    pub fn start(journal: Arc<dyn Journal>, delay: Duration, tasks: &TaskTracker) -> Self {
        let (sender, receiver) = mpsc::unbounded_channel();
        tasks.spawn(Writing { journal, receiver, delay }.run());
        Self { sender }
    }
}

impl LogSink for LogWriter {
    fn append(&self, stream: &Arc<LogStream>, events: Vec<LogEvent>) {
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
        let mut streams: HashMap<Arc<LogStream>, Vec<NewEntry>> = HashMap::new();
        for (stream, events) in batches {
            streams.entry(stream).or_default().extend(events.into_iter().map(entry));
        }
        let writes =
            streams.into_iter().map(|(stream, entries)| self.write_stream(stream, entries));
        futures_util::future::join_all(writes).await;
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

fn entry(event: LogEvent) -> NewEntry {
    let mut message = event.message;
    while message.len() > MAX_ENTRY_BYTES {
        message.pop();
    }
    NewEntry { time_ms: event.at.epoch_ms(), bytes: Bytes::from(message) }
}
