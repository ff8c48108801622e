use async_trait::async_trait;
use bytes::Bytes;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;

use super::*;
use crate::table::Migrate;
use crate::{Expect, SystemClock, memory};

#[derive(Debug, Serialize, Deserialize)]
struct Lamb(u32);

impl Migrate for Lamb {
    const VERSION: u32 = 1;
}

impl Row for Lamb {
    const NAME: &'static str = "lamb";
}

/// Hands out prepared watches, one after the other.
#[derive(Debug)]
struct Prepared(Mutex<Vec<Watch>>);

#[async_trait]
impl Records for Prepared {
    async fn get(&self, _: &Key) -> Result<Option<Record>, RecordsError> {
        Err(BackendError::Closed.into())
    }

    async fn put(&self, _: &Key, _: Bytes, _: Expect) -> Result<Revision, RecordsError> {
        Err(BackendError::Closed.into())
    }

    async fn delete(&self, _: &Key, _: Expect) -> Result<Option<Revision>, RecordsError> {
        Err(BackendError::Closed.into())
    }

    async fn scan(&self, _: &str) -> Result<Vec<Record>, RecordsError> {
        Err(BackendError::Closed.into())
    }

    async fn scan_page(
        &self,
        _: &str,
        _: Option<&Key>,
        _: usize,
    ) -> Result<Vec<Record>, RecordsError> {
        Err(BackendError::Closed.into())
    }

    async fn watch(&self, _: &str) -> Result<Watch, RecordsError> {
        Ok(self.0.lock().pop().ok_or(BackendError::Closed)?)
    }
}

fn record(key: &str, lamb: u32, revision: u64) -> Record {
    Record {
        key: Key::new(format!("lamb/{key}")).unwrap(),
        value: row::encode(&Lamb(lamb)).unwrap().into(),
        revision: Revision(revision),
    }
}

fn contents(view: &View<Lamb>) -> Vec<(String, u32)> {
    view.range("", None, 99).iter().map(|row| (row.key.to_string(), row.value.0)).collect()
}

#[tokio::test]
async fn an_interrupted_view_ends_up_with_what_is_there_and_nothing_else() {
    let (first_changes, first_live) = mpsc::channel(4);
    let (second_changes, second_live) = mpsc::channel(4);
    let first = Watch::new(vec![record("a", 1, 1), record("b", 1, 2)], Revision(2), first_live);
    let second = Watch::new(vec![record("b", 2, 5), record("c", 1, 4)], Revision(6), second_live);
    let prepared = Arc::new(Prepared(Mutex::new(vec![second, first])));
    let view = View::<Lamb>::open(prepared).await.unwrap();
    assert_eq!(contents(&view), [("a".to_owned(), 1), ("b".to_owned(), 1)]);
    drop(first_changes);
    view.applied(Revision(6)).await.unwrap();
    assert_eq!(contents(&view), [("b".to_owned(), 2), ("c".to_owned(), 1)]);
    second_changes.send(WatchEvent::Put(record("a", 3, 7))).await.unwrap();
    view.applied(Revision(7)).await.unwrap();
    assert_eq!(view.len(), 3);
}

#[tokio::test]
async fn whoever_waits_for_a_view_learns_that_the_store_is_closed() {
    let (changes, live) = mpsc::channel(1);
    let watch = Watch::new(Vec::new(), Revision(0), live);
    let view = View::<Lamb>::open(Arc::new(Prepared(Mutex::new(vec![watch])))).await.unwrap();
    drop(changes);
    assert!(view.applied(Revision(1)).await.is_err());
}

#[tokio::test]
async fn a_row_that_becomes_unreadable_is_left_out_rather_than_shown_outdated() {
    let clock: Arc<dyn crate::Clock> = Arc::new(SystemClock);
    let records = memory::open(&clock).records;
    let key = Key::new("lamb/a").unwrap();
    let good = Bytes::from(row::encode(&Lamb(1)).unwrap());
    records.put(&key, good.clone(), Expect::Any).await.unwrap();
    let view = View::<Lamb>::open(Arc::clone(&records)).await.unwrap();
    let bad = records.put(&key, Bytes::from_static(b"?"), Expect::Any).await.unwrap();
    view.applied(bad).await.unwrap();
    assert!(view.get("a").is_none());
    let good = records.put(&key, good, Expect::Any).await.unwrap();
    view.applied(good).await.unwrap();
    assert_eq!(view.get("a").unwrap().revision, good);
}
