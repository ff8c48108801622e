//! `GetBucketEncryption`, `PutBucketEncryption`, `DeleteBucketEncryption`: stored and shown.

use http::StatusCode;
use serde::Deserialize;
use wire::{ApiError, Response, Upload};

use super::render::DOCUMENT_BYTES;
use crate::ask::Ask;
use crate::bucket::Encryption;
use crate::xml::{self, Xml};
use crate::{S3, error};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Configuration {
    rule: Vec<Rule>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Rule {
    apply_server_side_encryption_by_default: Option<ByDefault>,
    #[serde(default)]
    bucket_key_enabled: bool,
}

#[derive(Debug, Deserialize)]
struct ByDefault {
    #[serde(rename = "SSEAlgorithm")]
    algorithm: String,
    #[serde(rename = "KMSMasterKeyID")]
    key_id: Option<String>,
}

impl S3 {
    pub(crate) fn get_bucket_encryption(&self, ask: &Ask<'_>) -> Result<Response, ApiError> {
        let bucket = self.buckets.find(ask.bucket())?;
        // Every bucket has one since 2023.
        let encryption = bucket.value.encryption.clone().unwrap_or_default();
        let mut xml = Xml::new("ServerSideEncryptionConfiguration");
        xml.begin("Rule").begin("ApplyServerSideEncryptionByDefault");
        xml.text("SSEAlgorithm", &encryption.algorithm);
        xml.maybe("KMSMasterKeyID", encryption.key_id.as_ref());
        xml.end().value("BucketKeyEnabled", encryption.bucket_key).end();
        Ok(xml.answer())
    }

    pub(crate) async fn put_bucket_encryption(
        &self,
        ask: &Ask<'_>,
        upload: Upload,
    ) -> Result<Response, ApiError> {
        let wanted: Configuration = xml::read(&ask.document(upload, DOCUMENT_BYTES).await?)?;
        let [rule] = wanted.rule.as_slice() else { return Err(error::malformed_xml()) };
        let default = rule.apply_server_side_encryption_by_default.as_ref();
        let default = default.ok_or_else(error::malformed_xml)?;
        if !["AES256", "aws:kms", "aws:kms:dsse"].contains(&default.algorithm.as_str()) {
            return Err(error::malformed_xml());
        }
        let encryption = Encryption {
            algorithm: default.algorithm.clone(),
            key_id: default.key_id.clone(),
            bucket_key: rule.bucket_key_enabled,
        };
        let change = |bucket: &mut crate::bucket::Bucket| {
            bucket.encryption = Some(encryption.clone());
        };
        self.buckets.change(ask.bucket(), change).await?;
        Ok(xml::empty(StatusCode::OK))
    }

    pub(crate) async fn delete_bucket_encryption(
        &self,
        ask: &Ask<'_>,
    ) -> Result<Response, ApiError> {
        self.buckets.change(ask.bucket(), |bucket| bucket.encryption = None).await?;
        Ok(xml::empty(StatusCode::NO_CONTENT))
    }
}
