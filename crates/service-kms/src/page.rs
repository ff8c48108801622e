//! Lists, page by page.

use api::kms::errors;
use wire::ApiError;

/// A page of a list.
#[derive(Debug)]
pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    pub(crate) truncated: bool,
    pub(crate) next: Option<String>,
}

/// Cuts a page out of all items, which are in the order of their keys.
pub(crate) fn page<T>(
    all: impl IntoIterator<Item = (String, T)>,
    marker: Option<&str>,
    limit: Option<i32>,
    usual: usize,
) -> Result<Page<T>, ApiError> {
    let limit = limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usual);
    let after = marker.map(decode).transpose()?;
    let rest =
        all.into_iter().skip_while(|(key, _)| after.as_ref().is_some_and(|after| key <= after));
    let mut found: Vec<(String, T)> = rest.take(limit + 1).collect();
    let truncated = found.len() > limit;
    found.truncate(limit);
    let next = found.last().filter(|_| truncated).map(|(key, _)| hex::encode(key));
    Ok(Page { items: found.into_iter().map(|(_, item)| item).collect(), truncated, next })
}

fn decode(marker: &str) -> Result<String, ApiError> {
    let key = hex::decode(marker).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    key.ok_or_else(|| errors::invalid_marker("The marker is not one that this service has given."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_follow_one_another_without_gap_or_overlap() {
        let all = || ["a", "b", "c", "d", "é"].map(|key| (key.to_owned(), key));
        let (mut marker, mut seen) = (None, Vec::new());
        loop {
            let page = page(all(), marker.as_deref(), Some(2), 50).unwrap();
            seen.extend(page.items);
            assert_eq!(page.truncated, page.next.is_some());
            let Some(next) = page.next else { break };
            marker = Some(next);
        }
        assert_eq!(seen, ["a", "b", "c", "d", "é"]);
        assert!(page(all(), Some("x"), None, 1).is_err());
    }
}
