use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, UNIX_EPOCH},
};

use api::{
    Call, Caller, Handle,
    signer::{
        CancelSigningProfile, CancelSigningProfileRequest, GetRevocationStatus,
        GetRevocationStatusRequest, GetSigningProfile, GetSigningProfileRequest,
        ListSigningProfiles, ListSigningProfilesRequest, PutSigningProfile,
        PutSigningProfileRequest, PutSigningProfileResponse, RevokeSignature,
        RevokeSignatureRequest, RevokeSigningProfile, RevokeSigningProfileRequest,
    },
};
use engine::RandomIds;
use model::code_signing::{Signature, Trust};
use store::{Clock, SystemClock};
use wire::{ApiError, RequestId, Timestamp};

use super::*;

const NOW_MS: i64 = 1_000_000;

async fn signer() -> Signer {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let parts = Parts {
        account: "000000000000".into(),
        records: store::memory::open(&clock).records,
        roots: Arc::default(),
        ids: Arc::new(RandomIds),
    };
    Signer::open(parts).await.unwrap()
}

fn call() -> Call {
    Call {
        request_id: RequestId::from_random([7; 16]),
        region: "us-east-1".into(),
        account_id: "000000000000".into(),
        caller: Caller::root(&"000000000000".into()),
        endpoint: "http://127.0.0.1:4566".into(),
        source_ip: std::net::Ipv4Addr::LOCALHOST.into(),
        now: UNIX_EPOCH + Duration::from_millis(u64::try_from(NOW_MS).unwrap()),
        trace_header: None,
    }
}

async fn put(signer: &Signer, certificate: &str) -> Result<PutSigningProfileResponse, ApiError> {
    let parameters = BTreeMap::from([("certificate".to_owned(), certificate.to_owned())]);
    let input = PutSigningProfileRequest {
        profile_name: "Build".into(),
        platform_id: "AWSLambda-SHA384-ECDSA".into(),
        signing_parameters: Some(parameters),
        ..PutSigningProfileRequest::default()
    };
    Handle::<PutSigningProfile>::handle(signer, &call(), input).await
}

fn signature(profile_version: &str, signed_ms: i64) -> Signature {
    Signature {
        profile_version: profile_version.to_owned(),
        job: "arn:aws:signer:us-east-1:000000000000:/signing-jobs/job-1".into(),
        signed: model::Timestamp::from_epoch_ms(signed_ms),
        expires: model::Timestamp::from_epoch_ms(NOW_MS),
        signer: String::new(),
        root: None,
    }
}

async fn revoke(signer: &Signer, version: &str, effective_ms: i64) -> Result<(), ApiError> {
    let input = RevokeSigningProfileRequest {
        profile_name: "Build".into(),
        profile_version: version.to_owned(),
        reason: "lost".into(),
        effective_time: Timestamp::from_epoch_ms(effective_ms),
    };
    Handle::<RevokeSigningProfile>::handle(signer, &call(), input).await
}

#[tokio::test]
async fn a_version_trusts_its_own_certificate_however_it_is_spelled() {
    let signer = signer().await;
    let digits = "ab".repeat(32);
    let made = put(&signer, &["AB"; 32].join(":")).await.unwrap().profile_version_arn.unwrap();
    assert!(signer.is_signer(&made, &digits));
    assert!(!signer.is_signer(&made, &"cd".repeat(32)));
    assert!(!signer.is_signer(&made.replace("000000000000", "111111111111"), &digits));
    assert!(!signer.is_signer(&format!("{made}x"), &digits));
    assert!(put(&signer, "ab").await.is_err());
}

#[tokio::test]
async fn a_profile_that_was_given_up_gets_another_version_and_the_old_one_counts_on() {
    let signer = signer().await;
    let first = put(&signer, &"ab".repeat(32)).await.unwrap();
    assert!(put(&signer, &"cd".repeat(32)).await.is_err(), "it is active");
    let cancel = CancelSigningProfileRequest { profile_name: "Build".into() };
    Handle::<CancelSigningProfile>::handle(&signer, &call(), cancel).await.unwrap();
    let listed = ListSigningProfilesRequest::default();
    let listed = Handle::<ListSigningProfiles>::handle(&signer, &call(), listed).await.unwrap();
    assert_eq!(listed.profiles.unwrap(), []);
    let second = put(&signer, &"cd".repeat(32)).await.unwrap();
    assert!(signer.is_signer(&first.profile_version_arn.unwrap(), &"ab".repeat(32)));
    let get = GetSigningProfileRequest { profile_name: "Build".into(), profile_owner: None };
    let shown = Handle::<GetSigningProfile>::handle(&signer, &call(), get).await.unwrap();
    assert_eq!(
        (shown.profile_version, shown.status.as_deref()),
        (second.profile_version, Some("Active"))
    );
}

#[tokio::test]
async fn a_version_is_revoked_from_a_time_on_and_a_job_altogether() {
    let signer = signer().await;
    let made = put(&signer, &"ab".repeat(32)).await.unwrap();
    let (version, arn) = (made.profile_version.unwrap(), made.profile_version_arn.unwrap());
    assert!(revoke(&signer, &version, NOW_MS + 1).await.is_err(), "in the future");
    assert!(revoke(&signer, "0123456789", 500).await.is_err(), "another version");
    revoke(&signer, &version, 500).await.unwrap();
    assert!(revoke(&signer, &version, 500).await.is_err(), "twice");
    let revoked = |signed_ms| signer.is_revoked(&signature(&arn, signed_ms));
    assert_eq!([499, 500].map(revoked), [false, true]);
    let job =
        RevokeSignatureRequest { job_id: "job-1".into(), ..RevokeSignatureRequest::default() };
    Handle::<RevokeSignature>::handle(&signer, &call(), job).await.unwrap();
    assert!(revoked(499));
    let asked = GetRevocationStatusRequest {
        signature_timestamp: Timestamp::from_epoch_ms(499),
        platform_id: "AWSLambda-SHA384-ECDSA".into(),
        profile_version_arn: arn.clone(),
        job_arn: signature("", 0).job,
        certificate_hashes: vec![],
    };
    let answer = Handle::<GetRevocationStatus>::handle(&signer, &call(), asked).await.unwrap();
    assert_eq!(answer.revoked_entities, Some(vec![signature("", 0).job]));
}
