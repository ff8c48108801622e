//! The promises of [`store::Table`] on top of a backend.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::future::join_all;
use serde::{Deserialize, Serialize};
use store::{Expect, Key, Migrate, RecordsError, Row, Table, TableError};

use crate::Subject;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Sheep {
    wool_kg: u32,
}

impl Migrate for Sheep {
    const VERSION: u32 = 1;
}

impl Row for Sheep {
    const NAME: &'static str = "sheep";
}

async fn open(subject: &Subject) -> Table<Sheep> {
    Table::open(Arc::clone(&subject.stores.records)).await.unwrap()
}

/// Read-your-writes, without waiting or asking the store.
pub async fn a_writer_reads_its_own_write_at_once(subject: &Subject) {
    let table = open(subject).await;
    for wool_kg in 0..50 {
        let revision = table.put("dolly", &Sheep { wool_kg }, Expect::Any).await.unwrap();
        let row = table.get("dolly").unwrap();
        assert_eq!((row.revision, row.value.wool_kg), (revision, wool_kg));
    }
    let error = table.put("dolly", &Sheep { wool_kg: 0 }, Expect::Absent).await.unwrap_err();
    assert!(matches!(error, TableError::Records(RecordsError::Conflict { .. })));
    let error = table.put("not a key", &Sheep { wool_kg: 0 }, Expect::Any).await.unwrap_err();
    assert!(matches!(error, TableError::Key(_)));
}

/// Replicas hear of each other's writes.
pub async fn another_table_of_the_same_rows_follows(subject: &Subject) {
    let (mine, other) = (open(subject).await, open(subject).await);
    let revision = mine.put("dolly", &Sheep { wool_kg: 4 }, Expect::Any).await.unwrap();
    let mut applied = other.view().subscribe();
    applied.wait_for(|applied| *applied >= revision).await.unwrap();
    assert_eq!(other.get("dolly").unwrap().value.wool_kg, 4);
}

/// Ranges for lists in pages.
pub async fn a_range_is_ordered_and_bounded(subject: &Subject) {
    let table = open(subject).await;
    for key in ["b/1", "a/3", "a/1", "a/2", "a"] {
        table.put(key, &Sheep { wool_kg: 1 }, Expect::Any).await.unwrap();
    }
    let keys = |prefix, after, limit| -> Vec<String> {
        table.range(prefix, after, limit).iter().map(|row| row.key.to_string()).collect()
    };
    assert_eq!(keys("", None, 9), ["a", "a/1", "a/2", "a/3", "b/1"]);
    assert_eq!(keys("a/", None, 2), ["a/1", "a/2"]);
    assert_eq!(keys("a/", Some("a/2"), 2), ["a/3"]);
    assert_eq!(keys("a/", Some("a"), 1), ["a/1"]);
    assert_eq!(table.view().len(), 5);
}

/// Updates start over when someone else was faster.
pub async fn concurrent_updates_lose_nothing(subject: &Subject) {
    let table = open(subject).await;
    let shear = |_| {
        table.update("dolly", |sheep| {
            let wool_kg = sheep.map_or(0, |sheep: &Sheep| sheep.wool_kg) + 1;
            Ok::<_, TableError>(Some(Sheep { wool_kg }))
        })
    };
    for row in join_all((0..12).map(shear)).await {
        assert!(row.unwrap().is_some());
    }
    assert_eq!(table.get("dolly").unwrap().value.wool_kg, 12);
    let left = table.update("dolly", |_| Ok::<_, TableError>(None)).await.unwrap();
    assert!(left.is_none());
    assert_eq!(table.get("dolly").unwrap().value.wool_kg, 12);
}

/// Read-your-deletes.
pub async fn a_deleted_row_is_gone_at_once(subject: &Subject) {
    let table = open(subject).await;
    assert!(!table.delete("dolly", Expect::Any).await.unwrap());
    table.put("dolly", &Sheep { wool_kg: 1 }, Expect::Any).await.unwrap();
    assert!(table.delete("dolly", Expect::Any).await.unwrap());
    assert!(table.get("dolly").is_none());
    assert!(table.view().is_empty());
}

/// Opening loads what is there.
pub async fn a_table_opened_later_holds_everything(subject: &Subject) {
    let table = open(subject).await;
    for number in 0..40 {
        table.put(&format!("{number:02}"), &Sheep { wool_kg: number }, Expect::Any).await.unwrap();
    }
    drop(table);
    let later = open(subject).await;
    let wool: Vec<u32> = later.range("", None, 99).iter().map(|row| row.value.wool_kg).collect();
    assert!(wool.into_iter().eq(0..40));
}

/// A row that cannot be read is not silently left out.
pub async fn a_row_that_cannot_be_read_fails_the_opening(subject: &Subject) {
    let key = Key::new("sheep/dolly").unwrap();
    let newer = Bytes::from_static(br#"{"v":2,"d":{"wool_kg":1}}"#);
    subject.stores.records.put(&key, newer, Expect::Any).await.unwrap();
    let error = Table::<Sheep>::open(Arc::clone(&subject.stores.records)).await.unwrap_err();
    assert!(matches!(error, TableError::Decode { ref key, .. } if key == "dolly"));
}
