//! `CopyObject`.

use std::sync::Arc;

use wire::{ApiError, Response};

use super::put_object::tags_of;
use super::render;
use crate::ask::Ask;
use crate::conditions::{self, Replaces};
use crate::object::{About, Object, Version};
use crate::reading::content;
use crate::writing::New;
use crate::xml::Xml;
use crate::{S3, about, dates, error};

impl S3 {
    pub(crate) async fn copy_object(&self, ask: &Ask<'_>) -> Result<Response, ApiError> {
        self.buckets.find(ask.bucket())?;
        ask.check_key()?;
        about::check(ask.headers)?;
        let source = self.source(ask)?;
        let old = content(&source)?;
        conditions::check_source(ask.headers, &source, old)?;
        if old.size_bytes > self.config.upload_bytes {
            return Err(error::invalid_request(
                "The specified copy source is larger than the maximum allowable size for a copy source: 5368709120",
            ));
        }
        let object = changed(ask, &source, old)?;
        let (bucket, key) = (ask.bucket().to_owned(), ask.key().to_owned());
        let replaces = Replaces::read(ask.headers)?;
        let version = self.put(New { bucket, key, object, replaces }).await?;
        let new = content(&version)?;
        let mut xml = Xml::new("CopyObjectResult");
        xml.text("LastModified", dates::iso(version.modified_ms));
        xml.text("ETag", render::quoted(&new.etag));
        render::checksum_elements(&mut xml, &new.checksum);
        let mut response = xml.answer();
        let headers = response.headers_mut();
        new.about.show_encryption(headers);
        render::set_version(headers, &version, self.is_versioned(ask.bucket()));
        if self.is_versioned(&source.bucket) {
            render::set(headers, "x-amz-copy-source-version-id", source.shown_id());
        }
        Ok(response)
    }

    /// Finds what is to be copied.
    pub(super) fn source(&self, ask: &Ask<'_>) -> Result<Arc<Version>, ApiError> {
        let text = ask.header("x-amz-copy-source").unwrap_or_default();
        let wrong = || {
            let message =
                "Copy Source must mention the source bucket and key: sourcebucket/sourcekey";
            error::invalid_argument(message, "x-amz-copy-source", text)
        };
        let (path, version) = match text.split_once("?versionId=") {
            Some((path, version)) => (path, Some(version)),
            None => (text, None),
        };
        let path = wire::uri_decode(path.strip_prefix('/').unwrap_or(path)).ok_or_else(wrong)?;
        let (bucket, key) = path.split_once('/').ok_or_else(wrong)?;
        let found = self.find(ask.call, (bucket, key), version)?;
        if found.content.is_none() {
            return Err(match version {
                Some(_) => error::invalid_request(
                    "The source of a copy request may not specifically refer to a delete marker by version id.",
                ),
                None => self.missing(ask.call, bucket, key),
            });
        }
        Ok(found)
    }
}

/// Makes the copy: the same content, with what is said of it either copied or replaced.
fn changed(ask: &Ask<'_>, source: &Version, old: &Object) -> Result<Object, ApiError> {
    let replaces = |directive: &'static str| match ask.header(directive) {
        None | Some("COPY") => Ok(false),
        Some("REPLACE") => Ok(true),
        Some(other) => Err(error::invalid_argument("Unknown directive.", directive, other)),
    };
    let mut object = old.clone();
    let same_key = (source.bucket.as_str(), source.key.as_str()) == (ask.bucket(), ask.key());
    let sent = About::read(ask.headers)?;
    if replaces("x-amz-metadata-directive")? {
        object.about = sent;
    } else {
        let own = ["x-amz-storage-class", "x-amz-website-redirect-location"];
        let own = sent.headers.into_iter().filter(|(name, _)| {
            own.contains(&name.as_str()) || name.starts_with("x-amz-server-side-encryption")
        });
        let own: Vec<_> = own.collect();
        let newest =
            ask.header("x-amz-copy-source").is_some_and(|text| !text.contains("?versionId="));
        if same_key && newest && own.is_empty() {
            return Err(error::invalid_request(
                "This copy request is illegal because it is trying to copy an object to itself without changing the \
                 object's metadata, storage class, website redirect location or encryption attributes.",
            ));
        }
        // The class of storage is the copy's own.
        object.about.headers.remove("x-amz-storage-class");
        object.about.headers.extend(own);
    }
    if replaces("x-amz-tagging-directive")? {
        object.tags = tags_of(ask)?;
    }
    Ok(object)
}
