//! Lists, page by page.

use api::iam::SERVICE;
use wire::ApiError;

/// The length of a page if the request does not say.
const PAGE: usize = 100;

/// A page of a list.
pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    pub(crate) is_truncated: Option<bool>,
    /// The key of the last item, after which the next page begins.
    pub(crate) marker: Option<String>,
}

/// Cuts a page out of all items, which are in the order of their keys.
pub(crate) fn page<T>(
    all: impl IntoIterator<Item = (String, T)>,
    marker: Option<&str>,
    max_items: Option<i32>,
) -> Result<Page<T>, ApiError> {
    let limit = max_items.and_then(|max| usize::try_from(max).ok()).unwrap_or(PAGE);
    let after = marker.map(decode).transpose()?;
    let rest =
        all.into_iter().skip_while(|(key, _)| after.as_ref().is_some_and(|after| key <= after));
    let mut found: Vec<(String, T)> = rest.take(limit + 1).collect();
    let more = found.len() > limit;
    found.truncate(limit);
    let marker = found.last().filter(|_| more).map(|(key, _)| encode(key));
    let items = found.into_iter().map(|(_, item)| item).collect();
    Ok(Page { items, is_truncated: Some(more), marker })
}

/// A marker is opaque to clients, and must survive XML.
fn encode(key: &str) -> String {
    key.bytes().fold(String::from("m"), |text, byte| format!("{text}{byte:02x}"))
}

fn decode(marker: &str) -> Result<String, ApiError> {
    let wrong = || ApiError::validation(SERVICE.validation_code, "Invalid Marker.");
    let digits = marker.strip_prefix('m').filter(|text| text.is_ascii() && text.len() % 2 == 0);
    let digits = digits.ok_or_else(wrong)?;
    let byte = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).ok();
    let bytes: Option<Vec<u8>> = (0..digits.len()).step_by(2).map(byte).collect();
    bytes.and_then(|bytes| String::from_utf8(bytes).ok()).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_follow_one_another_without_gap_or_overlap() {
        let all = || ["a", "b", "c", "d", "é"].map(|key| (key.to_owned(), key));
        let (mut marker, mut seen) = (None, Vec::new());
        loop {
            let page = page(all(), marker.as_deref(), Some(2)).unwrap();
            seen.extend(page.items);
            assert_eq!(page.is_truncated, Some(page.marker.is_some()));
            let Some(next) = page.marker else { break };
            marker = Some(next);
        }
        assert_eq!(seen, ["a", "b", "c", "d", "é"]);
    }

    #[test]
    fn a_marker_that_was_never_given_out_is_refused() {
        for marker in ["x", "m1", "mzz", "mff", "m€"] {
            assert!(page([("a".to_owned(), ())], Some(marker), None).is_err(), "{marker}");
        }
    }
}
