//! What a request claims: by which key, for what and when it was signed.

use std::borrow::Cow;

use http::HeaderMap;
use http::request::Parts;

use super::{ALGORITHM, Refusal, TERMINATOR};
use crate::percent;

/// What a signature is good for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope<'a> {
    /// The access key id.
    pub access_key_id: &'a str,
    /// The day, as `20251125`.
    pub date: &'a str,
    /// The region.
    pub region: &'a str,
    /// The service.
    pub service: &'a str,
}

/// A claim that has been read but not checked.
#[derive(Debug)]
pub(super) struct Claim<'a> {
    /// The credential: `<key id>/<date>/<region>/<service>/aws4_request`.
    pub(super) credential: Cow<'a, str>,
    /// The names of the headers that are signed, joined by semicolons.
    pub(super) signed_headers: Cow<'a, str>,
    /// The signature.
    pub(super) signature: [u8; 32],
    /// When it was signed, as `X-Amz-Date` writes it.
    pub(super) amz_date: Cow<'a, str>,
    /// The session token that came along.
    pub(super) token: Option<Cow<'a, str>>,
    /// For how many seconds it is good, if it came in the query string.
    pub(super) expires_s: Option<u32>,
}

/// Reads for what a request says it was signed, without checking anything.
pub fn peek<T>(parts: &Parts, then: impl FnOnce(Scope<'_>) -> T) -> Option<T> {
    let claim = Claim::read(parts).ok()?;
    claim.scope().ok().map(then)
}

impl<'a> Claim<'a> {
    /// Reads the claim of a request: from the `Authorization` header or else from the query string.
    pub(super) fn read(parts: &'a Parts) -> Result<Self, Refusal> {
        if let Some(header) = parts.headers.get(http::header::AUTHORIZATION) {
            let header = header.to_str().map_err(|_| Refusal::Missing)?;
            return Self::from_header(header, &parts.headers);
        }
        match parts.uri.query() {
            Some(query) if query.contains("X-Amz-") => Self::from_query(query),
            _ => Err(Refusal::Missing),
        }
    }

    fn from_header(header: &'a str, headers: &'a HeaderMap) -> Result<Self, Refusal> {
        let (algorithm, rest) = header.split_once(' ').unwrap_or((header, ""));
        if algorithm != ALGORITHM {
            return Err(unsupported(algorithm));
        }
        let mut found = Parameters::default();
        for part in rest.split(',') {
            match part.trim().split_once('=') {
                Some((name, value)) => found.set(name, Cow::Borrowed(value)),
                None => {
                    return Err(Refusal::Incomplete(
                        "not a valid key=value pair (missing equal-sign) in Authorization header"
                            .into(),
                    ));
                }
            }
        }
        let text =
            |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(Cow::Borrowed);
        found.amz_date = text("x-amz-date");
        found.token = text("x-amz-security-token");
        found.finish("Authorization header requires")
    }

    fn from_query(query: &'a str) -> Result<Self, Refusal> {
        let mut found = Parameters::default();
        for (key, value) in percent::pairs(query) {
            match key.strip_prefix("X-Amz-") {
                Some("Algorithm") if value != ALGORITHM => return Err(unsupported(&value)),
                Some("Date") => found.amz_date = Some(value),
                Some("Security-Token") => found.token = Some(value),
                Some("Expires") => found.expires = Some(value),
                Some(name) => found.set(name, value),
                None => {}
            }
        }
        let expires = found.expires.take();
        let mut claim = found.finish("AWS query-string parameters must include")?;
        let seconds = expires
            .as_deref()
            .and_then(|text| text.parse().ok())
            .filter(|seconds| (1..=MAX_EXPIRES_S).contains(seconds));
        match seconds {
            Some(seconds) => claim.expires_s = Some(seconds),
            None => {
                return Err(Refusal::Incomplete(
                    "X-Amz-Expires must be between 1 and 604800 seconds".into(),
                ));
            }
        }
        Ok(claim)
    }

    /// Takes the credential apart.
    pub(super) fn scope(&self) -> Result<Scope<'_>, Refusal> {
        let mut parts = self.credential.split('/');
        let mut next = || parts.next().filter(|part| !part.is_empty());
        match (next(), next(), next(), next(), next(), next()) {
            (Some(access_key_id), Some(date), Some(region), Some(service), Some(TERMINATOR), None) => {
                Ok(Scope { access_key_id, date, region, service })
            }
            _ => Err(Refusal::Incomplete(
                "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term".into(),
            )),
        }
    }
}

/// A presigned URL is good for a week at most.
const MAX_EXPIRES_S: u32 = 604_800;

fn unsupported(algorithm: &str) -> Refusal {
    if algorithm.starts_with("AWS4-") {
        Refusal::Incomplete(format!("Unsupported AWS 'algorithm': '{algorithm}'"))
    } else {
        Refusal::Missing
    }
}

/// The parameters of a signature as they are found.
#[derive(Default)]
struct Parameters<'a> {
    credential: Option<Cow<'a, str>>,
    signed_headers: Option<Cow<'a, str>>,
    signature: Option<Cow<'a, str>>,
    amz_date: Option<Cow<'a, str>>,
    token: Option<Cow<'a, str>>,
    expires: Option<Cow<'a, str>>,
}

impl<'a> Parameters<'a> {
    fn set(&mut self, name: &str, value: Cow<'a, str>) {
        match name {
            "Credential" => self.credential = Some(value),
            "SignedHeaders" => self.signed_headers = Some(value),
            "Signature" => self.signature = Some(value),
            _ => {}
        }
    }

    /// Makes a claim, or says all that is missing.
    fn finish(self, requires: &str) -> Result<Claim<'a>, Refusal> {
        let Self {
            credential: Some(credential),
            signed_headers: Some(signed_headers),
            signature: Some(signature),
            amz_date: Some(amz_date),
            token,
            ..
        } = self
        else {
            return Err(Refusal::Incomplete(self.missing(requires)));
        };
        let mut bytes = [0; 32];
        // A signature of another length or alphabet can only be wrong.
        hex::decode_to_slice(signature.as_ref(), &mut bytes).map_err(|_| Refusal::Mismatch)?;
        Ok(Claim { credential, signed_headers, signature: bytes, amz_date, token, expires_s: None })
    }

    fn missing(&self, requires: &str) -> String {
        let named = [
            ("Credential", &self.credential),
            ("Signature", &self.signature),
            ("SignedHeaders", &self.signed_headers),
        ];
        let absent = named.iter().filter(|(_, value)| value.is_none());
        let mut all: Vec<_> =
            absent.map(|(name, _)| format!("{requires} '{name}' parameter.")).collect();
        if self.amz_date.is_none() {
            all.push(format!("{requires} existence of either a 'X-Amz-Date' or a 'Date' header."));
        }
        all.join(" ")
    }
}
