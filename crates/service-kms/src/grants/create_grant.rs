//! `CreateGrant`.

use api::{
    Call, Handle,
    kms::{CreateGrant, CreateGrantRequest, CreateGrantResponse, errors},
};
use store::Expect;
use wire::ApiError;

use super::Grant;
use crate::{
    Kms,
    error::{dry, invalid, not_offered, unavailable},
    key::Key,
};

/// What can be granted on a symmetric key.
const GRANTABLE: &[&str] = &[
    "Decrypt",
    "Encrypt",
    "GenerateDataKey",
    "GenerateDataKeyWithoutPlaintext",
    "ReEncryptFrom",
    "ReEncryptTo",
    "CreateGrant",
    "RetireGrant",
    "DescribeKey",
];

impl Handle<CreateGrant> for Kms {
    async fn handle(
        &self,
        call: &Call,
        input: CreateGrantRequest,
    ) -> Result<CreateGrantResponse, ApiError> {
        let key = self.own_key(call, &input.key_id, "CreateGrant").await?;
        key.check_usable(&self.keyring.arn(&key))?;
        let dry_run = input.dry_run;
        let grant = self.wanted(&key, input)?;
        dry(dry_run)?;
        let there = self.keyring.grants_on(&key);
        // With a name, asking again gives the grant that there is.
        let same = there.iter().find(|stored| stored.value.is_like(&grant));
        if let Some(same) = same.filter(|_| grant.name.is_some()) {
            return Ok(answer(&same.value));
        }
        if there.len() >= self.config.grants_per_key {
            let most = self.config.grants_per_key;
            return Err(errors::limit_exceeded(format!("A key can have {most} grants.")));
        }
        let put = self.keyring.grants.put(&grant.record(), &grant, Expect::Absent).await;
        put.map_err(|error| unavailable(&error))?;
        Ok(answer(&grant))
    }
}

impl Kms {
    fn wanted(&self, key: &Key, input: CreateGrantRequest) -> Result<Grant, ApiError> {
        if input.grantee_service_principal.is_some() || input.retiring_service_principal.is_some() {
            return Err(not_offered("A grant to a service"));
        }
        let grantee = input.grantee_principal.unwrap_or_default();
        for principal in [Some(&grantee), input.retiring_principal.as_ref()].into_iter().flatten() {
            check_principal(principal)?;
        }
        let unknown = |operation: &&String| !GRANTABLE.contains(&operation.as_str());
        if let Some(operation) = input.operations.iter().find(unknown) {
            let text = format!("Operation {operation} cannot be granted on a symmetric key.");
            return Err(invalid(text));
        }
        let constraints = input.constraints.unwrap_or_default();
        if constraints.source_arn.is_some() {
            return Err(not_offered("Constraints.SourceArn"));
        }
        Ok(Grant {
            region: key.region.clone(),
            key_id: key.id.clone(),
            id: [self.ids.next(), self.ids.next()].map(|id| id.simple().to_string()).concat(),
            name: input.name,
            grantee,
            retiring: input.retiring_principal,
            operations: input.operations,
            subset: constraints.encryption_context_subset,
            equals: constraints.encryption_context_equals,
            created_ms: self.clock.now_ms(),
            function: None,
        })
    }
}

fn answer(grant: &Grant) -> CreateGrantResponse {
    CreateGrantResponse { grant_token: Some(grant.token()), grant_id: Some(grant.id.clone()) }
}

/// Refuses what is not the ARN of a user, a role, a session or an account; AWS's recorded text.
fn check_principal(arn: &str) -> Result<(), ApiError> {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let account = |text: &str| text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit());
    match parts[..] {
        ["arn", "aws", "iam" | "sts", "", owner, who] if account(owner) && !who.is_empty() => {
            Ok(())
        }
        _ => Err(errors::invalid_arn(format!("ARN does not refer to a valid principal: {arn}"))),
    }
}
