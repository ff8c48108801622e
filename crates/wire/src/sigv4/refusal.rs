//! Why a request is not let in.

use http::StatusCode;
use thiserror::Error;

use crate::{ApiError, Protocol};

/// The reasons for which a signature is refused, in AWS's words.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum Refusal {
    /// The request is not signed at all.
    #[error("Missing Authentication Token")]
    Missing,
    /// The signature lacks a part, or a part cannot be read.
    #[error("{0}")]
    Incomplete(String),
    /// The signature is of another time.
    #[error("{0}")]
    Expired(String),
    /// The signature is not that of this request by this key.
    #[error(
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and \
         signing method. Consult the service documentation for details."
    )]
    Mismatch,
    /// There is no such access key, or the session token is not its own.
    #[error("The security token included in the request is invalid.")]
    UnknownKey,
    /// The temporary credential has ended.
    #[error("The security token included in the request is expired")]
    TokenExpired,
}

impl Refusal {
    /// Makes the answer, under the name and status that services of this protocol use.
    pub fn to_error(&self, protocol: Protocol) -> ApiError {
        let query = matches!(protocol, Protocol::Query { .. });
        let code = match (self, query) {
            (Self::Missing, false) => "MissingAuthenticationTokenException",
            (Self::Missing, true) => "MissingAuthenticationToken",
            (Self::Incomplete(_), false) => "IncompleteSignatureException",
            (Self::Incomplete(_), true) => "IncompleteSignature",
            (Self::Expired(_) | Self::Mismatch, false) => "InvalidSignatureException",
            (Self::Expired(_) | Self::Mismatch, true) => "SignatureDoesNotMatch",
            (Self::UnknownKey, false) => "UnrecognizedClientException",
            (Self::UnknownKey, true) => "InvalidClientTokenId",
            (Self::TokenExpired, false) => "ExpiredTokenException",
            (Self::TokenExpired, true) => "ExpiredToken",
        };
        let status = match protocol {
            Protocol::AwsJson10 | Protocol::AwsJson11 => StatusCode::BAD_REQUEST,
            Protocol::RestJson | Protocol::Query { .. } => StatusCode::FORBIDDEN,
        };
        ApiError::new(code, status, self.to_string())
    }

    /// Makes the answer of S3, which has words of its own; `presigned` if the signature was in the URL.
    pub fn to_s3_error(&self, presigned: bool) -> ApiError {
        let (code, status, message) = match self {
            Self::Missing => ("AccessDenied", StatusCode::FORBIDDEN, "Access Denied".to_owned()),
            Self::Incomplete(reason) if presigned => {
                ("AuthorizationQueryParametersError", StatusCode::BAD_REQUEST, reason.clone())
            }
            Self::Incomplete(reason) => {
                ("AuthorizationHeaderMalformed", StatusCode::BAD_REQUEST, reason.clone())
            }
            Self::Expired(_) if presigned => {
                ("AccessDenied", StatusCode::FORBIDDEN, "Request has expired".to_owned())
            }
            Self::Expired(_) => (
                "RequestTimeTooSkewed",
                StatusCode::FORBIDDEN,
                "The difference between the request time and the current time is too large."
                    .to_owned(),
            ),
            Self::Mismatch => (
                "SignatureDoesNotMatch",
                StatusCode::FORBIDDEN,
                "The request signature we calculated does not match the signature you provided. Check your key and \
                 signing method."
                    .to_owned(),
            ),
            Self::UnknownKey => (
                "InvalidAccessKeyId",
                StatusCode::FORBIDDEN,
                "The AWS Access Key Id you provided does not exist in our records.".to_owned(),
            ),
            Self::TokenExpired => (
                "ExpiredToken",
                StatusCode::BAD_REQUEST,
                "The provided token has expired.".to_owned(),
            ),
        };
        ApiError::new(code, status, message)
    }
}
