//! S3.

use api::s3::{Operation, Target};
use http::request::Parts;

use super::Need;

/// Gives what the head of a request needs; [`Operation::DeleteObjects`] names its keys in the body,
/// and asks for them itself.
pub(crate) fn needs(target: &Target, parts: &Parts) -> Vec<Need> {
    let resource = resource(target);
    let Some(action) = action(target) else { return Vec::new() };
    let mut needs = vec![with_conditions(target, need(action, resource.clone()))];
    if matches!(target.operation, Operation::CopyObject | Operation::UploadPartCopy) {
        needs.extend(source(parts));
    }
    if parts.headers.contains_key("x-amz-tagging") {
        needs.push(need("PutObjectTagging", resource));
    }
    needs
}

fn need(action: &str, resource: String) -> Need {
    Need { action: format!("s3:{action}"), resource, conditions: Vec::new() }
}

fn resource(target: &Target) -> String {
    match (target.bucket.as_str(), target.key.as_str()) {
        ("", _) => "*".to_owned(),
        (bucket, "") => format!("arn:aws:s3:::{bucket}"),
        (bucket, key) => format!("arn:aws:s3:::{bucket}/{key}"),
    }
}

/// Gives the action, whose name is often not that of the operation.
fn action(target: &Target) -> Option<&'static str> {
    use Operation as O;
    let version = target.query.has("versionId");
    let of = |plain, versioned| if version { versioned } else { plain };
    Some(match target.operation {
        O::DeleteObjects => return None,
        O::ListBuckets => "ListAllMyBuckets",
        O::HeadBucket | O::ListObjects | O::ListObjectsV2 => "ListBucket",
        O::ListObjectVersions => "ListBucketVersions",
        O::GetBucketEncryption => "GetEncryptionConfiguration",
        O::PutBucketEncryption | O::DeleteBucketEncryption => "PutEncryptionConfiguration",
        O::PutBucketTagging | O::DeleteBucketTagging => "PutBucketTagging",
        O::GetPublicAccessBlock => "GetBucketPublicAccessBlock",
        O::PutPublicAccessBlock | O::DeletePublicAccessBlock => "PutBucketPublicAccessBlock",
        O::GetObject | O::HeadObject => of("GetObject", "GetObjectVersion"),
        O::GetObjectAttributes => of("GetObjectAttributes", "GetObjectVersionAttributes"),
        O::DeleteObject => of("DeleteObject", "DeleteObjectVersion"),
        O::GetObjectTagging => of("GetObjectTagging", "GetObjectVersionTagging"),
        O::PutObjectTagging => of("PutObjectTagging", "PutObjectVersionTagging"),
        O::DeleteObjectTagging => of("DeleteObjectTagging", "DeleteObjectVersionTagging"),
        O::PutObject
        | O::CopyObject
        | O::CreateMultipartUpload
        | O::UploadPart
        | O::UploadPartCopy
        | O::CompleteMultipartUpload => "PutObject",
        O::ListParts => "ListMultipartUploadParts",
        O::ListMultipartUploads => "ListBucketMultipartUploads",
        O::CreateBucket
        | O::DeleteBucket
        | O::GetBucketLocation
        | O::GetBucketVersioning
        | O::PutBucketVersioning
        | O::GetBucketTagging
        | O::GetBucketPolicy
        | O::PutBucketPolicy
        | O::DeleteBucketPolicy
        | O::AbortMultipartUpload => target.operation.name(),
    })
}

fn with_conditions(target: &Target, need: Need) -> Need {
    match target.operation {
        Operation::ListObjects | Operation::ListObjectsV2 | Operation::ListObjectVersions => need
            // A list without a prefix is one of everything.
            .with("s3:prefix", Some(target.query.get("prefix").unwrap_or_default()))
            .with("s3:delimiter", target.query.get("delimiter"))
            .with("s3:max-keys", target.query.get("max-keys")),
        _ => need.with("s3:VersionId", target.query.get("versionId")),
    }
}

/// A copy reads what it copies.
fn source(parts: &Parts) -> Option<Need> {
    let source = parts.headers.get("x-amz-copy-source")?.to_str().ok()?;
    let (path, version) = match source.split_once("?versionId=") {
        Some((path, version)) => (path, Some(version)),
        None => (source, None),
    };
    let path = wire::uri_decode(path.strip_prefix('/').unwrap_or(path))?;
    let action = if version.is_some() { "GetObjectVersion" } else { "GetObject" };
    Some(need(action, format!("arn:aws:s3:::{path}")).with("s3:VersionId", version))
}
