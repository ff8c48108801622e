//! `CreateAlias`.

use api::{
    Call, Handle, Operation,
    lambda::{AliasConfiguration, CreateAlias, CreateAliasRequest},
};
use model::{
    function::{Alias, Attachments},
    names::Qualifier,
};
use wire::ApiError;

use super::{AliasRefusal, not_written, render, routing};
use crate::{Control, error::Refusal};

impl Handle<CreateAlias> for Control {
    async fn handle(
        &self,
        call: &Call,
        input: CreateAliasRequest,
    ) -> Result<AliasConfiguration, ApiError> {
        Ok(self.create_alias(call, &input).await?)
    }
}

// === impl Control: CreateAlias ===

impl Control {
    async fn create_alias(
        &self,
        call: &Call,
        input: &CreateAliasRequest,
    ) -> Result<AliasConfiguration, Refusal> {
        let arn = self.address_function(call, CreateAlias::SPEC, &input.function_name)?;
        // AWS names the version that the alias would have stood for.
        let target = routing::target(&arn, &input.function_version)?;
        let target_arn = arn.qualified(target.map_or(Qualifier::Latest, Qualifier::Version));
        let function = self.find(&target_arn)?;
        let name = input.name.parse().map_err(Refusal::internal)?;
        let own_arn = arn.qualified(Qualifier::Alias(name));
        let Some(Qualifier::Alias(name)) = own_arn.qualifier.clone() else {
            return Err(Refusal::internal("an alias has no name"));
        };
        self.version(&function, &target_arn)?;
        if self.parts.functions.alias(&function, &name).is_some() {
            return Err(AliasRefusal::Exists(own_arn).into());
        }
        let routing = input.routing_config.as_ref();
        let alias = Alias {
            name,
            target,
            description: input.description.clone().unwrap_or_default(),
            additional: routing
                .map(|routing| routing::additional(&arn, routing))
                .transpose()?
                .flatten(),
            revision_id: self.parts.ids.next(),
            attached: Attachments::default(),
        };
        self.check_routing(&function, &arn, &alias)?;
        let created = self.parts.functions.create_alias(&function, alias).await;
        let alias = created.map_err(|error| not_written(error, &own_arn))?;
        Ok(render(&arn, &alias))
    }
}

#[cfg(test)]
mod tests {
    use api::lambda::AliasRoutingConfiguration;

    use super::*;
    use crate::fixture::{Fixture, call, text};

    fn of(version: &str, weights: &[(&str, f64)]) -> CreateAliasRequest {
        let weights = weights.iter().map(|(v, w)| ((*v).to_owned(), *w)).collect();
        CreateAliasRequest {
            function_name: "f".to_owned(),
            name: "live".to_owned(),
            function_version: version.to_owned(),
            description: None,
            routing_config: Some(AliasRoutingConfiguration {
                additional_version_weights: Some(weights),
            }),
        }
    }

    async fn with_versions(count: usize) -> Fixture {
        let fixture = Fixture::new().await;
        fixture.create_active("f").await;
        for _ in 0..count {
            fixture.touch("f").await;
            fixture.publish("f").await;
        }
        fixture
    }

    const F: &str = "arn:aws:lambda:us-east-1:000000000000:function:f";

    #[tokio::test]
    async fn an_alias_is_made_once() {
        let fixture = with_versions(2).await;
        let answer = fixture.control.create_alias(&call(), &of("1", &[("2", 0.2)])).await.unwrap();
        assert_eq!(answer.alias_arn, Some(format!("{F}:live")));
        assert_eq!(answer.function_version.as_deref(), Some("1"));
        assert_eq!(answer.description.as_deref(), Some(""));
        let weights = answer.routing_config.unwrap().additional_version_weights.unwrap();
        assert_eq!(weights["2"].to_string(), "0.2");
        let again = text(fixture.control.create_alias(&call(), &of("1", &[])).await);
        assert_eq!(again, format!("Alias already exists: {F}:live"));
    }

    #[tokio::test]
    async fn without_weights_there_is_no_routing() {
        let fixture = with_versions(0).await;
        let answer = fixture.control.create_alias(&call(), &of("$LATEST", &[])).await.unwrap();
        assert_eq!(answer.routing_config, None);
        assert_eq!(answer.function_version.as_deref(), Some("$LATEST"));
    }

    #[tokio::test]
    async fn versions_have_to_exist_and_to_go_together() {
        let fixture = with_versions(2).await;
        let cases = [
            (of("10", &[]), format!("Function not found: {F}:10")),
            (of("1", &[("10", 0.1)]), format!("Function not found: {F}:10")),
            (
                of("1", &[("1", 0.1), ("2", 0.2)]),
                "Number of items in AdditionalVersionWeights cannot be greater than 1".to_owned(),
            ),
            (
                of("1", &[("1", 0.5)]),
                "Invalid function version 1. Function version 1 is already included in routing \
                 configuration."
                    .to_owned(),
            ),
            (
                of("$LATEST", &[("1", 0.5)]),
                "$LATEST is not supported for an alias pointing to more than 1 version".to_owned(),
            ),
            (
                CreateAliasRequest { function_name: "g".to_owned(), ..of("7", &[]) },
                format!("Function not found: {}g:7", F.trim_end_matches('f')),
            ),
        ];
        for (input, expected) in cases {
            assert_eq!(text(fixture.control.create_alias(&call(), &input).await), expected);
        }
        let function = fixture.function("f").unwrap();
        assert!(fixture.control.parts.functions.aliases(&function, None, 9).is_empty());
    }
}
