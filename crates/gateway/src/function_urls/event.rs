//! The event that a request to a function URL becomes: payload format 2.0.
//!
//! Source: Developer Guide, "Invoking Lambda function URLs", and recorded events, which leave out what
//! a request does not have.

use std::{collections::BTreeMap, net::IpAddr};

use api::Caller;
use base64::{Engine, engine::general_purpose::STANDARD};
use http::{
    HeaderMap, Version,
    header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, COOKIE, USER_AGENT},
    request::Parts,
};
use serde::Serialize;
use time::{OffsetDateTime, format_description::BorrowedFormatItem, macros::format_description};

use super::address::Address;

/// `12/Mar/2020:19:03:58 +0000`
const TIME: &[BorrowedFormatItem<'_>] = format_description!(
    "[day]/[month repr:short]/[year]:[hour]:[minute]:[second] [offset_hour sign:mandatory][offset_minute]"
);

/// Everything that an event tells of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Told<'a> {
    pub(super) head: &'a Parts,
    pub(super) body: &'a [u8],
    pub(super) address: &'a Address,
    pub(super) source_ip: IpAddr,
    /// Who signed, where that matters.
    pub(super) caller: Option<&'a Caller>,
    pub(super) request_id: &'a str,
    pub(super) trace: &'a str,
    pub(super) at: OffsetDateTime,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Event<'a> {
    version: &'a str,
    route_key: &'a str,
    raw_path: &'a str,
    raw_query_string: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    cookies: Option<Vec<String>>,
    headers: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    query_string_parameters: BTreeMap<String, String>,
    request_context: RequestContext<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<String>,
    is_base64_encoded: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RequestContext<'a> {
    account_id: &'a str,
    api_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    authorizer: Option<Authorizer<'a>>,
    domain_name: &'a str,
    domain_prefix: &'a str,
    http: Http<'a>,
    request_id: &'a str,
    route_key: &'a str,
    stage: &'a str,
    time: String,
    time_epoch: i64,
}

#[derive(Serialize)]
struct Authorizer<'a> {
    iam: Iam<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Iam<'a> {
    access_key: &'a str,
    account_id: &'a str,
    caller_id: &'a str,
    cognito_identity: Option<&'a str>,
    principal_org_id: Option<&'a str>,
    user_arn: &'a str,
    user_id: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Http<'a> {
    method: &'a str,
    path: &'a str,
    protocol: &'a str,
    source_ip: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_agent: Option<String>,
}

/// Writes the event of a request.
pub(super) fn event(told: &Told<'_>) -> serde_json::Result<Vec<u8>> {
    let headers = &told.head.headers;
    let query = told.head.uri.query().unwrap_or_default();
    let (body, is_base64_encoded) = body(headers, told.body);
    let source_ip = told.source_ip.to_canonical().to_string();
    serde_json::to_vec(&Event {
        version: "2.0",
        route_key: "$default",
        raw_path: told.head.uri.path(),
        raw_query_string: query,
        cookies: cookies(headers),
        headers: shown_headers(told, &source_ip),
        query_string_parameters: joined(wire::query_pairs(query)),
        request_context: context(told, source_ip),
        body,
        is_base64_encoded,
    })
}

fn context<'a>(told: &Told<'a>, source_ip: String) -> RequestContext<'a> {
    let head = told.head;
    let iam = told.caller.map(|caller| Iam {
        access_key: &caller.access_key_id,
        account_id: &caller.account_id,
        caller_id: &caller.user_id,
        cognito_identity: None,
        principal_org_id: None,
        user_arn: &caller.arn,
        user_id: &caller.user_id,
    });
    RequestContext {
        account_id: told.caller.map_or("anonymous", |caller| &caller.account_id),
        api_id: told.address.id(),
        authorizer: iam.map(|iam| Authorizer { iam }),
        domain_name: &told.address.domain,
        domain_prefix: told.address.id(),
        http: Http {
            method: head.method.as_str(),
            path: head.uri.path(),
            protocol: if head.version == Version::HTTP_10 { "HTTP/1.0" } else { "HTTP/1.1" },
            source_ip,
            user_agent: head.headers.get(USER_AGENT).map(|agent| text(agent.as_bytes())),
        },
        request_id: told.request_id,
        route_key: "$default",
        stage: "$default",
        // It fails only for years that no clock shows.
        time: told.at.format(TIME).unwrap_or_default(),
        time_epoch: i64::try_from(told.at.unix_timestamp_nanos() / 1_000_000).unwrap_or_default(),
    }
}

fn shown_headers(told: &Told<'_>, source_ip: &str) -> BTreeMap<String, String> {
    let sent = told.head.headers.iter();
    let mut shown =
        joined(sent.map(|(name, value)| (name.as_str().into(), text(value.as_bytes()).into())));
    if told.caller.is_some() {
        // Unverified: a function has no use for what proves who its caller is.
        shown.remove(AUTHORIZATION.as_str());
    }
    let forwarded_for = match shown.get("x-forwarded-for") {
        Some(earlier) => format!("{earlier}, {source_ip}"),
        None => source_ip.to_owned(),
    };
    shown.insert("x-forwarded-for".into(), forwarded_for);
    shown.insert("x-forwarded-proto".into(), "http".into());
    shown.insert("x-forwarded-port".into(), told.address.port.unwrap_or(80).to_string());
    shown.insert("x-amzn-trace-id".into(), told.trace.to_owned());
    shown
}

fn cookies(headers: &HeaderMap) -> Option<Vec<String>> {
    let all = headers.get_all(COOKIE).iter().map(|value| text(value.as_bytes()));
    let all: Vec<String> = all
        .flat_map(|line| line.split(';').map(|one| one.trim().to_owned()).collect::<Vec<_>>())
        .filter(|cookie| !cookie.is_empty())
        .collect();
    (!all.is_empty()).then_some(all)
}

/// Joins the values of what comes more than once.
fn joined<'a>(
    pairs: impl Iterator<Item = (std::borrow::Cow<'a, str>, std::borrow::Cow<'a, str>)>,
) -> BTreeMap<String, String> {
    let mut all = BTreeMap::<String, String>::new();
    for (name, value) in pairs {
        all.entry(name.into_owned())
            .and_modify(|values| {
                values.push(',');
                values.push_str(&value);
            })
            .or_insert_with(|| value.clone().into_owned());
    }
    all
}

/// Gives the body as events carry it, and whether it is in base64.
fn body(headers: &HeaderMap, body: &[u8]) -> (Option<String>, bool) {
    if body.is_empty() {
        return (None, false);
    }
    match std::str::from_utf8(body) {
        Ok(text) if is_text(headers) => (Some(text.to_owned()), false),
        _ => (Some(STANDARD.encode(body)), true),
    }
}

/// Tells whether the body's type is one that is shown as it is. Unverified: what has no type counts
/// as text as long as it is.
fn is_text(headers: &HeaderMap) -> bool {
    if headers.contains_key(CONTENT_ENCODING) {
        return false;
    }
    let Some(given) = headers.get(CONTENT_TYPE).map(|kind| text(kind.as_bytes())) else {
        return true;
    };
    let kind = given.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let known = ["json", "xml", "javascript", "x-www-form-urlencoded"];
    match kind.split_once('/') {
        Some(("text", _)) => true,
        Some(("application", of)) => {
            known.contains(&of) || of.ends_with("+json") || of.ends_with("+xml")
        }
        _ => false,
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests;
