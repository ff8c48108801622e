//! Records in a map.

use std::collections::BTreeMap;
use std::ops::Bound;

use async_trait::async_trait;
use bytes::Bytes;
use parking_lot::Mutex;

use crate::records::{Change, WatchHub, check_size};
use crate::{Expect, Key, Record, Records, RecordsError, Revision, Watch};

#[derive(Debug, Default)]
pub(super) struct MemoryRecords {
    state: Mutex<State>,
    watches: WatchHub,
}

#[derive(Debug, Default)]
struct State {
    records: BTreeMap<String, Record>,
    revision: Revision,
}

#[async_trait]
impl Records for MemoryRecords {
    async fn get(&self, key: &Key) -> Result<Option<Record>, RecordsError> {
        Ok(self.state.lock().records.get(key.as_str()).cloned())
    }

    async fn put(&self, key: &Key, value: Bytes, expect: Expect) -> Result<Revision, RecordsError> {
        check_size(&value)?;
        let mut state = self.state.lock();
        expect.check(key, state.current(key))?;
        let revision = state.next_revision();
        let record = Record { key: key.clone(), value: value.clone(), revision };
        state.records.insert(key.to_string(), record);
        // Still under the lock: watches must see changes in revision order.
        self.watches.publish(&[Change { key: key.clone(), revision, value: Some(value) }]);
        Ok(revision)
    }

    async fn delete(&self, key: &Key, expect: Expect) -> Result<Option<Revision>, RecordsError> {
        let mut state = self.state.lock();
        expect.check(key, state.current(key))?;
        if state.records.remove(key.as_str()).is_none() {
            return Ok(None);
        }
        let revision = state.next_revision();
        self.watches.publish(&[Change { key: key.clone(), revision, value: None }]);
        Ok(Some(revision))
    }

    async fn scan(&self, prefix: &str) -> Result<Vec<Record>, RecordsError> {
        Ok(self.state.lock().page(prefix, None, usize::MAX))
    }

    async fn scan_page(
        &self,
        prefix: &str,
        after: Option<&Key>,
        limit: usize,
    ) -> Result<Vec<Record>, RecordsError> {
        Ok(self.state.lock().page(prefix, after, limit))
    }

    async fn watch(&self, prefix: &str) -> Result<Watch, RecordsError> {
        let state = self.state.lock();
        let live = self.watches.register(prefix);
        Ok(Watch::new(state.page(prefix, None, usize::MAX), state.revision, live))
    }
}

impl State {
    fn current(&self, key: &Key) -> Option<Revision> {
        self.records.get(key.as_str()).map(|record| record.revision)
    }

    fn next_revision(&mut self) -> Revision {
        self.revision.0 += 1;
        self.revision
    }

    fn page(&self, prefix: &str, after: Option<&Key>, limit: usize) -> Vec<Record> {
        let start = match after.map(Key::as_str) {
            Some(after) if after >= prefix => Bound::Excluded(after),
            _ => Bound::Included(prefix),
        };
        self.records
            .range::<str, _>((start, Bound::Unbounded))
            .take_while(|(key, _)| key.starts_with(prefix))
            .take(limit)
            .map(|(_, record)| record.clone())
            .collect()
    }
}
