use std::{
    collections::BTreeMap,
    net::Ipv4Addr,
    sync::Arc,
    time::{Duration, SystemTime},
};

use api::{
    Access, AccessDenied, Authorize, Call, Caller, Handle, KeyArns, Resources,
    kms::{
        CreateAlias, CreateAliasRequest, CreateKey, CreateKeyRequest, DisableKey,
        DisableKeyRequest, EnableKey, EnableKeyRequest, EnableKeyRotation,
        EnableKeyRotationRequest, Encrypt, EncryptRequest, ListAliases, ListAliasesRequest,
        ListGrants, ListGrantsRequest, RotateKeyOnDemand, RotateKeyOnDemandRequest,
        ScheduleKeyDeletion, ScheduleKeyDeletionRequest,
    },
};
use engine::RandomIds;
use store::{Clock, Records};
use testkit::ManualClock;
use vault::{KeyError, KeyService, MasterKey};
use wire::{ApiError, RequestId};

use super::*;
use crate::key::{Key, State};

const REGION: &str = "us-east-1";
const FUNCTION: &str = "arn:aws:lambda:us-east-1:000000000000:function:f";
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Lets everybody do everything, but for what it is told to deny.
#[derive(Debug, Default)]
struct Denying(Option<&'static str>);

impl Authorize for Denying {
    fn authorize(&self, _: &Caller, access: &Access<'_>) -> Result<(), AccessDenied> {
        match self.0 {
            Some(action) if action == access.action => {
                Err(AccessDenied { message: format!("no {action}") })
            }
            _ => Ok(()),
        }
    }
}

struct Fixture {
    kms: Kms,
    clock: Arc<ManualClock>,
    records: Arc<dyn Records>,
    master: Arc<MasterKey>,
}

impl Fixture {
    async fn new() -> Self {
        Self::with(KmsConfig::default()).await
    }

    async fn with(config: KmsConfig) -> Self {
        let clock = Arc::new(ManualClock::new());
        let as_clock: Arc<dyn Clock> = Arc::<ManualClock>::clone(&clock);
        let records = store::memory::open(&as_clock).records;
        let master = Arc::new(MasterKey::generate());
        let service = Arc::clone(&master) as Arc<dyn KeyService>;
        let keyring = Keyring::open("000000000000".into(), &records, service).await.unwrap();
        let kms = Kms::new(Parts { keyring, clock: as_clock, ids: Arc::new(RandomIds) }, &config);
        Self { kms, clock, records, master }
    }

    async fn key(&self) -> String {
        self.create().await.unwrap()
    }

    async fn create(&self) -> Result<String, ApiError> {
        let input = CreateKeyRequest::default();
        let made = Handle::<CreateKey>::handle(&self.kms, &call(), input).await?;
        Ok(made.key_metadata.unwrap().arn.unwrap())
    }

    fn record(&self, arn: &str) -> Option<Arc<Key>> {
        self.kms.keyring.find(REGION, arn).ok()
    }

    async fn disable(&self, key: &str) -> Result<(), ApiError> {
        let input = DisableKeyRequest { key_id: key.to_owned() };
        Handle::<DisableKey>::handle(&self.kms, &call(), input).await
    }

    async fn enable(&self, key: &str) -> Result<(), ApiError> {
        let input = EnableKeyRequest { key_id: key.to_owned() };
        Handle::<EnableKey>::handle(&self.kms, &call(), input).await
    }

    async fn schedule(&self, key: &str) -> Result<(), ApiError> {
        let key_id = key.to_owned();
        let input = ScheduleKeyDeletionRequest { key_id, pending_window_in_days: Some(7) };
        Handle::<ScheduleKeyDeletion>::handle(&self.kms, &call(), input).await.map(drop)
    }

    async fn alias(&self, name: &str, key: &str) -> Result<(), ApiError> {
        let input = CreateAliasRequest { alias_name: name.into(), target_key_id: key.into() };
        Handle::<CreateAlias>::handle(&self.kms, &call(), input).await
    }

    async fn encrypt(&self, key: &str) -> Result<Vec<u8>, ApiError> {
        let input = EncryptRequest {
            key_id: key.to_owned(),
            plaintext: b"plain".as_slice().into(),
            ..EncryptRequest::default()
        };
        let answer = Handle::<Encrypt>::handle(&self.kms, &call(), input).await?;
        Ok(answer.ciphertext_blob.unwrap().to_vec())
    }

    /// Gives the keys as the function's role sees them.
    fn role(&self, denied: Option<&'static str>) -> KeysFor {
        let origin = Origin {
            caller: Caller::root(&"000000000000".into()),
            region: REGION.into(),
            now: SystemTime::UNIX_EPOCH,
            source_ip: Ipv4Addr::LOCALHOST.into(),
        };
        let guard = Arc::new(Denying(denied));
        KeysFor::new(self.kms.keyring(), guard, origin, FUNCTION.to_owned())
    }

    async fn grants(&self, key: &str) -> usize {
        let input = ListGrantsRequest { key_id: key.to_owned(), ..ListGrantsRequest::default() };
        let answer = Handle::<ListGrants>::handle(&self.kms, &call(), input).await.unwrap();
        answer.grants.unwrap().len()
    }
}

fn call() -> Call {
    Call {
        request_id: RequestId::from_random([7; 16]),
        region: REGION.into(),
        account_id: "000000000000".into(),
        caller: Caller::root(&"000000000000".into()),
        endpoint: "http://127.0.0.1:4566".into(),
        source_ip: Ipv4Addr::LOCALHOST.into(),
        now: SystemTime::UNIX_EPOCH,
        trace_header: None,
    }
}

fn code<T: std::fmt::Debug>(outcome: Result<T, ApiError>) -> String {
    outcome.unwrap_err().code().to_owned()
}

#[tokio::test]
async fn every_state_refuses_what_it_has_to() {
    let fixture = Fixture::new().await;
    let key = fixture.key().await;
    assert!(fixture.encrypt(&key).await.is_ok());
    fixture.disable(&key).await.unwrap();
    assert_eq!(code(fixture.encrypt(&key).await), "DisabledException");
    let rotate = |key: &str| {
        let input = RotateKeyOnDemandRequest { key_id: key.to_owned() };
        let call = call();
        let kms = fixture.kms.clone();
        async move { Handle::<RotateKeyOnDemand>::handle(&kms, &call, input).await }
    };
    assert_eq!(code(rotate(&key).await), "DisabledException");
    // Aliases may lead to a disabled key.
    fixture.alias("alias/a", &key).await.unwrap();
    fixture.enable(&key).await.unwrap();
    fixture.schedule(&key).await.unwrap();
    for refused in [
        code(fixture.encrypt(&key).await),
        code(fixture.enable(&key).await),
        code(fixture.disable(&key).await),
        code(fixture.schedule(&key).await),
        code(fixture.alias("alias/b", &key).await),
        code(rotate(&key).await),
    ] {
        assert_eq!(refused, "KMSInvalidStateException");
    }
}

#[tokio::test]
async fn limits_are_configuration() {
    let config =
        KmsConfig { keys: 2, aliases_per_key: 1, on_demand_rotations: 1, ..KmsConfig::default() };
    let fixture = Fixture::with(config).await;
    let key = fixture.key().await;
    fixture.key().await;
    assert_eq!(code(fixture.create().await), "LimitExceededException");
    fixture.alias("alias/a", &key).await.unwrap();
    assert_eq!(code(fixture.alias("alias/b", &key).await), "LimitExceededException");
    for expected in [None, Some("LimitExceededException".to_owned())] {
        let input = RotateKeyOnDemandRequest { key_id: key.clone() };
        let rotated = Handle::<RotateKeyOnDemand>::handle(&fixture.kms, &call(), input).await;
        assert_eq!(rotated.err().map(|error| error.code().to_owned()), expected);
    }
}

#[tokio::test]
async fn a_key_goes_when_its_time_has_come_with_all_that_hangs_on_it() {
    let fixture = Fixture::new().await;
    let key = fixture.key().await;
    fixture.alias("alias/a", &key).await.unwrap();
    fixture.kms.grant_to_function(&fixture.role(None), &key, "arn").await.unwrap();
    fixture.schedule(&key).await.unwrap();
    let upkeep = fixture.kms.upkeep();
    let second = Duration::from_secs(1);
    fixture.clock.advance(DAY * 6 + second * (24 * 60 * 60 - 1));
    upkeep.reconcile().await;
    assert!(fixture.record(&key).is_some());
    fixture.clock.advance(second);
    upkeep.reconcile().await;
    assert_eq!(fixture.record(&key), None);
    let keyring = fixture.kms.keyring();
    assert!(keyring.aliases.range("", None, 9).is_empty());
    assert!(keyring.grants.range("", None, 9).is_empty());
    assert_eq!(code(fixture.encrypt("alias/a").await), "NotFoundException");
}

#[tokio::test]
async fn what_hangs_on_a_key_is_gone_with_it_before_it_is_swept() {
    let fixture = Fixture::new().await;
    let (key, other) = (fixture.key().await, fixture.key().await);
    fixture.alias("alias/a", &key).await.unwrap();
    let record = fixture.record(&key).unwrap();
    let keyring = fixture.kms.keyring();
    keyring.keys.delete(&format!("{REGION}/{}", record.id), store::Expect::Any).await.unwrap();
    let input = ListAliasesRequest::default();
    let listed = Handle::<ListAliases>::handle(&fixture.kms, &call(), input).await;
    assert_eq!(listed.unwrap().aliases.unwrap().len(), 1, "the one of AWS");
    assert_eq!(code(fixture.encrypt("alias/a").await), "NotFoundException");
    fixture.alias("alias/a", &other).await.unwrap();
    fixture.kms.upkeep().reconcile().await;
    assert!(fixture.encrypt("alias/a").await.is_ok());
}

#[tokio::test]
async fn keys_rotate_when_they_are_due_unless_they_are_disabled() {
    let fixture = Fixture::new().await;
    let key = fixture.key().await;
    let input = EnableKeyRotationRequest { key_id: key.clone(), rotation_period_in_days: Some(90) };
    Handle::<EnableKeyRotation>::handle(&fixture.kms, &call(), input).await.unwrap();
    let materials = || fixture.record(&key).unwrap().material.len();
    let upkeep = fixture.kms.upkeep();
    let before = fixture.encrypt(&key).await.unwrap();
    fixture.clock.advance(DAY * 90);
    fixture.disable(&key).await.unwrap();
    upkeep.reconcile().await;
    assert_eq!(materials(), 1);
    fixture.enable(&key).await.unwrap();
    upkeep.reconcile().await;
    upkeep.reconcile().await;
    assert_eq!(materials(), 2);
    let read = ciphertext::Ciphertext::read(&before).unwrap();
    let record = fixture.record(&key).unwrap();
    let opened = fixture.kms.keyring.decrypt(&record, &read, &BTreeMap::new()).unwrap();
    assert_eq!(opened.as_slice(), b"plain");
}

#[tokio::test]
async fn records_tell_nothing_without_the_master_key() {
    let fixture = Fixture::new().await;
    let key = fixture.key().await;
    let blob = fixture.encrypt(&key).await.unwrap();
    let other = Arc::new(MasterKey::generate()) as Arc<dyn KeyService>;
    let stolen = Keyring::open("000000000000".into(), &fixture.records, other).await.unwrap();
    let read = ciphertext::Ciphertext::read(&blob).unwrap();
    let record = stolen.find(REGION, &key).unwrap();
    let opened = stolen.decrypt(&record, &read, &BTreeMap::new());
    assert_eq!(opened, Err(KeyError::Damaged));
}

#[tokio::test]
async fn lambda_seals_for_one_function_under_a_key_as_long_as_the_key_can_be_used() {
    let fixture = Fixture::new().await;
    let key = fixture.key().await;
    let role = fixture.role(None);
    let sealed = role.generate_data_key(Some(&key), "variables").unwrap();
    let open = |keys: &KeysFor| keys.decrypt(Some(&key), &sealed.wrapped, "variables");
    assert_eq!(open(&role).unwrap(), sealed.plain);
    assert_eq!(role.decrypt(Some(&key), &sealed.wrapped, "code"), Err(KeyError::Damaged));
    fixture.alias("alias/a", &key).await.unwrap();
    let alias = "arn:aws:kms:us-east-1:000000000000:alias/a";
    let by_alias = role.generate_data_key(Some(alias), "variables").unwrap();
    let opened = role.decrypt(Some(alias), &by_alias.wrapped, "variables");
    assert_eq!(opened.unwrap(), by_alias.plain);
    let denied = fixture.role(Some("kms:Decrypt"));
    assert_eq!(open(&denied), Err(KeyError::AccessDenied("no kms:Decrypt".into())));
    let denied = fixture.role(Some("kms:Encrypt")).generate_data_key(Some(&key), "variables");
    assert_eq!(denied.unwrap_err(), KeyError::AccessDenied("no kms:Encrypt".into()));
    fixture.disable(&key).await.unwrap();
    assert_eq!(open(&role), Err(KeyError::Disabled(format!("{key} is disabled."))));
    fixture.schedule(&key).await.unwrap();
    assert_eq!(open(&role), Err(KeyError::InvalidState(format!("{key} is pending deletion."))));
    fixture.clock.advance(DAY * 7);
    fixture.kms.upkeep().reconcile().await;
    assert_eq!(open(&role), Err(KeyError::NotFound(format!("Key '{key}' does not exist"))));
}

#[tokio::test]
async fn the_master_key_stays_whom_no_key_is_named_and_opens_what_it_sealed_under_a_name() {
    let fixture = Fixture::new().await;
    let role = fixture.role(Some("kms:Decrypt"));
    let own = role.generate_data_key(None, "variables").unwrap();
    assert_eq!(fixture.master.decrypt(None, &own.wrapped, "variables"), Ok(own.plain.clone()));
    assert_eq!(role.decrypt(None, &own.wrapped, "variables"), Ok(own.plain));
    // As the release before keys did it, under a name that was never more than a name.
    let name = "arn:aws:kms:us-east-1:000000000000:key/never-made";
    let earlier = fixture.master.generate_data_key(Some(name), "variables").unwrap();
    assert_eq!(role.decrypt(Some(name), &earlier.wrapped, "variables"), Ok(earlier.plain));
    let other = role.decrypt(Some("arn:other"), &earlier.wrapped, "variables");
    assert_eq!(other, Err(KeyError::Damaged));
    let anew = role.generate_data_key(Some(name), "variables").unwrap_err();
    assert!(matches!(anew, KeyError::NotFound(_)), "{anew:?}");
}

#[tokio::test]
async fn a_function_has_one_grant_until_it_is_gone() {
    let fixture = Fixture::new().await;
    let key = fixture.key().await;
    for _ in 0..2 {
        fixture.kms.grant_to_function(&fixture.role(None), &key, "arn:role").await.unwrap();
    }
    assert_eq!(fixture.grants(&key).await, 1);
    let now_ms = fixture.clock.now_ms();
    fixture.kms.retire_grants_of_functions(now_ms, |_| true).await;
    assert_eq!(fixture.grants(&key).await, 1, "it is new");
    fixture.kms.retire_grants_of_functions(now_ms + 1, |arn| arn != FUNCTION).await;
    assert_eq!(fixture.grants(&key).await, 1, "its function is there");
    fixture.kms.retire_grants_of_functions(now_ms + 1, |arn| arn == FUNCTION).await;
    assert_eq!(fixture.grants(&key).await, 0);
}

#[tokio::test]
async fn a_grant_needs_permission_a_key_that_can_be_used_and_no_alias() {
    let fixture = Fixture::new().await;
    let key = fixture.key().await;
    fixture.alias("alias/a", &key).await.unwrap();
    let refused = |denied: Option<&'static str>, named: String| {
        let (user, kms) = (fixture.role(denied), fixture.kms.clone());
        async move { kms.grant_to_function(&user, &named, "arn:role").await.unwrap_err() }
    };
    let denied = refused(Some("kms:CreateGrant"), key.clone()).await;
    assert_eq!(denied, KeyError::AccessDenied("no kms:CreateGrant".into()));
    let alias = "arn:aws:kms:us-east-1:000000000000:alias/a".to_owned();
    let text = "Key Aliases are not supported for this operation.";
    assert_eq!(refused(None, alias).await, KeyError::InvalidArn(text.into()));
    fixture.disable(&key).await.unwrap();
    assert!(matches!(refused(None, key.clone()).await, KeyError::Disabled(_)));
    assert_eq!(fixture.grants(&key).await, 0);
}

#[tokio::test]
async fn authorisation_learns_which_key_is_meant() {
    let fixture = Fixture::new().await;
    let key = fixture.key().await;
    fixture.alias("alias/a", &key).await.unwrap();
    let keyring = fixture.kms.keyring();
    for named in [key.as_str(), "alias/a", key.rsplit_once('/').unwrap().1] {
        assert_eq!(keyring.key_arn(REGION, named), Some(key.clone()), "{named}");
    }
    assert_eq!(keyring.key_arn(REGION, "alias/b"), None);
    let blob = fixture.encrypt(&key).await.unwrap();
    assert_eq!(keyring.ciphertext_key_arn(&blob), Some(key.clone()));
    assert!(keyring.is_guarded(&key) && keyring.policy(&key).is_some());
    assert!(!keyring.is_guarded("arn:aws:s3:::b") && !keyring.is_guarded("*"));
    assert_eq!(fixture.record(&key).unwrap().state, State::Enabled);
}
