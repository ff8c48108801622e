//! The query protocol: a form in, XML out.

mod form;
mod xml;

use http::StatusCode;
use http::request::Parts;

use crate::rest_json::Labels;
use crate::{ApiError, OperationSpec, Route, percent};

pub(crate) use form::read;
pub(crate) use xml::answer;
pub use xml::escape_xml;

/// Finds the operation that the form's (or, for a GET, the query string's) `Action` names.
pub fn route<'p>(
    operations: &[&'static OperationSpec],
    parts: &'p Parts,
    body: &[u8],
) -> Result<Route<'p>, ApiError> {
    let form = std::str::from_utf8(body).unwrap_or_default();
    let mut pairs =
        percent::pairs(form).chain(percent::pairs(parts.uri.query().unwrap_or_default()));
    let Some((_, name)) = pairs.find(|(key, _)| key == "Action") else {
        return Err(ApiError::new(
            "MissingAction",
            StatusCode::BAD_REQUEST,
            "Could not find an Action in the request",
        ));
    };
    let found = operations.iter().find(|spec| spec.name == name);
    found.map(|spec| Route { spec, labels: Labels::default() }).ok_or_else(|| {
        let message =
            format!("Could not find operation {name} for the version of the API requested");
        ApiError::new("InvalidAction", StatusCode::BAD_REQUEST, message)
    })
}
