//! `UpdateAlias`.

use api::{
    Call, Handle,
    kms::{UpdateAlias, UpdateAliasRequest},
};
use wire::ApiError;

use super::{Alias, check_name};
use crate::{
    Kms,
    error::{Stop, no_alias},
    keyring::record,
};

impl Handle<UpdateAlias> for Kms {
    async fn handle(&self, call: &Call, input: UpdateAliasRequest) -> Result<(), ApiError> {
        let name = input.alias_name;
        check_name(&name)?;
        let here = self.keyring.here(&call.region);
        let missing = || no_alias(&here.alias_arn(&name));
        self.keyring.target(here, &name).ok_or_else(missing)?;
        let key = self.alias_target(call, &input.target_key_id, "UpdateAlias").await?;
        let updated_ms = self.clock.now_ms();
        let change = |current: Option<&Alias>| -> Result<_, Stop> {
            let alias = current.ok_or_else(|| Stop(missing()))?.clone();
            Ok(Some(Alias { target: key.id.clone(), updated_ms, ..alias }))
        };
        let changed = self.keyring.aliases.update(&record(&call.region, &name), change).await;
        changed.map(drop).map_err(|Stop(error)| error)
    }
}
