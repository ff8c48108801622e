//! Deployment packages on their way in.

use bytes::Bytes;
use engine::StoredCode;
use model::{
    function::{Architecture, Code},
    names::Region,
};

use crate::{Control, error::Refusal};

/// Where a request says that the code is.
#[derive(Debug, Default)]
pub(crate) struct Source {
    pub(crate) zip_file: Option<Bytes>,
    pub(crate) s3: bool,
    pub(crate) image: bool,
}

// === impl Source ===

impl Source {
    /// Takes the archive; only inline ones are offered.
    pub(crate) fn archive(self) -> Result<Bytes, Refusal> {
        match self.zip_file {
            _ if self.s3 => Err(Refusal::NotOffered("Code from S3 (S3Bucket, S3Key)")),
            _ if self.image => Err(Refusal::NotOffered("Code from an image (ImageUri)")),
            None => Err(Refusal::NoCode),
            Some(archive) if archive.is_empty() => Err(Refusal::EmptyZip),
            Some(archive) => Ok(archive),
        }
    }
}

// === impl Control: code ===

impl Control {
    /// Checks what can be told of an archive without reading it.
    pub(crate) fn check_size(&self, region: &Region, archive: &Bytes) -> Result<(), Refusal> {
        let limits = &self.parts.limits;
        let size_bytes = archive.len() as u64;
        if size_bytes > limits.code_size_zipped_bytes {
            let limit_bytes = limits.code_size_zipped_bytes;
            return Err(Refusal::ZippedTooLarge { limit_bytes });
        }
        self.check_storage(region, size_bytes)
    }

    /// Checks an archive and keeps nothing of it.
    pub(super) async fn try_code(&self, archive: Bytes) -> Result<Code, Refusal> {
        let size_bytes = archive.len() as u64;
        Ok(described(self.parts.code.check(archive).await?, size_bytes))
    }

    /// Stores and unpacks an archive, so that whatever is wrong with it is known before a record
    /// names it.
    pub(crate) async fn keep_code(&self, archive: Bytes) -> Result<Code, Refusal> {
        let size_bytes = archive.len() as u64;
        Ok(described(self.parts.code.add(archive).await?, size_bytes))
    }
}

fn described(code: StoredCode, size_bytes: u64) -> Code {
    let StoredCode { digest, unzipped_bytes, signing } = code;
    Code { sha256: digest.to_string(), size_bytes, unzipped_bytes, signing }
}

/// Reads `Architectures`, of which the model permits exactly one.
pub(super) fn architecture(wanted: Option<&[String]>) -> Result<Option<Architecture>, Refusal> {
    let Some(word) = wanted.and_then(<[String]>::first) else { return Ok(None) };
    let native = Architecture::native();
    match Architecture::from_word(word) {
        Some(architecture) if architecture == native => Ok(Some(architecture)),
        _ => Err(Refusal::Architecture { native: native.as_str(), wanted: word.clone() }),
    }
}
