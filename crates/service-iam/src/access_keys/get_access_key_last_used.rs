//! `GetAccessKeyLastUsed`: since the server started.

use api::iam::{
    AccessKeyLastUsed, GetAccessKeyLastUsed, GetAccessKeyLastUsedRequest,
    GetAccessKeyLastUsedResponse,
};
use api::{Call, Handle};
use wire::ApiError;

use crate::Iam;
use crate::error::no_such_key;

impl Handle<GetAccessKeyLastUsed> for Iam {
    async fn handle(
        &self,
        _: &Call,
        input: GetAccessKeyLastUsedRequest,
    ) -> Result<GetAccessKeyLastUsedResponse, ApiError> {
        let id = &input.access_key_id;
        let (user, _) = self.directory.access_key(id).ok_or_else(|| no_such_key(id))?;
        let unknown = || "N/A".to_owned();
        let last = match self.directory.usage().last(id) {
            Some(last) => AccessKeyLastUsed {
                last_used_date: Some(wire::Timestamp::from_epoch_ms(last.at_ms)),
                service_name: last.service,
                region: last.region,
            },
            None => AccessKeyLastUsed {
                last_used_date: None,
                service_name: unknown(),
                region: unknown(),
            },
        };
        Ok(GetAccessKeyLastUsedResponse {
            user_name: Some(user.name.clone()),
            access_key_last_used: Some(last),
        })
    }
}
