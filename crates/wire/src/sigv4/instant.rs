//! `20251125T022654Z` and back.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use time::{Date, Month, OffsetDateTime, PrimitiveDateTime, Time};

/// Reads the text of `X-Amz-Date`.
pub(super) fn parse(text: &str) -> Option<SystemTime> {
    let bytes = text.as_bytes();
    if bytes.len() != 16 || bytes[8] != b'T' || bytes[15] != b'Z' {
        return None;
    }
    let number = |from: usize, to: usize| {
        let digits = bytes.get(from..to)?;
        digits.iter().try_fold(0_u16, |n, digit| {
            digit.is_ascii_digit().then(|| n * 10 + u16::from(digit - b'0'))
        })
    };
    let small = |from: usize| number(from, from + 2).and_then(|n| u8::try_from(n).ok());
    let year = i32::from(number(0, 4)?);
    let date = Date::from_calendar_date(year, Month::try_from(small(4)?).ok()?, small(6)?).ok()?;
    let time = Time::from_hms(small(9)?, small(11)?, small(13)?).ok()?;
    let seconds = PrimitiveDateTime::new(date, time).assume_utc().unix_timestamp();
    let since_epoch = Duration::from_secs(u64::try_from(seconds).ok()?);
    UNIX_EPOCH.checked_add(since_epoch)
}

/// Writes a moment as `X-Amz-Date` does.
pub(super) fn format(moment: SystemTime) -> String {
    let moment = OffsetDateTime::from(moment);
    format!(
        "{:04}{:02}{:02}T{:02}{:02}{:02}Z",
        moment.year(),
        u8::from(moment.month()),
        moment.day(),
        moment.hour(),
        moment.minute(),
        moment.second()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back() {
        let moment = UNIX_EPOCH + Duration::from_secs(1_764_037_614);
        assert_eq!(format(moment), "20251125T022654Z");
        assert_eq!(parse("20251125T022654Z"), Some(moment));
    }

    #[test]
    fn no_other_form_is_read() {
        for text in [
            "",
            "20251125T022654",
            "2025-11-25T02:26:54Z",
            "20251325T022654Z",
            "20251125T252654Z",
            "2025112ST022654Z",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
