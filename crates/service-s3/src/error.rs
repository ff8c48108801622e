//! Refusals in S3's words.
//!
//! Source: S3 API Reference, "Error responses"; texts as the service is known to send them.

use http::StatusCode;
use store::{BlobsError, TableError};
use wire::ApiError;

fn bad(code: &'static str, message: &'static str) -> ApiError {
    ApiError::new(code, StatusCode::BAD_REQUEST, message)
}

fn missing(code: &'static str, message: &'static str) -> ApiError {
    ApiError::new(code, StatusCode::NOT_FOUND, message)
}

fn conflict(code: &'static str, message: &'static str) -> ApiError {
    ApiError::new(code, StatusCode::CONFLICT, message)
}

pub(crate) fn no_such_bucket(bucket: &str) -> ApiError {
    missing("NoSuchBucket", "The specified bucket does not exist").with_member("BucketName", bucket)
}

pub(crate) fn no_such_key(key: &str) -> ApiError {
    missing("NoSuchKey", "The specified key does not exist.").with_member("Key", key)
}

pub(crate) fn no_such_version(key: &str, version: &str) -> ApiError {
    missing("NoSuchVersion", "The specified version does not exist.")
        .with_member("Key", key)
        .with_member("VersionId", version)
}

pub(crate) fn no_such_upload(id: &str) -> ApiError {
    let message = "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted \
                   or completed.";
    missing("NoSuchUpload", message).with_member("UploadId", id)
}

pub(crate) fn no_such_tags(bucket: &str) -> ApiError {
    missing("NoSuchTagSet", "The TagSet does not exist").with_member("BucketName", bucket)
}

pub(crate) fn no_such_policy(bucket: &str) -> ApiError {
    missing("NoSuchBucketPolicy", "The bucket policy does not exist")
        .with_member("BucketName", bucket)
}

pub(crate) fn no_such_public_access_block(bucket: &str) -> ApiError {
    missing(
        "NoSuchPublicAccessBlockConfiguration",
        "The public access block configuration was not found",
    )
    .with_member("BucketName", bucket)
}

pub(crate) fn bucket_not_empty(bucket: &str) -> ApiError {
    conflict("BucketNotEmpty", "The bucket you tried to delete is not empty")
        .with_member("BucketName", bucket)
}

pub(crate) fn bucket_is_yours(bucket: &str) -> ApiError {
    let message =
        "Your previous request to create the named bucket succeeded and you already own it.";
    conflict("BucketAlreadyOwnedByYou", message).with_member("BucketName", bucket)
}

pub(crate) fn too_many_buckets() -> ApiError {
    bad("TooManyBuckets", "You have attempted to create more buckets than allowed")
}

pub(crate) fn invalid_bucket_name(bucket: &str) -> ApiError {
    bad("InvalidBucketName", "The specified bucket is not valid.").with_member("BucketName", bucket)
}

pub(crate) fn key_too_long(size: usize, limit: usize) -> ApiError {
    bad("KeyTooLongError", "Your key is too long")
        .with_member("Size", size)
        .with_member("MaxSizeAllowed", limit)
}

pub(crate) fn malformed_xml() -> ApiError {
    bad(
        "MalformedXML",
        "The XML you provided was not well-formed or did not validate against our published schema",
    )
}

pub(crate) fn malformed_policy(reason: String) -> ApiError {
    ApiError::new("MalformedPolicy", StatusCode::BAD_REQUEST, reason)
}

pub(crate) fn invalid_argument(message: &'static str, name: &str, value: &str) -> ApiError {
    bad("InvalidArgument", message)
        .with_member("ArgumentName", name)
        .with_member("ArgumentValue", value)
}

pub(crate) fn invalid_request(message: &'static str) -> ApiError {
    bad("InvalidRequest", message)
}

pub(crate) fn invalid_tag(message: &'static str) -> ApiError {
    bad("InvalidTag", message)
}

pub(crate) fn bad_digest(what: &str) -> ApiError {
    let message = format!("The {what} you specified did not match the calculated checksum.");
    ApiError::new("BadDigest", StatusCode::BAD_REQUEST, message)
}

pub(crate) fn bad_md5() -> ApiError {
    bad("BadDigest", "The Content-MD5 you specified did not match what we received.")
}

pub(crate) fn invalid_digest() -> ApiError {
    bad("InvalidDigest", "The Content-MD5 you specified was invalid.")
}

pub(crate) fn incomplete_body() -> ApiError {
    bad(
        "IncompleteBody",
        "You did not provide the number of bytes specified by the Content-Length HTTP header",
    )
}

pub(crate) fn missing_length() -> ApiError {
    ApiError::new(
        "MissingContentLength",
        StatusCode::LENGTH_REQUIRED,
        "You must provide the Content-Length HTTP header.",
    )
}

pub(crate) fn too_large(size: u64, limit: u64) -> ApiError {
    bad("EntityTooLarge", "Your proposed upload exceeds the maximum allowed size")
        .with_member("ProposedSize", size)
        .with_member("MaxSizeAllowed", limit)
}

pub(crate) fn part_too_small(number: u32, size: u64, limit: u64) -> ApiError {
    bad("EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size")
        .with_member("ProposedSize", size)
        .with_member("MinSizeAllowed", limit)
        .with_member("PartNumber", number)
}

pub(crate) fn invalid_part() -> ApiError {
    bad(
        "InvalidPart",
        "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified \
         entity tag may not match the part's entity tag.",
    )
}

pub(crate) fn invalid_part_order() -> ApiError {
    bad(
        "InvalidPartOrder",
        "The list of parts was not in ascending order. Parts must be ordered by part number.",
    )
}

pub(crate) fn metadata_too_large() -> ApiError {
    bad("MetadataTooLarge", "Your metadata headers exceed the maximum allowed metadata size")
}

pub(crate) fn acl_not_supported() -> ApiError {
    bad("AccessControlListNotSupported", "The bucket does not allow ACLs")
}

pub(crate) fn not_implemented() -> ApiError {
    ApiError::new(
        "NotImplemented",
        StatusCode::NOT_IMPLEMENTED,
        "A header you provided implies functionality that is not implemented",
    )
}

pub(crate) fn marker_has_no_content() -> ApiError {
    ApiError::new(
        "MethodNotAllowed",
        StatusCode::METHOD_NOT_ALLOWED,
        "The specified method is not allowed against this resource.",
    )
}

pub(crate) fn precondition_failed(condition: &'static str) -> ApiError {
    ApiError::new(
        "PreconditionFailed",
        StatusCode::PRECONDITION_FAILED,
        "At least one of the pre-conditions you specified did not hold",
    )
    .with_member("Condition", condition)
}

pub(crate) fn not_modified() -> ApiError {
    ApiError::new("NotModified", StatusCode::NOT_MODIFIED, "Not Modified")
}

pub(crate) fn invalid_range(size: u64) -> ApiError {
    ApiError::new(
        "InvalidRange",
        StatusCode::RANGE_NOT_SATISFIABLE,
        "The requested range is not satisfiable",
    )
    .with_member("ActualObjectSize", size)
}

pub(crate) fn invalid_part_number() -> ApiError {
    ApiError::new(
        "InvalidPartNumber",
        StatusCode::RANGE_NOT_SATISFIABLE,
        "The requested partnumber is not satisfiable",
    )
}

pub(crate) fn slow_down() -> ApiError {
    ApiError::new("SlowDown", StatusCode::SERVICE_UNAVAILABLE, "Please reduce your request rate.")
}

/// Says no more than that something failed; the cause is in the log.
pub(crate) fn internal(error: &(dyn std::error::Error + 'static)) -> ApiError {
    tracing::error!(error, "an operation of S3 failed");
    ApiError::new(
        "InternalError",
        StatusCode::INTERNAL_SERVER_ERROR,
        "We encountered an internal error. Please try again.",
    )
}

#[expect(clippy::needless_pass_by_value, reason = "it is what `map_err` hands over")]
pub(crate) fn table(error: TableError) -> ApiError {
    internal(&error)
}

/// Finds the refusal in content that was refused while it was stored.
pub(crate) fn blobs(error: BlobsError) -> ApiError {
    match error {
        BlobsError::Content(cause) => {
            match cause.into_inner().map(<dyn std::error::Error + Send + Sync>::downcast) {
                Some(Ok(refusal)) => *refusal,
                _ => incomplete_body(),
            }
        }
        other => internal(&other),
    }
}

/// An error as another S3 words it.
#[derive(Debug, serde::Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Worded {
    code: String,
    #[serde(default)]
    message: String,
}

/// Reads code and message of an error that another S3 answered with.
pub fn read(text: &[u8]) -> Option<(String, String)> {
    let worded: Worded = crate::xml::read(text).ok()?;
    Some((worded.code, worded.message))
}

#[cfg(test)]
mod tests {
    use wire::RequestId;

    use super::*;

    #[test]
    fn what_this_s3_says_another_understands() {
        let response = no_such_key("k").render_xml(&RequestId::from_random([7; 16]));
        let (code, message) = read(response.body().bytes().unwrap()).unwrap();
        assert_eq!(
            (code.as_str(), message.as_str()),
            ("NoSuchKey", "The specified key does not exist.")
        );
        assert_eq!(read(b"<html><body>no</body></html>"), None);
    }
}
