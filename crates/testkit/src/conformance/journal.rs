//! The promises of [`store::Journal`].

use std::time::Duration;

use bytes::Bytes;
use store::{
    Clock, Direction, Entry, GroupName, Journal, JournalError, MAX_ENTRY_BYTES, NewEntry, Read,
    ReadFrom, Scan, ScannedEntry, Sequence, StreamName, Streams,
};

use crate::Subject;

const ALL: usize = usize::MAX;

fn group(name: &str) -> GroupName {
    GroupName::new(name).expect("tests use valid names")
}

fn stream(of: &str, name: &str) -> StreamName {
    StreamName::new(group(of), name).expect("tests use valid names")
}

fn entry(time_ms: i64, text: &str) -> NewEntry {
    NewEntry { time_ms, bytes: Bytes::copy_from_slice(text.as_bytes()) }
}

/// Appends entries whose text tells their stream and time.
async fn append(journal: &dyn Journal, to: &StreamName, times_ms: &[i64]) -> Vec<Sequence> {
    let entries =
        times_ms.iter().map(|time_ms| entry(*time_ms, &format!("{}@{time_ms}", to.stream())));
    journal.append(to, entries.collect()).await.unwrap()
}

fn times(entries: &[Entry]) -> Vec<i64> {
    entries.iter().map(|entry| entry.time_ms).collect()
}

fn texts(found: &[ScannedEntry]) -> Vec<&str> {
    let text = |found: &'_ ScannedEntry| -> bool {
        found.entry.bytes.starts_with(found.stream.as_bytes())
    };
    assert!(found.iter().all(text), "an entry is attributed to another stream");
    found.iter().map(|found| str::from_utf8(&found.entry.bytes).unwrap()).collect()
}

fn read_all() -> Read {
    Read { limit: ALL, ..Read::default() }
}

fn scan_all() -> Scan {
    Scan { limit: ALL, ..Scan::default() }
}

/// Reading follows the order of appending, whatever the times say.
pub async fn entries_are_read_in_append_order_both_ways(subject: &Subject) {
    let journal = &*subject.stores.journal;
    let s = stream("g", "s");
    let mut sequences = append(journal, &s, &[10, 30]).await;
    append(journal, &stream("g", "t"), &[15]).await;
    sequences.extend(append(journal, &s, &[20]).await);
    assert!(sequences.is_sorted_by(|earlier, later| earlier < later));
    let entries = journal.read(&s, read_all()).await.unwrap();
    assert_eq!(times(&entries), [10, 30, 20]);
    assert!(entries.iter().map(|entry| entry.sequence).eq(sequences));
    assert!(entries.iter().all(|entry| entry.appended_ms == subject.clock.now_ms()));
    assert_eq!(entries[1].bytes, "s@30");
    let backward = Read { direction: Direction::Backward, limit: 2, ..Read::default() };
    assert_eq!(times(&journal.read(&s, backward).await.unwrap()), [20, 30]);
    assert!(journal.read(&stream("g", "none"), read_all()).await.unwrap().is_empty());
}

/// Reading on from where the last read ended.
pub async fn a_read_continues_after_a_sequence(subject: &Subject) {
    let journal = &*subject.stores.journal;
    let s = stream("g", "s");
    let sequences = append(journal, &s, &[1, 2, 3, 4, 5]).await;
    let read = |at: usize, direction| {
        let from = ReadFrom::After(sequences[at]);
        journal.read(&s, Read { from, direction, limit: 2, ..Read::default() })
    };
    assert_eq!(times(&read(1, Direction::Forward).await.unwrap()), [3, 4]);
    assert_eq!(times(&read(4, Direction::Forward).await.unwrap()), [0_i64; 0]);
    assert_eq!(times(&read(3, Direction::Backward).await.unwrap()), [3, 2]);
}

/// A span includes its start and excludes its end.
pub async fn a_read_keeps_to_its_span_of_time(subject: &Subject) {
    let journal = &*subject.stores.journal;
    let s = stream("g", "s");
    append(journal, &s, &[10, 40, 20, 30, 20]).await;
    let span = Read { start_ms: Some(20), end_ms: Some(40), ..read_all() };
    assert_eq!(times(&journal.read(&s, span).await.unwrap()), [20, 30, 20]);
    let empty = Read { end_ms: Some(i64::MIN), ..read_all() };
    assert!(journal.read(&s, empty).await.unwrap().is_empty());
}

/// A stream may be there before its first entry.
pub async fn an_empty_append_creates_the_stream(subject: &Subject) {
    let journal = &*subject.stores.journal;
    let s = stream("g", "s");
    assert_eq!(journal.stream(&s).await.unwrap(), None);
    assert!(append(journal, &s, &[]).await.is_empty());
    let info = journal.stream(&s).await.unwrap().unwrap();
    assert_eq!(info.created_ms, subject.clock.now_ms());
    assert_eq!((info.entries, info.first_ms, info.last_append_ms), (0, None, None));
}

/// Scanning follows time over all streams of the group and no other.
pub async fn a_scan_merges_streams_by_time(subject: &Subject) {
    let journal = &*subject.stores.journal;
    append(journal, &stream("g", "a"), &[10, 30, 50]).await;
    append(journal, &stream("g", "b"), &[20, 30, 40]).await;
    append(journal, &stream("h", "a"), &[25]).await;
    let found = journal.scan(&group("g"), scan_all()).await.unwrap();
    assert_eq!(texts(&found), ["a@10", "b@20", "a@30", "b@30", "b@40", "a@50"]);
    let span = Scan { start_ms: Some(20), end_ms: Some(40), ..scan_all() };
    let found = journal.scan(&group("g"), span.clone()).await.unwrap();
    assert_eq!(texts(&found), ["b@20", "a@30", "b@30"]);
    let back = Scan { direction: Direction::Backward, limit: 2, ..span };
    assert_eq!(texts(&journal.scan(&group("g"), back).await.unwrap()), ["b@30", "a@30"]);
    assert!(journal.scan(&group("none"), scan_all()).await.unwrap().is_empty());
}

/// Pages of a scan leave nothing out and repeat nothing, equal times included.
pub async fn pages_of_a_scan_join_up_both_ways(subject: &Subject) {
    let journal = &*subject.stores.journal;
    append(journal, &stream("g", "a"), &[3, 1, 2, 2, 2, 7]).await;
    append(journal, &stream("g", "b"), &[2, 2, 5, -4, 2]).await;
    let forward = journal.scan(&group("g"), scan_all()).await.unwrap();
    assert_eq!(forward.len(), 11);
    for direction in [Direction::Forward, Direction::Backward] {
        let mut joined: Vec<ScannedEntry> = Vec::new();
        loop {
            let after = joined.last().map(|found| found.entry.position());
            let page = Scan { after, direction, limit: 2, ..Scan::default() };
            let page = journal.scan(&group("g"), page).await.unwrap();
            if page.is_empty() {
                break;
            }
            joined.extend(page);
        }
        if direction == Direction::Backward {
            joined.reverse();
        }
        assert_eq!(joined, forward);
    }
}

/// Scanning some streams of a group.
pub async fn a_scan_keeps_to_the_chosen_streams(subject: &Subject) {
    let journal = &*subject.stores.journal;
    for name in ["2025/a", "2025/b", "2026/a", "it's \"quoted\""] {
        append(journal, &stream("g", name), &[1]).await;
    }
    let found = |streams| async move {
        let found = journal.scan(&group("g"), Scan { streams, ..scan_all() }).await.unwrap();
        texts(&found).into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(found(Streams::Prefix("2025/".to_owned())).await, ["2025/a@1", "2025/b@1"]);
    let named = ["it's \"quoted\"", "2026/a", "none"].map(str::to_owned).to_vec();
    assert_eq!(found(Streams::Named(named)).await, ["2026/a@1", "it's \"quoted\"@1"]);
    assert!(found(Streams::Named(Vec::new())).await.is_empty());
}

/// What is known about a stream without reading it.
pub async fn a_stream_tells_its_times_and_sizes(subject: &Subject) {
    let journal = &*subject.stores.journal;
    let s = stream("g", "s");
    append(journal, &s, &[50]).await;
    subject.clock.advance(Duration::from_secs(1));
    append(journal, &s, &[20, 90]).await;
    let info = journal.stream(&s).await.unwrap().unwrap();
    assert_eq!(info.name, s);
    assert_eq!((info.first_ms, info.last_ms), (Some(20), Some(90)));
    assert_eq!((info.entries, info.bytes), (3, 12));
    assert_eq!(info.last_append_ms, Some(subject.clock.now_ms()));
    assert_eq!(info.created_ms, subject.clock.now_ms() - 1000);
}

/// Listing.
pub async fn streams_and_groups_are_listed_by_prefix(subject: &Subject) {
    let journal = &*subject.stores.journal;
    for (of, name) in [("/l/b", "2"), ("/l/a", "y"), ("/l/a", "x/2"), ("/l/a", "x/1"), ("/m", "1")]
    {
        append(journal, &stream(of, name), &[1]).await;
    }
    assert_eq!(journal.groups("/l/").await.unwrap(), [group("/l/a"), group("/l/b")]);
    let names = |infos: Vec<store::StreamInfo>| -> Vec<String> {
        infos.into_iter().map(|info| info.name.stream().to_owned()).collect()
    };
    assert_eq!(names(journal.streams(&group("/l/a"), "").await.unwrap()), ["x/1", "x/2", "y"]);
    assert_eq!(names(journal.streams(&group("/l/a"), "x/").await.unwrap()), ["x/1", "x/2"]);
}

/// Retention.
pub async fn truncation_removes_what_is_older_and_keeps_the_counts_true(subject: &Subject) {
    let journal = &*subject.stores.journal;
    let (s, t) = (stream("g", "s"), stream("g", "t"));
    let many: Vec<i64> = (0..5000).collect();
    append(journal, &s, &many).await;
    append(journal, &t, &[1, 2]).await;
    append(journal, &stream("h", "s"), &[1]).await;
    assert_eq!(journal.truncate(&group("g"), 4990).await.unwrap(), 4992);
    assert_eq!(journal.truncate(&group("g"), 4990).await.unwrap(), 0);
    assert_eq!(journal.truncate(&group("none"), 4990).await.unwrap(), 0);
    let info = journal.stream(&s).await.unwrap().unwrap();
    assert_eq!((info.entries, info.bytes), (10, 60));
    assert_eq!((info.first_ms, info.last_ms), (Some(4990), Some(4999)));
    let emptied = journal.stream(&t).await.unwrap().unwrap();
    assert_eq!((emptied.entries, emptied.bytes, emptied.first_ms), (0, 0, None));
    assert!(emptied.last_append_ms.is_some());
    assert_eq!(journal.read(&s, read_all()).await.unwrap().len(), 10);
    assert_eq!(journal.scan(&group("g"), scan_all()).await.unwrap().len(), 10);
    assert_eq!(journal.scan(&group("h"), scan_all()).await.unwrap().len(), 1);
}

/// A deleted stream takes nothing with it but its own entries, and comes back empty.
pub async fn deleting_a_stream_leaves_the_others(subject: &Subject) {
    let journal = &*subject.stores.journal;
    let (s, t) = (stream("g", "s"), stream("g", "t"));
    let many: Vec<i64> = (0..2500).collect();
    append(journal, &s, &many).await;
    append(journal, &t, &[1]).await;
    assert!(journal.delete_stream(&s).await.unwrap());
    assert!(!journal.delete_stream(&s).await.unwrap());
    assert_eq!(journal.stream(&s).await.unwrap(), None);
    assert_eq!(texts(&journal.scan(&group("g"), scan_all()).await.unwrap()), ["t@1"]);
    append(journal, &s, &[7]).await;
    assert_eq!(times(&journal.read(&s, read_all()).await.unwrap()), [7]);
    journal.delete_stream(&s).await.unwrap();
    journal.delete_stream(&t).await.unwrap();
    assert!(journal.groups("").await.unwrap().is_empty());
}

/// A deleted group is gone as a whole.
pub async fn deleting_a_group_removes_all_its_streams(subject: &Subject) {
    let journal = &*subject.stores.journal;
    let many: Vec<i64> = (0..1500).collect();
    append(journal, &stream("g", "s"), &many).await;
    append(journal, &stream("g", "t"), &many).await;
    append(journal, &stream("h", "s"), &[1]).await;
    assert_eq!(journal.delete_group(&group("g")).await.unwrap(), 2);
    assert_eq!(journal.delete_group(&group("g")).await.unwrap(), 0);
    assert_eq!(journal.groups("").await.unwrap(), [group("h")]);
    assert!(journal.streams(&group("g"), "").await.unwrap().is_empty());
    append(journal, &stream("g", "s"), &[3]).await;
    assert_eq!(texts(&journal.scan(&group("g"), scan_all()).await.unwrap()), ["s@3"]);
}

/// Followers need not poll for what was just appended.
pub async fn an_append_wakes_the_tail_of_its_group(subject: &Subject) {
    let journal = &*subject.stores.journal;
    let mut tail = journal.tail(&group("g")).await.unwrap();
    append(journal, &stream("g", "s"), &[1]).await;
    assert!(tail.wait().await);
    append(journal, &stream("h", "s"), &[1]).await;
    let wait = std::pin::pin!(tail.wait());
    assert!(futures_util::FutureExt::now_or_never(wait).is_none(), "another group's append");
}

/// All entries of an append or none.
pub async fn an_oversized_entry_refuses_the_whole_append(subject: &Subject) {
    let journal = &*subject.stores.journal;
    let s = stream("g", "s");
    let large = NewEntry { time_ms: 2, bytes: Bytes::from(vec![b'x'; MAX_ENTRY_BYTES + 1]) };
    let error = journal.append(&s, vec![entry(1, "fits"), large]).await.unwrap_err();
    assert!(matches!(error, JournalError::TooLarge { .. }));
    assert!(journal.read(&s, read_all()).await.unwrap().is_empty());
}
