//! `PutProvisionedConcurrencyConfig`.

use api::{
    Call, Handle, Operation,
    lambda::{
        PutProvisionedConcurrencyConfig, PutProvisionedConcurrencyConfigRequest,
        PutProvisionedConcurrencyConfigResponse,
    },
};
use model::{
    function::{Alias, Function, FunctionState, Provisioned, SnapStart},
    names::{AliasName, Qualifier, VersionNumber},
};
use wire::ApiError;

use super::{
    ProvisionedRefusal,
    address::{Provisionable, missing},
};
use crate::{Control, control::arrival, error::Refusal, qualified::not_attached};

impl Handle<PutProvisionedConcurrencyConfig> for Control {
    async fn handle(
        &self,
        call: &Call,
        input: PutProvisionedConcurrencyConfigRequest,
    ) -> Result<PutProvisionedConcurrencyConfigResponse, ApiError> {
        Ok(self.put_provisioned(call, &input).await?)
    }
}

// === impl Control: PutProvisionedConcurrencyConfig ===

impl Control {
    pub(super) async fn put_provisioned(
        &self,
        call: &Call,
        input: &PutProvisionedConcurrencyConfigRequest,
    ) -> Result<PutProvisionedConcurrencyConfigResponse, Refusal> {
        let spec = PutProvisionedConcurrencyConfig::SPEC;
        let named = (input.function_name.as_str(), input.qualifier.as_str());
        // The service model permits no number below 1.
        let concurrency = input.provisioned_concurrent_executions.unsigned_abs();
        // Two functions together must not be given what only one of them could.
        let _one_at_a_time = self.reservations.lock().await;
        let found = self.provisionable(call, spec, named, ProvisionedRefusal::Unpublished)?;
        self.check_targets(&found)?;
        self.check_room(&found, concurrency)?;
        let config = Provisioned { concurrency, last_modified: arrival(call) };
        let changed = self.change_attached(&found.arn, |attached, _| {
            attached.provisioned = Some(config);
            Ok(())
        });
        changed.await.map_err(|error| not_attached(error, || missing(&found.arn)))?;
        self.parts.concurrency.changed();
        let shown = self.show(&found.function, found.arn.qualifier.as_ref(), config);
        Ok(PutProvisionedConcurrencyConfigResponse {
            requested_provisioned_concurrent_executions: shown.requested,
            allocated_provisioned_concurrent_executions: shown.allocated,
            available_provisioned_concurrent_executions: shown.available,
            status: shown.status,
            status_reason: shown.reason,
            last_modified: shown.last_modified,
        })
    }

    /// Refuses what would give a version two configurations.
    fn check_targets(&self, found: &Provisionable) -> Result<(), Refusal> {
        let function = &found.function;
        match &found.arn.qualifier {
            Some(Qualifier::Version(number)) => {
                self.check_published(function, *number)?;
                if self.provisioned_alias_of(function, *number, None) {
                    return Err(ProvisionedRefusal::AliasHasSome.into());
                }
                Ok(())
            }
            Some(Qualifier::Alias(name)) => {
                let alias = self.parts.functions.alias(function, name);
                let alias = alias.ok_or_else(|| missing(&found.arn))?;
                self.check_provisioned_alias(function, &alias.0)
            }
            None | Some(Qualifier::Latest) => Err(ProvisionedRefusal::Unpublished.into()),
        }
    }

    /// Refuses to let an alias with provisioned concurrency stand for these versions.
    pub(crate) fn check_provisioned_alias(
        &self,
        function: &Function,
        alias: &Alias,
    ) -> Result<(), Refusal> {
        let Some(target) = alias.target else {
            return Err(ProvisionedRefusal::Unpublished.into());
        };
        let second = alias.additional.map(|second| second.number);
        for number in std::iter::once(target).chain(second) {
            self.check_published(function, number)?;
            let row = self.parts.functions.version(function, number);
            let own = row.is_some_and(|row| row.0.attached.provisioned.is_some());
            if own || self.provisioned_alias_of(function, number, Some(&alias.name)) {
                return Err(ProvisionedRefusal::VersionHasSome.into());
            }
        }
        Ok(())
    }

    fn check_published(&self, function: &Function, number: VersionNumber) -> Result<(), Refusal> {
        let Some(row) = self.parts.functions.version(function, number) else { return Ok(()) };
        if row.0.settings.snap_start() != SnapStart::None {
            return Err(ProvisionedRefusal::SnapStart.into());
        }
        if let FunctionState::Failed(_) = row.0.readiness.state {
            return Err(Refusal::WrongState("Failed"));
        }
        Ok(())
    }

    /// Tells whether an alias with provisioned concurrency stands for a version.
    fn provisioned_alias_of(
        &self,
        function: &Function,
        number: VersionNumber,
        besides: Option<&AliasName>,
    ) -> bool {
        let aliases = self.parts.functions.aliases(function, None, usize::MAX);
        aliases.iter().any(|row| {
            row.0.attached.provisioned.is_some()
                && row.0.stands_for(number)
                && Some(&row.0.name) != besides
        })
    }

    /// Refuses more than the function's reservation, or the account, has room for.
    fn check_room(&self, found: &Provisionable, wanted: u32) -> Result<(), Refusal> {
        let before = found.config.map_or(0, |config| config.concurrency);
        if let Some(reserved) = found.function.reserved_concurrency {
            let all = self.parts.functions.provisioned_concurrency(&found.function);
            if all.saturating_sub(before).saturating_add(wanted) > reserved {
                return Err(ProvisionedRefusal::MoreThanReserved.into());
            }
            return Ok(());
        }
        let unreserved = self.unreserved_concurrency(&found.arn.region) + before;
        if wanted > unreserved {
            return Err(ProvisionedRefusal::MoreThanUnreserved { unreserved }.into());
        }
        let minimum = self.minimum_unreserved();
        if unreserved - wanted < minimum {
            return Err(ProvisionedRefusal::PoolTooSmall { minimum }.into());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
