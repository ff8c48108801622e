//! The aws-json protocols: one path, the operation in `X-Amz-Target`.

use http::StatusCode;
use http::request::Parts;
use serde_json::{Map, Value};

use crate::rest_json::Labels;
use crate::{ApiError, OperationSpec, Route};

/// Finds the operation that `X-Amz-Target` names, as `<prefix>.<Operation>`.
pub fn route<'p>(
    operations: &[&'static OperationSpec],
    parts: &'p Parts,
) -> Result<Route<'p>, ApiError> {
    let target = parts.headers.get("x-amz-target").and_then(|value| value.to_str().ok());
    let unknown = || ApiError::new("UnknownOperationException", StatusCode::BAD_REQUEST, "");
    let (prefix, name) = target.and_then(|target| target.split_once('.')).ok_or_else(unknown)?;
    let found =
        operations.iter().find(|spec| spec.name == name && spec.service.target_prefix == prefix);
    found.map(|spec| Route { spec, labels: Labels::default() }).ok_or_else(unknown)
}

/// Reads the body; an empty one is an empty object.
pub(crate) fn read(body: &[u8]) -> Result<Value, ApiError> {
    if body.is_empty() {
        return Ok(Value::Object(Map::new()));
    }
    serde_json::from_slice(body).map_err(|error| ApiError::serialization(error.to_string()))
}
