//! `DeleteFunction`.

use api::{
    Call, Handle, Operation,
    lambda::{DeleteFunction, DeleteFunctionRequest, DeleteFunctionResponse},
};
use model::names::Qualifier;
use wire::ApiError;

use crate::{
    Control,
    error::{Refusal, not_changed},
};

impl Handle<DeleteFunction> for Control {
    async fn handle(
        &self,
        call: &Call,
        input: DeleteFunctionRequest,
    ) -> Result<DeleteFunctionResponse, ApiError> {
        Ok(self.delete_function(call, &input).await?)
    }
}

// === impl Control: DeleteFunction ===

impl Control {
    async fn delete_function(
        &self,
        call: &Call,
        input: &DeleteFunctionRequest,
    ) -> Result<DeleteFunctionResponse, Refusal> {
        let qualifier = input.qualifier.as_deref();
        let arn = self.address(call, DeleteFunction::SPEC, &input.function_name, qualifier)?;
        match &arn.qualifier {
            None => {
                let deleted = self.parts.functions.delete(&arn.region, &arn.name).await;
                deleted.map_err(|error| not_changed(error, &arn))?;
            }
            Some(Qualifier::Latest) => return Err(Refusal::DeleteLatest),
            Some(Qualifier::Alias(_)) => return Err(Refusal::DeleteAlias),
            Some(Qualifier::Version(number)) => {
                let function = self.find(&arn.unqualified())?;
                self.parts.functions.delete_version(&function, *number).await?;
            }
        }
        // What was kept for it is everybody's again.
        self.parts.concurrency.changed();
        Ok(DeleteFunctionResponse { status_code: Some(204) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{Fixture, call, text};

    async fn delete(
        fixture: &Fixture,
        name: &str,
        qualifier: Option<&str>,
    ) -> Result<DeleteFunctionResponse, Refusal> {
        let input = DeleteFunctionRequest {
            function_name: name.to_owned(),
            qualifier: qualifier.map(str::to_owned),
        };
        fixture.control.delete_function(&call(), &input).await
    }

    #[tokio::test]
    async fn a_function_goes_with_all_its_versions() {
        let fixture = Fixture::new().await;
        fixture.create_active("f").await;
        fixture.publish("f").await;
        assert_eq!(delete(&fixture, "f", None).await.unwrap().status_code, Some(204));
        assert!(fixture.function("f").is_none());
        let again = text(delete(&fixture, "f", None).await);
        let arn = "arn:aws:lambda:us-east-1:000000000000:function:f";
        assert_eq!(again, format!("Function not found: {arn}"));
    }

    #[tokio::test]
    async fn a_version_goes_alone_and_may_be_gone_already() {
        let fixture = Fixture::new().await;
        fixture.create_active("f").await;
        fixture.publish("f").await;
        for _ in 0..2 {
            assert_eq!(delete(&fixture, "f", Some("1")).await.unwrap().status_code, Some(204));
        }
        let function = fixture.function("f").unwrap();
        assert!(fixture.control.parts.functions.versions(&function, None, 9).is_empty());
    }

    #[tokio::test]
    async fn what_cannot_be_deleted_is_refused() {
        let fixture = Fixture::new().await;
        fixture.create_active("f").await;
        let latest = "$LATEST version cannot be deleted without deleting the function.";
        assert_eq!(text(delete(&fixture, "f", Some("$LATEST")).await), latest);
        let alias = "Deletion of aliases is not currently supported.";
        assert_eq!(text(delete(&fixture, "f", Some("live")).await), alias);
        // AWS names the function as such, although a version was asked for.
        let missing = "Function not found: arn:aws:lambda:us-east-1:000000000000:function:g";
        assert_eq!(text(delete(&fixture, "g", Some("1")).await), missing);
    }
}
