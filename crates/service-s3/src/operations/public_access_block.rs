//! `GetPublicAccessBlock`, `PutPublicAccessBlock`, `DeletePublicAccessBlock`: stored and shown, since
//! there is no public access to block.

use http::StatusCode;
use wire::{ApiError, Response, Upload};

use super::render::DOCUMENT_BYTES;
use crate::ask::Ask;
use crate::bucket::PublicAccessBlock;
use crate::xml::{self, Xml};
use crate::{S3, error};

impl S3 {
    pub(crate) fn get_public_access_block(&self, ask: &Ask<'_>) -> Result<Response, ApiError> {
        let bucket = self.buckets.find(ask.bucket())?;
        let block = bucket.value.public_access_block.clone();
        let block = block.ok_or_else(|| error::no_such_public_access_block(ask.bucket()))?;
        let mut xml = Xml::new("PublicAccessBlockConfiguration");
        xml.value("BlockPublicAcls", block.block_public_acls)
            .value("IgnorePublicAcls", block.ignore_public_acls)
            .value("BlockPublicPolicy", block.block_public_policy)
            .value("RestrictPublicBuckets", block.restrict_public_buckets);
        Ok(xml.answer())
    }

    pub(crate) async fn put_public_access_block(
        &self,
        ask: &Ask<'_>,
        upload: Upload,
    ) -> Result<Response, ApiError> {
        let block: PublicAccessBlock = xml::read(&ask.document(upload, DOCUMENT_BYTES).await?)?;
        let change =
            |bucket: &mut crate::bucket::Bucket| bucket.public_access_block = Some(block.clone());
        self.buckets.change(ask.bucket(), change).await?;
        Ok(xml::empty(StatusCode::OK))
    }

    pub(crate) async fn delete_public_access_block(
        &self,
        ask: &Ask<'_>,
    ) -> Result<Response, ApiError> {
        self.buckets.change(ask.bucket(), |bucket| bucket.public_access_block = None).await?;
        Ok(xml::empty(StatusCode::NO_CONTENT))
    }
}
