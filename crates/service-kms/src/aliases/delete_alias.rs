//! `DeleteAlias`.

use api::{
    Call, Handle,
    kms::{DeleteAlias, DeleteAliasRequest},
};
use store::Expect;
use wire::ApiError;

use super::check_name;
use crate::{
    Kms,
    error::{no_alias, unavailable},
    keyring::record,
};

impl Handle<DeleteAlias> for Kms {
    async fn handle(&self, call: &Call, input: DeleteAliasRequest) -> Result<(), ApiError> {
        let name = input.alias_name;
        check_name(&name)?;
        let here = self.keyring.here(&call.region);
        let missing = || no_alias(&here.alias_arn(&name));
        self.keyring.target(here, &name).ok_or_else(missing)?;
        let deleted = self.keyring.aliases.delete(&record(&call.region, &name), Expect::Any).await;
        match deleted {
            Ok(true) => Ok(()),
            Ok(false) => Err(missing()),
            Err(error) => Err(unavailable(&error)),
        }
    }
}
