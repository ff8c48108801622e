//! `GetBucketLocation`.

use wire::{ApiError, Response};

use crate::S3;
use crate::ask::Ask;
use crate::xml::Xml;

impl S3 {
    pub(crate) fn get_bucket_location(&self, ask: &Ask<'_>) -> Result<Response, ApiError> {
        let bucket = self.buckets.find(ask.bucket())?;
        // Of the first region, only its having no name is told; the document is one element.
        let region = match bucket.value.region.as_str() {
            "us-east-1" => "",
            other => other,
        };
        Ok(Xml::with_text("LocationConstraint", region).answer())
    }
}
