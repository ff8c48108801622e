//! `UpdateAlias`.

use api::{
    Call, Handle, Operation,
    lambda::{AliasConfiguration, UpdateAlias, UpdateAliasRequest},
};
use model::{
    FunctionArn,
    function::{Alias, Function},
    names::{AliasName, Qualifier},
};
use uuid::Uuid;
use wire::ApiError;

use super::{AliasRefusal, not_written, render, routing};
use crate::{Control, error::Refusal};

impl Handle<UpdateAlias> for Control {
    async fn handle(
        &self,
        call: &Call,
        input: UpdateAliasRequest,
    ) -> Result<AliasConfiguration, ApiError> {
        Ok(self.update_alias(call, &input).await?)
    }
}

// === impl Control: UpdateAlias ===

impl Control {
    async fn update_alias(
        &self,
        call: &Call,
        input: &UpdateAliasRequest,
    ) -> Result<AliasConfiguration, Refusal> {
        let arn = self.address_function(call, UpdateAlias::SPEC, &input.function_name)?;
        let function = self.find(&arn)?;
        let name: AliasName = input.name.parse().map_err(Refusal::internal)?;
        let own_arn = arn.qualified(Qualifier::Alias(name.clone()));
        if self.parts.functions.alias(&function, &name).is_none() {
            return Err(AliasRefusal::NotFound(own_arn).into());
        }
        // A version must not come to be provisioned through two aliases at once.
        let _one_at_a_time = self.reservations.lock().await;
        let changed = self.parts.functions.change_alias(&function, &name, |alias| {
            self.change_alias(&function, &arn, input, alias)
        });
        let alias = changed.await.map_err(|error| not_written(error, &own_arn))?;
        self.parts.concurrency.changed();
        Ok(render(&arn, &alias))
    }

    fn change_alias(
        &self,
        function: &Function,
        arn: &FunctionArn,
        input: &UpdateAliasRequest,
        alias: &mut Alias,
    ) -> Result<(), Refusal> {
        let stale = |given: &str| given.parse::<Uuid>().ok() != Some(alias.revision_id);
        if input.revision_id.as_deref().is_some_and(stale) {
            return Err(Refusal::StaleRevision);
        }
        if let Some(version) = &input.function_version {
            alias.target = routing::target(arn, version)?;
        }
        if let Some(description) = &input.description {
            alias.description.clone_from(description);
        }
        if let Some(routing) = &input.routing_config {
            alias.additional = routing::additional(arn, routing)?;
        }
        self.check_routing(function, arn, alias)?;
        if alias.attached.provisioned.is_some() {
            self.check_provisioned_alias(function, alias)?;
        }
        alias.revision_id = self.parts.ids.next();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use api::lambda::AliasRoutingConfiguration;

    use super::*;
    use crate::fixture::{Fixture, call, text};

    fn of(name: &str) -> UpdateAliasRequest {
        UpdateAliasRequest {
            function_name: "f".to_owned(),
            name: name.to_owned(),
            ..UpdateAliasRequest::default()
        }
    }

    fn weights(pairs: &[(&str, f64)]) -> AliasRoutingConfiguration {
        let weights = pairs.iter().map(|(v, w)| ((*v).to_owned(), *w)).collect();
        AliasRoutingConfiguration { additional_version_weights: Some(weights) }
    }

    async fn fixture() -> Fixture {
        let fixture = Fixture::new().await;
        fixture.create_active("f").await;
        for _ in 0..3 {
            fixture.touch("f").await;
            fixture.publish("f").await;
        }
        fixture.alias("f", "live", "1").await;
        fixture
    }

    #[tokio::test]
    async fn what_is_not_named_stays_and_no_weights_clear_them() {
        let fixture = fixture().await;
        let update = |input| {
            let fixture = &fixture;
            async move { fixture.control.update_alias(&call(), &input).await.unwrap() }
        };
        let routing_config = Some(weights(&[("2", 0.5)]));
        update(UpdateAliasRequest { routing_config, ..of("live") }).await;
        let version = Some("3".to_owned());
        let moved = update(UpdateAliasRequest { function_version: version, ..of("live") }).await;
        assert_eq!(moved.function_version.as_deref(), Some("3"));
        assert_eq!(moved.routing_config, Some(weights(&[("2", 0.5)])));
        let description = Some("d".to_owned());
        let routing_config = Some(weights(&[]));
        let cleared =
            update(UpdateAliasRequest { routing_config, description, ..of("live") }).await;
        assert_eq!(cleared.routing_config, None);
        assert_eq!(cleared.description.as_deref(), Some("d"));
        assert_ne!(cleared.revision_id, moved.revision_id);
    }

    #[tokio::test]
    async fn a_stale_revision_changes_nothing() {
        let fixture = fixture().await;
        let before = fixture.control.update_alias(&call(), &of("live")).await.unwrap();
        let with = |revision_id: Option<String>| UpdateAliasRequest {
            revision_id,
            description: Some("new".into()),
            ..of("live")
        };
        let stale = with(Some(Uuid::from_u128(12345).to_string()));
        let refused = fixture.control.update_alias(&call(), &stale).await;
        assert!(matches!(refused, Err(Refusal::StaleRevision)));
        let after = fixture.control.update_alias(&call(), &with(before.revision_id)).await.unwrap();
        assert_eq!(after.description.as_deref(), Some("new"));
    }

    #[tokio::test]
    async fn what_is_not_there_is_named() {
        let fixture = fixture().await;
        let arn = "arn:aws:lambda:us-east-1:000000000000:function:f";
        let missing = text(fixture.control.update_alias(&call(), &of("x")).await);
        assert_eq!(missing, format!("Alias not found: {arn}:x"));
        let to_9 = UpdateAliasRequest { function_version: Some("9".to_owned()), ..of("live") };
        let no_version = text(fixture.control.update_alias(&call(), &to_9).await);
        assert_eq!(no_version, format!("Function not found: {arn}:9"));
    }
}
