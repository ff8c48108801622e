//! `HeadBucket`.

use http::StatusCode;
use wire::{ApiError, Response};

use super::render;
use crate::ask::Ask;
use crate::{S3, xml};

impl S3 {
    pub(crate) fn head_bucket(&self, ask: &Ask<'_>) -> Result<Response, ApiError> {
        let bucket = self.buckets.find(ask.bucket())?;
        let mut response = xml::empty(StatusCode::OK);
        let headers = response.headers_mut();
        render::set(headers, "x-amz-bucket-region", &bucket.value.region);
        render::set(headers, "x-amz-access-point-alias", "false");
        Ok(response)
    }
}
