//! Which configuration a call is about.

use std::sync::Arc;

use api::Call;
use engine::CodeSigningRow;
use model::names::Region;

use super::SigningRefusal;
use crate::{Control, control::region, error::Refusal};

/// A configuration of this account, there or not.
#[derive(Clone, Debug)]
pub(super) struct SigningArn {
    pub(super) region: Region,
    pub(super) id: String,
    /// As the caller wrote it.
    pub(super) text: String,
}

// === impl Control: addressing code signing configurations ===

impl Control {
    /// Reads an ARN, whose form the service model has checked; what is elsewhere is not found.
    pub(super) fn signing_arn(&self, call: &Call, text: &str) -> Result<SigningArn, Refusal> {
        let here = region(call)?;
        let parts: Vec<&str> = text.split(':').collect();
        let own = parts.get(3) == Some(&here.as_str())
            && parts.get(4) == Some(&self.parts.account.as_str());
        // An id that nothing has finds nothing.
        let id = if own { parts.get(6).copied().unwrap_or_default() } else { "" };
        Ok(SigningArn { region: here, id: id.to_owned(), text: text.to_owned() })
    }

    /// Finds a configuration.
    pub(super) fn signing_config(&self, arn: &SigningArn) -> Result<Arc<CodeSigningRow>, Refusal> {
        let row = self.parts.registry.code_signing.get(&arn.region, &arn.id);
        row.ok_or_else(|| SigningRefusal::NotFound(arn.text.clone()).into())
    }

    /// Gives the id of a configuration that a function is to have.
    pub(crate) fn attachable_signing(&self, call: &Call, text: &str) -> Result<String, Refusal> {
        let arn = self.signing_arn(call, text)?;
        match self.signing_config(&arn) {
            Ok(_) => Ok(arn.id),
            Err(_) => Err(SigningRefusal::NotAttachable(text.to_owned()).into()),
        }
    }

    /// Spells the ARN of a configuration.
    pub(super) fn signing_arn_text(&self, region: &Region, id: &str) -> String {
        format!("arn:aws:lambda:{region}:{}:code-signing-config:{id}", self.parts.account)
    }
}
