//! The promises of [`store::Records`].

use std::collections::BTreeMap;

use bytes::Bytes;
use futures_util::future::{join, join_all};
use store::{Expect, Key, MAX_VALUE_BYTES, Records, RecordsError, Revision, WatchEvent};

use crate::Subject;

fn key(name: &str) -> Key {
    Key::new(name).expect("tests use valid keys")
}

fn value(text: &str) -> Bytes {
    Bytes::copy_from_slice(text.as_bytes())
}

async fn put(records: &dyn Records, name: &str, text: &str) -> Revision {
    records.put(&key(name), value(text), Expect::Any).await.expect("a put without expectation")
}

/// A record is read back as it was put.
pub async fn a_put_is_read_back_with_its_revision(subject: &Subject) {
    let records = &*subject.stores.records;
    assert_eq!(records.get(&key("a")).await.unwrap(), None);
    let first = records.put(&key("a"), value("1"), Expect::Absent).await.unwrap();
    let second = records.put(&key("a"), value("2"), Expect::Revision(first)).await.unwrap();
    let record = records.get(&key("a")).await.unwrap().unwrap();
    assert_eq!(record.key, key("a"));
    assert_eq!((record.value, record.revision), (value("2"), second));
}

/// [`Expect::Absent`] does not overwrite.
pub async fn expecting_absence_conflicts_with_a_record_in_place(subject: &Subject) {
    let records = &*subject.stores.records;
    let revision = put(records, "a", "1").await;
    let error = records.put(&key("a"), value("2"), Expect::Absent).await.unwrap_err();
    assert!(matches!(
        error,
        RecordsError::Conflict { ref key, current: Some(current) }
            if key.as_str() == "a" && current == revision
    ));
    assert!(!error.retryable());
    let error = records.delete(&key("a"), Expect::Absent).await.unwrap_err();
    assert!(matches!(error, RecordsError::Conflict { .. }));
    assert_eq!(records.get(&key("a")).await.unwrap().unwrap().value, value("1"));
}

/// [`Expect::Revision`] does not overwrite what came in between, nor revive what was deleted.
pub async fn expecting_a_revision_conflicts_after_another_write(subject: &Subject) {
    let records = &*subject.stores.records;
    let first = put(records, "a", "1").await;
    let second = put(records, "a", "2").await;
    let stale = Expect::Revision(first);
    assert!(records.put(&key("a"), value("3"), stale).await.is_err());
    assert!(records.delete(&key("a"), stale).await.is_err());
    assert_eq!(records.get(&key("a")).await.unwrap().unwrap().revision, second);
    assert!(records.delete(&key("a"), Expect::Revision(second)).await.unwrap().is_some());
    let error = records.put(&key("a"), value("3"), Expect::Revision(second)).await.unwrap_err();
    assert!(matches!(error, RecordsError::Conflict { current: None, .. }));
    assert_eq!(records.get(&key("a")).await.unwrap(), None);
}

/// Revisions strictly increase store-wide.
pub async fn revisions_increase_over_all_keys_and_deletes(subject: &Subject) {
    let records = &*subject.stores.records;
    let mut revisions = vec![put(records, "a", "1").await, put(records, "b", "1").await];
    revisions.extend(records.delete(&key("b"), Expect::Any).await.unwrap());
    revisions.push(put(records, "b", "1").await);
    revisions.push(put(records, "a", "2").await);
    assert_eq!(revisions.len(), 5);
    assert!(revisions.is_sorted_by(|earlier, later| earlier < later), "{revisions:?}");
}

/// A delete of nothing answers `None` or a conflict.
pub async fn deleting_nothing_is_nothing_unless_a_revision_is_expected(subject: &Subject) {
    let records = &*subject.stores.records;
    assert_eq!(records.delete(&key("a"), Expect::Any).await.unwrap(), None);
    assert_eq!(records.delete(&key("a"), Expect::Absent).await.unwrap(), None);
    let error = records.delete(&key("a"), Expect::Revision(Revision(1))).await.unwrap_err();
    assert!(matches!(error, RecordsError::Conflict { current: None, .. }));
}

/// A scan finds the prefix, all of it and nothing else.
pub async fn a_scan_returns_the_prefix_in_key_order(subject: &Subject) {
    let records = &*subject.stores.records;
    for name in ["a/2", "a0", "a/~", "b/1", "a/10", "a/", "a.x", "A/1"] {
        put(records, name, name).await;
    }
    let keys = |found: Vec<store::Record>| -> Vec<String> {
        found.into_iter().map(|record| record.key.to_string()).collect()
    };
    assert_eq!(keys(records.scan("a/").await.unwrap()), ["a/", "a/10", "a/2", "a/~"]);
    assert_eq!(records.scan("").await.unwrap().len(), 8);
    assert!(records.scan("c").await.unwrap().is_empty());
}

/// Pages leave nothing out and repeat nothing.
pub async fn pages_join_up_to_the_whole_scan(subject: &Subject) {
    let records = &*subject.stores.records;
    for number in 0..10 {
        put(records, &format!("p/{number}"), "x").await;
    }
    put(records, "q", "x").await;
    let mut joined = Vec::new();
    let mut after = None;
    loop {
        let page = records.scan_page("p/", after.as_ref(), 4).await.unwrap();
        let last = page.len() < 4;
        after = page.last().map(|record| record.key.clone()).or(after);
        joined.extend(page);
        if last {
            break;
        }
    }
    assert_eq!(joined, records.scan("p/").await.unwrap());
    assert_eq!(joined.len(), 10);
    let before_prefix = records.scan_page("p/", Some(&key("a")), 3).await.unwrap();
    assert_eq!(before_prefix.len(), 3);
}

/// A value that the weakest backend cannot hold is refused by all.
pub async fn an_oversized_value_is_refused(subject: &Subject) {
    let records = &*subject.stores.records;
    let fits = Bytes::from(vec![7; MAX_VALUE_BYTES]);
    records.put(&key("a"), fits.clone(), Expect::Any).await.unwrap();
    let too_large = Bytes::from(vec![8; MAX_VALUE_BYTES + 1]);
    let error = records.put(&key("a"), too_large, Expect::Any).await.unwrap_err();
    assert!(matches!(error, RecordsError::TooLarge { .. }));
    assert_eq!(records.get(&key("a")).await.unwrap().unwrap().value, fits);
}

/// Compare-and-set is atomic.
pub async fn concurrent_compare_and_set_loses_no_increment(subject: &Subject) {
    let records = &*subject.stores.records;
    put(records, "n", "0").await;
    let increment = || async {
        loop {
            let record = records.get(&key("n")).await.unwrap().unwrap();
            let number: u32 = str::from_utf8(&record.value).unwrap().parse().unwrap();
            let next = value(&(number + 1).to_string());
            match records.put(&key("n"), next, Expect::Revision(record.revision)).await {
                Ok(_) => return,
                Err(RecordsError::Conflict { .. }) => {}
                Err(error) => panic!("{error}"),
            }
        }
    };
    join_all((0..12).map(|_| increment())).await;
    assert_eq!(records.get(&key("n")).await.unwrap().unwrap().value, value("12"));
}

/// A watch starts with the state and follows its prefix only.
pub async fn a_watch_yields_the_state_and_then_every_change(subject: &Subject) {
    let records = &*subject.stores.records;
    put(records, "w/1", "one").await;
    let as_of = put(records, "x", "other").await;
    let mut watch = records.watch("w/").await.unwrap();
    let first = put(records, "w/2", "two").await;
    put(records, "x", "other").await;
    let second = records.delete(&key("w/1"), Expect::Any).await.unwrap().unwrap();
    let WatchEvent::Put(record) = watch.next().await.unwrap() else { panic!("no state") };
    assert_eq!(record.value, value("one"));
    assert_eq!(watch.next().await.unwrap(), WatchEvent::Current { revision: as_of });
    let WatchEvent::Put(record) = watch.next().await.unwrap() else { panic!("no put") };
    assert_eq!((record.value, record.revision), (value("two"), first));
    let deleted = WatchEvent::Deleted { key: key("w/1"), revision: second };
    assert_eq!(watch.next().await.unwrap(), deleted);
}

/// Snapshot and changes join without gap or overlap, however they interleave.
pub async fn a_watch_opened_among_writers_misses_nothing_and_repeats_nothing(subject: &Subject) {
    let records = &*subject.stores.records;
    let write = |writer: u32| async move {
        for round in 0..30 {
            put(records, &format!("w/{writer}"), &round.to_string()).await;
        }
        put(records, &format!("w/{writer}"), "end").await;
    };
    let follow = || async {
        let mut watch = records.watch("w/").await.unwrap();
        let mut known = BTreeMap::new();
        let mut last = None;
        while known.len() < 8 || known.values().any(|text| text != "end") {
            match watch.next().await.unwrap() {
                WatchEvent::Put(record) => {
                    if let Some(last) = &mut last {
                        assert!(record.revision > *last, "out of order or repeated");
                        let before: Option<&Bytes> = known.get(record.key.as_str());
                        assert_eq!(record.value, after_round(before), "a change is missing");
                        *last = record.revision;
                    }
                    known.insert(record.key.to_string(), record.value);
                }
                WatchEvent::Current { revision } => last = Some(revision),
                WatchEvent::Deleted { .. } => panic!("nothing was deleted"),
            }
        }
    };
    let writers = join_all((0..8).map(write));
    join(writers, join_all((0..4).map(|_| follow()))).await;
}

/// What a writer of the test above puts after a value.
fn after_round(before: Option<&Bytes>) -> Bytes {
    let Some(before) = before else { return value("0") };
    let round: u32 = str::from_utf8(before).unwrap().parse().expect("no change after the end");
    if round == 29 { value("end") } else { value(&(round + 1).to_string()) }
}
