//! `GetAlias`.

use api::{
    Call, Handle, Operation,
    lambda::{AliasConfiguration, GetAlias, GetAliasRequest},
};
use model::names::{AliasName, Qualifier};
use wire::ApiError;

use super::render;
use crate::{Control, error::Refusal};

impl Handle<GetAlias> for Control {
    async fn handle(
        &self,
        call: &Call,
        input: GetAliasRequest,
    ) -> Result<AliasConfiguration, ApiError> {
        Ok(self.get_alias(call, &input)?)
    }
}

// === impl Control: GetAlias ===

impl Control {
    fn get_alias(
        &self,
        call: &Call,
        input: &GetAliasRequest,
    ) -> Result<AliasConfiguration, Refusal> {
        let arn = self.address_function(call, GetAlias::SPEC, &input.function_name)?;
        let function = self.find(&arn)?;
        let name: AliasName = input.name.parse().map_err(Refusal::internal)?;
        let row = self.parts.functions.alias(&function, &name);
        let row =
            row.ok_or_else(|| Refusal::AliasNotFound(arn.qualified(Qualifier::Alias(name))))?;
        Ok(render(&arn, &row.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{Fixture, call, text};

    #[tokio::test]
    async fn an_alias_that_is_not_there_is_named() {
        let fixture = Fixture::new().await;
        fixture.create_active("f").await;
        fixture.publish("f").await;
        fixture.alias("f", "live", "1").await;
        let of = |name: &str| GetAliasRequest { function_name: "f".into(), name: name.into() };
        let found = fixture.control.get_alias(&call(), &of("live")).unwrap();
        assert_eq!(found.function_version.as_deref(), Some("1"));
        let expected =
            "Cannot find alias arn: arn:aws:lambda:us-east-1:000000000000:function:f:test";
        assert_eq!(text(fixture.control.get_alias(&call(), &of("test"))), expected);
    }
}
