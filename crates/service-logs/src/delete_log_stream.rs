//! `DeleteLogStream`.

use api::logs::{DeleteLogStream, DeleteLogStreamRequest};
use api::{Call, Handle};
use wire::ApiError;

use crate::Logs;
use crate::error::{no_such_stream, unavailable};

impl Handle<DeleteLogStream> for Logs {
    async fn handle(&self, call: &Call, input: DeleteLogStreamRequest) -> Result<(), ApiError> {
        let group = self.existing_group(call, &input.log_group_name).await?;
        let stream = self.existing_stream(group, &input.log_stream_name).await?;
        // The journal forgets a group with its last stream; a row keeps the log group in being.
        self.update_group(call, &input.log_group_name, |_| ()).await?;
        let deleted = self.journal.delete_stream(&stream.name).await.map_err(unavailable)?;
        if deleted { Ok(()) } else { Err(no_such_stream()) }
    }
}
