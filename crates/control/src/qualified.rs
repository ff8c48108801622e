//! What a qualifier names, and what is attached to it: to `$LATEST` (which stands for the function
//! as such), to a published version or to an alias.

use engine::{AliasError, ChangeError};
use model::{
    FunctionArn,
    function::{Attachments, Function},
    names::Qualifier,
};
use uuid::Uuid;

use crate::{Control, error::Refusal};

/// What one qualifier of a function carries.
#[derive(Clone, Debug)]
pub(crate) struct Qualified {
    pub(crate) attached: Attachments,
    pub(crate) revision_id: Uuid,
}

// === impl Control: what is attached ===

impl Control {
    /// Finds what an ARN names, whose qualifier may be an alias.
    pub(crate) fn qualified(&self, arn: &FunctionArn) -> Option<Qualified> {
        let function = self.find(arn).ok()?;
        self.parts.functions.attached(&function, arn.qualifier.as_ref(), |attached, revision_id| {
            Qualified { attached: attached.clone(), revision_id }
        })
    }

    /// Changes what is attached to what an ARN names; `decide` gets that, and the revision, and may
    /// be called again if someone else was faster.
    pub(crate) async fn change_attached(
        &self,
        arn: &FunctionArn,
        mut decide: impl FnMut(&mut Attachments, &mut Uuid) -> Result<(), Refusal>,
    ) -> Result<Qualified, ChangeError<Refusal>> {
        let function = self.find(arn).map_err(|_| ChangeError::NotFound)?;
        let functions = &self.parts.functions;
        match &arn.qualifier {
            None | Some(Qualifier::Latest) => {
                let changed = functions.change(&arn.region, &arn.name, |function| {
                    decide(&mut function.latest.attached, &mut function.latest.revision_id)
                });
                let function = changed.await?;
                let (attached, revision_id) =
                    (function.latest.attached.clone(), function.latest.revision_id);
                Ok(Qualified { attached, revision_id })
            }
            Some(Qualifier::Version(number)) => {
                let changed = functions.change_version(&function, *number, |version| {
                    decide(&mut version.attached, &mut version.revision_id)
                });
                let version = changed.await?;
                let (attached, revision_id) = (version.attached, version.revision_id);
                Ok(Qualified { attached, revision_id })
            }
            Some(Qualifier::Alias(name)) => {
                let changed = functions.change_alias(&function, name, |alias| {
                    decide(&mut alias.attached, &mut alias.revision_id)
                });
                let alias = changed.await.map_err(of_a_change)?;
                let (attached, revision_id) = (alias.attached, alias.revision_id);
                Ok(Qualified { attached, revision_id })
            }
        }
    }

    /// Lists a function's qualifiers with what each carries: `$LATEST`, versions, aliases.
    pub(crate) fn all_attached(&self, function: &Function) -> Vec<(Qualifier, Attachments)> {
        let mut all = vec![(Qualifier::Latest, function.latest.attached.clone())];
        for row in self.parts.functions.versions(function, None, usize::MAX) {
            all.push((row.0.qualifier(), row.0.attached.clone()));
        }
        for row in self.parts.functions.aliases(function, None, usize::MAX) {
            all.push((Qualifier::Alias(row.0.name.clone()), row.0.attached.clone()));
        }
        all
    }
}

/// Says why something was not attached; `missing` words that there is nothing to attach it to.
pub(crate) fn not_attached(
    error: ChangeError<Refusal>,
    missing: impl FnOnce() -> Refusal,
) -> Refusal {
    match error {
        ChangeError::NotFound => missing(),
        ChangeError::Refused(refusal) => refusal,
        ChangeError::Store(error) => error.into(),
    }
}

/// Refuses a change if the caller has seen another revision.
pub(crate) fn is_stale(given: Option<&str>, current: Uuid) -> bool {
    given.is_some_and(|given| given.parse::<Uuid>().ok() != Some(current))
}

fn of_a_change(error: AliasError<Refusal>) -> ChangeError<Refusal> {
    match error {
        AliasError::Refused(refusal) => ChangeError::Refused(refusal),
        AliasError::Store(error) => ChangeError::Store(error),
        AliasError::NotFound | AliasError::Exists | AliasError::NoVersion(_) => {
            ChangeError::NotFound
        }
    }
}
