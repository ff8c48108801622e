//! `PutRetentionPolicy`.

use api::logs::{PutRetentionPolicy, PutRetentionPolicyRequest, errors};
use api::{Call, Handle};
use wire::ApiError;

use crate::Logs;

/// The only numbers of days that CloudWatch Logs takes.
const RETENTION_DAYS: [u16; 22] = [
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922,
    3288, 3653,
];

impl Handle<PutRetentionPolicy> for Logs {
    async fn handle(&self, call: &Call, input: PutRetentionPolicyRequest) -> Result<(), ApiError> {
        let days = retention_days(input.retention_in_days)?;
        self.update_group(call, &input.log_group_name, |group| group.retention_days = Some(days))
            .await
    }
}

fn retention_days(days: i32) -> Result<u16, ApiError> {
    let known = RETENTION_DAYS.into_iter().find(|known| i32::from(*known) == days);
    known.ok_or_else(|| {
        let values = RETENTION_DAYS.map(|days| days.to_string()).join(", ");
        errors::invalid_parameter(format!(
            "1 validation error detected: Value '{days}' at 'retentionInDays' failed to satisfy \
             constraint: Member must satisfy enum value set: [{values}]"
        ))
    })
}
