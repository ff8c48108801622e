//! Pages against what a naive reading of the rules gives.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::checksum::{Algorithm, Checksum, Kind};
use crate::object::{About, Object};

fn version(key: &str, order: u64, has_content: bool) -> Arc<Version> {
    let checksum = Checksum { algorithm: Algorithm::Crc32, kind: Kind::Full, value: String::new() };
    let object = Object {
        pieces: Vec::new(),
        size_bytes: 0,
        etag: String::new(),
        checksum,
        about: About::default(),
        tags: Vec::new(),
        upload_id: None,
    };
    Arc::new(Version {
        bucket: "b".into(),
        key: key.into(),
        id: Some(order.to_string()),
        order,
        modified_ms: 0,
        content: has_content.then_some(object),
    })
}

fn keys(names: &[&str]) -> Keys {
    names.iter().map(|name| ((*name).to_owned(), vec![version(name, 1, true)])).collect()
}

fn text(line: &Line) -> String {
    match line {
        Line::Version(version, _) => version.key.clone(),
        Line::Prefix(prefix) => format!("{prefix}*"),
    }
}

/// Pages through everything.
fn all(keys: &Keys, wanted: &Wanted) -> Vec<String> {
    let (mut wanted, mut found) = (wanted.clone(), Vec::new());
    loop {
        let page = page(keys, &wanted);
        assert!(page.lines.len() <= wanted.limit);
        found.extend(page.lines.iter().map(|line| match line {
            Line::Version(version, newest) if wanted.versions => {
                format!("{}:{}{}", version.key, version.order, if *newest { "!" } else { "" })
            }
            line => text(line),
        }));
        if !page.truncated {
            return found;
        }
        wanted.after = page.last().map(str::to_owned);
        wanted.after_version = page.last_version().map(str::to_owned).filter(|_| wanted.versions);
    }
}

#[test]
fn keys_that_share_a_beginning_are_one_line() {
    let keys = keys(&["a", "d/1", "d/2", "d/e/3", "d0", "z"]);
    let of = |prefix: &str, limit| Wanted {
        prefix: prefix.into(),
        delimiter: Some("/".into()),
        limit,
        ..Wanted::default()
    };
    for limit in 1..6 {
        assert_eq!(all(&keys, &of("", limit)), ["a", "d/*", "d0", "z"]);
        assert_eq!(all(&keys, &of("d/", limit)), ["d/1", "d/2", "d/e/*"]);
        assert_eq!(all(&keys, &of("d", limit)), ["d/*", "d0"]);
    }
    assert!(page(&keys, &of("", 0)).lines.is_empty());
}

#[test]
fn what_was_deleted_shows_among_versions_only() {
    let mut keys = keys(&["a"]);
    keys.insert("b".into(), vec![version("b", 3, false), version("b", 2, true)]);
    let plain = Wanted { limit: 9, ..Wanted::default() };
    assert_eq!(all(&keys, &plain), ["a"]);
    for limit in 1..4 {
        let wanted = Wanted { limit, versions: true, ..Wanted::default() };
        assert_eq!(all(&keys, &wanted), ["a:1!", "b:3!", "b:2"]);
    }
}

proptest! {
    #[test]
    fn pages_of_any_size_show_everything_once(
        names in proptest::collection::btree_set("[ab/]{1,5}", 0..25),
        prefix in "[ab/]{0,2}",
        delimiter in proptest::option::of("[/b]"),
        limit in 1..7_usize,
    ) {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let mut expected = BTreeSet::new();
        for name in names.iter().filter(|name| name.starts_with(&prefix)) {
            let rest = &name[prefix.len()..];
            let cut = delimiter.as_ref().and_then(|delimiter| rest.find(delimiter.as_str()));
            expected.insert(match cut {
                Some(at) => format!("{prefix}{}*", &rest[..=at]),
                None => (*name).to_owned(),
            });
        }
        let wanted = Wanted { prefix, delimiter, limit, ..Wanted::default() };
        let found = all(&keys(&names), &wanted);
        prop_assert_eq!(found.iter().cloned().collect::<BTreeSet<_>>(), expected);
        prop_assert_eq!(found.iter().collect::<BTreeSet<_>>().len(), found.len());
    }
}
