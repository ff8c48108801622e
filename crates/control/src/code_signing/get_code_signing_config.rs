//! `GetCodeSigningConfig`.

use api::{
    Call, Handle,
    lambda::{GetCodeSigningConfig, GetCodeSigningConfigRequest, GetCodeSigningConfigResponse},
};
use wire::ApiError;

use super::render;
use crate::Control;

impl Handle<GetCodeSigningConfig> for Control {
    async fn handle(
        &self,
        call: &Call,
        input: GetCodeSigningConfigRequest,
    ) -> Result<GetCodeSigningConfigResponse, ApiError> {
        let arn = self.signing_arn(call, &input.code_signing_config_arn)?;
        let row = self.signing_config(&arn)?;
        Ok(GetCodeSigningConfigResponse { code_signing_config: render(arn.text, &row.0) })
    }
}
