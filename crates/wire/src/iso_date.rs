//! Moments as dates, for answers in XML: `#[serde(serialize_with = "wire::iso_date::serialize")]`.

use serde::{Serialize, Serializer, ser::Error};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::Timestamp;

/// Writes a moment to the second, as `2025-11-25T02:26:54Z`.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands the field over as it is")]
pub fn serialize<S: Serializer>(moment: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    let seconds = moment.epoch_ms().div_euclid(1000);
    let date = OffsetDateTime::from_unix_timestamp(seconds).map_err(S::Error::custom)?;
    date.format(&Rfc3339).map_err(S::Error::custom)?.serialize(serializer)
}

/// The same for a moment that may be absent.
pub mod option {
    use super::{Serializer, Timestamp};

    /// Writes the moment if there is one.
    #[expect(clippy::ref_option, reason = "serde hands the field over as it is")]
    pub fn serialize<S: Serializer>(
        moment: &Option<Timestamp>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match moment {
            Some(moment) => super::serialize(moment, serializer),
            None => serializer.serialize_none(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize)]
    struct Answer {
        #[serde(serialize_with = "option::serialize", skip_serializing_if = "Option::is_none")]
        at: Option<Timestamp>,
    }

    #[test]
    fn moments_are_dates_to_the_second() {
        let text = |at| serde_json::to_string(&Answer { at }).unwrap();
        let moment = Timestamp::from_epoch_ms(1_764_037_614_999);
        assert_eq!(text(Some(moment)), r#"{"at":"2025-11-25T02:26:54Z"}"#);
        assert_eq!(text(None), "{}");
    }
}
