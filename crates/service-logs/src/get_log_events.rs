//! `GetLogEvents`: the events of one stream, page by page in either direction.
//!
//! Pages follow the order in which events were stored, not their times: an event may be stored
//! after a newer one has been read, and a client that goes on from its forward token must not miss
//! it. Only within a page are events sorted by time.

use api::logs::{GetLogEvents, GetLogEventsRequest, GetLogEventsResponse, OutputLogEvent};
use api::{Call, Handle};
use store::{Direction, Entry, Read, ReadFrom, Sequence, StreamName};
use wire::ApiError;

use crate::Logs;
use crate::error::{invalid_token, unavailable};
use crate::identifier::group_name;
use crate::page::{Chunks, Room, message};

/// A place between two events of a stream and the way to go from there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    direction: Direction,
    sequence: Sequence,
}

impl Handle<GetLogEvents> for Logs {
    async fn handle(
        &self,
        call: &Call,
        input: GetLogEventsRequest,
    ) -> Result<GetLogEventsResponse, ApiError> {
        let place = input.next_token.as_deref().map(Place::parse).transpose()?;
        let group = group_name(call, input.log_group_name, input.log_group_identifier)?;
        let name = self.existing_group(call, &group).await?;
        let stream = self.existing_stream(name, &input.log_stream_name).await?.name;
        let first = if input.start_from_head == Some(true) {
            Direction::Forward
        } else {
            Direction::Backward
        };
        let read = Read {
            from: place.map_or(ReadFrom::Edge, |place| ReadFrom::After(place.sequence)),
            direction: place.map_or(first, |place| place.direction),
            start_ms: input.start_time,
            end_ms: input.end_time,
            limit: 0,
        };
        let mut entries = self.read_page(&stream, read, Room::new(input.limit)).await?;
        let (backward, forward) = around(&entries, place);
        entries.sort_by_key(Entry::position);
        Ok(GetLogEventsResponse {
            events: Some(entries.iter().map(output).collect()),
            next_forward_token: Some(forward.token()),
            next_backward_token: Some(backward.token()),
        })
    }
}

impl Logs {
    /// Reads as many entries as fit an answer and returns them in the order they were stored.
    async fn read_page(
        &self,
        stream: &StreamName,
        mut read: Read,
        mut room: Room,
    ) -> Result<Vec<Entry>, ApiError> {
        let mut page: Vec<Entry> = Vec::new();
        let mut chunks = Chunks::default();
        'full: while room.events() > 0 {
            read.limit = chunks.size().min(room.events());
            let chunk = self.journal.read(stream, read.clone()).await.map_err(unavailable)?;
            let at_end = chunk.len() < read.limit;
            for entry in chunk {
                chunks.saw(&entry);
                if !room.admit(&entry.bytes) {
                    break 'full;
                }
                read.from = ReadFrom::After(entry.sequence);
                page.push(entry);
            }
            if at_end {
                break;
            }
        }
        if read.direction == Direction::Backward {
            page.reverse();
        }
        Ok(page)
    }
}

/// Returns the places before and after a page that was read from `place`.
///
/// An empty page leaves the place where it was, so that at the end of the stream a client gets the
/// token back that it sent.
fn around(page: &[Entry], place: Option<Place>) -> (Place, Place) {
    let (before, after) = match (page, place) {
        ([first, .., last], _) => (first.sequence, last.sequence),
        ([only], _) => (only.sequence, only.sequence),
        ([], None) => (Sequence(0), Sequence(0)),
        ([], Some(Place { direction: Direction::Forward, sequence })) => {
            (Sequence(sequence.0.saturating_add(1)), sequence)
        }
        ([], Some(Place { direction: Direction::Backward, sequence })) => {
            (sequence, Sequence(sequence.0.saturating_sub(1)))
        }
    };
    (
        Place { direction: Direction::Backward, sequence: before },
        Place { direction: Direction::Forward, sequence: after },
    )
}

fn output(entry: &Entry) -> OutputLogEvent {
    OutputLogEvent {
        timestamp: Some(entry.time_ms),
        message: Some(message(entry)),
        ingestion_time: Some(entry.appended_ms),
    }
}

// === impl Place ===

impl Place {
    fn token(self) -> String {
        let way = if self.direction == Direction::Forward { 'f' } else { 'b' };
        format!("{way}/{:056}/s", self.sequence.0)
    }

    fn parse(token: &str) -> Result<Self, ApiError> {
        let (direction, rest) = if let Some(rest) = token.strip_prefix("f/") {
            (Direction::Forward, rest)
        } else if let Some(rest) = token.strip_prefix("b/") {
            (Direction::Backward, rest)
        } else {
            return Err(invalid_token());
        };
        let digits = rest.strip_suffix("/s").filter(|digits| {
            digits.len() == 56 && digits.bytes().all(|digit| digit.is_ascii_digit())
        });
        let number = digits.and_then(|digits| digits.parse().ok());
        // Backends count in 63 bits.
        let number = number.filter(|number| i64::try_from(*number).is_ok());
        Ok(Self { direction, sequence: Sequence(number.ok_or_else(invalid_token)?) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_reads_back_and_nothing_else_is_one() {
        for direction in [Direction::Forward, Direction::Backward] {
            let place = Place { direction, sequence: Sequence(17) };
            assert_eq!(Place::parse(&place.token()), Ok(place));
        }
        let too_large = format!("f/{:056}/s", u64::MAX);
        for token in ["", "f/", "f/17/s", "x/17", &too_large, "f/+1/s"] {
            assert!(Place::parse(token).is_err(), "{token}");
        }
    }
}
