//! Where code comes from: the S3 of this server, or another one.

mod external;

use api::Call;
use async_trait::async_trait;
use control::{CodeObject, CodeSource, FetchError};
use futures_util::{StreamExt, TryStreamExt};
use service_s3::S3;
use store::Content;

pub(crate) use external::{ExternalCode, ExternalKeys};

/// Reads code out of the buckets of this server.
#[derive(Debug)]
pub(crate) struct EmbeddedCode(pub(crate) S3);

#[async_trait]
impl CodeSource for EmbeddedCode {
    async fn open(&self, call: &Call, object: &CodeObject) -> Result<Content, FetchError> {
        let place = (object.bucket.as_str(), object.key.as_str());
        let opened =
            self.0.open_object(call, place, object.version.as_deref()).map_err(|refusal| {
                FetchError::of(object, refusal.code(), refusal.message().unwrap_or_default())
            })?;
        if *opened.region != *call.region {
            return Err(FetchError::elsewhere(&opened.region));
        }
        Ok(opened.content.map_err(std::io::Error::other).boxed())
    }
}
