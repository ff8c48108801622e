//! `UpdateFunctionUrlConfig`.

use api::{
    Call, Handle, Operation,
    lambda::{
        UpdateFunctionUrlConfig, UpdateFunctionUrlConfigRequest, UpdateFunctionUrlConfigResponse,
    },
};
use model::{
    Timestamp,
    function::{FunctionUrl, InvokeMode, UrlAuth},
};
use wire::ApiError;

use super::{
    UrlRefusal,
    config::{cors, render},
};
use crate::{Control, control::arrival, error::Refusal, qualified::not_attached};

impl Handle<UpdateFunctionUrlConfig> for Control {
    async fn handle(
        &self,
        call: &Call,
        input: UpdateFunctionUrlConfigRequest,
    ) -> Result<UpdateFunctionUrlConfigResponse, ApiError> {
        Ok(self.update_url(call, &input).await?)
    }
}

// === impl Control: UpdateFunctionUrlConfig ===

impl Control {
    async fn update_url(
        &self,
        call: &Call,
        input: &UpdateFunctionUrlConfigRequest,
    ) -> Result<UpdateFunctionUrlConfigResponse, Refusal> {
        let spec = UpdateFunctionUrlConfig::SPEC;
        let arn = self.address(call, spec, &input.function_name, input.qualifier.as_deref())?;
        let changed = self.change_attached(&arn, |attached, _| {
            let url = attached.url.as_mut().ok_or(UrlRefusal::NoUrl)?;
            apply(input, url, arrival(call));
            Ok(())
        });
        let missing = || UrlRefusal::NoFunction.into();
        let changed = changed.await.map_err(|error| not_attached(error, missing))?;
        let shown =
            render(self.url_base(call), &arn, &changed.attached.url.ok_or(UrlRefusal::NoUrl)?);
        Ok(UpdateFunctionUrlConfigResponse {
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

/// Changes what is named; `Cors` is replaced as a whole.
fn apply(input: &UpdateFunctionUrlConfigRequest, url: &mut FunctionUrl, now: Timestamp) {
    if let Some(auth) = input.auth_type.as_deref().and_then(UrlAuth::from_word) {
        url.auth = auth;
    }
    if let Some(wanted) = &input.cors {
        url.cors = Some(cors(wanted));
    }
    if let Some(mode) = input.invoke_mode.as_deref().and_then(InvokeMode::from_word) {
        url.invoke_mode = Some(mode);
    }
    url.last_modified = now;
}

#[cfg(test)]
mod tests {
    use api::lambda::{
        CreateFunctionUrlConfig, CreateFunctionUrlConfigRequest, DeleteFunctionUrlConfig,
        DeleteFunctionUrlConfigRequest, GetFunctionUrlConfig, GetFunctionUrlConfigRequest,
        ListFunctionUrlConfigs, ListFunctionUrlConfigsRequest,
    };

    use super::*;
    use crate::fixture::{Fixture, call, text};

    fn update(function: &str) -> UpdateFunctionUrlConfigRequest {
        UpdateFunctionUrlConfigRequest {
            function_name: function.to_owned(),
            auth_type: Some("AWS_IAM".to_owned()),
            ..UpdateFunctionUrlConfigRequest::default()
        }
    }

    async fn mode(fixture: &Fixture) -> Option<String> {
        let input = GetFunctionUrlConfigRequest { function_name: "f".into(), qualifier: None };
        let answer = Handle::<GetFunctionUrlConfig>::handle(&fixture.control, &call(), input).await;
        answer.unwrap().invoke_mode
    }

    #[tokio::test]
    async fn a_mode_is_shown_by_changes_once_it_was_chosen_and_by_reads_always() {
        let fixture = Fixture::new().await;
        fixture.create_active("f").await;
        let none = text(fixture.control.update_url(&call(), &update("f")).await);
        assert_eq!(none, "The resource you requested does not exist.");
        let missing = text(fixture.control.update_url(&call(), &update("g")).await);
        assert_eq!(missing, "Function does not exist");
        let create = CreateFunctionUrlConfigRequest {
            function_name: "f".to_owned(),
            auth_type: "NONE".to_owned(),
            ..CreateFunctionUrlConfigRequest::default()
        };
        Handle::<CreateFunctionUrlConfig>::handle(&fixture.control, &call(), create).await.unwrap();
        let answer = fixture.control.update_url(&call(), &update("f")).await.unwrap();
        assert_eq!((answer.auth_type.as_str(), answer.invoke_mode), ("AWS_IAM", None));
        assert_eq!(mode(&fixture).await.as_deref(), Some("BUFFERED"));
        let invoke_mode = Some("RESPONSE_STREAM".to_owned());
        let chosen = UpdateFunctionUrlConfigRequest { invoke_mode, ..update("f") };
        let answer = fixture.control.update_url(&call(), &chosen).await.unwrap();
        assert_eq!(answer.invoke_mode.as_deref(), Some("RESPONSE_STREAM"));
    }

    #[tokio::test]
    async fn addresses_are_listed_and_deleted_once() {
        let fixture = Fixture::new().await;
        fixture.create_active("f").await;
        fixture.publish("f").await;
        fixture.alias("f", "live", "1").await;
        for qualifier in [None, Some("live".to_owned())] {
            let create = CreateFunctionUrlConfigRequest {
                function_name: "f".to_owned(),
                qualifier,
                auth_type: "NONE".to_owned(),
                ..CreateFunctionUrlConfigRequest::default()
            };
            Handle::<CreateFunctionUrlConfig>::handle(&fixture.control, &call(), create)
                .await
                .unwrap();
        }
        let input = ListFunctionUrlConfigsRequest {
            function_name: "f".to_owned(),
            ..ListFunctionUrlConfigsRequest::default()
        };
        let listed = Handle::<ListFunctionUrlConfigs>::handle(&fixture.control, &call(), input)
            .await
            .unwrap()
            .function_url_configs;
        let arn = "arn:aws:lambda:us-east-1:000000000000:function:f";
        let arns: Vec<&str> = listed.iter().map(|url| url.function_arn.as_str()).collect();
        assert_eq!(arns, [arn, &format!("{arn}:live")]);
        let delete = || async {
            let input =
                DeleteFunctionUrlConfigRequest { function_name: "f".into(), qualifier: None };
            Handle::<DeleteFunctionUrlConfig>::handle(&fixture.control, &call(), input).await
        };
        delete().await.unwrap();
        let again = delete().await.unwrap_err();
        assert_eq!(again.message(), Some("The resource you requested does not exist."));
    }
}
