//! Which layer a call is about: a name or an ARN, and a number.

use api::Call;
use model::layer::{LayerArn, LayerVersionArn};
use wire::OperationSpec;

use super::LayerRefusal;
use crate::{Control, control::region, error::Refusal};

// === impl Control: addressing layers ===

impl Control {
    /// Reads `LayerName`, which may be an ARN.
    pub(super) fn layer(
        &self,
        call: &Call,
        spec: &'static OperationSpec,
        text: &str,
    ) -> Result<LayerArn, Refusal> {
        let here = region(call)?;
        if !text.starts_with("arn:") {
            let name = text.parse().map_err(Refusal::internal)?;
            return Ok(LayerArn { region: here, account: self.parts.account.clone(), name });
        }
        let arn: LayerArn = text.parse().map_err(|_| LayerRefusal::NotFound)?;
        if arn.account != self.parts.account {
            let resource = arn.to_string();
            return Err(other_account(call, spec.action, resource).into());
        }
        if arn.region != here {
            return Err(LayerRefusal::NotFound.into());
        }
        Ok(arn)
    }

    /// Reads `LayerName` and `VersionNumber`.
    pub(super) fn layer_version(
        &self,
        call: &Call,
        spec: &'static OperationSpec,
        (name, number): (&str, i64),
    ) -> Result<LayerVersionArn, Refusal> {
        let number = u64::try_from(number).ok().filter(|number| *number > 0);
        let number = number.ok_or(LayerRefusal::Number)?;
        Ok(self.layer(call, spec, name)?.version(number))
    }
}

/// Says that nothing allows this caller to use another account's layer.
pub(super) fn other_account(call: &Call, action: &'static str, resource: String) -> LayerRefusal {
    let caller = call.caller.arn.as_ref().to_owned();
    LayerRefusal::OtherAccount { caller, action, resource }
}
