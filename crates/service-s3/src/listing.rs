//! Pages of a bucket's keys, as a pure function of them.

use std::ops::Bound;
use std::sync::Arc;

use crate::object::Version;
use crate::objects::Keys;

/// What a page is to show.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wanted {
    /// Only keys that begin so.
    pub(crate) prefix: String,
    /// Keys that have this after the prefix are shown as what they have in common.
    pub(crate) delimiter: Option<String>,
    /// Only what comes after this key, or this common prefix.
    pub(crate) after: Option<String>,
    /// Of the versions of the key `after`, only those after this one.
    pub(crate) after_version: Option<String>,
    /// No more than this.
    pub(crate) limit: usize,
    /// Whether all versions are shown, and delete markers.
    pub(crate) versions: bool,
}

/// One line of a page.
#[derive(Clone, Debug)]
pub(crate) enum Line {
    /// A version, and whether it is the newest one of its key.
    Version(Arc<Version>, bool),
    /// What several keys have in common.
    Prefix(String),
}

/// A page.
#[derive(Clone, Debug, Default)]
pub(crate) struct Page {
    pub(crate) lines: Vec<Line>,
    /// Whether there is more; the next page begins after the last line.
    pub(crate) truncated: bool,
}

/// Makes a page.
pub(crate) fn page(keys: &Keys, wanted: &Wanted) -> Page {
    let mut page = Page::default();
    if wanted.limit == 0 {
        return page;
    }
    let start = match &wanted.after {
        Some(after) if *after >= wanted.prefix && wanted.after_version.is_some() => {
            Bound::Included(after.as_str())
        }
        Some(after) if *after >= wanted.prefix => Bound::Excluded(after.as_str()),
        _ => Bound::Included(wanted.prefix.as_str()),
    };
    let found = keys.range::<str, _>((start, Bound::Unbounded));
    let mut common: Option<String> = None;
    for (key, versions) in found.take_while(|(key, _)| key.starts_with(&wanted.prefix)) {
        if common.as_ref().is_some_and(|common| key.starts_with(common)) {
            continue;
        }
        let mut lines = shown(key, versions, wanted).peekable();
        if lines.peek().is_none() {
            continue;
        }
        if let Some(prefix) = common_prefix(key, wanted) {
            common = Some(prefix.clone());
            // The page before ended with this prefix.
            if wanted.after.as_ref() == Some(&prefix) {
                continue;
            }
            if page.is_full(wanted.limit) {
                return page;
            }
            page.lines.push(Line::Prefix(prefix));
            continue;
        }
        for line in lines {
            if page.is_full(wanted.limit) {
                return page;
            }
            page.lines.push(line);
        }
    }
    page
}

fn shown(key: &str, versions: &[Arc<Version>], wanted: &Wanted) -> impl Iterator<Item = Line> {
    let newest = versions.first().map(|version| version.order);
    let all = if wanted.versions { versions.len() } else { 1 };
    let skipped = match (&wanted.after, &wanted.after_version) {
        (Some(after), Some(id)) if after == key => {
            let at = versions.iter().position(|version| version.shown_id() == id);
            // Of a key whose marked version is gone, all were shown.
            at.map_or(versions.len(), |at| at + 1)
        }
        _ => 0,
    };
    let markers = wanted.versions;
    versions
        .iter()
        .take(all)
        .skip(skipped)
        .filter(move |version| markers || version.content.is_some())
        .map(move |version| Line::Version(Arc::clone(version), Some(version.order) == newest))
}

fn common_prefix(key: &str, wanted: &Wanted) -> Option<String> {
    let delimiter = wanted.delimiter.as_deref().filter(|delimiter| !delimiter.is_empty())?;
    let rest = &key[wanted.prefix.len()..];
    let end = wanted.prefix.len() + rest.find(delimiter)? + delimiter.len();
    Some(key[..end].to_owned())
}

// === impl Page ===

impl Page {
    /// Tells whether there is no room for another line, and notes that there would be one.
    fn is_full(&mut self, limit: usize) -> bool {
        self.truncated = self.lines.len() >= limit;
        self.truncated
    }

    /// Gives the key or prefix of the last line, after which the next page begins.
    pub(crate) fn last(&self) -> Option<&str> {
        match self.lines.last()? {
            Line::Version(version, _) => Some(&version.key),
            Line::Prefix(prefix) => Some(prefix),
        }
    }

    /// Gives the id of the version on the last line.
    pub(crate) fn last_version(&self) -> Option<&str> {
        match self.lines.last()? {
            Line::Version(version, _) => Some(version.shown_id()),
            Line::Prefix(_) => None,
        }
    }
}

#[cfg(test)]
mod tests;
