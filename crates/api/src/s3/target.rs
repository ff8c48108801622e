//! From a request to its operation, bucket and key.

use http::request::Parts;
use http::{HeaderMap, Method, StatusCode, header};
use wire::{ApiError, query_pairs, uri_decode};

use super::Operation;
use super::operation::Level;

/// The query keys that select an operation, offered or not.
const SELECTORS: &[&str] = &[
    "abac",
    "accelerate",
    "acl",
    "analytics",
    "attributes",
    "cors",
    "delete",
    "encryption",
    "intelligent-tiering",
    "inventory",
    "legal-hold",
    "lifecycle",
    "location",
    "logging",
    "metadataConfiguration",
    "metadataTable",
    "metrics",
    "notification",
    "object-lock",
    "ownershipControls",
    "policy",
    "policyStatus",
    "publicAccessBlock",
    "renameObject",
    "replication",
    "requestPayment",
    "restore",
    "retention",
    "select",
    "session",
    "tagging",
    "torrent",
    "uploads",
    "versioning",
    "versions",
    "website",
];

const COPY_SOURCE: &str = "x-amz-copy-source";

/// What a request is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The operation.
    pub operation: Operation,
    /// The bucket; empty if the operation has none.
    pub bucket: String,
    /// The key; empty if the operation has none.
    pub key: String,
    /// The query.
    pub query: Query,
}

/// The pairs of a query, decoded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query(Vec<(String, String)>);

/// Finds what a request is for.
///
/// The bucket is the first segment of the path, or stands before `.s3.` or `.localhost` in the host.
pub fn route(parts: &Parts) -> Result<Target, ApiError> {
    let path = parts.uri.path();
    let path = uri_decode(path.strip_prefix('/').unwrap_or(path)).ok_or_else(invalid_uri)?;
    let (bucket, key) = match bucket_of_host(&parts.headers) {
        Some(bucket) => (bucket, &*path),
        None => path.split_once('/').unwrap_or((&path, "")),
    };
    let query = Query::read(parts.uri.query().unwrap_or_default());
    let level = match (bucket.is_empty(), key.is_empty()) {
        (true, true) => Level::Service,
        (true, false) => return Err(invalid_uri()),
        (false, true) => Level::Bucket,
        (false, false) => Level::Object,
    };
    let selector = selector(&parts.method, level, &query, &parts.headers);
    match Operation::find(&parts.method, level, &selector) {
        Some(operation) => {
            Ok(Target { operation, bucket: bucket.to_owned(), key: key.to_owned(), query })
        }
        None if selector.is_empty() => Err(method_not_allowed()),
        None => Err(not_implemented()),
    }
}

/// Gives what tells the operation from others of the same method and level.
fn selector(method: &Method, level: Level, query: &Query, headers: &HeaderMap) -> String {
    let copies = level == Level::Object && *method == Method::PUT;
    let copies = copies && headers.contains_key(COPY_SOURCE);
    if level == Level::Object && query.has("uploadId") {
        return if copies { format!("uploadId+{COPY_SOURCE}") } else { "uploadId".to_owned() };
    }
    if let Some(found) = SELECTORS.iter().find(|key| query.has(key)) {
        return (*found).to_owned();
    }
    match level {
        Level::Object if copies => COPY_SOURCE.to_owned(),
        Level::Bucket if *method == Method::GET && query.get("list-type") == Some("2") => {
            "list-type".to_owned()
        }
        _ => String::new(),
    }
}

fn bucket_of_host(headers: &HeaderMap) -> Option<&str> {
    let host = headers.get(header::HOST)?.to_str().ok()?;
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let bucket = match name.rfind(".s3.") {
        Some(at) => &name[..at],
        None => name.strip_suffix(".localhost")?,
    };
    (bucket != "s3" && !bucket.starts_with("s3.")).then_some(bucket)
}

fn invalid_uri() -> ApiError {
    ApiError::new("InvalidURI", StatusCode::BAD_REQUEST, "Couldn't parse the specified URI.")
}

fn method_not_allowed() -> ApiError {
    ApiError::new(
        "MethodNotAllowed",
        StatusCode::METHOD_NOT_ALLOWED,
        "The specified method is not allowed against this resource.",
    )
}

fn not_implemented() -> ApiError {
    ApiError::new(
        "NotImplemented",
        StatusCode::NOT_IMPLEMENTED,
        "A header you provided implies functionality that is not implemented",
    )
}

// === impl Query ===

impl Query {
    fn read(query: &str) -> Self {
        let pairs = query_pairs(query);
        Self(pairs.map(|(key, value)| (key.into_owned(), value.into_owned())).collect())
    }

    /// Gives the value of a key; one without a value has an empty one.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.0.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }

    /// Tells whether a key is there.
    pub fn has(&self, key: &str) -> bool {
        self.get(key).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn routed(
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
    ) -> Result<(Operation, String, String), String> {
        let mut request = http::Request::builder().method(method).uri(target);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let parts = request.body(()).unwrap().into_parts().0;
        route(&parts)
            .map(|target| (target.operation, target.bucket, target.key))
            .map_err(|error| error.code().to_owned())
    }

    #[test]
    fn operations_are_told_apart_by_method_path_query_and_headers() {
        use Operation as O;
        let copy = &[(COPY_SOURCE, "a/b")][..];
        for (method, target, headers, operation) in [
            ("GET", "/", &[][..], O::ListBuckets),
            ("PUT", "/b", &[], O::CreateBucket),
            ("HEAD", "/b/", &[], O::HeadBucket),
            ("GET", "/b?prefix=x", &[], O::ListObjects),
            ("GET", "/b?list-type=2&prefix=x", &[], O::ListObjectsV2),
            ("GET", "/b?versions", &[], O::ListObjectVersions),
            ("GET", "/b?versioning", &[], O::GetBucketVersioning),
            ("POST", "/b?delete", &[], O::DeleteObjects),
            ("GET", "/b?uploads", &[], O::ListMultipartUploads),
            ("PUT", "/b/k?x-id=PutObject", &[], O::PutObject),
            ("PUT", "/b/k", copy, O::CopyObject),
            ("GET", "/b/k?versionId=1", &[], O::GetObject),
            ("GET", "/b/k?tagging", &[], O::GetObjectTagging),
            ("POST", "/b/k?uploads", &[], O::CreateMultipartUpload),
            ("PUT", "/b/k?partNumber=1&uploadId=u", &[], O::UploadPart),
            ("PUT", "/b/k?partNumber=1&uploadId=u", copy, O::UploadPartCopy),
            ("POST", "/b/k?uploadId=u", &[], O::CompleteMultipartUpload),
            ("DELETE", "/b/k?uploadId=u", &[], O::AbortMultipartUpload),
            ("DELETE", "/b/k", &[], O::DeleteObject),
        ] {
            let found = routed(method, target, headers).map(|found| found.0);
            assert_eq!(found, Ok(operation), "{method} {target}");
        }
    }

    #[test]
    fn what_is_not_offered_says_so() {
        for (method, target, code) in [
            ("GET", "/b?acl", "NotImplemented"),
            ("PUT", "/b?lifecycle", "NotImplemented"),
            ("POST", "/b/k?restore", "NotImplemented"),
            ("POST", "/b/k", "MethodNotAllowed"),
            ("DELETE", "/", "MethodNotAllowed"),
            ("GET", "/b/%ff", "InvalidURI"),
            ("GET", "//k", "InvalidURI"),
        ] {
            assert_eq!(routed(method, target, &[]), Err(code.to_owned()), "{method} {target}");
        }
    }

    #[test]
    fn a_key_is_all_that_follows_the_bucket() {
        for (target, host, bucket, key) in [
            ("/b/a%20b/c", "127.0.0.1:4566", "b", "a b/c"),
            ("/b//k", "localhost:4566", "b", "/k"),
            ("/b/k", "s3.eu-west-1.localhost:4566", "b", "k"),
            ("/k/l", "b.s3.eu-west-1.localhost:4566", "b", "k/l"),
            ("/k", "a.b.s3.localhost:4566", "a.b", "k"),
            ("/k", "b.localhost:4566", "b", "k"),
            ("/b/k", "s3.localhost:4566", "b", "k"),
        ] {
            let found = routed("GET", target, &[("host", host)]).unwrap();
            assert_eq!((found.1.as_str(), found.2.as_str()), (bucket, key), "{target} {host}");
        }
    }
}
