//! Records against an ordered map.

use std::collections::BTreeMap;

use bytes::Bytes;
use proptest::prelude::*;
use store::{Expect, Key, Record, Records, RecordsError, Revision};

use super::check;
use crate::Subject;

const KEYS: [&str; 6] = ["a", "a/1", "a/2", "a/2/x", "ab", "b"];

const PREFIXES: [&str; 5] = ["", "a", "a/", "a/2", "c"];

#[derive(Clone, Debug)]
enum Act {
    Put { key: usize, value: u8, expect: Expectation },
    Delete { key: usize, expect: Expectation },
    Get { key: usize },
    Scan { prefix: usize },
    Page { prefix: usize, after: usize, limit: usize },
}

#[derive(Clone, Copy, Debug)]
enum Expectation {
    Absent,
    Any,
    /// The revision in place, or any revision if nothing is.
    Current,
    /// A revision that was given out for something else.
    Stale,
}

/// What the store should hold.
#[derive(Default)]
struct Model {
    records: BTreeMap<&'static str, (Bytes, Revision)>,
    last: Revision,
}

/// Checks `cases` random lists of acts on stores from `make`.
pub fn records_agree_with_a_map(make: fn() -> Subject, cases: u32) {
    check(cases, act(), make, &async |subject: &Subject, acts| {
        let mut model = Model::default();
        for act in acts {
            model.step(&*subject.stores.records, act).await;
        }
        assert_eq!(subject.stores.records.scan("").await.unwrap(), model.page("", "", usize::MAX));
    });
}

fn act() -> impl Strategy<Value = Act> {
    let expect = prop_oneof![
        Just(Expectation::Absent),
        Just(Expectation::Any),
        Just(Expectation::Current),
        Just(Expectation::Stale),
    ];
    let (key, prefix) = (0..KEYS.len(), 0..PREFIXES.len());
    prop_oneof![
        4 => (key.clone(), any::<u8>(), expect.clone())
            .prop_map(|(key, value, expect)| Act::Put { key, value, expect }),
        2 => (key.clone(), expect).prop_map(|(key, expect)| Act::Delete { key, expect }),
        1 => key.clone().prop_map(|key| Act::Get { key }),
        1 => prefix.clone().prop_map(|prefix| Act::Scan { prefix }),
        1 => (prefix, key, 0..4_usize)
            .prop_map(|(prefix, after, limit)| Act::Page { prefix, after, limit }),
    ]
}

impl Model {
    async fn step(&mut self, records: &dyn Records, act: Act) {
        match act {
            Act::Put { key, value, expect } => {
                let (key, expect) = (KEYS[key], self.expect(KEYS[key], expect));
                let value = Bytes::from(vec![value]);
                let put = records.put(&named(key), value.clone(), expect).await;
                if self.settle(key, expect, &put) {
                    self.records.insert(key, (value, put.unwrap()));
                }
            }
            Act::Delete { key, expect } => {
                let (key, expect) = (KEYS[key], self.expect(KEYS[key], expect));
                let deleted = records.delete(&named(key), expect).await;
                match deleted {
                    Ok(None) => assert!(!self.records.contains_key(key) && self.holds(key, expect)),
                    Ok(Some(revision)) => {
                        self.settle(key, expect, &Ok(revision));
                        assert!(self.records.remove(key).is_some(), "removed nothing");
                    }
                    Err(error) => {
                        self.settle(key, expect, &Err(error));
                    }
                }
            }
            Act::Get { key } => {
                let found = records.get(&named(KEYS[key])).await.unwrap();
                assert_eq!(found, self.records.get(KEYS[key]).map(|held| record(KEYS[key], held)));
            }
            Act::Scan { prefix } => {
                let found = records.scan(PREFIXES[prefix]).await.unwrap();
                assert_eq!(found, self.page(PREFIXES[prefix], "", usize::MAX));
            }
            Act::Page { prefix, after, limit } => {
                let (prefix, after) = (PREFIXES[prefix], KEYS[after]);
                let found = records.scan_page(prefix, Some(&named(after)), limit).await.unwrap();
                assert_eq!(found, self.page(prefix, after, limit));
            }
        }
    }

    fn expect(&self, key: &str, expect: Expectation) -> Expect {
        let current = self.records.get(key).map(|(_, revision)| *revision);
        match expect {
            Expectation::Absent => Expect::Absent,
            Expectation::Any => Expect::Any,
            Expectation::Current => Expect::Revision(current.unwrap_or(self.last)),
            Expectation::Stale => {
                let stale = if current == Some(self.last) { Revision(0) } else { self.last };
                Expect::Revision(stale)
            }
        }
    }

    fn holds(&self, key: &str, expect: Expect) -> bool {
        let current = self.records.get(key).map(|(_, revision)| *revision);
        match expect {
            Expect::Absent => current.is_none(),
            Expect::Any => true,
            Expect::Revision(revision) => current == Some(revision),
        }
    }

    /// Checks the answer of a write against what should have come of it; tells whether it happened.
    fn settle(
        &mut self,
        key: &str,
        expect: Expect,
        answer: &Result<Revision, RecordsError>,
    ) -> bool {
        match answer {
            Ok(revision) => {
                assert!(self.holds(key, expect), "a write against its expectation");
                assert!(*revision > self.last, "a revision that does not increase");
                self.last = *revision;
                true
            }
            Err(RecordsError::Conflict { key: refused, current }) => {
                assert_eq!(refused.as_str(), key);
                assert_eq!(*current, self.records.get(key).map(|(_, revision)| *revision));
                assert!(!self.holds(key, expect), "a conflict without cause");
                false
            }
            Err(error) => panic!("{error}"),
        }
    }

    fn page(&self, prefix: &str, after: &str, limit: usize) -> Vec<Record> {
        let wanted =
            self.records.iter().filter(|(key, _)| key.starts_with(prefix) && **key > after);
        wanted.take(limit).map(|(key, held)| record(key, held)).collect()
    }
}

fn named(key: &str) -> Key {
    Key::new(key).unwrap()
}

fn record(key: &str, (value, revision): &(Bytes, Revision)) -> Record {
    Record { key: named(key), value: value.clone(), revision: *revision }
}
