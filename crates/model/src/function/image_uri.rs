//! Where a container image is.

use std::{fmt, str::FromStr, sync::Arc};

use serde::{Deserialize, Serialize};

/// The longest path of a repository (OCI distribution specification; ECR's limit is the same).
const MAX_REPOSITORY: usize = 255;
/// The longest tag (OCI distribution specification).
const MAX_TAG: usize = 128;
/// Hex digits of a SHA-256.
const DIGEST_DIGITS: usize = 64;

/// An image's URI: `REGISTRY/REPOSITORY:TAG` or `REGISTRY/REPOSITORY@sha256:DIGEST`.
///
/// AWS takes images of the account's own private registry (ECR) in the function's region only. There is no such
/// registry beside Lambkin, so any registry can be named by its host: `localhost:5000`,
/// `registry.example.org`, and ECR's as well, whose URIs templates written for AWS contain. What AWS refuses of
/// the form is refused: a name without a registry, which Docker would look for at its own; an image without a
/// tag or a digest; and one with both.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ImageUri(Arc<str>);

/// Says that a text is no image's URI.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not the URI of an image")]
pub struct ImageUriError(String);

// === impl ImageUri ===

impl ImageUri {
    /// Gives the URI as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Gives the SHA-256 of the image's manifest, in hex, if the URI names the image by it. What a tag stands
    /// for, only its registry knows.
    pub fn digest(&self) -> Option<&str> {
        self.0.split_once("@sha256:").map(|(_, digest)| digest)
    }

    /// Gives the region of the registry, if it is one of ECR's: AWS has images in the function's region only.
    pub fn ecr_region(&self) -> Option<&str> {
        let (host, _) = self.0.split_once('/')?;
        let (account, rest) = host.split_once(".dkr.ecr.")?;
        let region = rest
            .strip_suffix(".amazonaws.com")
            .or_else(|| rest.strip_suffix(".amazonaws.com.cn"))?;
        let is_account = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
        (is_account && !region.contains('.')).then_some(region)
    }
}

impl FromStr for ImageUri {
    type Err = ImageUriError;

    fn from_str(text: &str) -> Result<Self, ImageUriError> {
        if is_valid(text) { Ok(Self(text.into())) } else { Err(ImageUriError(text.to_owned())) }
    }
}

impl TryFrom<String> for ImageUri {
    type Error = ImageUriError;

    fn try_from(text: String) -> Result<Self, ImageUriError> {
        text.parse()
    }
}

impl From<ImageUri> for String {
    fn from(uri: ImageUri) -> Self {
        uri.0.as_ref().to_owned()
    }
}

impl fmt::Display for ImageUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn is_valid(text: &str) -> bool {
    let Some((registry, image)) = text.split_once('/') else { return false };
    let repository = match image.split_once('@') {
        Some((repository, digest)) => {
            if !digest.strip_prefix("sha256:").is_some_and(is_digest) {
                return false;
            }
            repository
        }
        None => match image.rsplit_once(':') {
            Some((repository, tag)) if is_tag(tag) => repository,
            _ => return false,
        },
    };
    is_registry(registry)
        && repository.len() <= MAX_REPOSITORY
        && repository.split('/').all(is_component)
}

/// A host is told from the first part of a path as Docker does: by a dot, a port, or its being `localhost`.
fn is_registry(text: &str) -> bool {
    let (host, port) = text.split_once(':').map_or((text, None), |(host, port)| (host, Some(port)));
    let is_label = |label: &str| {
        label.starts_with(|c: char| c.is_ascii_alphanumeric())
            && label.ends_with(|c: char| c.is_ascii_alphanumeric())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let is_port =
        |port: &str| port.bytes().all(|b| b.is_ascii_digit()) && port.parse::<u16>().is_ok();
    (host.contains('.') || port.is_some() || host == "localhost")
        && host.split('.').all(is_label)
        && port.is_none_or(is_port)
}

/// Lower-case letters and digits, parted by one dot, one or two underscores, or any number of hyphens.
fn is_component(text: &str) -> bool {
    let is_alphanumeric = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = text.as_bytes();
    let separators = bytes.split(is_alphanumeric).filter(|separator| !separator.is_empty());
    bytes.first().is_some_and(is_alphanumeric)
        && bytes.last().is_some_and(is_alphanumeric)
        && separators.into_iter().all(|separator| {
            matches!(separator, b"." | b"_" | b"__") || separator.iter().all(|byte| *byte == b'-')
        })
}

fn is_tag(text: &str) -> bool {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    text.len() <= MAX_TAG
        && text.bytes().next().is_some_and(is_word)
        && text.bytes().all(|byte| is_word(byte) || byte == b'.' || byte == b'-')
}

fn is_digest(text: &str) -> bool {
    text.len() == DIGEST_DIGITS
        && text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIGEST: &str = "9f6e1789cfcee8cfc1f2443b35a6e5eb33fcd12ccf30405b8c471109b6a0c991";

    fn uri(text: &str) -> ImageUri {
        text.parse().unwrap()
    }

    #[test]
    fn any_registry_can_be_named_by_its_host() {
        for text in [
            "000000000000.dkr.ecr.us-east-1.amazonaws.com/team/app:1.2.3",
            "localhost:5000/app:latest",
            "localhost/app:latest",
            "registry:5000/a/b/c:v1",
            "registry.example.org/my__app-a.b:V_1.0-x",
            "127.0.0.1:5000/app:1",
            "public.ecr.aws/lambda/python:3.12",
        ] {
            assert_eq!(uri(text).as_str(), text);
            assert_eq!(uri(text).digest(), None);
        }
        let text = format!("localhost:5000/app@sha256:{DIGEST}");
        assert_eq!(uri(&text).digest(), Some(DIGEST));
    }

    #[test]
    fn what_aws_refuses_of_the_form_is_refused() {
        let ecr = "000000000000.dkr.ecr.us-east-1.amazonaws.com";
        let both = format!("{ecr}/app:latest@sha256:{DIGEST}");
        let short = format!("{ecr}/app@sha256:{}", &DIGEST[1..]);
        let upper = format!("{ecr}/app@sha256:{}", DIGEST.to_uppercase());
        let neither = format!("{ecr}/app");
        let long = format!("{ecr}/{}:1", "a".repeat(256));
        for text in [
            "",
            "app",
            "app:latest",
            "team/app:latest",
            "localhost:5000",
            "localhost:5000/app:",
            "localhost:5000/App:1",
            "localhost:5000/a//b:1",
            "localhost:5000/a..b:1",
            "localhost:port/app:1",
            "localhost:99999/app:1",
            "localhost:5000/app:-1",
            "localhost:5000/-app:1",
            "https://host.org/app:1",
            "host.org/app:a b",
            "-host.org/app:1",
            "host.org/app_:1",
            "host.org/a___b:1",
            &both,
            &short,
            &upper,
            &neither,
            &long,
        ] {
            assert!(text.parse::<ImageUri>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_registry_of_ecr_has_a_region() {
        let of = |host: &str| uri(&format!("{host}/app:1")).ecr_region().map(str::to_owned);
        assert_eq!(
            of("000000000000.dkr.ecr.eu-west-1.amazonaws.com").as_deref(),
            Some("eu-west-1")
        );
        assert_eq!(
            of("000000000000.dkr.ecr.cn-north-1.amazonaws.com.cn").as_deref(),
            Some("cn-north-1")
        );
        for other in [
            "localhost:5000",
            "dkr.ecr.eu-west-1.amazonaws.com",
            "1.dkr.ecr.eu-west-1.amazonaws.com",
        ] {
            assert_eq!(of(other), None, "{other}");
        }
    }
}
