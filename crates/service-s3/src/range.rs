//! The part of an object that a request asks for.

use std::ops::Range;

use wire::ApiError;

use crate::error;

/// Reads a `Range` header. One that S3 does not understand, or that asks for several ranges, asks for
/// everything.
pub(crate) fn read(header: Option<&str>, size: u64) -> Result<Option<Range<u64>>, ApiError> {
    let Some((from, to)) = header.and_then(|text| text.strip_prefix("bytes=")?.split_once('-'))
    else {
        return Ok(None);
    };
    let number = |text: &str| {
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| text.parse::<u64>().unwrap_or(u64::MAX))
    };
    let range = match (number(from), number(to)) {
        (Some(from), Some(to)) if from <= to => from..to.saturating_add(1).min(size),
        (Some(from), None) if to.is_empty() => from..size,
        (None, Some(last)) if from.is_empty() && last > 0 => size.saturating_sub(last)..size,
        (None, Some(_)) if from.is_empty() => return Err(error::invalid_range(size)),
        _ => return Ok(None),
    };
    if range.start >= size {
        return Err(error::invalid_range(size));
    }
    Ok(Some(range))
}

/// Reads `x-amz-copy-source-range`, which has to lie within the object.
pub(crate) fn of_copy(header: Option<&str>, size: u64) -> Result<Range<u64>, ApiError> {
    let Some(text) = header else { return Ok(0..size) };
    let wrong = || {
        let message = "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the \
                       zero-based offsets of the first and last bytes to copy";
        error::invalid_argument(message, "x-amz-copy-source-range", text)
    };
    let (from, to) =
        text.strip_prefix("bytes=").and_then(|text| text.split_once('-')).ok_or_else(wrong)?;
    let (from, to) = (from.parse::<u64>(), to.parse::<u64>());
    let (from, to) = from.ok().zip(to.ok()).filter(|(from, to)| from <= to).ok_or_else(wrong)?;
    if to >= size {
        let message = "Range specified is not valid for source object";
        return Err(error::invalid_argument(message, "x-amz-copy-source-range", text));
    }
    Ok(from..to + 1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ranges_are_cut_to_the_object() {
        for (text, expected) in [
            ("bytes=0-3", Ok(Some(0..4))),
            ("bytes=2-", Ok(Some(2..10))),
            ("bytes=-4", Ok(Some(6..10))),
            ("bytes=-40", Ok(Some(0..10))),
            ("bytes=8-99999999999999999999999", Ok(Some(8..10))),
            ("bytes=10-", Err(())),
            ("bytes=-0", Err(())),
            ("bytes=3-2", Ok(None)),
            ("bytes=0-1,3-4", Ok(None)),
            ("lines=0-1", Ok(None)),
            ("bytes=+1-2", Ok(None)),
            ("bytes=-", Ok(None)),
        ] {
            assert_eq!(read(Some(text), 10).map_err(drop), expected, "{text}");
        }
        assert_eq!(read(Some("bytes=0-0"), 0).map_err(drop), Err(()));
    }

    #[test]
    fn a_range_to_copy_must_lie_within() {
        assert_eq!(of_copy(Some("bytes=2-9"), 10).unwrap(), 2..10);
        assert_eq!(of_copy(None, 10).unwrap(), 0..10);
        for wrong in ["bytes=2-10", "bytes=2-", "bytes=-2", "2-3", "bytes=3-2"] {
            assert!(of_copy(Some(wrong), 10).is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "(bytes=)?[-0-9,]{0,30}", size in 0..20_u64) {
            if let Ok(Some(range)) = read(Some(&text), size) {
                prop_assert!(range.start < range.end && range.end <= size);
            }
            let _ = of_copy(Some(&text), size);
        }
    }
}
