//! Pages of lists: how many entries, and where the next page begins.

use std::str::FromStr;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::error::Refusal;

/// Gives the number of entries on a page: what the caller wants, up to the service's own limit.
pub(crate) fn page_size(max_items: Option<i32>, limit: usize) -> usize {
    let wanted = max_items.and_then(|wanted| usize::try_from(wanted).ok());
    wanted.unwrap_or(limit).clamp(1, limit)
}

/// Makes a marker of the last entry on a page. Callers must not read it, so it looks unreadable.
pub(crate) fn marker(last: &str) -> String {
    URL_SAFE_NO_PAD.encode(last)
}

/// Reads a marker back.
pub(crate) fn after(marker: Option<&str>) -> Result<Option<String>, Refusal> {
    let Some(marker) = marker else { return Ok(None) };
    let bytes = URL_SAFE_NO_PAD.decode(marker).ok();
    let last = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
    last.map(Some).ok_or_else(|| bad_marker(marker))
}

/// Refuses a marker that this service did not make.
pub(crate) fn bad_marker(marker: &str) -> Refusal {
    Refusal::Marker(marker.to_owned())
}

/// Reads the name of the last entry of the page before.
pub(crate) fn last_name<N: FromStr>(marker: Option<&str>) -> Result<Option<N>, Refusal> {
    let Some(last) = after(marker)? else { return Ok(None) };
    last.parse().map(Some).map_err(|_| bad_marker(marker.unwrap_or_default()))
}

/// Takes one page from the entries that are left, and the marker of the next one if there is one.
pub(crate) fn page<T>(
    mut entries: impl Iterator<Item = T>,
    size: usize,
    name: impl FnOnce(&T) -> String,
) -> (Vec<T>, Option<String>) {
    let page: Vec<T> = entries.by_ref().take(size).collect();
    let has_more = entries.next().is_some();
    let next = page.last().filter(|_| has_more).map(|last| marker(&name(last)));
    (page, next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_never_longer_than_the_limit_nor_empty() {
        assert_eq!(page_size(None, 50), 50);
        assert_eq!(page_size(Some(7), 50), 7);
        assert_eq!(page_size(Some(10_000), 50), 50);
        assert_eq!(page_size(Some(0), 50), 1);
    }

    #[test]
    fn only_a_page_with_more_behind_it_has_a_marker() {
        let name = |n: &u32| n.to_string();
        assert_eq!(page([1, 2].into_iter(), 2, name), (vec![1, 2], None));
        assert_eq!(page([1, 2, 3].into_iter(), 2, name), (vec![1, 2], Some(marker("2"))));
        assert_eq!(page(std::iter::empty(), 2, name), (Vec::new(), None));
        assert_eq!(last_name(Some(&marker("2"))).unwrap(), Some(2));
        assert!(last_name::<u32>(Some(&marker("x"))).is_err());
    }

    #[test]
    fn a_marker_reads_back_and_others_are_refused() {
        assert_eq!(after(Some(&marker("f:12"))).unwrap().as_deref(), Some("f:12"));
        assert_eq!(after(None).unwrap(), None);
        assert!(after(Some("%%")).is_err());
    }
}
