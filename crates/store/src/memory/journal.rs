//! Journal streams in maps.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use parking_lot::Mutex;

use crate::journal::check_sizes;
use crate::{
    Clock, Direction, Entry, GroupName, Journal, JournalError, NewEntry, Read, ReadFrom, Scan,
    ScannedEntry, Sequence, Signal, Signals, StreamInfo, StreamName, Streams,
};

#[derive(Debug)]
pub(super) struct MemoryJournal {
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
    appended: Signals,
}

#[derive(Debug, Default)]
struct State {
    groups: BTreeMap<GroupName, BTreeMap<Arc<str>, Stream>>,
    last: Sequence,
}

#[derive(Debug)]
struct Stream {
    created_ms: i64,
    last_append_ms: Option<i64>,
    /// In sequence order.
    entries: Vec<Entry>,
}

// === impl MemoryJournal ===

impl MemoryJournal {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, state: Mutex::default(), appended: Signals::default() }
    }
}

#[async_trait]
impl Journal for MemoryJournal {
    async fn append(
        &self,
        stream: &StreamName,
        entries: Vec<NewEntry>,
    ) -> Result<Vec<Sequence>, JournalError> {
        check_sizes(&entries)?;
        let now_ms = self.clock.now_ms();
        let mut state = self.state.lock();
        let State { groups, last } = &mut *state;
        let streams = groups.entry(stream.group().clone()).or_default();
        let target = streams.entry(stream.shared_stream()).or_insert_with(|| Stream {
            created_ms: now_ms,
            last_append_ms: None,
            entries: Vec::new(),
        });
        let sequences = entries.into_iter().map(|entry| target.push(entry, last, now_ms)).collect();
        drop(state);
        self.appended.notify(stream.group().as_str());
        Ok(sequences)
    }

    async fn read(&self, stream: &StreamName, read: Read) -> Result<Vec<Entry>, JournalError> {
        let state = self.state.lock();
        let Some(target) = state.find(stream) else { return Ok(Vec::new()) };
        let wanted = target.entries.iter().filter(|entry| {
            within(entry.time_ms, read.start_ms, read.end_ms)
                && match (read.from, read.direction) {
                    (ReadFrom::Edge, _) => true,
                    (ReadFrom::After(at), Direction::Forward) => entry.sequence > at,
                    (ReadFrom::After(at), Direction::Backward) => entry.sequence < at,
                }
        });
        Ok(match read.direction {
            Direction::Forward => wanted.take(read.limit).cloned().collect(),
            Direction::Backward => wanted.rev().take(read.limit).cloned().collect(),
        })
    }

    async fn scan(&self, group: &GroupName, scan: Scan) -> Result<Vec<ScannedEntry>, JournalError> {
        let state = self.state.lock();
        let streams = state.groups.get(group).into_iter().flatten();
        let mut found: Vec<ScannedEntry> = streams
            .filter(|(name, _)| scan.streams.contains(name))
            .flat_map(|(name, stream)| stream.entries.iter().map(move |entry| (name, entry)))
            .filter(|(_, entry)| in_scan(entry, &scan))
            .map(|(name, entry)| ScannedEntry { stream: Arc::clone(name), entry: entry.clone() })
            .collect();
        found.sort_by_key(|found| found.entry.position());
        if scan.direction == Direction::Backward {
            found.reverse();
        }
        found.truncate(scan.limit);
        Ok(found)
    }

    async fn stream(&self, stream: &StreamName) -> Result<Option<StreamInfo>, JournalError> {
        Ok(self.state.lock().find(stream).map(|found| found.info(stream.clone())))
    }

    async fn streams(
        &self,
        group: &GroupName,
        prefix: &str,
    ) -> Result<Vec<StreamInfo>, JournalError> {
        let state = self.state.lock();
        let streams = state.groups.get(group).into_iter().flatten();
        Ok(streams
            .filter(|(name, _)| name.starts_with(prefix))
            .map(|(name, stream)| stream.info(StreamName::joined(group.clone(), Arc::clone(name))))
            .collect())
    }

    async fn groups(&self, prefix: &str) -> Result<Vec<GroupName>, JournalError> {
        let state = self.state.lock();
        Ok(state.groups.keys().filter(|name| name.as_str().starts_with(prefix)).cloned().collect())
    }

    async fn truncate(&self, group: &GroupName, before_ms: i64) -> Result<u64, JournalError> {
        let mut state = self.state.lock();
        let mut removed = 0;
        for stream in state.groups.get_mut(group).into_iter().flat_map(BTreeMap::values_mut) {
            let before = stream.entries.len();
            stream.entries.retain(|entry| entry.time_ms >= before_ms);
            removed += before - stream.entries.len();
        }
        Ok(removed as u64)
    }

    async fn delete_stream(&self, stream: &StreamName) -> Result<bool, JournalError> {
        let mut state = self.state.lock();
        let Some(streams) = state.groups.get_mut(stream.group()) else { return Ok(false) };
        let removed = streams.remove(stream.stream()).is_some();
        if streams.is_empty() {
            state.groups.remove(stream.group());
        }
        Ok(removed)
    }

    async fn delete_group(&self, group: &GroupName) -> Result<u64, JournalError> {
        let removed = self.state.lock().groups.remove(group);
        Ok(removed.map_or(0, |streams| streams.len() as u64))
    }

    async fn tail(&self, group: &GroupName) -> Result<Signal, JournalError> {
        Ok(self.appended.subscribe(group.as_str()))
    }
}

// === impl State ===

impl State {
    fn find(&self, stream: &StreamName) -> Option<&Stream> {
        self.groups.get(stream.group())?.get(stream.stream())
    }
}

// === impl Stream ===

impl Stream {
    fn push(&mut self, entry: NewEntry, last: &mut Sequence, now_ms: i64) -> Sequence {
        last.0 += 1;
        let NewEntry { time_ms, bytes } = entry;
        self.entries.push(Entry { sequence: *last, time_ms, appended_ms: now_ms, bytes });
        self.last_append_ms = Some(now_ms);
        *last
    }

    fn info(&self, name: StreamName) -> StreamInfo {
        let times = || self.entries.iter().map(|entry| entry.time_ms);
        StreamInfo {
            name,
            created_ms: self.created_ms,
            first_ms: times().min(),
            last_ms: times().max(),
            last_append_ms: self.last_append_ms,
            entries: self.entries.len() as u64,
            bytes: self.entries.iter().map(|entry| entry.bytes.len() as u64).sum(),
        }
    }
}

// === impl Streams ===

impl Streams {
    fn contains(&self, stream: &str) -> bool {
        match self {
            Self::All => true,
            Self::Prefix(prefix) => stream.starts_with(prefix.as_str()),
            Self::Named(names) => names.iter().any(|name| name == stream),
        }
    }
}

fn within(time_ms: i64, start_ms: Option<i64>, end_ms: Option<i64>) -> bool {
    start_ms.is_none_or(|start_ms| time_ms >= start_ms)
        && end_ms.is_none_or(|end_ms| time_ms < end_ms)
}

fn in_scan(entry: &Entry, scan: &Scan) -> bool {
    let beyond = match (scan.after, scan.direction) {
        (None, _) => true,
        (Some(after), Direction::Forward) => entry.position() > after,
        (Some(after), Direction::Backward) => entry.position() < after,
    };
    beyond && within(entry.time_ms, scan.start_ms, scan.end_ms)
}
