//! What can have tags, by its ARN.

use std::collections::BTreeMap;

use api::Call;
use model::{FunctionArn, names::Region};
use wire::OperationSpec;

use super::{MAX_TAGS, TagRefusal};
use crate::{
    Control,
    control::region,
    error::{Refusal, not_changed},
    qualified::not_attached,
};

/// A resource that can have tags.
#[derive(Clone, Debug)]
pub(super) enum Tagged {
    Function(FunctionArn),
    CodeSigning { region: Region, id: String, arn: String },
    Mapping { region: Region, id: String, arn: String },
}

// === impl Control: tags ===

impl Control {
    /// Reads the ARN of a resource, whose form the service model has checked.
    pub(super) fn tagged(
        &self,
        call: &Call,
        spec: &'static OperationSpec,
        arn: &str,
    ) -> Result<Tagged, Refusal> {
        let not_found = |kind| TagRefusal::NotFound { kind, arn: arn.to_owned() };
        match arn.split(':').nth(5) {
            Some("function") => {
                let function = self.address(call, spec, arn, None)?;
                if function.qualifier.is_some() {
                    return Err(TagRefusal::Qualified.into());
                }
                Ok(Tagged::Function(function))
            }
            Some("event-source-mapping") => {
                let (region, id) = self.regional(call, arn)?;
                Ok(Tagged::Mapping { region, id: id.to_lowercase(), arn: arn.to_owned() })
            }
            Some("code-signing-config") => {
                let (region, id) = self.regional(call, arn)?;
                Ok(Tagged::CodeSigning { region, id, arn: arn.to_owned() })
            }
            Some("network-connector") => Err(not_found("Network connector").into()),
            _ => Err(not_found("Capacity provider").into()),
        }
    }

    /// Gives the tags of a resource.
    pub(super) fn tags(&self, resource: &Tagged) -> Result<BTreeMap<String, String>, Refusal> {
        match resource {
            Tagged::Function(arn) => Ok(self.find(arn)?.tags),
            Tagged::CodeSigning { region, id, arn } => {
                let row = self.parts.registry.code_signing.get(region, id);
                let row = row.ok_or_else(|| TagRefusal::NoCodeSigningConfig(arn.clone()))?;
                Ok(row.0.tags.clone())
            }
            Tagged::Mapping { region, id, arn } => {
                let row = self.parts.registry.mappings.get(region, id);
                Ok(row.ok_or_else(|| no_mapping(arn))?.0.tags.clone())
            }
        }
    }

    /// Reads the region and the id at the end of an ARN; what is elsewhere has an id that nothing
    /// has.
    fn regional(&self, call: &Call, arn: &str) -> Result<(Region, String), Refusal> {
        let here = region(call)?;
        let parts: Vec<&str> = arn.split(':').collect();
        let own = parts.get(3) == Some(&here.as_str())
            && parts.get(4) == Some(&self.parts.account.as_str());
        let id = if own { parts.get(6).copied().unwrap_or_default() } else { "" };
        Ok((here, id.to_owned()))
    }

    /// Changes the tags of a resource, up to as many as one may have.
    pub(super) async fn change_tags(
        &self,
        resource: &Tagged,
        change: impl Fn(&mut BTreeMap<String, String>),
    ) -> Result<(), Refusal> {
        match resource {
            Tagged::Function(arn) => {
                let changed = self.parts.functions.change(&arn.region, &arn.name, |function| {
                    if function.latest.readiness.in_progress() {
                        return Err(Refusal::UpdateInProgress(arn.clone()));
                    }
                    change(&mut function.tags);
                    check_count(&function.tags)?;
                    function.latest.revision_id = self.parts.ids.next();
                    Ok(())
                });
                changed.await.map_err(|error| not_changed(error, arn))?;
            }
            Tagged::CodeSigning { region, id, arn } => {
                let changed = self.parts.registry.code_signing.change(region, id, |row| {
                    change(&mut row.0.tags);
                    check_count(&row.0.tags)
                });
                let missing = || TagRefusal::NoCodeSigningConfig(arn.clone()).into();
                changed.await.map_err(|error| not_attached(error, missing))?;
            }
            Tagged::Mapping { region, id, arn } => {
                let changed = self.parts.registry.mappings.change(region, id, |row| {
                    change(&mut row.0.tags);
                    check_count(&row.0.tags)
                });
                let missing = || no_mapping(arn);
                changed.await.map_err(|error| not_attached(error, missing))?;
            }
        }
        Ok(())
    }
}

fn no_mapping(arn: &str) -> Refusal {
    TagRefusal::NotFound { kind: "Event source mapping", arn: arn.to_owned() }.into()
}

/// Refuses more tags than a resource may have.
pub(crate) fn check_count(tags: &BTreeMap<String, String>) -> Result<(), Refusal> {
    if tags.len() > MAX_TAGS { Err(Refusal::TooManyTags) } else { Ok(()) }
}
