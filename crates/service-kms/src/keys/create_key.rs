//! `CreateKey`.

use std::collections::BTreeMap;

use api::{
    Call, Handle,
    kms::{CreateKey, CreateKeyRequest, CreateKeyResponse, errors},
};
use store::Expect;
use wire::ApiError;

use crate::{
    Kms,
    error::{not_offered, unavailable},
    key::{Key, Made, Manager, SPEC, State, USAGE},
    key_policies::default_policy,
    keyring::record,
    tags,
};

impl Handle<CreateKey> for Kms {
    async fn handle(
        &self,
        call: &Call,
        input: CreateKeyRequest,
    ) -> Result<CreateKeyResponse, ApiError> {
        check_kind(&input)?;
        let here = self.keyring.here(&call.region);
        let id = self.ids.next().to_string();
        let arn = here.key_arn(&id);
        let policy = input.policy.unwrap_or_else(|| default_policy(&self.keyring.account));
        let bypass = input.bypass_policy_lockout_safety_check.unwrap_or(false);
        self.check_policy(call, &arn, (&policy, bypass))?;
        let mut tags = BTreeMap::new();
        tags::add(&mut tags, &input.tags.unwrap_or_default(), self.config.tags_per_key)?;
        self.check_room(&call.region)?;
        let key = Key {
            region: call.region.to_string(),
            id,
            manager: Manager::Customer,
            created_ms: self.clock.now_ms(),
            description: input.description.unwrap_or_default(),
            state: State::Enabled,
            policy,
            tags,
            material: vec![self.material(&arn, Made::WithTheKey)?],
            rotation: None,
        };
        let put = self.keyring.keys.put(&record(&key.region, &key.id), &key, Expect::Absent).await;
        put.map_err(|error| unavailable(&error))?;
        Ok(CreateKeyResponse { key_metadata: Some(key.show(&self.keyring.account)) })
    }
}

impl Kms {
    fn check_room(&self, region: &str) -> Result<(), ApiError> {
        let most = self.config.keys;
        if self.keyring.keys.range(&record(region, ""), None, most).len() < most {
            return Ok(());
        }
        Err(errors::limit_exceeded(format!("The account has reached its limit of {most} keys.")))
    }
}

/// Refuses every kind of key but one.
fn check_kind(input: &CreateKeyRequest) -> Result<(), ApiError> {
    let spec = input.key_spec.as_deref().or(input.customer_master_key_spec.as_deref());
    if let Some(spec) = spec.filter(|spec| *spec != SPEC) {
        return Err(not_offered(&format!("KeySpec {spec}")));
    }
    if let Some(usage) = input.key_usage.as_deref().filter(|usage| *usage != USAGE) {
        return Err(errors::unsupported_operation(format!(
            "KeyUsage {usage} is not compatible with KeySpec {SPEC}"
        )));
    }
    if let Some(origin) = input.origin.as_deref().filter(|origin| *origin != "AWS_KMS") {
        return Err(not_offered(&format!("Origin {origin}")));
    }
    match input {
        CreateKeyRequest { custom_key_store_id: Some(_), .. } => {
            Err(not_offered("CustomKeyStoreId"))
        }
        CreateKeyRequest { xks_key_id: Some(_), .. } => Err(not_offered("XksKeyId")),
        CreateKeyRequest { multi_region: Some(true), .. } => Err(not_offered("MultiRegion")),
        _ => Ok(()),
    }
}
