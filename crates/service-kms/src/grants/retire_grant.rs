//! `RetireGrant`.

use std::sync::Arc;

use api::{
    Call, Handle, Identity,
    kms::{RetireGrant, RetireGrantRequest, errors},
};
use wire::ApiError;

use super::{Asked, Grant, token_target};
use crate::{
    Kms,
    error::{access_denied, dry, invalid},
};

impl Handle<RetireGrant> for Kms {
    /// Retires a grant for whoever the grant itself lets do that: the retiring principal, a grantee who
    /// was granted it, or the owner of the account. Source: API reference.
    async fn handle(&self, call: &Call, input: RetireGrantRequest) -> Result<(), ApiError> {
        let grant = self.retirable(call, &input).await?;
        if !may_retire(call, &grant) {
            return Err(access_denied(format!(
                "User: {} is not authorized to perform: kms:RetireGrant on resource: {}",
                call.caller.arn,
                self.keyring.here(&grant.region).key_arn(&grant.key_id)
            )));
        }
        dry(input.dry_run)?;
        self.keyring.remove(&grant).await
    }
}

impl Kms {
    async fn retirable(
        &self,
        call: &Call,
        input: &RetireGrantRequest,
    ) -> Result<Arc<Grant>, ApiError> {
        let (key_id, id) = match (&input.grant_token, &input.key_id, &input.grant_id) {
            (Some(token), None, None) => {
                let target = token_target(token).filter(|target| target.0 == *call.region);
                let invalid = || errors::invalid_grant_token("The grant token is not valid.");
                let (_, key_id, id) = target.ok_or_else(invalid)?;
                (key_id, id)
            }
            (None, Some(key_id), Some(id)) => (key_id.clone(), id.clone()),
            _ => return Err(invalid("Specify either a grant token or both a key and a grant.")),
        };
        let key = self.key_itself(call, &key_id).await?;
        self.keyring.grant(&key, &id)
    }
}

fn may_retire(call: &Call, grant: &Grant) -> bool {
    let caller = &call.caller;
    let role = match &caller.identity {
        Identity::Session(session) => session.role_arn.as_str(),
        _ => "",
    };
    let principals = [caller.arn.as_ref(), role];
    let asked = Asked { operation: "RetireGrant", ..Asked::default() };
    caller.is_root()
        || grant.retiring.as_deref().is_some_and(|retiring| principals.contains(&retiring))
        || principals.iter().any(|principal| grant.permits(principal, &asked))
}
