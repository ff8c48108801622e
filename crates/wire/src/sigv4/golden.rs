//! Requests signed by botocore 1.44.5 at 2025-11-25T02:26:54Z.

use http::request::Parts;
use serde::Deserialize;

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::*;

pub(super) const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
pub(super) const TOKEN: &str = "IQoJb3/token+==";
pub(super) const SKEW: Duration = Duration::from_secs(300);

pub(super) fn now() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_764_037_614)
}

pub(super) fn verifier() -> Verifier<impl Keyring<Owner = ()>> {
    let find = |id: &str| {
        let session_token = match id {
            "AKIDEXAMPLE" => None,
            "ASIAEXAMPLE" => Some(TOKEN.into()),
            _ => return None,
        };
        Some(Credential { secret: SECRET.into(), session_token, expires_at: None })
    };
    Verifier::new(find, SKEW)
}

/// One request as botocore sent it.
#[derive(Deserialize)]
pub(super) struct Vector {
    pub(super) name: String,
    method: String,
    target: String,
    headers: BTreeMap<String, String>,
    pub(super) body: String,
}

impl Vector {
    pub(super) fn all() -> Vec<Self> {
        serde_json::from_str(include_str!("../../tests/golden/sigv4.json")).unwrap()
    }

    pub(super) fn named(name: &str) -> Self {
        Self::all().into_iter().find(|vector| vector.name == name).unwrap()
    }

    pub(super) fn parts(&self) -> Parts {
        let mut request = http::Request::builder().method(self.method.as_str()).uri(&self.target);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        request.body(()).unwrap().into_parts().0
    }
}

#[test]
fn every_request_is_accepted() {
    let verifier = verifier();
    // Twice: the second time with the key that was remembered.
    for vector in Vector::all().iter().chain(&Vector::all()) {
        let outcome = verifier.verify(&vector.parts(), vector.body.as_bytes(), now());
        assert!(outcome.is_ok(), "{}: {outcome:?}", vector.name);
    }
}

#[test]
fn the_scope_is_told() {
    let vector = Vector::named("aws json");
    let verified = verifier().verify(&vector.parts(), vector.body.as_bytes(), now()).unwrap();
    let expected = Verified {
        owner: (),
        access_key_id: "AKIDEXAMPLE".into(),
        region: "eu-central-1".into(),
        service: "logs".into(),
        presigned: false,
    };
    assert_eq!(verified, expected);
}

#[test]
fn our_signer_signs_as_botocore_does() {
    let signer = signer("us-east-1", "lambda");
    for name in
        ["a body and a content type", "no body", "an invocation with headers", "repeated keys"]
    {
        let vector = Vector::named(name);
        let mut parts = vector.parts();
        let expected = parts.headers.remove("authorization").unwrap();
        signer.sign(&mut parts, vector.body.as_bytes(), now()).unwrap();
        assert_eq!(parts.headers["authorization"], expected, "{name}");
    }
}

#[test]
fn our_links_are_those_of_botocore() {
    let vector = Vector::named("a presigned s3 url");
    let url: http::Uri = "http://127.0.0.1:4566/bucket/code%20of/f.zip".parse().unwrap();
    let link = signer("us-east-1", "s3")
        .presign(http::Method::GET, &url, Duration::from_secs(600), now())
        .unwrap();
    let signature = |text: &str| text.split_once("X-Amz-Signature=").unwrap().1[..64].to_owned();
    assert_eq!(signature(&link.to_string()), signature(&vector.target));
}

pub(super) fn signer(region: &str, service: &str) -> Signer {
    Signer {
        access_key_id: "AKIDEXAMPLE".into(),
        secret: SECRET.into(),
        session_token: None,
        region: region.into(),
        service: service.into(),
    }
}
