//! `AliasConfiguration`.

use api::lambda::{AliasConfiguration, AliasRoutingConfiguration};
use model::{FunctionArn, function::Alias, names::Qualifier};

/// Renders an alias of the function with this ARN.
pub(super) fn render(function: &FunctionArn, alias: &Alias) -> AliasConfiguration {
    let arn = function.qualified(Qualifier::Alias(alias.name.clone()));
    AliasConfiguration {
        alias_arn: Some(arn.to_string()),
        name: Some(alias.name.to_string()),
        function_version: Some(alias.target_qualifier().to_string()),
        description: Some(alias.description.clone()),
        routing_config: alias.additional.map(|second| AliasRoutingConfiguration {
            additional_version_weights: Some(
                [(Qualifier::Version(second.number).to_string(), second.weight)].into(),
            ),
        }),
        revision_id: Some(alias.revision_id.to_string()),
    }
}
