//! `DeleteAlias`.

use api::{
    Call, Handle, Operation,
    lambda::{DeleteAlias, DeleteAliasRequest},
};
use model::names::AliasName;
use wire::ApiError;

use crate::{Control, error::Refusal};

impl Handle<DeleteAlias> for Control {
    async fn handle(&self, call: &Call, input: DeleteAliasRequest) -> Result<(), ApiError> {
        Ok(self.delete_alias(call, &input).await?)
    }
}

// === impl Control: DeleteAlias ===

impl Control {
    /// Deletes an alias with all that is attached to it; it may be gone already.
    async fn delete_alias(&self, call: &Call, input: &DeleteAliasRequest) -> Result<(), Refusal> {
        let arn = self.address_function(call, DeleteAlias::SPEC, &input.function_name)?;
        let function = self.find(&arn)?;
        let name: AliasName = input.name.parse().map_err(Refusal::internal)?;
        self.parts.functions.delete_alias(&function, &name).await?;
        // What was kept for it is everybody's again.
        self.parts.concurrency.changed();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{Fixture, call};

    #[tokio::test]
    async fn a_version_can_go_once_no_alias_stands_for_it() {
        let fixture = Fixture::new().await;
        fixture.create_active("f").await;
        fixture.publish("f").await;
        fixture.alias("f", "live", "1").await;
        let number = model::names::VersionNumber(1);
        let function = fixture.function("f").unwrap();
        let functions = &fixture.control.parts.functions;
        let refused = Refusal::from(functions.delete_version(&function, number).await.unwrap_err());
        let expected = "Deletion failed: The following alias reference this version: [live]";
        assert_eq!(refused.to_string(), expected);
        let of = |function: &str| DeleteAliasRequest {
            function_name: function.to_owned(),
            name: "live".to_owned(),
        };
        for _ in 0..2 {
            fixture.control.delete_alias(&call(), &of("f")).await.unwrap();
        }
        assert!(functions.delete_version(&function, number).await.unwrap());
        let missing = fixture.control.delete_alias(&call(), &of("g")).await;
        assert!(matches!(missing, Err(Refusal::FunctionNotFound(_))));
    }
}
