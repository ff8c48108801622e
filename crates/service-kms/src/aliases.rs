//! Aliases, and the operations on them.

mod create_alias;
mod delete_alias;
mod list_aliases;
mod update_alias;

use std::sync::Arc;

use api::{Call, kms::errors};
use serde::{Deserialize, Serialize};
use store::{Migrate, Row};
use wire::ApiError;

use crate::{Kms, error::invalid, key::Key, managed};

const PREFIX: &str = "alias/";

/// An alias.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Alias {
    pub(crate) region: String,
    pub(crate) name: String,
    /// The id of the key that it leads to.
    pub(crate) target: String,
    pub(crate) created_ms: i64,
    pub(crate) updated_ms: i64,
}

impl Migrate for Alias {
    const VERSION: u32 = 1;
}

impl Row for Alias {
    const NAME: &'static str = "kms-aliases";
}

// === impl Kms: aliases ===

impl Kms {
    /// Finds the key that an alias is to lead to.
    async fn alias_target(
        &self,
        call: &Call,
        target: &str,
        action: &str,
    ) -> Result<Arc<Key>, ApiError> {
        if target.contains(PREFIX) {
            return Err(invalid("Aliases must refer to keys. Not aliases"));
        }
        let key = self.own_key(call, target, action).await?;
        key.check_changeable(&self.keyring.arn(&key))?;
        let aliases = self.keyring.aliases.range(&format!("{}/", call.region), None, usize::MAX);
        let most = self.config.aliases_per_key;
        if aliases.iter().filter(|alias| alias.value.target == key.id).count() >= most {
            return Err(errors::limit_exceeded(format!("A key can have {most} aliases.")));
        }
        Ok(key)
    }
}

/// Checks the name of an alias that is to be made or changed; AWS's texts, as they are reported.
fn check_name(name: &str) -> Result<(), ApiError> {
    let Some(rest) = name.strip_prefix(PREFIX).filter(|rest| !rest.is_empty()) else {
        return Err(invalid("Invalid identifier"));
    };
    if name.starts_with(managed::RESERVED) {
        let code = "NotAuthorizedException";
        return Err(ApiError::new(code, http::StatusCode::BAD_REQUEST, "").without_message());
    }
    if rest.contains(':') {
        return Err(invalid(format!("{name} contains invalid characters for an alias")));
    }
    Ok(())
}
