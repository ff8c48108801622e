//! `DeleteLogGroup`.

use api::logs::{DeleteLogGroup, DeleteLogGroupRequest};
use api::{Call, Handle};
use store::Expect;
use wire::ApiError;

use crate::Logs;
use crate::error::unavailable;
use crate::groups::Group;

impl Handle<DeleteLogGroup> for Logs {
    async fn handle(&self, call: &Call, input: DeleteLogGroupRequest) -> Result<(), ApiError> {
        let name = self.existing_group(call, &input.log_group_name).await?;
        // The row goes last: stopped in between, the group is still there to be deleted again.
        self.journal.delete_group(&name).await.map_err(unavailable)?;
        let key = Group::key(&call.region, &input.log_group_name);
        self.groups.delete(&key, Expect::Any).await.map(drop).map_err(unavailable)
    }
}
