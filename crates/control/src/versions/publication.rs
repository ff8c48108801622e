//! How a version comes into being, whichever operation asks for one.

use std::sync::Arc;

use api::Call;
use engine::{ChangeError, VersionRow};
use model::{
    FunctionArn,
    function::{Attachments, Function, FunctionState, Package, Readiness, Version},
    names::VersionNumber,
};

use crate::{
    Control,
    control::{arrival, check_changeable},
    error::Refusal,
    functions::code_sha256,
};

/// What is asked of a version to be published.
#[derive(Clone, Debug, Default)]
pub(crate) struct Publication {
    pub(crate) description: Option<String>,
    pub(crate) code_sha256: Option<String>,
    pub(crate) revision_id: Option<String>,
    /// Whether the version is part of the change that is in progress.
    pub(crate) of_a_change: bool,
}

/// Why nothing is published.
enum Unpublished {
    /// The version before is the same.
    Same(Arc<VersionRow>),
    Refused(Refusal),
}

// === impl Publication ===

impl Publication {
    /// Publishes what the same call has just created or changed.
    pub(crate) fn of_a_change() -> Self {
        Self { of_a_change: true, ..Self::default() }
    }

    fn check(&self, function: &Function, arn: &FunctionArn) -> Result<(), Refusal> {
        if self.of_a_change {
            return Ok(());
        }
        check_changeable(function, arn, self.revision_id.as_deref())?;
        let current = code_sha256(&function.latest.settings).unwrap_or_default();
        match &self.code_sha256 {
            Some(given) if *given != current => {
                Err(Refusal::CodeSha256 { given: given.clone(), current })
            }
            _ => Ok(()),
        }
    }
}

// === impl Control: publishing ===

impl Control {
    /// Publishes `$LATEST`, or answers the version that was published last if that is the same.
    pub(crate) async fn publish(
        &self,
        call: &Call,
        arn: &FunctionArn,
        publication: &Publication,
    ) -> Result<Version, Refusal> {
        let decide = |function: &mut Function, number: VersionNumber| {
            publication.check(function, arn).map_err(Unpublished::Refused)?;
            if let Some(last) = self.parts.functions.last_published(function)
                && is_published(function, &last.0)
            {
                return Err(Unpublished::Same(last));
            }
            function.published_description.clone_from(&function.latest.settings.description);
            function.latest.revision_id = self.parts.ids.next();
            let mut settings = function.latest.settings.clone();
            if let Some(description) = &publication.description {
                settings.description.clone_from(description);
            }
            Ok(Version {
                number: Some(number),
                readiness: readiness(&function.latest),
                settings,
                revision_id: self.parts.ids.next(),
                last_modified: arrival(call),
                attached: Attachments {
                    runtime_updates: function.latest.attached.runtime_updates.clone(),
                    ..Attachments::default()
                },
            })
        };
        match self.parts.functions.publish(&arn.region, &arn.name, decide).await {
            Ok((_, version)) => Ok(version),
            Err(ChangeError::Refused(Unpublished::Same(row))) => Ok(row.0.clone()),
            Err(ChangeError::Refused(Unpublished::Refused(refusal))) => Err(refusal),
            Err(ChangeError::NotFound) => Err(Refusal::FunctionNotFound(arn.to_string())),
            Err(ChangeError::Store(error)) => Err(error.into()),
        }
    }
}

/// Code was unpacked before any record named it, so with an archive nothing is left to be done, unless it
/// has been given back since.
fn readiness(latest: &Version) -> Readiness {
    let given_back = matches!(latest.readiness.state, FunctionState::Inactive(_));
    match latest.settings.package {
        Package::Zip(_) if !given_back => Readiness::created().settled(Ok(())),
        Package::Zip(_) | Package::Image(_) => Readiness::created(),
    }
}

/// Tells whether publishing would give `last` again. A description that was given to the version
/// alone is no difference, a later change of `$LATEST`'s own is one.
fn is_published(function: &Function, last: &Version) -> bool {
    function.latest.settings.publishes_same_as(&last.settings)
        && function.latest.settings.description == function.published_description
}

/// Shows a version as AWS does in the answer to the change that it was published with.
pub(crate) fn being_created(version: Version) -> Version {
    Version { readiness: Readiness::created(), ..version }
}
