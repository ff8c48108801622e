//! A rest-json request as one document, whatever its members travelled in.

use std::borrow::Cow;

use http::request::Parts;
use serde_json::{Map, Value};

use crate::shape::{Kind, Location, Member, Shape};
use crate::{ApiError, Payload, Request, percent};

/// Gathers the members of a request from path, query, headers and body.
pub(crate) fn read(request: &Request<'_>) -> Result<Value, ApiError> {
    let spec = request.route.spec;
    let mut members = match spec.payload {
        Payload::Json => body_object(&request.body)?,
        Payload::Member(name) if !request.body.is_empty() => {
            Map::from_iter([(name.to_owned(), parse(&request.body)?)])
        }
        Payload::Member(_) | Payload::None | Payload::Raw(_) => Map::new(),
    };
    for member in spec.input.members().iter().filter(|member| member.location != Location::Body) {
        // What the URL says counts, even if a body names the member too.
        members.remove(member.name);
        if let Some(value) = bound(request, member)? {
            members.insert(member.name.to_owned(), value);
        }
    }
    Ok(Value::Object(members))
}

/// Reads one text that travels outside the body.
pub(super) fn bound_text<'a>(request: &'a Request<'_>, location: Location) -> Option<Cow<'a, str>> {
    match location {
        Location::Body => None,
        Location::Label(label) => {
            request.route.labels.get(request.route.spec.path, label).map(Cow::Borrowed)
        }
        Location::Query(key) => query_values(request.parts, key).next(),
        Location::Header(name) => {
            request.parts.headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()))
        }
    }
}

fn query_values<'a>(parts: &'a Parts, key: &'a str) -> impl Iterator<Item = Cow<'a, str>> {
    let pairs = percent::pairs(parts.uri.query().unwrap_or_default());
    pairs.filter(move |(name, _)| name == key).map(|(_, value)| value)
}

fn bound(request: &Request<'_>, member: &Member) -> Result<Option<Value>, ApiError> {
    if let (Location::Query(key), Kind::List { member: element, .. }) =
        (member.location, &member.shape.kind)
    {
        let values = query_values(request.parts, key).map(|text| typed_text(element, &text));
        let values = values.collect::<Result<Vec<_>, _>>()?;
        return Ok((!values.is_empty()).then_some(Value::Array(values)));
    }
    bound_text(request, member.location).map(|text| typed_text(member.shape, &text)).transpose()
}

/// Turns a text of the URL into the value that its shape asks for.
pub(crate) fn typed_text(shape: &Shape, text: &str) -> Result<Value, ApiError> {
    let value = match shape.kind {
        Kind::Integer(_) | Kind::Long(_) => text.parse::<i64>().ok().map(Value::from),
        Kind::Float(_) => text.parse::<f64>().ok().map(Value::from),
        Kind::Boolean => text.to_ascii_lowercase().parse::<bool>().ok().map(Value::from),
        _ => Some(Value::from(text)),
    };
    value.ok_or_else(|| {
        ApiError::serialization("STRING_VALUE can not be converted to the type of the parameter")
    })
}

fn body_object(body: &[u8]) -> Result<Map<String, Value>, ApiError> {
    if body.is_empty() {
        return Ok(Map::new());
    }
    match parse(body)? {
        Value::Object(members) => Ok(members),
        Value::Null => Ok(Map::new()),
        _ => Err(ApiError::serialization("Expected structure or map, or null")),
    }
}

fn parse(body: &[u8]) -> Result<Value, ApiError> {
    serde_json::from_slice(body).map_err(|error| {
        let message = format!("Could not parse request body into json: {error}");
        ApiError::new("InvalidRequestContentException", http::StatusCode::BAD_REQUEST, message)
            .with_fault(crate::Fault::User)
    })
}
