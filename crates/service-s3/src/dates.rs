//! Dates as S3 writes them.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

const ISO: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");

/// Writes a moment as XML has it.
pub(crate) fn iso(ms: i64) -> String {
    // A date that cannot be written is one that no clock shows.
    OffsetDateTime::from(moment(ms)).format(ISO).unwrap_or_default()
}

/// Writes a moment as headers have it.
pub(crate) fn http(ms: i64) -> String {
    httpdate::fmt_http_date(moment(ms))
}

fn moment(ms: i64) -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(u64::try_from(ms).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_moment_in_both_forms() {
        assert_eq!(iso(1_764_037_614_123), "2025-11-25T02:26:54.123Z");
        assert_eq!(http(1_764_037_614_123), "Tue, 25 Nov 2025 02:26:54 GMT");
    }
}
