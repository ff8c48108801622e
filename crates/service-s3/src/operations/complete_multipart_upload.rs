//! `CompleteMultipartUpload`.

use std::sync::Arc;

use md5::{Digest as _, Md5};
use serde::Deserialize;
use wire::{ApiError, Response, Upload};

use super::render;
use crate::ask::Ask;
use crate::checksum::Algorithm;
use crate::conditions::Replaces;
use crate::object::{MultipartUpload, Object, Part, Version};
use crate::reading::content;
use crate::writing::New;
use crate::xml::{self, Xml};
use crate::{S3, error};

/// Ten thousand parts with a tag and a checksum each.
const BODY_BYTES: u64 = 4 * 1024 * 1024;

#[derive(Debug, Deserialize)]
struct Wanted {
    #[serde(rename = "Part", default)]
    parts: Vec<Named>,
}

#[derive(Debug, Deserialize)]
struct Named {
    #[serde(rename = "PartNumber")]
    number: u32,
    #[serde(rename = "ETag")]
    etag: String,
    #[serde(rename = "ChecksumCRC32")]
    crc32: Option<String>,
    #[serde(rename = "ChecksumCRC32C")]
    crc32c: Option<String>,
    #[serde(rename = "ChecksumCRC64NVME")]
    crc64nvme: Option<String>,
    #[serde(rename = "ChecksumSHA1")]
    sha1: Option<String>,
    #[serde(rename = "ChecksumSHA256")]
    sha256: Option<String>,
}

impl S3 {
    pub(crate) async fn complete_multipart_upload(
        &self,
        ask: &Ask<'_>,
        body: Upload,
    ) -> Result<Response, ApiError> {
        let upload = match self.upload(ask) {
            Ok(upload) => upload,
            Err(missing) => {
                // The answer to the same request may have been lost.
                let version = self.completed(ask).ok_or(missing)?;
                return self.told(ask, &version);
            }
        };
        let replaces = Replaces::read(ask.headers)?;
        let wanted: Wanted = xml::read(&ask.document(body, BODY_BYTES).await?)?;
        let whole = ask.header(upload.algorithm.header()).map(str::to_owned);
        let this = self.clone();
        let version = self
            .durably(async move {
                let _no_bucket_goes = this.gate.read().await;
                let _turn = this.objects.turn(&upload.bucket, &upload.key).await;
                if this.uploads.get(&upload.id).is_none() {
                    return Err(error::no_such_upload(&upload.id));
                }
                let parts = this.chosen_parts(&upload, &wanted)?;
                let object = joined(&upload, &parts, whole.as_deref())?;
                let (bucket, key) = (upload.bucket.clone(), upload.key.clone());
                let version = this.put_in_turn(New { bucket, key, object, replaces }).await?;
                this.forget_upload(&upload).await?;
                Ok(version)
            })
            .await?;
        self.told(ask, &version)
    }

    fn completed(&self, ask: &Ask<'_>) -> Option<Arc<Version>> {
        let newest = self.objects.newest(ask.bucket(), ask.key())?;
        let id = newest.content.as_ref()?.upload_id.as_deref();
        (id == ask.query("uploadId")).then_some(newest)
    }

    fn told(&self, ask: &Ask<'_>, version: &Version) -> Result<Response, ApiError> {
        let object = content(version)?;
        let mut xml = Xml::new("CompleteMultipartUploadResult");
        let (bucket, key) = (ask.bucket(), ask.key());
        xml.text(
            "Location",
            format!("{}/{bucket}/{}", ask.call.endpoint, render::encoded(key, Some("url"))),
        );
        xml.text("Bucket", bucket).text("Key", key).text("ETag", render::quoted(&object.etag));
        render::checksum_elements(&mut xml, &object.checksum);
        let mut response = xml.answer();
        object.about.show_encryption(response.headers_mut());
        render::set_version(response.headers_mut(), version, self.is_versioned(bucket));
        Ok(response)
    }

    /// Finds the parts that the client names, and checks that they are what it takes them for.
    fn chosen_parts(
        &self,
        upload: &MultipartUpload,
        wanted: &Wanted,
    ) -> Result<Vec<Arc<Part>>, ApiError> {
        if wanted.parts.is_empty() {
            return Err(error::malformed_xml());
        }
        if wanted.parts.windows(2).any(|pair| pair[0].number >= pair[1].number) {
            return Err(error::invalid_part_order());
        }
        let mut parts = Vec::with_capacity(wanted.parts.len());
        for named in &wanted.parts {
            let row = self.parts.get(&MultipartUpload::part_key(&upload.id, named.number));
            let part = row.ok_or_else(error::invalid_part)?.value;
            let sum = named.checksum(part.checksum.algorithm);
            let same = part.etag == named.etag.trim_matches('"')
                && sum.is_none_or(|sum| *sum == part.checksum.value);
            if !same {
                return Err(error::invalid_part());
            }
            parts.push(part);
        }
        let least = self.config.part_minimum_bytes;
        let small = parts.iter().rev().skip(1).find(|part| part.piece.1 < least);
        match small {
            Some(part) => Err(error::part_too_small(part.number, part.piece.1, least)),
            None => Ok(parts),
        }
    }
}

/// Makes the object that the parts are.
fn joined(
    upload: &MultipartUpload,
    parts: &[Arc<Part>],
    whole: Option<&str>,
) -> Result<Object, ApiError> {
    let mut md5 = Md5::new();
    for part in parts {
        md5.update(hex::decode(&part.etag).unwrap_or_default());
    }
    let sums: Vec<_> =
        parts.iter().map(|part| (part.checksum.value.clone(), part.piece.1)).collect();
    // A client that chose nothing may have sent parts with checksums of its SDK's choice.
    let own = parts.first().map_or(upload.algorithm, |part| part.checksum.algorithm);
    if parts.iter().any(|part| part.checksum.algorithm != own) {
        return Err(error::invalid_part());
    }
    let kind = if own == upload.algorithm { upload.kind } else { own.usual_kind() };
    let checksum = own.join(kind, &sums).ok_or_else(error::invalid_part)?;
    if whole.is_some_and(|whole| whole != checksum.value && own == upload.algorithm) {
        return Err(error::bad_digest(own.name()));
    }
    Ok(Object {
        pieces: parts.iter().map(|part| part.piece).collect(),
        size_bytes: parts.iter().map(|part| part.piece.1).sum(),
        etag: format!("{}-{}", hex::encode(md5.finalize()), parts.len()),
        checksum,
        about: upload.about.clone(),
        tags: upload.tags.clone(),
        upload_id: Some(upload.id.clone()),
    })
}

// === impl Named ===

impl Named {
    fn checksum(&self, algorithm: Algorithm) -> Option<&String> {
        match algorithm {
            Algorithm::Crc32 => self.crc32.as_ref(),
            Algorithm::Crc32c => self.crc32c.as_ref(),
            Algorithm::Crc64Nvme => self.crc64nvme.as_ref(),
            Algorithm::Sha1 => self.sha1.as_ref(),
            Algorithm::Sha256 => self.sha256.as_ref(),
        }
    }
}
