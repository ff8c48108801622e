//! `GetFunctionRecursionConfig`.

use api::{
    Call, Handle, Operation,
    lambda::{
        GetFunctionRecursionConfig, GetFunctionRecursionConfigRequest,
        GetFunctionRecursionConfigResponse,
    },
};
use wire::ApiError;

use crate::{Control, error::Refusal};

impl Handle<GetFunctionRecursionConfig> for Control {
    async fn handle(
        &self,
        call: &Call,
        input: GetFunctionRecursionConfigRequest,
    ) -> Result<GetFunctionRecursionConfigResponse, ApiError> {
        Ok(self.get_recursion(call, &input)?)
    }
}

// === impl Control: GetFunctionRecursionConfig ===

impl Control {
    fn get_recursion(
        &self,
        call: &Call,
        input: &GetFunctionRecursionConfigRequest,
    ) -> Result<GetFunctionRecursionConfigResponse, Refusal> {
        let spec = GetFunctionRecursionConfig::SPEC;
        let arn = self.address_function(call, spec, &input.function_name)?;
        let function = self.find(&arn)?;
        let recursive_loop = Some(function.recursive_loop.as_str().to_owned());
        Ok(GetFunctionRecursionConfigResponse { recursive_loop })
    }
}
