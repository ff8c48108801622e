//! `CreateAlias`.

use api::{
    Call, Handle,
    kms::{CreateAlias, CreateAliasRequest, errors},
};
use store::{Expect, RecordsError, TableError};
use wire::ApiError;

use super::{Alias, check_name};
use crate::{Kms, error::unavailable, keyring::record};

impl Handle<CreateAlias> for Kms {
    async fn handle(&self, call: &Call, input: CreateAliasRequest) -> Result<(), ApiError> {
        let CreateAliasRequest { alias_name: name, target_key_id } = input;
        check_name(&name)?;
        let key = self.alias_target(call, &target_key_id, "CreateAlias").await?;
        let now_ms = self.clock.now_ms();
        let region = call.region.to_string();
        let alias = Alias {
            name: name.clone(),
            target: key.id.clone(),
            created_ms: now_ms,
            updated_ms: now_ms,
            region,
        };
        let at = record(&call.region, &name);
        // An alias whose key is gone is no more, and only waits to be swept.
        let expect = match self.keyring.aliases.get(&at) {
            Some(stale) if self.keyring.get(&call.region, &stale.value.target).is_none() => {
                Expect::Revision(stale.revision)
            }
            _ => Expect::Absent,
        };
        match self.keyring.aliases.put(&at, &alias, expect).await {
            Ok(_) => Ok(()),
            Err(TableError::Records(RecordsError::Conflict { .. })) => {
                let arn = self.keyring.here(&call.region).alias_arn(&name);
                let text = format!("An alias with the name {arn} already exists");
                Err(errors::already_exists(text))
            }
            Err(error) => Err(unavailable(&error)),
        }
    }
}
