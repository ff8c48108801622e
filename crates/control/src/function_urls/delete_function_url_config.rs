//! `DeleteFunctionUrlConfig`.

use api::{
    Call, Handle, Operation,
    lambda::{DeleteFunctionUrlConfig, DeleteFunctionUrlConfigRequest},
};
use wire::ApiError;

use super::UrlRefusal;
use crate::{Control, error::Refusal, qualified::not_attached};

impl Handle<DeleteFunctionUrlConfig> for Control {
    async fn handle(
        &self,
        call: &Call,
        input: DeleteFunctionUrlConfigRequest,
    ) -> Result<(), ApiError> {
        Ok(self.delete_url(call, &input).await?)
    }
}

// === impl Control: DeleteFunctionUrlConfig ===

impl Control {
    async fn delete_url(
        &self,
        call: &Call,
        input: &DeleteFunctionUrlConfigRequest,
    ) -> Result<(), Refusal> {
        let spec = DeleteFunctionUrlConfig::SPEC;
        let arn = self.address(call, spec, &input.function_name, input.qualifier.as_deref())?;
        let changed = self.change_attached(&arn, |attached, _| {
            attached.url.take().ok_or(UrlRefusal::NoUrl)?;
            Ok(())
        });
        let missing = || UrlRefusal::NoUrl.into();
        changed.await.map_err(|error| not_attached(error, missing))?;
        Ok(())
    }
}
