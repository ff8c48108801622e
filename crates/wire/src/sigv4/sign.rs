//! Signing, for links that this server hands out and for clients of it.

use std::fmt::Write;
use std::time::{Duration, SystemTime};

use http::request::Parts;
use http::uri::{PathAndQuery, Uri};
use http::{HeaderValue, Method, header};
use percent_encoding::utf8_percent_encode;
use sha2::{Digest, Sha256};

use super::canonical::Canonical;
use super::key;
use super::{ALGORITHM, Refusal, S3, Scope, Secret, TERMINATOR, UNSIGNED_PAYLOAD, instant};
use crate::percent::RESERVED;

/// Signs requests for one region and service.
#[derive(Clone, Debug)]
pub struct Signer {
    /// The access key id.
    pub access_key_id: String,
    /// The secret access key.
    pub secret: Secret,
    /// The session token, for temporary credentials.
    pub session_token: Option<Secret>,
    /// The region.
    pub region: String,
    /// The service.
    pub service: String,
}

impl Signer {
    /// Adds `X-Amz-Date` and `Authorization` to a request, over its host, its content type and its `x-amz-` headers.
    ///
    /// Fails if the request has no `Host` header.
    pub fn sign(&self, parts: &mut Parts, body: &[u8], now: SystemTime) -> Result<(), Refusal> {
        let amz_date = instant::format(now);
        parts.headers.insert("x-amz-date", value(&amz_date)?);
        if let Some(token) = &self.session_token {
            parts.headers.insert("x-amz-security-token", value(token.reveal())?);
        }
        let names = parts.headers.keys().map(http::HeaderName::as_str);
        let mut signed: Vec<_> = names
            .filter(|name| *name == "host" || *name == "content-type" || name.starts_with("x-amz-"))
            .collect();
        signed.sort_unstable();
        let signed = signed.join(";");
        let payload_hash =
            match parts.headers.get("x-amz-content-sha256").and_then(|value| value.to_str().ok()) {
                Some(declared) => declared.to_owned(),
                None => hex::encode(Sha256::digest(body)),
            };
        let signature = self.signature(parts, &signed, &payload_hash, &amz_date)?;
        let authorization = format!(
            "{ALGORITHM} Credential={}, SignedHeaders={signed}, Signature={signature}",
            self.credential(&amz_date)
        );
        parts.headers.insert(header::AUTHORIZATION, value(&authorization)?);
        Ok(())
    }

    /// Makes a URL that anyone may call for a while, without a body (or, for S3, with any).
    ///
    /// Fails if the URL has no host.
    pub fn presign(
        &self,
        method: Method,
        url: &Uri,
        good_for: Duration,
        now: SystemTime,
    ) -> Result<Uri, Refusal> {
        let no_host = || Refusal::Incomplete("a URL without a host cannot be signed".into());
        let host = url.authority().ok_or_else(no_host)?.as_str();
        let amz_date = instant::format(now);
        let mut query = url.query().map_or_else(String::new, |query| format!("{query}&"));
        let encoded = |text: &str| utf8_percent_encode(text, RESERVED).to_string();
        let credential = encoded(&self.credential(&amz_date));
        let expires_s = good_for.as_secs();
        let _ = write!(
            query,
            "X-Amz-Algorithm={ALGORITHM}&X-Amz-Credential={credential}&X-Amz-Date={amz_date}&X-Amz-Expires={expires_s}&X-Amz-SignedHeaders=host"
        );
        if let Some(token) = &self.session_token {
            let _ = write!(query, "&X-Amz-Security-Token={}", encoded(token.reveal()));
        }
        let with_query = |query: &str| {
            let mut parts = url.clone().into_parts();
            parts.path_and_query = PathAndQuery::try_from(format!("{}?{query}", url.path())).ok();
            Uri::from_parts(parts).map_err(|_| no_host())
        };
        let (mut parts, ()) = http::Request::new(()).into_parts();
        parts.method = method;
        parts.uri = with_query(&query)?;
        parts.headers.insert(header::HOST, value(host)?);
        let empty = hex::encode(Sha256::digest([]));
        let payload_hash = if self.service == S3 { UNSIGNED_PAYLOAD } else { &empty };
        let signature = self.signature(&parts, "host", payload_hash, &amz_date)?;
        with_query(&format!("{query}&X-Amz-Signature={signature}"))
    }

    fn credential(&self, amz_date: &str) -> String {
        format!(
            "{}/{}/{}/{}/{TERMINATOR}",
            self.access_key_id,
            &amz_date[..8],
            self.region,
            self.service
        )
    }

    fn signature(
        &self,
        parts: &Parts,
        signed_headers: &str,
        payload_hash: &str,
        amz_date: &str,
    ) -> Result<String, Refusal> {
        let scope = Scope {
            access_key_id: &self.access_key_id,
            date: &amz_date[..8],
            region: &self.region,
            service: &self.service,
        };
        let canonical = Canonical { parts, service: &self.service, signed_headers, payload_hash };
        let key = key::derive(&self.secret, &scope);
        Ok(hex::encode(key::sign(key, amz_date, &scope, &canonical.digest()?)))
    }
}

fn value(text: &str) -> Result<HeaderValue, Refusal> {
    HeaderValue::from_str(text).map_err(|_| {
        Refusal::Incomplete("a credential holds characters that no header can carry".into())
    })
}
