//! `UpdateFunctionConfiguration`.

use api::{
    Call, Handle, Operation,
    lambda::{
        FunctionConfiguration, UpdateFunctionConfiguration, UpdateFunctionConfigurationRequest,
    },
};
use wire::ApiError;

use super::{offered, wanted::Wanted};
use crate::{
    Control,
    code_signing::Checked,
    control::check_changeable,
    error::{Refusal, not_changed},
};

impl Handle<UpdateFunctionConfiguration> for Control {
    async fn handle(
        &self,
        call: &Call,
        input: UpdateFunctionConfigurationRequest,
    ) -> Result<FunctionConfiguration, ApiError> {
        Ok(self.update_function_configuration(call, &input).await?)
    }
}

// === impl Control: UpdateFunctionConfiguration ===

impl Control {
    async fn update_function_configuration(
        &self,
        call: &Call,
        input: &UpdateFunctionConfigurationRequest,
    ) -> Result<FunctionConfiguration, Refusal> {
        let spec = UpdateFunctionConfiguration::SPEC;
        let arn = self.address_function(call, spec, &input.function_name)?;
        let before = self.find(&arn)?.latest.settings.clone();
        let wanted = Wanted::from(input);
        offered::check_configuration(input)?;
        wanted.check_kind(before.package.kind())?;
        wanted.check(self, &arn)?;
        // A layer that is deleted meanwhile must not take its archive along.
        let _until_a_record_names_it = self.uploads.read().await;
        let layers = input.layers.as_deref();
        let layers = layers.map(|arns| self.layers_used(call, &arn.region, arns)).transpose()?;
        let wanted = wanted.with_layers(layers);
        let secrets = self.parts.keys.of_caller(call, &arn);
        let key_use = wanted.key_use(&before);
        self.grant_key(call, &arn, key_use.as_ref()).await?;
        let changed = self.parts.functions.change(&arn.region, &arn.name, |function| {
            check_changeable(function, &arn, input.revision_id.as_deref())?;
            let mut settings = function.latest.settings.clone();
            // Somebody was faster, and the key or the role is another one than the grant is about.
            if wanted.key_use(&settings) != key_use {
                return Err(Refusal::UpdateInProgress(arn.clone()));
            }
            wanted.apply(&secrets, &arn, &mut settings)?;
            self.check_unzipped(&settings)?;
            let checked = Checked { code: false, layers: input.layers.is_some() };
            let signing = function.code_signing.as_deref();
            self.check_signatures(&arn, signing, checked, &mut settings)?;
            function.begin_update(settings, self.stamp(call));
            Ok::<_, Refusal>(())
        });
        let function = changed.await.map_err(|error| not_changed(error, &arn))?;
        Ok(self.render(call, &arn, &function.latest))
    }
}

#[cfg(test)]
mod tests {
    use api::lambda::{Environment, LoggingConfig};

    use super::*;
    use crate::fixture::{Fixture, call, text};

    fn of(name: &str) -> UpdateFunctionConfigurationRequest {
        UpdateFunctionConfigurationRequest {
            function_name: name.to_owned(),
            ..UpdateFunctionConfigurationRequest::default()
        }
    }

    fn environment(pairs: &[(&str, &str)]) -> Environment {
        let variables = pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        Environment { variables: Some(variables) }
    }

    async fn update(
        fixture: &Fixture,
        input: UpdateFunctionConfigurationRequest,
    ) -> Result<FunctionConfiguration, Refusal> {
        let answer = fixture.control.update_function_configuration(&call(), &input).await;
        fixture.settle().await;
        answer
    }

    #[tokio::test]
    async fn only_what_is_named_changes() {
        let fixture = Fixture::new().await;
        let before = fixture.create_active("f").await;
        let input = UpdateFunctionConfigurationRequest { timeout: Some(30), ..of("f") };
        let answer = update(&fixture, input).await.unwrap();
        assert_eq!(answer.timeout, Some(30));
        assert_eq!(answer.last_update_status.as_deref(), Some("InProgress"));
        let mut expected = before.latest.settings;
        expected.timeout = std::time::Duration::from_secs(30);
        assert_eq!(fixture.function("f").unwrap().latest.settings, expected);
    }

    #[tokio::test]
    async fn variables_are_sealed_anew_when_the_key_changes() {
        let fixture = Fixture::new().await;
        fixture.create_active("f").await;
        let arn = "arn:aws:kms:us-east-1:000000000000:key/one";
        let variables = Some(environment(&[("SECRET", "hush")]));
        let input = UpdateFunctionConfigurationRequest { environment: variables, ..of("f") };
        update(&fixture, input).await.unwrap();
        for (sent, key) in [(Some(arn), Some(arn)), (None, Some(arn)), (Some(""), None)] {
            let kms_key_arn = sent.map(str::to_owned);
            let input = UpdateFunctionConfigurationRequest { kms_key_arn, ..of("f") };
            let answer = update(&fixture, input).await.unwrap();
            assert_eq!(answer.kms_key_arn.as_deref(), key);
            let shown = answer.environment.unwrap().variables.unwrap();
            assert_eq!(shown["SECRET"], "hush");
            let settings = fixture.function("f").unwrap().latest.settings;
            assert_eq!(settings.environment.unwrap().key(), key);
        }
    }

    #[tokio::test]
    async fn a_key_that_cannot_be_granted_is_refused_and_changes_nothing() {
        let fixture = Fixture::new().await;
        let before = fixture.create_active("f").await;
        let key = "arn:aws:kms:us-east-1:000000000000:key/disabled".to_owned();
        let expected = format!(
            "Lambda was unable to configure access to your environment variables because the KMS key \
             is invalid for CreateGrant. Please check your KMS key settings. KMS Exception: \
             DisabledException KMS Message: {key} is disabled."
        );
        let input =
            UpdateFunctionConfigurationRequest { kms_key_arn: Some(key.clone()), ..of("f") };
        assert_eq!(text(update(&fixture, input).await), expected);
        assert_eq!(fixture.function("f").unwrap(), before);
        let input = api::lambda::CreateFunctionRequest {
            kms_key_arn: Some(key),
            ..crate::fixture::request("g")
        };
        let refused = fixture.create_with(input).await.unwrap_err();
        assert_eq!(refused.message(), Some(expected.as_str()));
        assert!(fixture.function("g").is_none());
    }

    #[tokio::test]
    async fn a_role_that_lambda_may_not_take_on_is_refused() {
        let fixture = Fixture::new().await;
        fixture.create_active("f").await;
        for (role, expected) in [
            ("closed", "The role defined for the function cannot be assumed by Lambda."),
            ("elsewhere", "Cross-account pass role is not allowed."),
        ] {
            let role = format!("arn:aws:iam::000000000000:role/{role}");
            let input = UpdateFunctionConfigurationRequest { role: Some(role.clone()), ..of("f") };
            assert_eq!(text(update(&fixture, input).await), expected);
            let input = api::lambda::CreateFunctionRequest { role, ..crate::fixture::request("g") };
            let refused = fixture.create_with(input).await.unwrap_err();
            assert_eq!(refused.message(), Some(expected));
        }
    }

    #[tokio::test]
    async fn an_empty_update_still_changes_the_revision() {
        let fixture = Fixture::new().await;
        let before = fixture.create_active("f").await;
        update(&fixture, of("f")).await.unwrap();
        let after = fixture.function("f").unwrap();
        assert_eq!(after.latest.settings, before.latest.settings);
        assert_ne!(after.latest.revision_id, before.latest.revision_id);
    }

    #[tokio::test]
    async fn an_environment_replaces_the_one_before_as_a_whole() {
        let fixture = Fixture::new().await;
        fixture.create_active("f").await;
        for (sent, kept) in [
            (Some(environment(&[("ONE", "1"), ("TWO", "2")])), 2),
            (Some(environment(&[("TWO", "3")])), 1),
            (None, 1),
            (Some(environment(&[])), 0),
        ] {
            let input = UpdateFunctionConfigurationRequest { environment: sent, ..of("f") };
            update(&fixture, input).await.unwrap();
            let function = fixture.function("f").unwrap();
            let sealed = function.latest.settings.environment.clone().unwrap();
            let of = (&function.region, &function.name);
            let arn = fixture.control.arn(&function);
            let secrets = fixture.control.parts.keys.of_caller(&call(), &arn);
            let variables = secrets.open(of, &sealed).unwrap();
            assert_eq!(variables.len(), kept);
        }
    }

    #[tokio::test]
    async fn logging_is_merged() {
        let fixture = Fixture::new().await;
        fixture.create_active("f").await;
        let logging = |format: Option<&str>, level: Option<&str>| {
            let logging_config = Some(LoggingConfig {
                log_format: format.map(str::to_owned),
                application_log_level: level.map(str::to_owned),
                ..LoggingConfig::default()
            });
            update(&fixture, UpdateFunctionConfigurationRequest { logging_config, ..of("f") })
        };
        logging(Some("JSON"), None).await.unwrap();
        let answer = logging(None, Some("DEBUG")).await.unwrap().logging_config.unwrap();
        assert_eq!(answer.application_log_level.as_deref(), Some("DEBUG"));
        assert_eq!(answer.system_log_level.as_deref(), Some("INFO"));
        let answer = logging(Some("Text"), None).await.unwrap().logging_config.unwrap();
        assert_eq!(answer.application_log_level, None);
        assert!(matches!(logging(None, Some("DEBUG")).await, Err(Refusal::LevelWithText)));
    }

    #[tokio::test]
    async fn refusals_come_before_any_change() {
        let fixture = Fixture::new().await;
        let before = fixture.create_active("f").await;
        let runtime = |name: &str| UpdateFunctionConfigurationRequest {
            runtime: Some(name.to_owned()),
            ..of("f")
        };
        assert!(matches!(
            update(&fixture, runtime("x")).await,
            Err(Refusal::UnknownRuntime { .. })
        ));
        let ended = update(&fixture, runtime("python2.7")).await;
        assert!(matches!(ended, Err(Refusal::EndedRuntime { .. })));
        let missing = text(update(&fixture, runtime("python3.12")).await);
        assert!(missing.starts_with("this machine has no python3.12"), "{missing}");
        let stale =
            UpdateFunctionConfigurationRequest { revision_id: Some("no-id".to_owned()), ..of("f") };
        assert!(matches!(update(&fixture, stale).await, Err(Refusal::StaleRevision)));
        assert!(matches!(update(&fixture, of("g")).await, Err(Refusal::FunctionNotFound(_))));
        assert_eq!(fixture.function("f").unwrap(), before);
    }
}
