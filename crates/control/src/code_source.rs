//! Where code comes from that a request names and does not bring.

use std::fmt::Debug;

use api::Call;
use async_trait::async_trait;
use store::Content;

/// An object that holds an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeObject {
    /// Its bucket.
    pub bucket: String,
    /// Its key.
    pub key: String,
    /// Its version, if not the newest.
    pub version: Option<String>,
}

/// Reads archives out of S3, wherever that is.
///
/// An implementation makes sure that the caller of the request may read the object, and that it is in
/// the region of the call. Dropping the content ends the reading.
#[async_trait]
pub trait CodeSource: Debug + Send + Sync {
    /// Opens an object for whoever made a call.
    async fn open(&self, call: &Call, object: &CodeObject) -> Result<Content, FetchError>;
}

/// Says why code cannot be fetched, in AWS's words.
///
/// Source: AWS's recorded answers for a missing bucket and key; the others' texts are as users report
/// them, and not recorded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// S3 refuses, for another reason than a lack of permission.
    #[error("Error occurred while GetObject. S3 Error Code: {code}. S3 Error Message: {message}")]
    Refused {
        /// S3's code.
        code: String,
        /// S3's message.
        message: String,
    },
    /// The caller may not read the object.
    #[error(
        "Your access has been denied by S3, please make sure your request credentials have permission to GetObject for {bucket}/{key}. S3 Error Code: AccessDenied. S3 Error Message: Access Denied"
    )]
    Denied {
        /// The bucket.
        bucket: String,
        /// The key.
        key: String,
    },
    /// S3 cannot be reached, or broke off.
    #[error("S3 cannot be reached: {0}")]
    Unreachable(String),
}

// === impl FetchError ===

impl FetchError {
    /// Makes the error of what S3 answered.
    pub fn of(object: &CodeObject, code: &str, message: &str) -> Self {
        match code {
            "AccessDenied" => Self::denied(object),
            code => Self::Refused { code: code.to_owned(), message: message.to_owned() },
        }
    }

    /// Makes the error of an object that the caller may not read.
    pub fn denied(object: &CodeObject) -> Self {
        Self::Denied { bucket: object.bucket.clone(), key: object.key.clone() }
    }

    /// Makes the error of a bucket that is in another region than the function.
    pub fn elsewhere(region: &str) -> Self {
        let message = format!(
            "The bucket is in this region: {region}. Please use this region to retry the request"
        );
        Self::Refused { code: "PermanentRedirect".to_owned(), message }
    }
}
