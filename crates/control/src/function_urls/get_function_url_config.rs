//! `GetFunctionUrlConfig`.

use api::{
    Call, Handle, Operation,
    lambda::{GetFunctionUrlConfig, GetFunctionUrlConfigRequest, GetFunctionUrlConfigResponse},
};
use wire::ApiError;

use super::{UrlRefusal, config::render_whole};
use crate::{Control, error::Refusal};

impl Handle<GetFunctionUrlConfig> for Control {
    async fn handle(
        &self,
        call: &Call,
        input: GetFunctionUrlConfigRequest,
    ) -> Result<GetFunctionUrlConfigResponse, ApiError> {
        Ok(self.get_url(call, &input)?)
    }
}

// === impl Control: GetFunctionUrlConfig ===

impl Control {
    fn get_url(
        &self,
        call: &Call,
        input: &GetFunctionUrlConfigRequest,
    ) -> Result<GetFunctionUrlConfigResponse, Refusal> {
        let spec = GetFunctionUrlConfig::SPEC;
        let arn = self.address(call, spec, &input.function_name, input.qualifier.as_deref())?;
        let url = self.qualified(&arn).and_then(|found| found.attached.url);
        let shown = render_whole(self.url_base(call), &arn, &url.ok_or(UrlRefusal::NoUrl)?);
        Ok(GetFunctionUrlConfigResponse {
            function_url: shown.function_url,
            function_arn: shown.function_arn,
            auth_type: shown.auth_type,
            cors: shown.cors,
            creation_time: shown.creation_time,
            last_modified_time: shown.last_modified_time,
            invoke_mode: shown.invoke_mode,
        })
    }
}
