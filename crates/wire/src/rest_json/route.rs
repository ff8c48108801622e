//! From method and path to an operation.

use std::borrow::Cow;
use std::collections::HashMap;

use http::request::Parts;

use crate::{ApiError, OperationSpec, Route, percent};

/// No template has more labels (`RemoveLayerVersionPermission` has three).
const MAX_LABELS: usize = 3;

/// No template has more segments, and no path with more is one.
const MAX_SEGMENTS: usize = 12;

/// The values of a template's labels, borrowed from the path unless they were encoded.
#[derive(Clone, Debug, Default)]
pub(crate) struct Labels<'p> {
    values: [Cow<'p, str>; MAX_LABELS],
}

/// Finds the operation of a request by its method, path and, where two share a path, by a query key.
#[derive(Debug)]
pub struct Router {
    /// By the first segment (the version of the API that the path belongs to) and the number of segments.
    by_version: HashMap<(&'static str, usize), Vec<Candidate>>,
}

/// An operation, and its path taken apart.
#[derive(Debug)]
struct Candidate {
    spec: &'static OperationSpec,
    template: Vec<&'static str>,
}

/// The segments between slashes, without the emptiness that one slash at the end makes.
struct Segments<'p> {
    all: [&'p str; MAX_SEGMENTS],
    count: usize,
}

impl Router {
    /// Makes a router for a service's operations.
    pub fn new(operations: &[&'static OperationSpec]) -> Self {
        let mut by_version: HashMap<_, Vec<_>> = HashMap::new();
        for &spec in operations {
            let template: Vec<_> = segments(spec.path).collect();
            let version = template.first().copied().unwrap_or_default();
            let candidates = by_version.entry((version, template.len())).or_default();
            candidates.push(Candidate { spec, template });
        }
        for candidates in by_version.values_mut() {
            // Of two operations with one path, the one that asks for a query key is tried first.
            candidates.sort_by_key(|candidate| candidate.spec.query.is_none());
        }
        Self { by_version }
    }

    /// Finds the operation, or answers that there is none.
    ///
    /// A slash at the end of the path does not matter: older SDKs send one.
    pub fn route<'p>(&self, parts: &'p Parts) -> Result<Route<'p>, ApiError> {
        let path = Segments::of(parts.uri.path()).ok_or_else(unknown)?;
        let path = path.as_slice();
        let version = path.first().copied().unwrap_or_default();
        let candidates = self.by_version.get(&(version, path.len())).map_or(&[][..], Vec::as_slice);
        let query = parts.uri.query();
        let found = candidates
            .iter()
            .filter(|Candidate { spec, .. }| {
                parts.method == spec.method
                    && spec.query.is_none_or(|wanted| has_pair(query, wanted))
            })
            .find_map(|Candidate { spec, template }| {
                Some(Route { spec, labels: match_path(template, path)? })
            });
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

// === impl Segments ===

impl<'p> Segments<'p> {
    /// Takes a path apart, unless it has more segments than any template.
    fn of(path: &'p str) -> Option<Self> {
        let path = path.strip_prefix('/').unwrap_or(path);
        let path = path.strip_suffix('/').unwrap_or(path);
        let mut segments = Self { all: [""; MAX_SEGMENTS], count: 0 };
        let mut start = 0;
        // Byte by byte, since segments are too short for a search to pay.
        for (at, _) in path.bytes().enumerate().filter(|(_, byte)| *byte == b'/') {
            segments.push(&path[start..at])?;
            start = at + 1;
        }
        segments.push(&path[start..])?;
        Some(segments)
    }

    fn push(&mut self, segment: &'p str) -> Option<()> {
        *self.all.get_mut(self.count)? = segment;
        self.count += 1;
        Some(())
    }

    fn as_slice(&self) -> &[&'p str] {
        &self.all[..self.count]
    }
}

/// Matches a path against a template of as many segments.
fn match_path<'p>(template: &[&str], path: &[&'p str]) -> Option<Labels<'p>> {
    let is_label = |wanted: &str| wanted.starts_with('{');
    // All of it is compared before anything is decoded: operations share long beginnings.
    let fits = |(wanted, found): (&&str, &&str)| {
        if is_label(wanted) { !found.is_empty() } else { wanted == found }
    };
    if !template.iter().zip(path).all(fits) {
        return None;
    }
    let mut labels = Labels::default();
    let mut slots = labels.values.iter_mut();
    for (_, found) in template.iter().zip(path).filter(|(wanted, _)| is_label(wanted)) {
        // A segment is decoded only now: an encoded slash of an ARN must not split the path.
        *slots.next()? = percent::decode(found);
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
