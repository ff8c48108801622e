//! From method and path to an operation.

use std::borrow::Cow;
use std::collections::HashMap;

use http::request::Parts;

use crate::{ApiError, OperationSpec, Route, percent};

/// No template has more labels (`RemoveLayerVersionPermission` has three).
const MAX_LABELS: usize = 3;

/// The values of a template's labels, borrowed from the path unless they were encoded.
#[derive(Clone, Debug, Default)]
pub(crate) struct Labels<'p> {
    values: [Cow<'p, str>; MAX_LABELS],
}

/// Finds the operation of a request by its method, path and, where two share a path, by a query key.
#[derive(Debug)]
pub struct Router {
    /// By the first segment (the version of the API that the path belongs to) and the number of segments.
    by_version: HashMap<(&'static str, usize), Vec<&'static OperationSpec>>,
}

impl Router {
    /// Makes a router for a service's operations.
    pub fn new(operations: &[&'static OperationSpec]) -> Self {
        let mut by_version: HashMap<_, Vec<_>> = HashMap::new();
        for &spec in operations {
            let mut segments = segments(spec.path);
            let version = segments.next().unwrap_or_default();
            by_version.entry((version, 1 + segments.count())).or_default().push(spec);
        }
        for candidates in by_version.values_mut() {
            // Of two operations with one path, the one that asks for a query key is tried first.
            candidates.sort_by_key(|spec| spec.query.is_none());
        }
        Self { by_version }
    }

    /// Finds the operation, or answers that there is none.
    ///
    /// A slash at the end of the path does not matter: older SDKs send one.
    pub fn route<'p>(&self, parts: &'p Parts) -> Result<Route<'p>, ApiError> {
        let path = parts.uri.path();
        let version = segments(path).next().unwrap_or_default();
        let candidates =
            self.by_version.get(&(version, segments(path).count())).map_or(&[][..], Vec::as_slice);
        let query = parts.uri.query();
        let found = candidates
            .iter()
            .filter(|spec| {
                spec.query.is_none_or(|wanted| has_pair(query, wanted))
                    && parts.method == spec.method
            })
            .find_map(|spec| Some(Route { spec, labels: match_path(spec.path, path)? }));
        found.ok_or_else(unknown)
    }
}

fn unknown() -> ApiError {
    let message = "Unable to determine service/operation name to be authorized";
    ApiError::new("UnknownOperationException", http::StatusCode::NOT_FOUND, message)
}

fn has_pair(query: Option<&str>, (key, value): (&str, &str)) -> bool {
    percent::pairs(query.unwrap_or_default()).any(|(k, v)| k == key && v == value)
}

/// The segments between slashes, without the emptiness that one slash at the end makes.
fn segments(path: &str) -> impl Iterator<Item = &str> {
    let path = path.strip_prefix('/').unwrap_or(path);
    path.strip_suffix('/').unwrap_or(path).split('/')
}

/// Matches a path against a template of as many segments.
fn match_path<'p>(template: &str, path: &'p str) -> Option<Labels<'p>> {
    let mut labels = Labels::default();
    let mut slots = labels.values.iter_mut();
    for (wanted, found) in segments(template).zip(segments(path)) {
        if !wanted.starts_with('{') {
            if wanted != found {
                return None;
            }
        } else if found.is_empty() {
            return None;
        } else {
            // A segment is decoded only now: an encoded slash of an ARN must not split the path.
            *slots.next()? = percent::decode(found);
        }
    }
    Some(labels)
}

impl Labels<'_> {
    /// Returns the value of a label of the template.
    pub(crate) fn get(&self, template: &str, label: &str) -> Option<&str> {
        let names =
            segments(template).filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'));
        names.zip(&self.values).find(|(name, _)| *name == label).map(|(_, value)| value.as_ref())
    }
}
