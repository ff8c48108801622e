//! `DescribeKey`.

use api::{
    Call, Handle,
    kms::{DescribeKey, DescribeKeyRequest, DescribeKeyResponse},
};
use wire::ApiError;

use crate::Kms;

impl Handle<DescribeKey> for Kms {
    async fn handle(
        &self,
        call: &Call,
        input: DescribeKeyRequest,
    ) -> Result<DescribeKeyResponse, ApiError> {
        let key = self.key(call, &input.key_id).await?;
        Ok(DescribeKeyResponse { key_metadata: Some(key.show(&self.keyring.account)) })
    }
}
