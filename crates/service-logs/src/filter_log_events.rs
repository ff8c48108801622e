//! `FilterLogEvents`: the events of many streams in order of their times.
//!
//! Events come from many writers, so an event may be stored after a newer one of another stream.
//! Whoever follows a group asks for what came after the newest event seen (`aws logs tail --follow`
//! does, every five seconds, and drops the repeated ones by their ids), and would never see such a
//! latecomer. Therefore an answer tells what had happened when its first page was asked for: before
//! it reads up to the present it waits until writers have stored what they hold, and it leaves out
//! what happened meanwhile. That moment, the *horizon*, travels in the token, so that later pages
//! need not wait and a busy group does not make paging endless. Within it a page goes on from the
//! exact place in the order where the last one ended: nothing is missed or repeated.

mod request;

use api::logs::{
    FilterLogEvents, FilterLogEventsRequest, FilterLogEventsResponse, FilteredLogEvent,
};
use api::{Call, Handle};
use store::{Entry, GroupName, Position, Scan, ScannedEntry, StreamName};
use wire::ApiError;

use self::request::Search;
use crate::error::{no_such_stream, unavailable};
use crate::page::{Chunks, Room, message};
use crate::{Logs, token};

/// How much one call looks through before it answers with what it has found so far.
const MAX_SCANNED_BYTES: usize = 8 * 1024 * 1024;
const MAX_SCANNED_ENTRIES: usize = 20_000;

/// What one page has.
struct Page {
    found: Vec<ScannedEntry>,
    /// Where to go on; `None` when everything has been looked through.
    next: Option<Position>,
}

impl Handle<FilterLogEvents> for Logs {
    async fn handle(
        &self,
        call: &Call,
        input: FilterLogEventsRequest,
    ) -> Result<FilterLogEventsResponse, ApiError> {
        let room = Room::new(input.limit);
        let search = Search::from_request(call, input, self.clock.now_ms())?;
        if search.reaches_the_present(self.settle) {
            tokio::time::sleep(self.settle).await;
        }
        let group = self.existing_group(call, &search.group).await?;
        self.check_streams(&group, &search).await?;
        let page = self.search_page(&group, &search, room).await?;
        let next = page.next.map(|after| search.place.moved_to(after));
        Ok(FilterLogEventsResponse {
            events: Some(page.found.iter().map(output).collect()),
            // Always empty, as it has been on AWS since 2020.
            searched_log_streams: Some(Vec::new()),
            next_token: next.as_ref().map(token::encode),
        })
    }
}

impl Logs {
    async fn check_streams(&self, group: &GroupName, search: &Search) -> Result<(), ApiError> {
        for stream in search.named_streams() {
            let name = StreamName::new(group.clone(), stream).map_err(|_| no_such_stream())?;
            let found = self.journal.stream(&name).await.map_err(unavailable)?;
            found.ok_or_else(no_such_stream)?;
        }
        Ok(())
    }

    async fn search_page(
        &self,
        group: &GroupName,
        search: &Search,
        mut room: Room,
    ) -> Result<Page, ApiError> {
        let mut page = Page { found: Vec::new(), next: search.place.after };
        let mut chunks = Chunks::default();
        loop {
            let limit = chunks.size();
            let scan = Scan { after: page.next, limit, ..search.scan() };
            let chunk = self.journal.scan(group, scan).await.map_err(unavailable)?;
            let at_end = chunk.len() < limit;
            for scanned in chunk {
                chunks.saw(&scanned.entry);
                let position = scanned.entry.position();
                if search.wants(&scanned.entry) {
                    if !room.admit(&scanned.entry.bytes) {
                        return Ok(page);
                    }
                    page.found.push(scanned);
                }
                page.next = Some(position);
            }
            if at_end {
                return Ok(Page { next: None, ..page });
            }
            let enough = chunks.entries() >= MAX_SCANNED_ENTRIES
                || chunks.bytes() >= MAX_SCANNED_BYTES
                || room.events() == 0;
            if enough {
                return Ok(page);
            }
        }
    }
}

fn output(scanned: &ScannedEntry) -> FilteredLogEvent {
    let entry = &scanned.entry;
    FilteredLogEvent {
        log_stream_name: Some(scanned.stream.to_string()),
        timestamp: Some(entry.time_ms),
        message: Some(message(entry)),
        ingestion_time: Some(entry.appended_ms),
        event_id: Some(event_id(entry)),
    }
}

/// Makes 56 digits of an event's place, which is its own forever.
fn event_id(entry: &Entry) -> String {
    format!("{:020}{:036}", entry.time_ms, entry.sequence.0)
}
