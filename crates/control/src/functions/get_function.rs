//! `GetFunction`.

use api::{
    Access, Call, Handle, Operation,
    lambda::{
        Concurrency, FunctionCodeLocation, GetFunction, GetFunctionRequest, GetFunctionResponse,
        TagsError,
    },
};
use model::function::{Code, Function, Package};
use wire::{ApiError, Protocol};

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
        let denied = self.tags_error(call, &function);
        let shows_tags = denied.is_none() && !function.tags.is_empty();
        Ok(GetFunctionResponse {
            configuration: Some(self.render(call, &arn, &version)),
            code: Some(match &version.settings.package {
                Package::Zip(zip) => self.archive_location(call, &zip.code),
                Package::Image(image) => image::location(image),
            }),
            tags: shows_tags.then(|| function.tags.clone()),
            tags_error: denied,
            concurrency: function.reserved_concurrency.map(|reserved| Concurrency {
                reserved_concurrent_executions: reserved.try_into().ok(),
            }),
        })
    }

    /// Tells why a caller does not see the tags: they need a permission of their own (Developer Guide,
    /// "Using tags on Lambda functions"), which is asked of the function, whatever the qualifier.
    /// AWS does not say how the error reads: here as the refusal of `ListTags` would.
    fn tags_error(&self, call: &Call, function: &Function) -> Option<TagsError> {
        if function.tags.is_empty() || call.caller.is_root() {
            return None;
        }
        let access = Access {
            action: "lambda:ListTags",
            resource: &self.arn(function).to_string(),
            region: &call.region,
            now: call.now,
            source_ip: call.source_ip,
            conditions: &[],
        };
        let denied = self.parts.guard.authorize(&call.caller, &access).err()?;
        let error = denied.to_error(Protocol::RestJson);
        Some(TagsError { error_code: error.code().to_owned(), message: denied.message })
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

    #[tokio::test]
    async fn whoever_may_not_list_tags_reads_why_they_are_missing() {
        let fixture = Fixture::new().await;
        let mut tagged = request("tagged");
        tagged.tags = Some([("team".to_owned(), "a".to_owned())].into());
        fixture.create_with(tagged).await.unwrap();
        fixture.create_active("plain").await;
        let mut user = call();
        user.caller.identity = api::Identity::User { name: "ada".into() };
        let input = GetFunctionRequest { qualifier: Some("$LATEST".to_owned()), ..of("tagged") };
        let answer = fixture.control.get_function(&user, &input).unwrap();
        assert_eq!(answer.tags, None);
        let error = answer.tags_error.unwrap();
        let message =
            "not lambda:ListTags on arn:aws:lambda:us-east-1:000000000000:function:tagged";
        assert_eq!(
            (error.error_code.as_str(), error.message.as_str()),
            ("AccessDeniedException", message)
        );
        let answer = fixture.control.get_function(&user, &of("plain")).unwrap();
        assert_eq!((answer.tags, answer.tags_error), (None, None));
    }
}
