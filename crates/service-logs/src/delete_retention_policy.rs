//! `DeleteRetentionPolicy`.

use api::logs::{DeleteRetentionPolicy, DeleteRetentionPolicyRequest};
use api::{Call, Handle};
use wire::ApiError;

use crate::Logs;

impl Handle<DeleteRetentionPolicy> for Logs {
    async fn handle(
        &self,
        call: &Call,
        input: DeleteRetentionPolicyRequest,
    ) -> Result<(), ApiError> {
        self.update_group(call, &input.log_group_name, |group| group.retention_days = None).await
    }
}
