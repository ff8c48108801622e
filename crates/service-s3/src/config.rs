//! What an operator can choose about S3.

use serde::Deserialize;

/// The `[s3]` table of the configuration file.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct S3Config {
    /// Another S3, from which code is taken instead of the buckets of this server (default:
    /// `AWS_ENDPOINT_URL_S3`, else none; `http` only, with the keys of `AWS_ACCESS_KEY_ID` and
    /// `AWS_SECRET_ACCESS_KEY`).
    pub endpoint: Option<String>,
    /// The largest object or part that one request may bring (bytes; default 5368709120).
    pub upload_bytes: u64,
    /// The smallest part of a multipart upload, but for the last (bytes; default 5242880).
    pub part_minimum_bytes: u64,
    /// Parts of a multipart upload (count; default 10000).
    pub parts: u32,
    /// Buckets of the account (count; default 10000).
    pub buckets: usize,
    /// Keys on a page of a list, and in one deletion of several (count; default 1000).
    pub page_size: usize,
}

impl Default for S3Config {
    fn default() -> Self {
        Self {
            endpoint: None,
            upload_bytes: 5 * 1024 * 1024 * 1024,
            part_minimum_bytes: 5 * 1024 * 1024,
            parts: 10_000,
            buckets: 10_000,
            page_size: 1000,
        }
    }
}
