//! Percent-encoding as AWS uses it.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// Everything but the unreserved characters of RFC 3986.
pub(crate) const RESERVED: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The same for a whole path, whose slashes stay.
pub(crate) const RESERVED_IN_PATH: &AsciiSet = &RESERVED.remove(b'/');

/// Encodes all but the unreserved characters of RFC 3986, as IAM does with the documents in its answers.
pub fn uri_encode(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

/// Decodes a path or header, unless its bytes are no UTF-8.
pub fn uri_decode(text: &str) -> Option<Cow<'_, str>> {
    percent_decode_str(text).decode_utf8().ok()
}

/// Splits a query string into its decoded pairs.
pub fn query_pairs(query: &str) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
    pairs(query)
}

/// Decodes one path segment or header part; bytes that are no UTF-8 become replacement characters, which no pattern allows.
pub(crate) fn decode(text: &str) -> Cow<'_, str> {
    percent_decode_str(text).decode_utf8_lossy()
}

/// Decodes one key or value of a query string or form, where a plus is a space.
pub(crate) fn decode_form(text: &str) -> Cow<'_, str> {
    if text.contains('+') {
        decode(&text.replace('+', " ")).into_owned().into()
    } else {
        decode(text)
    }
}

/// Splits a query string or form into its decoded pairs.
pub(crate) fn pairs(query: &str) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
    query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decode_form(key), decode_form(value))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_decoded_after_they_are_split() {
        let all: Vec<_> = pairs("a=1%262&&b=x+y%2B&flag").collect();
        assert_eq!(
            all,
            [("a".into(), "1&2".into()), ("b".into(), "x y+".into()), ("flag".into(), "".into())]
        );
    }
}
