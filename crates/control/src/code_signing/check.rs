//! Whether code may be deployed: the four checks of signatures, with what follows from each.

use engine::CodeSigningRow;
use model::{
    FunctionArn, Timestamp,
    code_signing::{self, Distrust, Untrusted},
    function::{Code, PackageType, Settings, Signed},
};

use super::SigningRefusal;
use crate::{Control, error::Refusal};

/// What of a function is being changed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Checked {
    /// Its package.
    pub(crate) code: bool,
    /// Its layers.
    pub(crate) layers: bool,
}

/// Refuses a configuration for a function of a kind that has no signatures.
pub(crate) fn check_signable(kind: PackageType, config: Option<&str>) -> Result<(), Refusal> {
    match (kind, config) {
        (PackageType::Image, Some(_)) => Err(SigningRefusal::Image.into()),
        _ => Ok(()),
    }
}

// === impl Control: checking signatures ===

impl Control {
    /// Checks what is changed by the configuration of this id, and notes the signature that it accepts.
    ///
    /// Code that is deployed already is not checked again, and without a configuration none is.
    pub(crate) fn check_signatures(
        &self,
        arn: &FunctionArn,
        config: Option<&str>,
        checked: Checked,
        settings: &mut Settings,
    ) -> Result<(), Refusal> {
        // Images are checked where a configuration is attached: they can have none.
        let Some(zip) = settings.zip_mut() else { return Ok(()) };
        if checked.code {
            zip.accepted = None;
        }
        let config = config.and_then(|id| self.parts.registry.code_signing.get(&arn.region, id));
        let Some(config) = config else { return Ok(()) };
        if checked.layers {
            for layer in &zip.layers {
                self.check_signature(arn, &config, &layer.content)?;
            }
        }
        if checked.code {
            zip.accepted = self.check_signature(arn, &config, &zip.code)?;
        }
        Ok(())
    }

    fn check_signature(
        &self,
        arn: &FunctionArn,
        CodeSigningRow(config): &CodeSigningRow,
        code: &Code,
    ) -> Result<Option<Signed>, Refusal> {
        let now = Timestamp::from_epoch_ms(self.parts.clock.now_ms());
        let trust = self.parts.trust.as_ref();
        let distrust =
            match code_signing::judge(code.signing.as_ref(), &config.publishers, now, trust) {
                Ok(signature) => {
                    let (profile_version, job) =
                        (signature.profile_version.clone(), signature.job.clone());
                    return Ok(Some(Signed { profile_version, job }));
                }
                Err(distrust) => distrust,
            };
        // The name under which AWS counts what this line tells.
        tracing::warn!(
            metric = "SignatureValidationErrors",
            function = %arn.name,
            code_sha256 = code.sha256,
            policy = config.untrusted.as_str(),
            %distrust,
            "a signature is not accepted"
        );
        match (distrust, config.untrusted) {
            (Distrust::Integrity(_), _) => Err(SigningRefusal::Integrity(arn.name.clone()).into()),
            (_, Untrusted::Enforce) => Err(SigningRefusal::Verification(arn.name.clone()).into()),
            (_, Untrusted::Warn) => Ok(None),
        }
    }
}

#[cfg(test)]
mod tests;
