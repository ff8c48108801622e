//! `PutFunctionRecursionConfig`.

use api::{
    Call, Handle, Operation,
    lambda::{
        PutFunctionRecursionConfig, PutFunctionRecursionConfigRequest,
        PutFunctionRecursionConfigResponse,
    },
};
use model::function::RecursiveLoop;
use wire::ApiError;

use crate::{
    Control,
    error::{Refusal, not_changed},
};

impl Handle<PutFunctionRecursionConfig> for Control {
    async fn handle(
        &self,
        call: &Call,
        input: PutFunctionRecursionConfigRequest,
    ) -> Result<PutFunctionRecursionConfigResponse, ApiError> {
        Ok(self.put_recursion(call, &input).await?)
    }
}

// === impl Control: PutFunctionRecursionConfig ===

impl Control {
    async fn put_recursion(
        &self,
        call: &Call,
        input: &PutFunctionRecursionConfigRequest,
    ) -> Result<PutFunctionRecursionConfigResponse, Refusal> {
        let spec = PutFunctionRecursionConfig::SPEC;
        let arn = self.address_function(call, spec, &input.function_name)?;
        // The service model permits these two words only.
        let wanted = RecursiveLoop::from_word(&input.recursive_loop).unwrap_or_default();
        let changed = self.parts.functions.change(&arn.region, &arn.name, |function| {
            function.recursive_loop = wanted;
            Ok::<_, Refusal>(())
        });
        changed.await.map_err(|error| not_changed(error, &arn))?;
        let recursive_loop = Some(wanted.as_str().to_owned());
        Ok(PutFunctionRecursionConfigResponse { recursive_loop })
    }
}

#[cfg(test)]
mod tests {
    use api::lambda::{GetFunctionRecursionConfig, GetFunctionRecursionConfigRequest};

    use super::*;
    use crate::fixture::{Fixture, call};

    async fn get(fixture: &Fixture) -> Option<String> {
        let input = GetFunctionRecursionConfigRequest { function_name: "f".to_owned() };
        Handle::<GetFunctionRecursionConfig>::handle(&fixture.control, &call(), input)
            .await
            .unwrap()
            .recursive_loop
    }

    #[tokio::test]
    async fn loops_are_terminated_unless_they_are_allowed() {
        let fixture = Fixture::new().await;
        fixture.create_active("f").await;
        assert_eq!(get(&fixture).await.as_deref(), Some("Terminate"));
        let put = |function: &str| PutFunctionRecursionConfigRequest {
            function_name: function.to_owned(),
            recursive_loop: "Allow".to_owned(),
        };
        fixture.control.put_recursion(&call(), &put("f")).await.unwrap();
        assert_eq!(get(&fixture).await.as_deref(), Some("Allow"));
        let missing = fixture.control.put_recursion(&call(), &put("g")).await;
        assert!(matches!(missing, Err(Refusal::FunctionNotFound(_))));
    }
}
