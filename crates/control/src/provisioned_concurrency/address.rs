//! What a configuration belongs to: a published version or an alias.

use api::Call;
use model::{
    FunctionArn,
    function::{Function, Provisioned},
    names::{Qualifier, VersionNumber},
};
use wire::OperationSpec;

use super::ProvisionedRefusal;
use crate::{Control, error::Refusal};

/// A version or an alias that is there.
#[derive(Debug)]
pub(super) struct Provisionable {
    pub(super) arn: FunctionArn,
    pub(super) function: Function,
    pub(super) config: Option<Provisioned>,
}

// === impl Control: addressing ===

impl Control {
    /// Finds the version or alias that a call is about; `latest` is the refusal of `$LATEST`.
    pub(super) fn provisionable(
        &self,
        call: &Call,
        spec: &'static OperationSpec,
        (name, qualifier): (&str, &str),
        latest: ProvisionedRefusal,
    ) -> Result<Provisionable, Refusal> {
        let arn = self.address(call, spec, name, Some(qualifier))?;
        if matches!(arn.qualifier, None | Some(Qualifier::Latest)) {
            return Err(latest.into());
        }
        let missing = || missing(&arn);
        let function = self.find(&arn).map_err(|_| missing())?;
        let found = self.qualified(&arn).ok_or_else(missing)?;
        Ok(Provisionable { config: found.attached.provisioned, function, arn })
    }

    /// Tells how a configuration is shared out among versions.
    pub(super) fn shares(
        &self,
        function: &Function,
        qualifier: Option<&Qualifier>,
        concurrency: u32,
    ) -> Vec<(VersionNumber, u32)> {
        match qualifier {
            Some(Qualifier::Version(number)) => vec![(*number, concurrency)],
            Some(Qualifier::Alias(name)) => {
                let alias = self.parts.functions.alias(function, name);
                alias.map(|row| row.0.share_out(concurrency)).unwrap_or_default()
            }
            None | Some(Qualifier::Latest) => Vec::new(),
        }
    }
}

/// Says that there is no such alias, or no such version.
pub(super) fn missing(arn: &FunctionArn) -> Refusal {
    match arn.qualifier {
        Some(Qualifier::Alias(_)) => Refusal::AliasNotFound(arn.clone()),
        _ => Refusal::FunctionNotFound(arn.to_string()),
    }
}
