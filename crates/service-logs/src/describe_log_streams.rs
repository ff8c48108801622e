//! `DescribeLogStreams`.

use std::cmp::Ordering;

use api::logs::{
    DescribeLogStreams, DescribeLogStreamsRequest, DescribeLogStreamsResponse, LogStream, errors,
};
use api::{Call, Handle};
use serde::{Deserialize, Serialize};
use store::StreamInfo;
use wire::ApiError;

use crate::error::unavailable;
use crate::identifier::{group_name, stream_arn};
use crate::{Logs, token};

const MAX_STREAMS: usize = 50;

/// The place of a stream in the order of the answer; the next page begins after it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Place {
    /// The time of its last event, where that is the order; streams without events come first.
    last_ms: Option<i64>,
    name: String,
}

#[derive(Clone, Copy)]
struct Order {
    by_last_event: bool,
    descending: bool,
}

impl Handle<DescribeLogStreams> for Logs {
    async fn handle(
        &self,
        call: &Call,
        input: DescribeLogStreamsRequest,
    ) -> Result<DescribeLogStreamsResponse, ApiError> {
        let group = group_name(call, input.log_group_name, input.log_group_identifier)?;
        let order = Order {
            by_last_event: input.order_by.as_deref() == Some("LastEventTime"),
            descending: input.descending == Some(true),
        };
        if order.by_last_event && input.log_stream_name_prefix.is_some() {
            return Err(errors::invalid_parameter(
                "Cannot order by LastEventTime with a logStreamNamePrefix.",
            ));
        }
        let after = input.next_token.as_deref().map(token::decode::<Place>).transpose()?;
        let limit =
            input.limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(MAX_STREAMS);
        let prefix = input.log_stream_name_prefix.unwrap_or_default();
        let name = self.existing_group(call, &group).await?;
        let streams = self.journal.streams(&name, &prefix).await.map_err(unavailable)?;
        let (page, next) = order.page(streams, after.as_ref(), limit);
        Ok(DescribeLogStreamsResponse {
            log_streams: Some(page.iter().map(|info| described(call, &group, info)).collect()),
            next_token: next.as_ref().map(token::encode),
        })
    }
}

impl Order {
    fn page(
        self,
        mut streams: Vec<StreamInfo>,
        after: Option<&Place>,
        limit: usize,
    ) -> (Vec<StreamInfo>, Option<Place>) {
        streams.sort_by(|a, b| self.compare(&self.place(a), &self.place(b)));
        streams.retain(|stream| {
            after.is_none_or(|after| self.compare(&self.place(stream), after).is_gt())
        });
        let more = streams.len() > limit;
        streams.truncate(limit);
        let next = streams.last().filter(|_| more).map(|last| self.place(last));
        (streams, next)
    }

    fn place(self, stream: &StreamInfo) -> Place {
        let last_ms = if self.by_last_event { stream.last_ms } else { None };
        Place { last_ms, name: stream.name.stream().to_owned() }
    }

    fn compare(self, a: &Place, b: &Place) -> Ordering {
        if self.descending { b.cmp(a) } else { a.cmp(b) }
    }
}

fn described(call: &Call, group: &str, info: &StreamInfo) -> LogStream {
    let name = info.name.stream();
    LogStream {
        log_stream_name: Some(name.to_owned()),
        creation_time: Some(info.created_ms),
        first_event_timestamp: info.first_ms,
        last_event_timestamp: info.last_ms,
        last_ingestion_time: info.last_append_ms,
        // Long out of use, but old clients still expect 56 digits here.
        upload_sequence_token: Some(format!("{:056}", info.entries)),
        arn: Some(stream_arn(call, group, name)),
        // CloudWatch Logs has not told the size of streams since 2019.
        stored_bytes: Some(0),
    }
}
