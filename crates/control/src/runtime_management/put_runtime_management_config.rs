//! `PutRuntimeManagementConfig`.

use api::{
    Call, Handle, Operation,
    lambda::{
        PutRuntimeManagementConfig, PutRuntimeManagementConfigRequest,
        PutRuntimeManagementConfigResponse,
    },
};
use model::{FunctionArn, function::RuntimeUpdates, names::Qualifier};
use wire::ApiError;

use super::RuntimeManagementRefusal;
use crate::{Control, error::Refusal, qualified::not_attached};

impl Handle<PutRuntimeManagementConfig> for Control {
    async fn handle(
        &self,
        call: &Call,
        input: PutRuntimeManagementConfigRequest,
    ) -> Result<PutRuntimeManagementConfigResponse, ApiError> {
        Ok(self.put_runtime_management(call, &input).await?)
    }
}

// === impl Control: PutRuntimeManagementConfig ===

impl Control {
    async fn put_runtime_management(
        &self,
        call: &Call,
        input: &PutRuntimeManagementConfigRequest,
    ) -> Result<PutRuntimeManagementConfigResponse, Refusal> {
        let spec = PutRuntimeManagementConfig::SPEC;
        let arn = self.address(call, spec, &input.function_name, input.qualifier.as_deref())?;
        if let Some(Qualifier::Alias(_)) = arn.qualifier {
            return Err(RuntimeManagementRefusal::Alias.into());
        }
        let updates = wanted(input)?;
        if self.version(&self.find(&arn)?, &arn)?.settings.image().is_some() {
            return Err(RuntimeManagementRefusal::Image.into());
        }
        if let RuntimeUpdates::Manual(version_arn) = &updates {
            self.check_runtime_version(&arn, version_arn)?;
        }
        let changed = self.change_attached(&arn, |attached, _| {
            attached.runtime_updates = Some(updates.clone());
            Ok(())
        });
        let missing = || Refusal::FunctionNotFound(arn.to_string());
        changed.await.map_err(|error| not_attached(error, missing))?;
        Ok(PutRuntimeManagementConfigResponse {
            update_runtime_on: updates.as_str().to_owned(),
            function_arn: arn.to_string(),
            runtime_version_arn: input.runtime_version_arn.clone(),
        })
    }

    /// A machine has one version of each runtime, so a function can stay at that one only.
    fn check_runtime_version(&self, arn: &FunctionArn, wanted: &str) -> Result<(), Refusal> {
        let version = self.version(&self.find(arn)?, arn)?;
        let config = self.runtime_version(arn, &version.settings);
        let current = config.and_then(|config| config.runtime_version_arn);
        if current.as_deref() != Some(wanted) {
            return Err(RuntimeManagementRefusal::UnknownVersion(wanted.to_owned()).into());
        }
        Ok(())
    }
}

fn wanted(input: &PutRuntimeManagementConfigRequest) -> Result<RuntimeUpdates, Refusal> {
    match (input.update_runtime_on.as_str(), &input.runtime_version_arn) {
        ("Manual", Some(arn)) => Ok(RuntimeUpdates::Manual(arn.clone())),
        ("Manual", None) => Err(RuntimeManagementRefusal::NoVersion.into()),
        (_, Some(_)) => Err(RuntimeManagementRefusal::NeedlessVersion.into()),
        ("FunctionUpdate", None) => Ok(RuntimeUpdates::FunctionUpdate),
        (_, None) => Ok(RuntimeUpdates::Auto),
    }
}

#[cfg(test)]
mod tests {
    use api::lambda::GetRuntimeManagementConfigRequest;

    use super::*;
    use crate::fixture::{Fixture, call, text};

    fn put(mode: &str, version: Option<&str>) -> PutRuntimeManagementConfigRequest {
        PutRuntimeManagementConfigRequest {
            function_name: "f".to_owned(),
            qualifier: None,
            update_runtime_on: mode.to_owned(),
            runtime_version_arn: version.map(str::to_owned),
        }
    }

    fn get(fixture: &Fixture, qualifier: Option<&str>) -> (Option<String>, Option<String>) {
        let input = GetRuntimeManagementConfigRequest {
            function_name: "f".to_owned(),
            qualifier: qualifier.map(str::to_owned),
        };
        let answer = fixture.control.get_runtime_management(&call(), &input).unwrap();
        (answer.update_runtime_on, answer.function_arn)
    }

    #[tokio::test]
    async fn each_version_has_its_own_and_begins_with_that_of_latest() {
        let fixture = Fixture::new().await;
        fixture.create_active("f").await;
        let arn = "arn:aws:lambda:us-east-1:000000000000:function:f";
        assert_eq!(get(&fixture, None), (Some("Auto".into()), Some(arn.into())));
        fixture
            .control
            .put_runtime_management(&call(), &put("FunctionUpdate", None))
            .await
            .unwrap();
        fixture.publish("f").await;
        fixture.control.put_runtime_management(&call(), &put("Auto", None)).await.unwrap();
        assert_eq!(get(&fixture, None).0.as_deref(), Some("Auto"));
        assert_eq!(get(&fixture, Some("1")).0.as_deref(), Some("FunctionUpdate"));
    }

    #[tokio::test]
    async fn a_version_of_the_runtime_goes_with_manual_and_has_to_be_here() {
        let fixture = Fixture::new().await;
        fixture.create_active("f").await;
        let arn = "arn:aws:lambda:us-east-1::runtime:0000";
        for (input, expected) in [
            (put("Manual", None), "RuntimeVersionArn must be specified"),
            (put("Auto", Some(arn)), "RuntimeVersionArn can only be specified"),
            (
                put("Manual", Some(arn)),
                "The runtime version arn:aws:lambda:us-east-1::runtime:0000",
            ),
        ] {
            let refused = text(fixture.control.put_runtime_management(&call(), &input).await);
            assert!(refused.starts_with(expected), "{refused}");
        }
    }
}
