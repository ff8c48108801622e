//! `GetAccessKeyInfo`: which account does a key belong to?

use api::sts::{GetAccessKeyInfo, GetAccessKeyInfoRequest, GetAccessKeyInfoResponse};
use api::{Call, Handle};
use wire::ApiError;

use crate::Sts;

impl Handle<GetAccessKeyInfo> for Sts {
    async fn handle(
        &self,
        call: &Call,
        _: GetAccessKeyInfoRequest,
    ) -> Result<GetAccessKeyInfoResponse, ApiError> {
        // There is one account, and AWS does not tell whether the key exists either.
        Ok(GetAccessKeyInfoResponse { account: Some(call.account_id.to_string()) })
    }
}
