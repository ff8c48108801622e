//! `CreateLogStream`.

use api::logs::{CreateLogStream, CreateLogStreamRequest, errors};
use api::{Call, Handle};
use store::StreamName;
use wire::ApiError;

use crate::Logs;
use crate::error::{stream_exists, unavailable};

impl Handle<CreateLogStream> for Logs {
    async fn handle(&self, call: &Call, input: CreateLogStreamRequest) -> Result<(), ApiError> {
        let group = self.existing_group(call, &input.log_group_name).await?;
        let name = StreamName::new(group, &input.log_stream_name)
            .map_err(|error| errors::invalid_parameter(error.to_string()))?;
        if self.journal.stream(&name).await.map_err(unavailable)?.is_some() {
            return Err(stream_exists());
        }
        // Of two calls at the same moment both may succeed: one stream is created all the same.
        self.journal.append(&name, Vec::new()).await.map(drop).map_err(unavailable)
    }
}
