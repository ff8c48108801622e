//! `CreateFunctionUrlConfig`.

use api::{
    Call, Handle, Operation,
    lambda::{
        CreateFunctionUrlConfig, CreateFunctionUrlConfigRequest, CreateFunctionUrlConfigResponse,
    },
};
use model::function::{FunctionUrl, InvokeMode, UrlAuth};
use wire::ApiError;

use super::{
    UrlRefusal,
    config::{cors, render},
};
use crate::{Control, control::arrival, error::Refusal, qualified::not_attached};

impl Handle<CreateFunctionUrlConfig> for Control {
    async fn handle(
        &self,
        call: &Call,
        input: CreateFunctionUrlConfigRequest,
    ) -> Result<CreateFunctionUrlConfigResponse, ApiError> {
        Ok(self.create_url(call, &input).await?)
    }
}

// === impl Control: CreateFunctionUrlConfig ===

impl Control {
    async fn create_url(
        &self,
        call: &Call,
        input: &CreateFunctionUrlConfigRequest,
    ) -> Result<CreateFunctionUrlConfigResponse, Refusal> {
        let spec = CreateFunctionUrlConfig::SPEC;
        let arn = self.address(call, spec, &input.function_name, input.qualifier.as_deref())?;
        let url = FunctionUrl {
            id: self.parts.ids.next().simple().to_string(),
            // The service model permits these words only.
            auth: UrlAuth::from_word(&input.auth_type).unwrap_or(UrlAuth::AwsIam),
            cors: input.cors.as_ref().map(cors),
            invoke_mode: input.invoke_mode.as_deref().and_then(InvokeMode::from_word),
            created: arrival(call),
            last_modified: arrival(call),
        };
        let changed = self.change_attached(&arn, |attached, _| {
            if attached.url.is_some() {
                return Err(UrlRefusal::Exists(arn.clone()).into());
            }
            attached.url = Some(url.clone());
            Ok(())
        });
        let missing = || UrlRefusal::NoFunction.into();
        changed.await.map_err(|error| not_attached(error, missing))?;
        let shown = render(self.url_base(call), &arn, &url);
        Ok(CreateFunctionUrlConfigResponse {
            function_url: shown.function_url,
            function_arn: shown.function_arn,
            auth_type: shown.auth_type,
            cors: shown.cors,
            creation_time: shown.creation_time,
            invoke_mode: shown.invoke_mode,
        })
    }
}

#[cfg(test)]
mod tests {
    use api::lambda::Cors;

    use super::*;
    use crate::fixture::{Fixture, call, text};

    fn create(function: &str, qualifier: Option<&str>) -> CreateFunctionUrlConfigRequest {
        CreateFunctionUrlConfigRequest {
            function_name: function.to_owned(),
            qualifier: qualifier.map(str::to_owned),
            auth_type: "NONE".to_owned(),
            cors: Some(Cors { max_age: Some(60), ..Cors::default() }),
            invoke_mode: None,
        }
    }

    #[tokio::test]
    async fn a_function_and_each_alias_has_one_address_and_a_new_one_each_time() {
        let fixture = Fixture::new().await;
        fixture.create_active("f").await;
        fixture.publish("f").await;
        fixture.alias("f", "live", "1").await;
        let arn = "arn:aws:lambda:us-east-1:000000000000:function:f";
        let own = fixture.control.create_url(&call(), &create("f", None)).await.unwrap();
        assert_eq!((own.function_arn.as_str(), own.invoke_mode), (arn, None));
        assert_eq!(own.creation_time, "2025-11-25T02:26:54.123000Z");
        assert_eq!(own.cors.unwrap().max_age, Some(60));
        let live = fixture.control.create_url(&call(), &create("f", Some("live"))).await.unwrap();
        assert_eq!(live.function_arn, format!("{arn}:live"));
        assert_ne!(live.function_url, own.function_url);
        let again = text(fixture.control.create_url(&call(), &create("f", None)).await);
        assert_eq!(
            again,
            format!(
                "Failed to create function url config for [functionArn = {arn}]. Error message:  \
                 FunctionUrlConfig exists for this Lambda function"
            )
        );
        fixture.delete_alias("f", "live").await;
        fixture.alias("f", "live", "1").await;
        let anew = fixture.control.create_url(&call(), &create("f", Some("live"))).await.unwrap();
        assert_ne!(anew.function_url, live.function_url);
    }

    #[tokio::test]
    async fn what_is_not_there_has_no_address() {
        let fixture = Fixture::new().await;
        fixture.create_active("f").await;
        for input in [create("g", None), create("f", Some("live"))] {
            let missing = text(fixture.control.create_url(&call(), &input).await);
            assert_eq!(missing, "Function does not exist");
        }
    }
}
