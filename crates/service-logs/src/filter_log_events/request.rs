//! What a `FilterLogEvents` request asks for.

use std::time::Duration;

use api::Call;
use api::logs::{FilterLogEventsRequest, errors};
use serde::{Deserialize, Serialize};
use store::{Direction, Entry, Position, Scan, Streams};
use wire::ApiError;

use crate::identifier::group_name;
use crate::pattern::Pattern;
use crate::token;

/// 2024-01-01T00:00:00Z in milliseconds since the epoch; no search goes backward before it.
const FIRST_BACKWARD_MS: i64 = 1_704_067_200_000;

/// A search through the events of a group.
#[derive(Debug)]
pub(super) struct Search {
    pub(super) group: String,
    pub(super) place: Place,
    streams: Streams,
    start_ms: Option<i64>,
    end_ms: Option<i64>,
    pattern: Pattern,
}

/// Where a search is, which is what its tokens hold.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Place {
    /// The event that was looked at last.
    pub(super) after: Option<Position>,
    /// When the search began.
    horizon_ms: i64,
    /// Whether it goes from newer events to older ones.
    backward: bool,
}

impl Place {
    pub(super) fn moved_to(self, after: Position) -> Self {
        Self { after: Some(after), ..self }
    }
}

impl Search {
    pub(super) fn from_request(
        call: &Call,
        input: FilterLogEventsRequest,
        now_ms: i64,
    ) -> Result<Self, ApiError> {
        let backward = input.start_from_head == Some(false);
        if backward && input.start_time.is_some_and(|start_ms| start_ms < FIRST_BACKWARD_MS) {
            return Err(errors::invalid_parameter(
                "startFromHead can be false only when startTime is on or after Jan 1, 2024 00:00:00 UTC.",
            ));
        }
        let pattern = input.filter_pattern.unwrap_or_default().parse();
        let pattern = pattern.map_err(|_| errors::invalid_parameter("Invalid filter pattern"))?;
        let place = match input.next_token {
            Some(token) => token::decode(&token)?,
            None => Place { after: None, horizon_ms: now_ms, backward },
        };
        Ok(Self {
            group: group_name(call, input.log_group_name, input.log_group_identifier)?,
            place,
            streams: streams(input.log_stream_names, input.log_stream_name_prefix)?,
            start_ms: input.start_time,
            // Here, unlike in GetLogEvents, events at the end of the span are part of it.
            end_ms: input.end_time.map(|end_ms| end_ms.saturating_add(1)),
            pattern,
        })
    }

    /// Tells whether this is a first page that may hold events that are not stored yet.
    pub(super) fn reaches_the_present(&self, settle: Duration) -> bool {
        let settle_ms = i64::try_from(settle.as_millis()).unwrap_or(i64::MAX);
        let settled_ms = self.place.horizon_ms.saturating_sub(settle_ms);
        self.place.after.is_none() && self.end_ms.is_none_or(|end_ms| end_ms > settled_ms)
    }

    /// Returns what the journal is asked for, except where to begin and how much to return.
    pub(super) fn scan(&self) -> Scan {
        Scan {
            streams: self.streams.clone(),
            direction: if self.place.backward { Direction::Backward } else { Direction::Forward },
            start_ms: self.start_ms,
            end_ms: self.end_ms,
            ..Scan::default()
        }
    }

    pub(super) fn named_streams(&self) -> &[String] {
        match &self.streams {
            Streams::Named(names) => names,
            Streams::All | Streams::Prefix(_) => &[],
        }
    }

    /// Tells whether an event belongs to the answer.
    pub(super) fn wants(&self, entry: &Entry) -> bool {
        let horizon_ms = self.place.horizon_ms;
        // What was stored before the horizon is told even when its writer stamped it with the future.
        (entry.time_ms < horizon_ms || entry.appended_ms <= horizon_ms) && self.matches(entry)
    }

    fn matches(&self, entry: &Entry) -> bool {
        let message = String::from_utf8_lossy(&entry.bytes);
        // `$` of a regular expression means the end of the line, which functions write with it.
        self.pattern.matches(message.trim_end_matches('\n'))
    }
}

fn streams(names: Option<Vec<String>>, prefix: Option<String>) -> Result<Streams, ApiError> {
    match (names, prefix) {
        (Some(_), Some(_)) => Err(errors::invalid_parameter(
            "logStreamNames and logStreamNamePrefix are mutually exclusive parameters.",
        )),
        (Some(names), None) => Ok(Streams::Named(names)),
        (None, Some(prefix)) => Ok(Streams::Prefix(prefix)),
        (None, None) => Ok(Streams::All),
    }
}
