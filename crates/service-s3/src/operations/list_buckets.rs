//! `ListBuckets`.

use wire::{ApiError, Response};

use super::render;
use crate::ask::Ask;
use crate::xml::Xml;
use crate::{S3, dates};

impl S3 {
    pub(crate) fn list_buckets(&self, ask: &Ask<'_>) -> Result<Response, ApiError> {
        let limit = ask.number("max-buckets", self.config.buckets)?;
        let prefix = ask.query("prefix").unwrap_or_default();
        let region = ask.given("bucket-region");
        // The name of the last bucket is what the next page begins after.
        let rows = self.buckets.table().range(prefix, ask.given("continuation-token"), usize::MAX);
        let wanted: Vec<_> = rows
            .iter()
            .filter(|row| region.is_none_or(|region| region == row.value.region))
            .collect();
        let mut xml = Xml::new("ListAllMyBucketsResult");
        render::owner(&mut xml, &ask.call.account_id);
        xml.begin("Buckets");
        for row in wanted.iter().take(limit) {
            xml.begin("Bucket")
                .text("Name", &row.value.name)
                .text("CreationDate", dates::iso(row.value.created_ms))
                .text("BucketRegion", &row.value.region)
                .end();
        }
        xml.end();
        let last = limit.checked_sub(1).and_then(|at| wanted.get(at));
        xml.maybe("ContinuationToken", last.filter(|_| wanted.len() > limit).map(|row| &row.key));
        xml.maybe("Prefix", ask.query("prefix"));
        Ok(xml.answer())
    }
}
