//! Rows in memory: by key, in order, and by the other names that they have.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Bound;
use std::sync::Arc;

use super::{Row, Stored};

#[derive(Debug)]
pub(super) struct Rows<T> {
    by_key: BTreeMap<Arc<str>, Stored<T>>,
    /// The key of the row that has a name.
    keys: HashMap<Box<str>, Arc<str>>,
    /// The keys of the rows that are unsettled.
    unsettled: BTreeSet<Arc<str>>,
    /// What all rows weigh together.
    weight: u64,
}

impl<T> Default for Rows<T> {
    fn default() -> Self {
        Self {
            by_key: BTreeMap::new(),
            keys: HashMap::new(),
            unsettled: BTreeSet::new(),
            weight: 0,
        }
    }
}

impl<T: Row> Rows<T> {
    pub(super) fn get(&self, key: &str) -> Option<&Stored<T>> {
        self.by_key.get(key)
    }

    pub(super) fn find(&self, name: &str) -> Option<&Stored<T>> {
        self.by_key.get(self.keys.get(name)?)
    }

    /// Gives the rows whose key starts with `prefix` and is greater than `after`, in key order.
    pub(super) fn range(
        &self,
        prefix: &str,
        after: Option<&str>,
    ) -> impl Iterator<Item = &Stored<T>> {
        let start = match after {
            Some(after) if after >= prefix => Bound::Excluded(after),
            _ => Bound::Included(prefix),
        };
        self.by_key
            .range::<str, _>((start, Bound::Unbounded))
            .take_while(move |(key, _)| key.starts_with(prefix))
            .map(|(_, row)| row)
    }

    /// Gives all rows in key order.
    pub(super) fn values(&self) -> impl Iterator<Item = &Stored<T>> {
        self.by_key.values()
    }

    /// Gives the rows that are unsettled, in key order.
    pub(super) fn unsettled(&self) -> impl Iterator<Item = &Stored<T>> {
        self.unsettled.iter().filter_map(|key| self.by_key.get(key))
    }

    pub(super) fn weight(&self) -> u64 {
        self.weight
    }

    pub(super) fn len(&self) -> usize {
        self.by_key.len()
    }

    /// Puts a row in; gives the one that it replaces.
    pub(super) fn insert(&mut self, row: Stored<T>) -> Option<Stored<T>> {
        let replaced = self.remove(&row.key);
        self.weight += row.value.weight();
        if row.value.is_unsettled() {
            self.unsettled.insert(Arc::clone(&row.key));
        }
        row.value.names(&mut |name| {
            self.keys.insert(name.into(), Arc::clone(&row.key));
        });
        self.by_key.insert(Arc::clone(&row.key), row);
        replaced
    }

    pub(super) fn remove(&mut self, key: &str) -> Option<Stored<T>> {
        let removed = self.by_key.remove(key)?;
        self.weight -= removed.value.weight();
        self.unsettled.remove(key);
        removed.value.names(&mut |name| {
            // A name that has passed to another row stays with that.
            if self.keys.get(name).is_some_and(|holder| **holder == *key) {
                self.keys.remove(name);
            }
        });
        Some(removed)
    }
}

#[cfg(test)]
mod tests {
    use serde::{Deserialize, Serialize};

    use super::*;
    use crate::Revision;
    use crate::table::Migrate;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Named(Vec<String>);

    impl Migrate for Named {
        const VERSION: u32 = 1;
    }

    impl Row for Named {
        const NAME: &'static str = "named";

        fn names(&self, each: &mut dyn FnMut(&str)) {
            self.0.iter().for_each(|name| each(name));
        }

        fn weight(&self) -> u64 {
            10 * self.0.len() as u64
        }

        fn is_unsettled(&self) -> bool {
            self.0.len() == 1
        }
    }

    fn row(key: &str, names: &[&str]) -> Stored<Named> {
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        Stored::new(key, Revision::default(), Named(names))
    }

    fn found(rows: &Rows<Named>, name: &str) -> Option<String> {
        rows.find(name).map(|row| row.key.to_string())
    }

    #[test]
    fn a_row_is_found_by_the_names_that_it_has_now() {
        let mut rows = Rows::default();
        assert!(rows.insert(row("a", &["x", "y"])).is_none());
        rows.insert(row("b", &[]));
        assert_eq!((found(&rows, "x"), found(&rows, "y")), (Some("a".into()), Some("a".into())));
        assert!(rows.insert(row("a", &["y", "z"])).is_some());
        assert_eq!((found(&rows, "x"), found(&rows, "y")), (None, Some("a".into())));
        assert!(rows.remove("a").is_some() && rows.remove("a").is_none());
        assert_eq!((found(&rows, "z"), rows.len(), rows.keys.len()), (None, 1, 0));
    }

    #[test]
    fn a_name_that_passes_to_another_row_stays_there() {
        let mut rows = Rows::default();
        rows.insert(row("a", &["x"]));
        rows.insert(row("b", &["x"]));
        rows.remove("a");
        assert_eq!(found(&rows, "x"), Some("b".into()));
    }

    #[test]
    fn weight_and_unsettled_rows_follow_every_change() {
        let unsettled = |rows: &Rows<Named>| -> Vec<String> {
            rows.unsettled().map(|row| row.key.to_string()).collect()
        };
        let mut rows = Rows::default();
        rows.insert(row("b", &["one"]));
        rows.insert(row("a", &["two"]));
        rows.insert(row("c", &["three", "four"]));
        assert_eq!((rows.weight(), unsettled(&rows)), (40, vec!["a".to_owned(), "b".to_owned()]));
        rows.insert(row("b", &["one", "five", "six"]));
        assert_eq!((rows.weight(), unsettled(&rows)), (60, vec!["a".to_owned()]));
        assert!(rows.remove("a").is_some() && rows.remove("a").is_none());
        assert_eq!((rows.weight(), unsettled(&rows)), (50, vec![]));
    }
}
