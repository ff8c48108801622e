//! `GetFunctionConfiguration`.

use api::{
    Call, Handle, Operation,
    lambda::{FunctionConfiguration, GetFunctionConfiguration, GetFunctionConfigurationRequest},
};
use wire::ApiError;

use crate::{Control, error::Refusal};

impl Handle<GetFunctionConfiguration> for Control {
    async fn handle(
        &self,
        call: &Call,
        input: GetFunctionConfigurationRequest,
    ) -> Result<FunctionConfiguration, ApiError> {
        Ok(self.get_function_configuration(call, &input)?)
    }
}

// === impl Control: GetFunctionConfiguration ===

impl Control {
    fn get_function_configuration(
        &self,
        call: &Call,
        input: &GetFunctionConfigurationRequest,
    ) -> Result<FunctionConfiguration, Refusal> {
        let spec = GetFunctionConfiguration::SPEC;
        let arn = self.address(call, spec, &input.function_name, input.qualifier.as_deref())?;
        let version = self.version(&self.find(&arn)?, &arn)?;
        Ok(self.render(call, &arn, &version))
    }
}

#[cfg(test)]
mod tests {
    use model::function::FunctionState;

    use super::*;
    use crate::fixture::{Fixture, call, text};

    fn of(name: &str, qualifier: Option<&str>) -> GetFunctionConfigurationRequest {
        GetFunctionConfigurationRequest {
            function_name: name.to_owned(),
            qualifier: qualifier.map(str::to_owned),
        }
    }

    #[tokio::test]
    async fn the_state_goes_from_pending_to_active() {
        let fixture = Fixture::new().await;
        fixture.create("f").await;
        let get = || fixture.control.get_function_configuration(&call(), &of("f", None)).unwrap();
        let pending = get();
        assert_eq!(pending.state.as_deref(), Some("Pending"));
        assert_eq!(pending.last_update_status, None);
        fixture.settle().await;
        let active = get();
        assert_eq!(active.state.as_deref(), Some("Active"));
        assert_eq!(active.state_reason, None);
        assert_eq!(active.last_update_status.as_deref(), Some("Successful"));
        assert_ne!(active.revision_id, pending.revision_id);
    }

    #[tokio::test]
    async fn the_arn_is_qualified_as_the_question_was() {
        let fixture = Fixture::new().await;
        fixture.create_active("f").await;
        let arn = |qualifier| {
            let answer = fixture.control.get_function_configuration(&call(), &of("f", qualifier));
            answer.unwrap().function_arn.unwrap()
        };
        assert_eq!(arn(None), "arn:aws:lambda:us-east-1:000000000000:function:f");
        assert_eq!(
            arn(Some("$LATEST")),
            "arn:aws:lambda:us-east-1:000000000000:function:f:$LATEST"
        );
    }

    #[tokio::test]
    async fn what_is_not_there_is_named_as_it_was_asked_for() {
        let fixture = Fixture::new().await;
        fixture.create_active("f").await;
        let control = &fixture.control;
        let refused = |name: &str, qualifier| {
            text(control.get_function_configuration(&call(), &of(name, qualifier)))
        };
        let arn = "Function not found: arn:aws:lambda:us-east-1:000000000000:function";
        assert_eq!(refused("g", None), format!("{arn}:g"));
        assert_eq!(refused("g", Some("live")), format!("{arn}:g:live"));
        assert_eq!(refused("f", Some("1")), format!("{arn}:f:1"));
        assert_eq!(refused("f:live", None), format!("{arn}:f:live"));
    }

    #[tokio::test]
    async fn a_failed_creation_says_why() {
        let fixture = Fixture::new().await;
        fixture.create("f").await;
        let trouble =
            model::function::Trouble { code: "InternalError".into(), reason: "no disk".into() };
        fixture
            .change("f", |function| {
                function.latest.readiness.state = FunctionState::Failed(trouble.clone());
            })
            .await;
        let answer = fixture.control.get_function_configuration(&call(), &of("f", None)).unwrap();
        assert_eq!(answer.state.as_deref(), Some("Failed"));
        assert_eq!(answer.state_reason.as_deref(), Some("no disk"));
        assert_eq!(answer.state_reason_code.as_deref(), Some("InternalError"));
    }
}
