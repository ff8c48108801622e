use std::time::Duration;

use http::HeaderValue;
use http::request::Parts;
use proptest::prelude::*;

use super::golden::{SECRET, SKEW, TOKEN, Vector, now, signer, verifier};
use super::*;
use crate::Protocol;

fn verify(parts: &Parts, body: &str) -> Result<Verified, Refusal> {
    verifier().verify(parts, body.as_bytes(), now())
}

/// A request that is right, to be broken by a test.
fn request() -> (Parts, String) {
    let vector = Vector::named("an invocation with headers");
    (vector.parts(), vector.body)
}

fn authorization(change: impl FnOnce(String) -> String) -> Result<Verified, Refusal> {
    let (mut parts, body) = request();
    let text = parts.headers["authorization"].to_str().unwrap().to_owned();
    parts.headers.insert("authorization", HeaderValue::from_str(&change(text)).unwrap());
    verify(&parts, &body)
}

fn incomplete(found: Result<Verified, Refusal>) -> String {
    match found {
        Err(Refusal::Incomplete(message)) => message,
        other => panic!("not incomplete: {other:?}"),
    }
}

#[test]
fn a_request_without_a_signature_has_no_token() {
    let (mut parts, body) = request();
    parts.headers.remove("authorization");
    assert_eq!(verify(&parts, &body), Err(Refusal::Missing));
    assert_eq!(authorization(|_| "Bearer xyz".into()), Err(Refusal::Missing));
}

#[test]
fn everything_that_is_missing_is_named() {
    let message =
        incomplete(authorization(|_| "AWS4-HMAC-SHA256 Credential=a/b/c/d/aws4_request".into()));
    let expected = "Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter.";
    assert_eq!(message, expected);
    let (mut parts, body) = request();
    parts.headers.remove("x-amz-date");
    assert!(incomplete(verify(&parts, &body)).contains("'X-Amz-Date'"));
}

#[test]
fn a_credential_must_have_five_parts() {
    let message = incomplete(authorization(|text| text.replace("/aws4_request", "")));
    assert!(message.starts_with("Credential must have exactly 5"), "{message}");
}

#[test]
fn another_algorithm_is_not_understood() {
    let message = incomplete(authorization(|text| {
        text.replace("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256")
    }));
    assert_eq!(message, "Unsupported AWS 'algorithm': 'AWS4-ECDSA-P256-SHA256'");
}

#[test]
fn an_unknown_key_is_refused() {
    assert_eq!(
        authorization(|text| text.replace("AKIDEXAMPLE", "AKIDOTHER")),
        Err(Refusal::UnknownKey)
    );
}

#[test]
fn another_scope_is_another_signature() {
    for (from, to) in [("us-east-1", "us-east-2"), ("/lambda/", "/logs/")] {
        assert_eq!(authorization(|text| text.replace(from, to)), Err(Refusal::Mismatch), "{to}");
    }
}

#[test]
fn host_and_amz_headers_must_be_signed() {
    let message = incomplete(authorization(|text| text.replace("host;", "")));
    assert!(message.contains("'Host'"), "{message}");
    let (mut parts, body) = request();
    parts.headers.insert("x-amz-tenant-id", HeaderValue::from_static("someone"));
    assert!(incomplete(verify(&parts, &body)).contains("'x-amz-tenant-id'"));
}

#[test]
fn a_signed_header_must_be_there() {
    let (mut parts, body) = request();
    parts.headers.remove("x-amz-log-type");
    assert!(incomplete(verify(&parts, &body)).contains("'x-amz-log-type'"));
}

#[test]
fn an_old_signature_says_how_old_it_is() {
    let (parts, body) = request();
    let late = now() + SKEW + Duration::from_secs(1);
    let expected = "Signature expired: 20251125T022654Z is now earlier than 20251125T022655Z (20251125T023155Z - 5 min.)";
    assert_eq!(
        verifier().verify(&parts, body.as_bytes(), late),
        Err(Refusal::Expired(expected.into()))
    );
    assert!(verifier().verify(&parts, body.as_bytes(), now() + SKEW).is_ok());
}

#[test]
fn a_signature_of_the_future_is_not_yet_current() {
    let (parts, body) = request();
    let early = now() - SKEW - Duration::from_secs(1);
    let expected = "Signature not yet current: 20251125T022654Z is still later than 20251125T022653Z (20251125T022153Z + 5 min.)";
    assert_eq!(
        verifier().verify(&parts, body.as_bytes(), early),
        Err(Refusal::Expired(expected.into()))
    );
}

#[test]
fn the_day_of_the_scope_is_that_of_the_date() {
    let refused = authorization(|text| text.replace("/20251125/", "/20251124/"));
    assert!(
        matches!(refused, Err(Refusal::Expired(message)) if message.starts_with("Date in Credential scope"))
    );
}

#[test]
fn a_link_is_good_for_as_long_as_it_says() {
    let vector = Vector::named("a presigned url");
    let check =
        |after: u64| verifier().verify(&vector.parts(), b"", now() + Duration::from_secs(after));
    assert!(check(900).unwrap().presigned);
    assert!(matches!(check(901), Err(Refusal::Expired(_))));
}

#[test]
fn a_link_cannot_be_made_to_last() {
    let vector = Vector::named("a presigned url");
    let mut parts = vector.parts();
    for (expires, expected) in
        [("901", Refusal::Mismatch), ("604801", Refusal::Incomplete(String::new()))]
    {
        let target =
            parts.uri.to_string().replace("X-Amz-Expires=900", &format!("X-Amz-Expires={expires}"));
        parts.uri = target.parse().unwrap();
        let refused = verify(&parts, "").unwrap_err();
        assert_eq!(
            std::mem::discriminant(&refused),
            std::mem::discriminant(&expected),
            "{refused:?}"
        );
        parts = vector.parts();
    }
}

#[test]
fn a_declared_hash_must_be_that_of_the_body() {
    let vector = Vector::named("s3 with its own path rules");
    assert!(verify(&vector.parts(), "hello").is_ok());
    assert_eq!(verify(&vector.parts(), "other"), Err(Refusal::Mismatch));
}

#[test]
fn a_body_may_be_left_unsigned() {
    let (mut parts, ()) =
        http::Request::post("/bucket/key").header("host", "h").body(()).unwrap().into_parts();
    parts.headers.insert("x-amz-content-sha256", HeaderValue::from_static("UNSIGNED-PAYLOAD"));
    signer("us-east-1", "s3").sign(&mut parts, b"", now()).unwrap();
    assert!(verify(&parts, "anything").is_ok());
}

#[test]
fn a_session_token_must_be_the_right_one_and_alive() {
    let mut template = signer("us-east-1", "lambda");
    template.access_key_id = "ASIAEXAMPLE".into();
    let sent_with = |token: Option<&str>| {
        let signer = Signer { session_token: token.map(Secret::from), ..template.clone() };
        let (mut parts, ()) =
            http::Request::get("/").header("host", "h").body(()).unwrap().into_parts();
        signer.sign(&mut parts, b"", now()).unwrap();
        parts
    };
    assert!(verify(&sent_with(Some(TOKEN)), "").is_ok());
    assert_eq!(verify(&sent_with(Some("other")), ""), Err(Refusal::UnknownKey));
    assert_eq!(verify(&sent_with(None), ""), Err(Refusal::UnknownKey));

    let ended = |_: &str| {
        Some(Credential {
            secret: SECRET.into(),
            session_token: Some(TOKEN.into()),
            expires_at: Some(now()),
        })
    };
    let refused = Verifier::new(ended, SKEW).verify(&sent_with(Some(TOKEN)), b"", now());
    assert_eq!(refused, Err(Refusal::TokenExpired));
}

#[test]
fn a_replaced_secret_is_not_remembered() {
    let secret = parking_lot::Mutex::new(SECRET);
    let find = |_: &str| {
        Some(Credential { secret: (*secret.lock()).into(), session_token: None, expires_at: None })
    };
    let verifier = Verifier::new(find, SKEW);
    let (parts, body) = request();
    assert!(verifier.verify(&parts, body.as_bytes(), now()).is_ok());
    *secret.lock() = "another secret";
    assert_eq!(verifier.verify(&parts, body.as_bytes(), now()), Err(Refusal::Mismatch));
}

#[test]
fn each_protocol_has_its_own_names_for_a_refusal() {
    let query = Protocol::Query { namespace: "" };
    for (refusal, protocol, code, status) in [
        (Refusal::Missing, Protocol::RestJson, "MissingAuthenticationTokenException", 403),
        (Refusal::Mismatch, Protocol::RestJson, "InvalidSignatureException", 403),
        (Refusal::UnknownKey, Protocol::AwsJson11, "UnrecognizedClientException", 400),
        (Refusal::UnknownKey, query, "InvalidClientTokenId", 403),
        (Refusal::Mismatch, query, "SignatureDoesNotMatch", 403),
    ] {
        let error = refusal.to_error(protocol);
        assert_eq!((error.code(), error.status().as_u16()), (code, status));
    }
}

#[test]
fn what_is_claimed_can_be_read_without_being_believed() {
    let (mut parts, _) = request();
    let forged = parts.headers["authorization"].to_str().unwrap().replace("us-east-1", "mars-1");
    parts.headers.insert("authorization", HeaderValue::from_str(&forged).unwrap());
    let told = peek(&parts, |scope| (scope.region.to_owned(), scope.service.to_owned()));
    assert_eq!(told, Some(("mars-1".into(), "lambda".into())));
}

#[test]
fn secrets_do_not_show() {
    assert_eq!(format!("{:?}", Secret::from(SECRET)), "Secret");
}

proptest! {
    #[test]
    fn no_header_makes_it_panic(authorization in "[ -~]{0,200}", date in "[ -~]{0,20}") {
        let (mut parts, body) = request();
        for text in [authorization.clone(), format!("AWS4-HMAC-SHA256 {authorization}")] {
            parts.headers.insert("authorization", HeaderValue::from_str(&text).unwrap());
            parts.headers.insert("x-amz-date", HeaderValue::from_str(&date).unwrap());
            prop_assert!(verify(&parts, &body).is_err());
        }
    }

    #[test]
    fn no_parameters_make_it_panic(credential in "[ -~]{0,60}", headers in "[ -~&&[^,]]{0,40}", signature in "[0-9a-f]{60,66}") {
        let text = format!("Credential={credential}, SignedHeaders=host;{headers}, Signature={signature}");
        let refused = authorization(|_| "AWS4-HMAC-SHA256 ".to_owned() + &text);
        prop_assert!(refused.is_err());
    }

    #[test]
    fn no_query_makes_it_panic(query in "[!-~&&[^#\"<>`{}]]{0,120}") {
        let target = format!("/?X-Amz-Algorithm=AWS4-HMAC-SHA256&{query}");
        if let Ok(request) = http::Request::get(target).header("host", "h").body(()) {
            prop_assert!(verify(&request.into_parts().0, "").is_err());
        }
    }

    #[test]
    fn what_is_signed_is_accepted_and_any_flipped_byte_is_not(
        segment in "[a-zA-Z0-9$:%-]{1,20}",
        value in "[ -~]{0,20}",
        mut body in proptest::collection::vec(any::<u8>(), 1..200),
        at in any::<proptest::sample::Index>(),
        bit in 0_u8..8,
    ) {
        let encoded = |text: &str| percent_encoding::utf8_percent_encode(text, crate::percent::RESERVED).to_string();
        let target = format!("/2015-03-31/{}?q={}", encoded(&segment), encoded(&value));
        let (mut parts, ()) = http::Request::post(target).header("host", "h").body(()).unwrap().into_parts();
        signer("us-east-1", "lambda").sign(&mut parts, &body, now()).unwrap();
        let verifier = verifier();
        prop_assert!(verifier.verify(&parts, &body, now()).is_ok());

        let changed = at.index(body.len());
        body[changed] ^= 1 << bit;
        prop_assert_eq!(verifier.verify(&parts, &body, now()), Err(Refusal::Mismatch));
        body[changed] ^= 1 << bit;

        let mut signature = parts.headers["authorization"].to_str().unwrap().to_owned().into_bytes();
        let digit = signature.len() - 64 + at.index(64);
        signature[digit] = if signature[digit] == b'0' { b'1' } else { b'0' };
        parts.headers.insert("authorization", HeaderValue::from_bytes(&signature).unwrap());
        prop_assert_eq!(verifier.verify(&parts, &body, now()), Err(Refusal::Mismatch));
    }
}
