//! How much fits an answer, and how much to read at once for it.

use bytes::Bytes;
use store::Entry;

/// What CloudWatch Logs adds to each event's own bytes when it measures.
pub(crate) const EVENT_OVERHEAD_BYTES: usize = 26;

/// The most events in one answer.
pub(crate) const MAX_EVENTS: usize = 10_000;

/// The most bytes of events in one answer.
pub(crate) const MAX_PAGE_BYTES: usize = 1024 * 1024;

/// What is aimed at when reading from the journal, which knows no limit in bytes.
const CHUNK_BYTES: usize = 1024 * 1024;

/// How many events to read before their size is known: at most 64 MiB.
const FIRST_CHUNK: usize = 64;

/// The room that is left in an answer.
#[derive(Debug)]
pub(crate) struct Room {
    events: usize,
    bytes: usize,
    empty: bool,
}

/// Decides how many entries to read at once from the size of those already read.
#[derive(Debug, Default)]
pub(crate) struct Chunks {
    entries: usize,
    bytes: usize,
}

impl Room {
    /// Makes the room of an answer that the client wants to hold at most `limit` events.
    pub(crate) fn new(limit: Option<i32>) -> Self {
        let limit = limit.and_then(|limit| usize::try_from(limit).ok());
        let events = limit.unwrap_or(MAX_EVENTS).min(MAX_EVENTS);
        Self { events, bytes: MAX_PAGE_BYTES, empty: true }
    }

    pub(crate) fn events(&self) -> usize {
        self.events
    }

    /// Takes the room of one event if there is enough; an event alone always fits.
    pub(crate) fn admit(&mut self, message: &Bytes) -> bool {
        let bytes = message.len() + EVENT_OVERHEAD_BYTES;
        if self.events == 0 || (bytes > self.bytes && !self.empty) {
            return false;
        }
        self.events -= 1;
        self.bytes = self.bytes.saturating_sub(bytes);
        self.empty = false;
        true
    }
}

impl Chunks {
    pub(crate) fn size(&self) -> usize {
        match self.bytes.checked_div(self.entries) {
            None => FIRST_CHUNK,
            Some(average) => (CHUNK_BYTES / average.max(1)).clamp(8, 2000),
        }
    }

    pub(crate) fn saw(&mut self, entry: &Entry) {
        self.entries += 1;
        self.bytes += entry.bytes.len();
    }

    /// Returns how many entries were read.
    pub(crate) fn entries(&self) -> usize {
        self.entries
    }

    /// Returns how many bytes the entries that were read hold.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }
}

/// Reads the message of an event; functions may write what is no UTF-8.
pub(crate) fn message(entry: &Entry) -> String {
    String::from_utf8_lossy(&entry.bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_full_by_events_or_by_bytes_but_never_empty() {
        let large = Bytes::from(vec![0; MAX_PAGE_BYTES]);
        let half = large.slice(..MAX_PAGE_BYTES / 2 - EVENT_OVERHEAD_BYTES);
        let mut by_count = Room::new(Some(1));
        assert!(by_count.admit(&half) && !by_count.admit(&half));
        let mut by_size = Room::new(None);
        assert!(by_size.admit(&half) && by_size.admit(&half) && !by_size.admit(&half));
        let mut single = Room::new(None);
        assert!(single.admit(&large) && !single.admit(&half));
    }

    #[test]
    fn large_entries_are_read_in_small_chunks() {
        let mut chunks = Chunks::default();
        assert_eq!(chunks.size(), FIRST_CHUNK);
        let entry = |length| Entry {
            sequence: store::Sequence(1),
            time_ms: 0,
            appended_ms: 0,
            bytes: vec![0; length].into(),
        };
        chunks.saw(&entry(MAX_PAGE_BYTES));
        assert_eq!(chunks.size(), 8);
        (0..100_000).for_each(|_| chunks.saw(&entry(10)));
        assert_eq!(chunks.size(), 2000);
    }
}
