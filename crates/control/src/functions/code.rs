//! Deployment packages on their way in.

use api::Call;
use bytes::Bytes;
use engine::{CodeError, StoredCode};
use model::{
    function::{Architecture, Code, ImageUri},
    names::Region,
};
use store::{BlobsError, Content, Digest};

use super::image::ImageRefusal;
use crate::{CodeObject, Control, code_source::FetchError, error::Refusal};

/// Where a request says that the code is.
#[derive(Debug, Default)]
pub(crate) struct Source {
    pub(crate) zip_file: Option<Bytes>,
    pub(crate) bucket: Option<String>,
    pub(crate) key: Option<String>,
    pub(crate) version: Option<String>,
    pub(crate) storage_mode: Option<String>,
    pub(crate) image_uri: Option<String>,
}

/// Where it is, once that is clear.
#[derive(Debug)]
pub(crate) enum Package {
    /// In the request.
    Inline(Bytes),
    /// In S3.
    Object(CodeObject),
}

/// What a request deploys, once it is found.
#[derive(Debug)]
pub(super) enum Found {
    /// An archive.
    Archive(Archive),
    /// A container image, which stays where it is.
    Image(ImageUri),
}

/// What a function is to run.
#[derive(Clone, Debug)]
pub(super) enum Deployed {
    /// An archive.
    Code(Code),
    /// A container image.
    Image(ImageUri),
}

/// An archive that is here.
#[derive(Debug)]
pub(crate) enum Archive {
    /// In memory.
    Inline(Bytes),
    /// In the store, and named by nothing yet.
    Stored(Digest, u64),
}

// === impl Source ===

impl Source {
    /// Decides where the archive is.
    pub(crate) fn package(self) -> Result<Package, Refusal> {
        if self.storage_mode.as_ref().is_some_and(|mode| mode != "COPY") {
            return Err(Refusal::NotOffered("S3ObjectStorageMode REFERENCE"));
        }
        let besides = self.is_in_s3() || self.image_uri.is_some();
        match (self.zip_file, self.bucket, self.key) {
            // The text is not recorded, and neither is that of a bucket without a key.
            (Some(_), _, _) if besides => Err(Refusal::TwoSources),
            (Some(archive), _, _) if archive.is_empty() => Err(Refusal::EmptyZip),
            (Some(archive), _, _) => Ok(Package::Inline(archive)),
            (None, Some(bucket), Some(key)) => {
                Ok(Package::Object(CodeObject { bucket, key, version: self.version }))
            }
            (None, _, _) => Err(Refusal::NoCode),
        }
    }

    /// Tells whether an archive is named.
    pub(super) fn has_archive(&self) -> bool {
        self.zip_file.is_some() || self.is_in_s3()
    }

    fn is_in_s3(&self) -> bool {
        self.bucket.is_some() || self.key.is_some() || self.version.is_some()
    }
}

// === impl Archive ===

impl Archive {
    fn size_bytes(&self) -> u64 {
        match self {
            Self::Inline(archive) => archive.len() as u64,
            Self::Stored(_, size_bytes) => *size_bytes,
        }
    }
}

// === impl Control: code ===

impl Control {
    /// Brings an archive here if it is not, and checks what can be told of it without reading it.
    pub(crate) async fn fetch(
        &self,
        call: &Call,
        region: &Region,
        package: Package,
    ) -> Result<Archive, Refusal> {
        let limits = &self.parts.limits;
        let archive = match package {
            Package::Inline(archive) => {
                let limit_bytes = limits.code_size_zipped_bytes;
                if archive.len() as u64 > limit_bytes {
                    return Err(Refusal::ZippedTooLarge { limit_bytes });
                }
                Archive::Inline(archive)
            }
            Package::Object(object) => {
                let content = self.parts.code_source.open(call, &object).await?;
                self.receive(content).await?
            }
        };
        self.check_storage(region, archive.size_bytes())?;
        Ok(archive)
    }

    /// Stores an archive while it comes. One that is much longer than its content may be is not read
    /// to its end.
    async fn receive(&self, content: Content) -> Result<Archive, Refusal> {
        let limit_bytes = self.parts.limits.code_size_unzipped_bytes;
        let most_bytes = limit_bytes.saturating_mul(2);
        match self.parts.code.receive(content, most_bytes).await {
            Ok((_, 0)) => Err(Refusal::EmptyZip),
            Ok((digest, size_bytes)) => Ok(Archive::Stored(digest, size_bytes)),
            Err(CodeError::TooLong { .. }) => Err(Refusal::UnzippedTooLarge { limit_bytes }),
            Err(CodeError::Blobs(BlobsError::Content(cause))) => {
                Err(FetchError::Unreachable(cause.to_string()).into())
            }
            Err(other) => Err(other.into()),
        }
    }

    /// Stores what is to be stored.
    pub(super) async fn keep(
        &self,
        found: Found,
        kms_key: Option<String>,
    ) -> Result<Deployed, Refusal> {
        match found {
            Found::Archive(archive) => {
                Ok(Deployed::Code(Code { kms_key, ..self.keep_code(archive).await? }))
            }
            Found::Image(_) if kms_key.is_some() => Err(ImageRefusal::SourceKey.into()),
            Found::Image(uri) => Ok(Deployed::Image(uri)),
        }
    }

    /// Checks what is to be stored, and stores nothing.
    pub(super) async fn try_out(&self, found: Found) -> Result<Deployed, Refusal> {
        match found {
            Found::Archive(archive) => Ok(Deployed::Code(self.try_code(archive).await?)),
            Found::Image(uri) => Ok(Deployed::Image(uri)),
        }
    }

    /// Checks an archive, and names it nowhere.
    async fn try_code(&self, archive: Archive) -> Result<Code, Refusal> {
        let size_bytes = archive.size_bytes();
        let checked = match archive {
            Archive::Inline(archive) => self.parts.code.check(archive).await?,
            Archive::Stored(digest, _) => self.parts.code.check_stored(digest).await?,
        };
        Ok(described(checked, size_bytes))
    }

    /// Stores and unpacks an archive, so that whatever is wrong with it is known before a record
    /// names it.
    pub(crate) async fn keep_code(&self, archive: Archive) -> Result<Code, Refusal> {
        let size_bytes = archive.size_bytes();
        let kept = match archive {
            Archive::Inline(archive) => self.parts.code.add(archive).await?,
            Archive::Stored(digest, _) => self.parts.code.add_stored(digest).await?,
        };
        Ok(described(kept, size_bytes))
    }
}

fn described(code: StoredCode, size_bytes: u64) -> Code {
    let StoredCode { digest, unzipped_bytes, signing } = code;
    Code { sha256: digest.to_string(), size_bytes, unzipped_bytes, signing, kms_key: None }
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

#[cfg(test)]
mod tests {
    use api::{
        Handle,
        lambda::{
            CreateFunctionRequest, FunctionCode, LayerVersionContentInput, PublishLayerVersion,
            PublishLayerVersionRequest, UpdateFunctionCode, UpdateFunctionCodeRequest,
        },
    };
    use model::Limits;
    use store::Digest;

    use super::*;
    use crate::fixture::{Fixture, call, package, request, zip};

    fn in_s3(key: &str) -> FunctionCode {
        let (s3_bucket, s3_key) = (Some("bucket".to_owned()), Some(key.to_owned()));
        FunctionCode { s3_bucket, s3_key, ..FunctionCode::default() }
    }

    async fn created(fixture: &Fixture, code: FunctionCode) -> Result<String, (String, String)> {
        let input = CreateFunctionRequest { code, ..request("f") };
        match fixture.create_with(input).await {
            Ok(_) => Ok(fixture.code("f").sha256),
            Err(error) => {
                Err((error.code().to_owned(), error.message().unwrap_or_default().to_owned()))
            }
        }
    }

    fn put(fixture: &Fixture, key: &str, archive: &Bytes) {
        fixture.shelf.0.lock().insert(key.to_owned(), archive.clone());
    }

    #[tokio::test]
    async fn code_that_is_named_is_copied_and_is_then_like_any_other() {
        let fixture = Fixture::new().await;
        let archive = package("f");
        put(&fixture, "k", &archive);
        let digest = created(&fixture, in_s3("k")).await.unwrap();
        assert_eq!(digest, Digest::of(&archive).to_string());
        fixture.shelf.0.lock().clear();
        let code = fixture.code("f");
        assert_eq!(code.size_bytes, archive.len() as u64);
        fixture.settle().await;
        let next = zip("bootstrap", "next");
        put(&fixture, "next", &next);
        let input = |dry_run| UpdateFunctionCodeRequest {
            function_name: "f".to_owned(),
            s3_bucket: Some("bucket".to_owned()),
            s3_key: Some("next".to_owned()),
            dry_run: Some(dry_run),
            ..UpdateFunctionCodeRequest::default()
        };
        for dry_run in [true, false] {
            let control = &fixture.control;
            let answer =
                Handle::<UpdateFunctionCode>::handle(control, &call(), input(dry_run)).await;
            assert_eq!(answer.unwrap().code_size, i64::try_from(next.len()).ok());
            let stored = fixture.code("f").sha256;
            assert_eq!(stored == Digest::of(&next).to_string(), !dry_run);
        }
    }

    #[tokio::test]
    async fn a_layer_may_be_named_as_well() {
        let fixture = Fixture::new().await;
        let archive = zip("python/lib.py", "x = 1");
        put(&fixture, "layer", &archive);
        let content = LayerVersionContentInput {
            s3_bucket: Some("bucket".to_owned()),
            s3_key: Some("layer".to_owned()),
            ..LayerVersionContentInput::default()
        };
        let layer_name = "l".to_owned();
        let input = PublishLayerVersionRequest { layer_name, content, ..Default::default() };
        let answer = Handle::<PublishLayerVersion>::handle(&fixture.control, &call(), input).await;
        let size = answer.unwrap().content.unwrap().code_size;
        assert_eq!(size, i64::try_from(archive.len()).ok());
    }

    #[tokio::test]
    async fn what_cannot_be_fetched_is_refused_in_the_words_of_s3() {
        let fixture = Fixture::new().await;
        put(&fixture, "empty", &Bytes::new());
        put(&fixture, "no zip", &Bytes::from_static(b"no zip"));
        let both = FunctionCode { zip_file: Some(package("f")), ..in_s3("k") };
        let half = FunctionCode { s3_key: None, ..in_s3("k") };
        let reference =
            FunctionCode { s3_object_storage_mode: Some("REFERENCE".into()), ..in_s3("k") };
        for (code, expected) in [
            (
                in_s3("none"),
                "Error occurred while GetObject. S3 Error Code: NoSuchKey. S3 Error Message: The specified key does not exist.",
            ),
            (in_s3("empty"), "Uploaded file must be a non-empty zip"),
            (
                in_s3("no zip"),
                "Could not unzip uploaded file. Please check your file, then try to upload again.",
            ),
            (both, "Please do not provide other FunctionCode parameters when providing a ZipFile."),
            (half, "Please provide a source for function code."),
            (reference, "S3ObjectStorageMode REFERENCE is not offered by Lambkin yet"),
        ] {
            let (code, message) = created(&fixture, code).await.unwrap_err();
            assert_eq!(
                (code.as_str(), message.as_str()),
                ("InvalidParameterValueException", expected)
            );
        }
    }

    #[tokio::test]
    async fn an_archive_in_s3_may_be_larger_than_an_inline_one_but_not_without_bound() {
        let archive = package("f");
        let size_bytes = archive.len() as u64;
        for (unzipped, fits) in [(size_bytes, true), (size_bytes / 2 - 1, false)] {
            let limits = Limits {
                code_size_zipped_bytes: size_bytes - 1,
                code_size_unzipped_bytes: unzipped,
                ..Limits::default()
            };
            let fixture = Fixture::with_limits(limits).await;
            put(&fixture, "k", &archive);
            let found = created(&fixture, in_s3("k")).await;
            assert_eq!(found.is_ok(), fits, "{found:?}");
            let refusal = found.err().map(|(_, message)| message);
            let expected = format!("Unzipped size must be smaller than {unzipped} bytes");
            assert_eq!(refusal, (!fits).then_some(expected));
        }
    }

    #[test]
    fn denial_and_redirection_are_worded_as_by_aws() {
        let object = CodeObject { bucket: "b".to_owned(), key: "k".to_owned(), version: None };
        let denied = FetchError::of(&object, "AccessDenied", "no");
        let error = wire::ApiError::from(Refusal::from(denied));
        assert_eq!((error.code(), error.status().as_u16()), ("AccessDeniedException", 403));
        let expected = "Your access has been denied by S3, please make sure your request credentials have permission to \
                        GetObject for b/k. S3 Error Code: AccessDenied. S3 Error Message: Access Denied";
        assert_eq!(error.message(), Some(expected));
        let elsewhere = FetchError::elsewhere("us-east-2").to_string();
        assert!(elsewhere.ends_with("Please use this region to retry the request"), "{elsewhere}");
    }
}
