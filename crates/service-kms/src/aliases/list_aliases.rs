//! `ListAliases`.

use api::{
    Call, Handle,
    kms::{AliasListEntry, ListAliases, ListAliasesRequest, ListAliasesResponse},
};
use wire::{ApiError, Timestamp};

use super::Alias;
use crate::{Kms, keyring::record, managed, names::Here, page::page};

/// How many aliases a page has if the request does not say.
const PAGE: usize = 50;

impl Handle<ListAliases> for Kms {
    async fn handle(
        &self,
        call: &Call,
        input: ListAliasesRequest,
    ) -> Result<ListAliasesResponse, ApiError> {
        let key = match &input.key_id {
            Some(named) => Some(self.key_itself(call, named).await?.id.clone()),
            None => None,
        };
        let here = self.keyring.here(&call.region);
        let aliases = self.keyring.aliases.range(&record(&call.region, ""), None, usize::MAX);
        let there = aliases
            .iter()
            .filter(|alias| self.keyring.get(&call.region, &alias.value.target).is_some());
        let mut all: Vec<AliasListEntry> = there.map(|stored| show(here, &stored.value)).collect();
        all.push(self.managed_alias(here));
        all.retain(|entry| key.is_none() || entry.target_key_id == key);
        all.sort_by(|one, other| one.alias_name.cmp(&other.alias_name));
        let all =
            all.into_iter().map(|entry| (entry.alias_name.clone().unwrap_or_default(), entry));
        let page = page(all, input.marker.as_deref(), input.limit, PAGE)?;
        Ok(ListAliasesResponse {
            aliases: Some(page.items),
            next_marker: page.next,
            truncated: Some(page.truncated),
        })
    }
}

impl Kms {
    /// Shows the alias that AWS has made; it leads nowhere until somebody has looked for its key.
    fn managed_alias(&self, here: Here<'_>) -> AliasListEntry {
        let key = self.keyring.get(here.region, &managed::id(here));
        let since = key.as_ref().map(|key| Timestamp::from_epoch_ms(key.created_ms));
        AliasListEntry {
            alias_name: Some(managed::ALIAS.to_owned()),
            alias_arn: Some(here.alias_arn(managed::ALIAS)),
            target_key_id: key.map(|key| key.id.clone()),
            creation_date: since,
            last_updated_date: since,
        }
    }
}

fn show(here: Here<'_>, alias: &Alias) -> AliasListEntry {
    AliasListEntry {
        alias_name: Some(alias.name.clone()),
        alias_arn: Some(here.alias_arn(&alias.name)),
        target_key_id: Some(alias.target.clone()),
        creation_date: Some(Timestamp::from_epoch_ms(alias.created_ms)),
        last_updated_date: Some(Timestamp::from_epoch_ms(alias.updated_ms)),
    }
}
