//! `CreateCodeSigningConfig`.

use api::{
    Call, Handle,
    lambda::{
        CodeSigningPolicies, CreateCodeSigningConfig, CreateCodeSigningConfigRequest,
        CreateCodeSigningConfigResponse,
    },
};
use engine::CodeSigningRow;
use model::code_signing::{CodeSigningConfig, Untrusted};
use wire::ApiError;

use super::render;
use crate::{
    Control,
    control::{arrival, region},
    error::Refusal,
    tags::check_count,
};

/// Characters of an id after its prefix (model shape `CodeSigningConfigId`).
const ID_LENGTH: usize = 17;

impl Handle<CreateCodeSigningConfig> for Control {
    async fn handle(
        &self,
        call: &Call,
        input: CreateCodeSigningConfigRequest,
    ) -> Result<CreateCodeSigningConfigResponse, ApiError> {
        Ok(self.create_signing_config(call, input).await?)
    }
}

// === impl Control: CreateCodeSigningConfig ===

impl Control {
    async fn create_signing_config(
        &self,
        call: &Call,
        input: CreateCodeSigningConfigRequest,
    ) -> Result<CreateCodeSigningConfigResponse, Refusal> {
        let region = region(call)?;
        let tags = input.tags.unwrap_or_default();
        check_count(&tags)?;
        let digits = self.parts.ids.next().simple().to_string();
        // The last digits of an id are the random ones.
        let id = format!("csc-{}", &digits[digits.len() - ID_LENGTH..]);
        let config = CodeSigningConfig {
            region: region.clone(),
            id,
            description: input.description.unwrap_or_default(),
            publishers: input.allowed_publishers.signing_profile_version_arns,
            untrusted: input.code_signing_policies.as_ref().and_then(untrusted).unwrap_or_default(),
            last_modified: arrival(call),
            tags,
        };
        let row = CodeSigningRow(config.clone());
        self.parts.registry.code_signing.put(&region, &config.id, &row).await?;
        let arn = self.signing_arn_text(&region, &config.id);
        Ok(CreateCodeSigningConfigResponse { code_signing_config: render(arn, &config) })
    }
}

/// Reads what is to become of code that nobody trusted has signed.
pub(super) fn untrusted(policies: &CodeSigningPolicies) -> Option<Untrusted> {
    policies.untrusted_artifact_on_deployment.as_deref().and_then(Untrusted::from_word)
}

#[cfg(test)]
mod tests {
    use api::lambda::{
        AllowedPublishers, DeleteCodeSigningConfig, DeleteCodeSigningConfigRequest,
        GetCodeSigningConfig, GetCodeSigningConfigRequest, GetFunctionCodeSigningConfig,
        GetFunctionCodeSigningConfigRequest, ListCodeSigningConfigs, ListCodeSigningConfigsRequest,
        ListFunctionsByCodeSigningConfig, ListFunctionsByCodeSigningConfigRequest,
        PutFunctionCodeSigningConfig, PutFunctionCodeSigningConfigRequest, UpdateCodeSigningConfig,
        UpdateCodeSigningConfigRequest,
    };

    use super::*;
    use crate::fixture::{Fixture, call};

    const PROFILE: &str = "arn:aws:signer:us-east-1:000000000000:/signing-profiles/p/0123456789";

    async fn create(fixture: &Fixture) -> String {
        let input = CreateCodeSigningConfigRequest {
            allowed_publishers: AllowedPublishers {
                signing_profile_version_arns: vec![PROFILE.to_owned()],
            },
            ..CreateCodeSigningConfigRequest::default()
        };
        let answer = fixture.control.create_signing_config(&call(), input).await.unwrap();
        let policies = answer.code_signing_config.code_signing_policies;
        assert_eq!(policies.untrusted_artifact_on_deployment.as_deref(), Some("Warn"));
        answer.code_signing_config.code_signing_config_arn
    }

    async fn attach(fixture: &Fixture, function: &str, arn: &str) -> Result<(), ApiError> {
        let input = PutFunctionCodeSigningConfigRequest {
            code_signing_config_arn: arn.to_owned(),
            function_name: function.to_owned(),
        };
        let answer =
            Handle::<PutFunctionCodeSigningConfig>::handle(&fixture.control, &call(), input).await;
        answer.map(|answer| assert_eq!(answer.function_name, function))
    }

    async fn delete(fixture: &Fixture, arn: &str) -> Result<(), ApiError> {
        let code_signing_config_arn = arn.to_owned();
        let input = DeleteCodeSigningConfigRequest { code_signing_config_arn };
        Handle::<DeleteCodeSigningConfig>::handle(&fixture.control, &call(), input)
            .await
            .map(|_| ())
    }

    #[tokio::test]
    async fn what_is_named_changes_and_the_rest_stays() {
        let fixture = Fixture::new().await;
        let arn = create(&fixture).await;
        let update = UpdateCodeSigningConfigRequest {
            code_signing_config_arn: arn.clone(),
            code_signing_policies: Some(CodeSigningPolicies {
                untrusted_artifact_on_deployment: Some("Enforce".to_owned()),
            }),
            ..UpdateCodeSigningConfigRequest::default()
        };
        Handle::<UpdateCodeSigningConfig>::handle(&fixture.control, &call(), update).await.unwrap();
        let get = GetCodeSigningConfigRequest { code_signing_config_arn: arn.clone() };
        let config = Handle::<GetCodeSigningConfig>::handle(&fixture.control, &call(), get)
            .await
            .unwrap()
            .code_signing_config;
        assert_eq!(config.allowed_publishers.signing_profile_version_arns, [PROFILE]);
        let policy = config.code_signing_policies.untrusted_artifact_on_deployment;
        assert_eq!(policy.as_deref(), Some("Enforce"));
        let list = ListCodeSigningConfigsRequest::default();
        let listed =
            Handle::<ListCodeSigningConfigs>::handle(&fixture.control, &call(), list).await;
        assert_eq!(listed.unwrap().code_signing_configs.unwrap().len(), 1);
    }

    #[tokio::test]
    async fn a_configuration_stays_while_a_function_has_it() {
        let fixture = Fixture::new().await;
        fixture.create_active("f").await;
        let arn = create(&fixture).await;
        attach(&fixture, "f", &arn).await.unwrap();
        assert_eq!(delete(&fixture, &arn).await.unwrap_err().code(), "ResourceConflictException");
        let input = ListFunctionsByCodeSigningConfigRequest {
            code_signing_config_arn: arn.clone(),
            ..ListFunctionsByCodeSigningConfigRequest::default()
        };
        let users =
            Handle::<ListFunctionsByCodeSigningConfig>::handle(&fixture.control, &call(), input)
                .await
                .unwrap();
        let f = "arn:aws:lambda:us-east-1:000000000000:function:f";
        assert_eq!(users.function_arns.unwrap(), [f]);
        fixture.delete("f").await;
        delete(&fixture, &arn).await.unwrap();
        let gone = delete(&fixture, &arn).await.unwrap_err();
        let expected = format!("The Lambda code signing configuration {arn} can not be found.");
        assert_eq!((gone.message(), gone.fault()), (Some(expected.as_str()), None));
    }

    #[tokio::test]
    async fn an_unknown_configuration_is_told_before_an_unknown_function() {
        let fixture = Fixture::new().await;
        let arn = "arn:aws:lambda:us-east-1:000000000000:code-signing-config:csc-01234567890123456";
        let refused = attach(&fixture, "f", arn).await.unwrap_err();
        assert_eq!(refused.code(), "CodeSigningConfigNotFoundException");
        let arn = create(&fixture).await;
        let refused = attach(&fixture, "f", &arn).await.unwrap_err();
        assert_eq!(refused.code(), "ResourceNotFoundException");
        fixture.create_active("f").await;
        let get = GetFunctionCodeSigningConfigRequest { function_name: "f".to_owned() };
        let none =
            Handle::<GetFunctionCodeSigningConfig>::handle(&fixture.control, &call(), get).await;
        assert_eq!(none.unwrap().code_signing_config_arn, None);
    }
}
