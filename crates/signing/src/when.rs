//! Times in signatures: `GeneralizedTime` with or without fractions of a second, and `UTCTime`.

use der::{Tag, Tagged, asn1::Any};
use time::{
    Duration, OffsetDateTime, PrimitiveDateTime, format_description::BorrowedFormatItem,
    macros::format_description,
};

const SECONDS: &[BorrowedFormatItem<'_>] =
    format_description!("[year][month][day][hour][minute][second]");
const MILLISECONDS: &[BorrowedFormatItem<'_>] =
    format_description!("[year][month][day][hour][minute][second].[subsecond digits:3]Z");
const CENTURY: [&str; 2] = ["20", "19"];

/// Reads a time as milliseconds since the Unix epoch.
pub(crate) fn read(value: &Any) -> Option<i64> {
    let text = str::from_utf8(value.value()).ok()?.strip_suffix('Z')?;
    let text = match value.tag() {
        Tag::GeneralizedTime => text.to_owned(),
        Tag::UtcTime => {
            let year: u8 = text.get(..2)?.parse().ok()?;
            format!("{}{text}", CENTURY[usize::from(year >= 50)])
        }
        _ => return None,
    };
    let (seconds, fraction) = text.split_once('.').unwrap_or((&text, "0"));
    let time = PrimitiveDateTime::parse(seconds, SECONDS).ok()?.assume_utc();
    let digits =
        fraction.get(..fraction.len().min(3)).filter(|d| d.bytes().all(|b| b.is_ascii_digit()))?;
    let milliseconds = format!("{digits:0<3}").parse().ok()?;
    let time = time.checked_add(Duration::milliseconds(milliseconds))?;
    i64::try_from(time.unix_timestamp_nanos() / 1_000_000).ok()
}

/// Writes a time as the signer does.
pub(crate) fn write(epoch_ms: i64) -> Option<Any> {
    let time = OffsetDateTime::UNIX_EPOCH.checked_add(Duration::milliseconds(epoch_ms))?;
    let text = time.format(MILLISECONDS).ok()?;
    Any::new(Tag::GeneralizedTime, text.into_bytes()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn any(tag: Tag, text: &str) -> Any {
        Any::new(tag, text.as_bytes()).unwrap()
    }

    #[test]
    fn all_spellings_are_read() {
        let time = Tag::GeneralizedTime;
        assert_eq!(read(&any(time, "19700101000001Z")), Some(1000));
        assert_eq!(read(&any(time, "19700101000001.25Z")), Some(1250));
        assert_eq!(read(&any(time, "19700101000001.123456Z")), Some(1123));
        assert_eq!(read(&any(Tag::UtcTime, "700101000001Z")), Some(1000));
        for bad in ["19700101000001", "19701301000001Z", "1970010100000é.Z", "19700101000001.é0Z"]
        {
            assert_eq!(read(&any(time, bad)), None, "{bad}");
        }
        assert_eq!(read(&write(1_764_037_614_123).unwrap()), Some(1_764_037_614_123));
    }
}
