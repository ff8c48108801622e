//! `RoutingConfig` and `FunctionVersion`: which versions an alias stands for.

use api::lambda::AliasRoutingConfiguration;
use model::{
    FunctionArn,
    function::{Alias, Function, Settings, WeightedVersion},
    names::{Qualifier, VersionNumber},
};

use super::AliasRefusal;
use crate::{Control, error::Refusal};

/// Reads `FunctionVersion`, whose pattern permits `$LATEST` and numbers only.
pub(super) fn target(arn: &FunctionArn, text: &str) -> Result<Option<VersionNumber>, Refusal> {
    match text.parse() {
        Ok(Qualifier::Latest) => Ok(None),
        Ok(Qualifier::Version(number)) => Ok(Some(number)),
        // A number that is too long to be one.
        _ => Err(Refusal::FunctionNotFound(format!("{}:{text}", arn.unqualified()))),
    }
}

/// Reads `RoutingConfig`; its constraints keep the weight between 0 and 1.
pub(super) fn additional(
    arn: &FunctionArn,
    routing: &AliasRoutingConfiguration,
) -> Result<Option<WeightedVersion>, Refusal> {
    let Some(weights) = &routing.additional_version_weights else { return Ok(None) };
    if weights.len() > 1 {
        return Err(AliasRefusal::TooManyWeights.into());
    }
    let Some((version, weight)) = weights.first_key_value() else { return Ok(None) };
    let number = version
        .parse()
        .map(VersionNumber)
        .map_err(|_| Refusal::FunctionNotFound(format!("{}:{version}", arn.unqualified())))?;
    Ok(Some(WeightedVersion { number, weight: *weight }))
}

// === impl Control: routing ===

impl Control {
    /// Checks that the versions of an alias exist and go together.
    pub(super) fn check_routing(
        &self,
        function: &Function,
        arn: &FunctionArn,
        alias: &Alias,
    ) -> Result<(), Refusal> {
        let first = self.settings(function, arn, alias.target_qualifier())?;
        let Some(second) = alias.additional else { return Ok(()) };
        if alias.target == Some(second.number) {
            let version = Qualifier::Version(second.number).to_string();
            return Err(AliasRefusal::SameVersionTwice(version).into());
        }
        if alias.target.is_none() {
            return Err(AliasRefusal::LatestWithWeights.into());
        }
        let other = Qualifier::Version(second.number);
        let settings = self.settings(function, arn, other.clone())?;
        let dead_letters = |settings: &Settings| settings.outside.dead_letters.clone();
        if first.role != settings.role || dead_letters(&first) != dead_letters(&settings) {
            let (one, two) = (alias.target_qualifier().to_string(), other.to_string());
            return Err(AliasRefusal::UnlikeVersions(one, two).into());
        }
        Ok(())
    }

    fn settings(
        &self,
        function: &Function,
        arn: &FunctionArn,
        qualifier: Qualifier,
    ) -> Result<Settings, Refusal> {
        Ok(self.version(function, &arn.qualified(qualifier))?.settings)
    }
}
