//! `GetFunction`.

use api::{
    Call, Handle, Operation,
    lambda::{
        Concurrency, FunctionCodeLocation, GetFunction, GetFunctionRequest, GetFunctionResponse,
    },
};
use model::function::{Code, Package};
use wire::ApiError;

use super::image;
use crate::{Control, control::arrival, error::Refusal};

impl Handle<GetFunction> for Control {
    async fn handle(
        &self,
        call: &Call,
        input: GetFunctionRequest,
    ) -> Result<GetFunctionResponse, ApiError> {
        Ok(self.get_function(call, &input)?)
    }
}

// === impl Control: GetFunction ===

impl Control {
    fn get_function(
        &self,
        call: &Call,
        input: &GetFunctionRequest,
    ) -> Result<GetFunctionResponse, Refusal> {
        let qualifier = input.qualifier.as_deref();
        let arn = self.address(call, GetFunction::SPEC, &input.function_name, qualifier)?;
        let function = self.find(&arn)?;
        let version = self.version(&function, &arn)?;
        Ok(GetFunctionResponse {
            configuration: Some(self.render(call, &arn, &version)),
            code: Some(match &version.settings.package {
                Package::Zip(zip) => self.archive_location(call, &zip.code),
                Package::Image(image) => image::location(image),
            }),
            tags: (!function.tags.is_empty()).then(|| function.tags.clone()),
            tags_error: None,
            concurrency: function.reserved_concurrency.map(|reserved| Concurrency {
                reserved_concurrent_executions: reserved.try_into().ok(),
            }),
        })
    }

    fn archive_location(&self, call: &Call, code: &Code) -> FunctionCodeLocation {
        let location = self.parts.code_links.sign(&call.endpoint, &code.sha256, arrival(call));
        FunctionCodeLocation {
            repository_type: Some("S3".to_owned()),
            location: Some(location),
            source_kms_key_arn: code.kms_key.clone(),
            ..FunctionCodeLocation::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{Fixture, call, code_links, request};

    fn of(name: &str) -> GetFunctionRequest {
        GetFunctionRequest { function_name: name.to_owned(), qualifier: None }
    }

    #[tokio::test]
    async fn the_code_is_under_a_link_that_the_gateway_can_verify() {
        let fixture = Fixture::new().await;
        fixture.create_active("f").await;
        let answer = fixture.control.get_function(&call(), &of("f")).unwrap();
        let code = answer.code.unwrap();
        assert_eq!(code.repository_type.as_deref(), Some("S3"));
        let location = code.location.unwrap();
        let rest = location.strip_prefix("http://127.0.0.1:9999/_lambkin/code/").unwrap();
        let (digest, query) = rest.split_once("?expires=").unwrap();
        let (expires, signature) = query.split_once("&signature=").unwrap();
        let expires = expires.parse().unwrap();
        assert!(code_links().verify(digest, expires, signature, arrival(&call())));
        assert!(fixture.control.parts.code.archive(digest).await.is_ok());
    }

    #[tokio::test]
    async fn tags_appear_only_if_there_are_some() {
        let fixture = Fixture::new().await;
        fixture.create_active("plain").await;
        let mut tagged = request("tagged");
        tagged.tags = Some([("team".to_owned(), "a".to_owned())].into());
        fixture.create_with(tagged).await.unwrap();
        let tags = |name| fixture.control.get_function(&call(), &of(name)).unwrap().tags;
        assert_eq!(tags("plain"), None);
        assert_eq!(tags("tagged").unwrap()["team"], "a");
    }
}
