//! Entries of one append, kept together in one row.
//!
//! Logs come in batches of many small entries. A row of its own, with its places in four indexes,
//! costs each of them more than its bytes do. A segment holds the bytes of neighbours one after the
//! other, and beside them, in a few bytes for each, where one ends and which number and time it has.

use bytes::{Buf, BufMut, Bytes};

use crate::{BackendError, Entry, NewEntry, Sequence};

/// How far apart the times of one segment's entries are at most: what is sought by time is then in
/// segments that begin, or end, at most so long before or after.
pub(super) const MAX_SPAN_MS: i64 = 60_000;
/// How many entries one segment holds at most: a read for one of them reads them all.
const MAX_ENTRIES: usize = 1000;
/// From how many bytes on a segment takes no further entry.
const FULL_BYTES: usize = 64 * 1024;

/// A row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Segment {
    pub(super) first_sequence: Sequence,
    /// The earliest time of its entries.
    pub(super) first_ms: i64,
    /// The latest time of its entries.
    pub(super) last_ms: i64,
    pub(super) appended_ms: i64,
    /// For each entry: how much its number is above that of the one before it, how much its time is
    /// above the earliest, and its length. A lone entry has the segment's own number, time and bytes.
    pub(super) marks: Option<Bytes>,
    /// The entries' bytes, one after the other.
    pub(super) bytes: Bytes,
}

/// The row was not written by this program, or not read as it was written.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("a journal segment is damaged")]
pub(super) struct Damaged;

impl From<Damaged> for BackendError {
    fn from(damaged: Damaged) -> Self {
        Self::failed(damaged)
    }
}

/// Tells how many of the entries, at least one, make the next segment.
pub(super) fn next_length(entries: &[NewEntry]) -> usize {
    let (mut first_ms, mut last_ms, mut bytes) = (i64::MAX, i64::MIN, 0);
    let fits = entries.iter().take(MAX_ENTRIES).take_while(|entry| {
        first_ms = first_ms.min(entry.time_ms);
        last_ms = last_ms.max(entry.time_ms);
        let room = bytes < FULL_BYTES && last_ms.saturating_sub(first_ms) <= MAX_SPAN_MS;
        bytes += entry.bytes.len();
        room
    });
    fits.count().max(1)
}

// === impl Segment ===

impl Segment {
    /// Joins entries, of which there is at least one, that are close enough to each other.
    pub(super) fn join(entries: &[Entry]) -> Option<Self> {
        let first = entries.first()?;
        let times = || entries.iter().map(|entry| entry.time_ms);
        let first_ms = times().min()?;
        let mut segment = Self {
            first_sequence: first.sequence,
            first_ms,
            last_ms: times().max()?,
            appended_ms: first.appended_ms,
            marks: None,
            bytes: first.bytes.clone(),
        };
        if entries.len() > 1 {
            let (mut marks, mut bytes) = (Vec::with_capacity(4 * entries.len()), Vec::new());
            let mut before = first.sequence.0;
            for entry in entries {
                put(&mut marks, entry.sequence.0 - before);
                put(&mut marks, entry.time_ms.abs_diff(first_ms));
                put(&mut marks, entry.bytes.len() as u64);
                bytes.extend_from_slice(&entry.bytes);
                before = entry.sequence.0;
            }
            (segment.marks, segment.bytes) = (Some(marks.into()), bytes.into());
        }
        Some(segment)
    }

    /// Takes the entries out again, in the order of their numbers.
    pub(super) fn entries(self) -> Result<Vec<Entry>, Damaged> {
        let Self { first_sequence, first_ms, appended_ms, marks, mut bytes, .. } = self;
        let entry = |sequence, time_ms, bytes| Entry { sequence, time_ms, appended_ms, bytes };
        let Some(mut marks) = marks else {
            return Ok(vec![entry(first_sequence, first_ms, bytes)]);
        };
        let (mut entries, mut sequence) = (Vec::new(), first_sequence.0);
        while marks.has_remaining() {
            sequence = sequence.checked_add(take(&mut marks)?).ok_or(Damaged)?;
            let time_ms = first_ms.checked_add_unsigned(take(&mut marks)?).ok_or(Damaged)?;
            let length = usize::try_from(take(&mut marks)?).map_err(|_| Damaged)?;
            if length > bytes.len() {
                return Err(Damaged);
            }
            entries.push(entry(Sequence(sequence), time_ms, bytes.split_to(length)));
        }
        Ok(entries)
    }
}

/// Writes a number, seven bits in each byte, the lowest first.
fn put(to: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        to.put_u8((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    to.put_u8((number & 0x7f) as u8);
}

fn take(from: &mut Bytes) -> Result<u64, Damaged> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let byte = from.try_get_u8().map_err(|_| Damaged)?;
        number |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Ok(number);
        }
    }
    Err(Damaged)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new(time_ms: i64, length: usize) -> NewEntry {
        NewEntry { time_ms, bytes: vec![b'x'; length].into() }
    }

    fn entry(sequence: u64, time_ms: i64, text: &str) -> Entry {
        let bytes = Bytes::copy_from_slice(text.as_bytes());
        Entry { sequence: Sequence(sequence), time_ms, appended_ms: 9, bytes }
    }

    #[test]
    fn what_is_joined_comes_out_as_it_was() {
        for entries in [
            vec![entry(7, -5, "alone")],
            vec![entry(1, 500, "a"), entry(2, 499, ""), entry(300, 60_400, "ccc")],
        ] {
            let segment = Segment::join(&entries).unwrap();
            let times: Vec<_> = entries.iter().map(|entry| entry.time_ms).collect();
            assert_eq!(Some(&segment.first_ms), times.iter().min());
            assert_eq!(Some(&segment.last_ms), times.iter().max());
            assert_eq!(segment.entries().unwrap(), entries);
        }
        assert_eq!(Segment::join(&[]), None);
    }

    #[test]
    fn segments_are_bounded_in_number_bytes_and_time() {
        let many: Vec<_> = (0..=MAX_ENTRIES).map(|_| new(0, 1)).collect();
        assert_eq!(next_length(&many), MAX_ENTRIES);
        let large = [new(0, FULL_BYTES - 1), new(0, FULL_BYTES), new(0, 1)];
        assert_eq!(next_length(&large), 2);
        assert_eq!(next_length(&[new(0, 1), new(MAX_SPAN_MS, 1), new(-1, 1)]), 2);
        assert_eq!(next_length(&[new(i64::MIN, 1), new(i64::MAX, 1)]), 1);
        assert_eq!(next_length(&[new(0, 10 * FULL_BYTES)]), 1);
    }

    #[test]
    fn damage_is_noticed() {
        let whole = Segment::join(&[entry(1, 0, "abc"), entry(2, 0, "d")]).unwrap();
        let short = Segment { bytes: Bytes::from_static(b"abc"), ..whole.clone() };
        assert!(short.entries().is_err());
        for marks in [&b"\x80"[..], b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", b"\x01\x01"] {
            let marks = Some(Bytes::copy_from_slice(marks));
            assert!(Segment { marks, ..whole.clone() }.entries().is_err());
        }
    }
}
