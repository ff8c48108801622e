//! What a customer chose for a function.

mod stored;

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{
    Outside, Variables,
    package::{Code, ImagePackage, Package, ZipPackage},
};

/// The settings of one version.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "stored::Stored")]
pub struct Settings {
    /// The execution role's ARN.
    pub role: String,
    /// Free text.
    pub description: String,
    /// How long an invocation may take.
    pub timeout: Duration,
    /// Memory of an environment; CPU follows it.
    pub memory_mib: u32,
    /// Size of `/tmp`.
    pub ephemeral_storage_mib: u32,
    /// The customer's variables; `None` until the customer sent some.
    pub environment: Option<Variables>,
    /// The instruction set that the code was built for.
    pub architecture: Architecture,
    /// What is run: an archive with a runtime for it, or an image.
    #[serde(flatten)]
    pub package: Package,
    /// What it uses of the world outside.
    #[serde(default, skip_serializing_if = "Outside::is_empty")]
    pub outside: Outside,
    /// Where the log goes and how it looks.
    pub logging: Logging,
    /// Whether the platform samples traces.
    pub tracing: TracingMode,
}

/// An instruction set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Architecture {
    /// 64-bit Intel and AMD.
    X86_64,
    /// 64-bit Arm.
    Arm64,
}

/// A function's `LoggingConfig`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Logging {
    /// Text or JSON, with the levels that only JSON has.
    pub format: LogFormat,
    /// The log group.
    pub group: String,
}

/// The format of a function's log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LogFormat {
    /// Plain lines.
    Text,
    /// One JSON object for each event.
    Json {
        /// Threshold of the function's own lines.
        application_level: String,
        /// Threshold of the platform's lines.
        system_level: String,
    },
}

/// A function's `TracingConfig`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TracingMode {
    /// The caller's decision is passed on.
    PassThrough,
    /// The platform decides.
    Active,
}

/// A function's `SnapStart`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SnapStart {
    /// Every environment initialises on its own.
    None,
    /// Environments of published versions are restored from a snapshot.
    PublishedVersions,
}

// === impl Architecture ===

impl Architecture {
    /// Gives the API's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::X86_64 => "x86_64",
            Self::Arm64 => "arm64",
        }
    }

    /// Reads the API's word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::X86_64, Self::Arm64].into_iter().find(|a| a.as_str() == word)
    }

    /// Gives the instruction set that this program was built for, which its machine runs.
    pub const fn native() -> Self {
        if cfg!(target_arch = "aarch64") { Self::Arm64 } else { Self::X86_64 }
    }
}

// === impl TracingMode ===

impl TracingMode {
    /// Gives the API's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PassThrough => "PassThrough",
            Self::Active => "Active",
        }
    }

    /// Reads the API's word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::PassThrough, Self::Active].into_iter().find(|mode| mode.as_str() == word)
    }
}

// === impl SnapStart ===

impl SnapStart {
    /// Gives the API's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "None",
            Self::PublishedVersions => "PublishedVersions",
        }
    }

    /// Reads the API's word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::None, Self::PublishedVersions].into_iter().find(|choice| choice.as_str() == word)
    }
}

// === impl Settings ===

impl Settings {
    /// Gives what only functions with an archive have.
    pub fn zip(&self) -> Option<&ZipPackage> {
        match &self.package {
            Package::Zip(zip) => Some(zip),
            Package::Image(_) => None,
        }
    }

    /// Gives the same to whoever changes it.
    pub fn zip_mut(&mut self) -> Option<&mut ZipPackage> {
        match &mut self.package {
            Package::Zip(zip) => Some(zip),
            Package::Image(_) => None,
        }
    }

    /// Gives what only functions with an image have.
    pub fn image(&self) -> Option<&ImagePackage> {
        match &self.package {
            Package::Image(image) => Some(image),
            Package::Zip(_) => None,
        }
    }

    /// Tells whether published versions start from a snapshot; images never do.
    pub fn snap_start(&self) -> SnapStart {
        self.zip().map_or(SnapStart::None, |zip| zip.snap_start)
    }

    /// Gives the archives that have to be there: the package, and then its layers. Images have none.
    pub fn archives(&self) -> impl Iterator<Item = &Code> {
        self.zip().into_iter().flat_map(|zip| {
            std::iter::once(&zip.code).chain(zip.layers.iter().map(|layer| &layer.content))
        })
    }

    /// Gives the bytes of the package as it was uploaded; an image is not stored here.
    pub fn code_bytes(&self) -> u64 {
        self.zip().map_or(0, |zip| zip.code.size_bytes)
    }

    /// Tells whether publishing `self` after `published` would give the same version again.
    /// The description given at publishing belongs to the version alone and is not compared.
    pub fn publishes_same_as(&self, published: &Self) -> bool {
        let without_description =
            |settings: &Self| Self { description: String::new(), ..settings.clone() };
        without_description(self) == without_description(published)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use serde_json::json;

    use super::{super::ImageConfig, *};

    pub(in super::super) fn settings(handler: &str) -> Settings {
        Settings {
            role: "arn:aws:iam::000000000000:role/r".into(),
            description: String::new(),
            timeout: Duration::from_secs(3),
            memory_mib: 128,
            ephemeral_storage_mib: 512,
            environment: None,
            architecture: Architecture::X86_64,
            package: Package::Zip(ZipPackage {
                runtime: "python3.12".into(),
                handler: handler.into(),
                code: Code {
                    sha256: "00".repeat(32),
                    size_bytes: 1,
                    unzipped_bytes: 1,
                    signing: None,
                    kms_key: None,
                },
                accepted: None,
                layers: Vec::new(),
                snap_start: SnapStart::None,
            }),
            outside: Outside::default(),
            logging: Logging { format: LogFormat::Text, group: "/aws/lambda/f".into() },
            tracing: TracingMode::PassThrough,
        }
    }

    #[test]
    fn a_description_alone_does_not_make_a_new_version() {
        let published = Settings { description: "release".into(), ..settings("a") };
        assert!(settings("a").publishes_same_as(&published));
        assert!(!settings("b").publishes_same_as(&published));
    }

    #[test]
    fn what_releases_before_images_have_stored_is_read_and_written_as_it_was() {
        let stored = json!({
            "runtime": "python3.12", "role": "arn:aws:iam::000000000000:role/r", "handler": "one",
            "description": "", "timeout": {"secs": 3, "nanos": 0}, "memory_mib": 128,
            "ephemeral_storage_mib": 512, "environment": null, "architecture": "X86_64",
            "package_type": "Zip",
            "code": {"sha256": "00".repeat(32), "size_bytes": 1, "unzipped_bytes": 1},
            "logging": {"format": "Text", "group": "/aws/lambda/f"},
            "tracing": "PassThrough", "snap_start": "None",
        });
        let read: Settings = serde_json::from_value(stored.clone()).unwrap();
        assert_eq!(read, settings("one"));
        assert_eq!(serde_json::to_value(&read).unwrap(), stored);
        let mut incomplete = stored;
        incomplete.as_object_mut().unwrap().remove("code");
        let refused = serde_json::from_value::<Settings>(incomplete).unwrap_err();
        assert_eq!(refused.to_string(), "missing field `code`");
    }

    #[test]
    fn an_image_has_nothing_of_an_archive() {
        let image = Package::Image(ImagePackage {
            image_uri: "localhost:5000/app:1".parse().unwrap(),
            image_config: ImageConfig { command: vec!["run".into()], ..ImageConfig::default() },
        });
        let settings = Settings { package: image, ..settings("one") };
        let stored = serde_json::to_value(&settings).unwrap();
        assert_eq!(stored["package_type"], "Image");
        assert_eq!(stored["image_config"], json!({"command": ["run"]}));
        assert_eq!((stored.get("code"), stored.get("runtime")), (None, None));
        assert_eq!(serde_json::from_value::<Settings>(stored).unwrap(), settings);
        assert_eq!((settings.archives().count(), settings.code_bytes()), (0, 0));
    }

    #[test]
    fn words_round_trip() {
        for architecture in [Architecture::X86_64, Architecture::Arm64] {
            assert_eq!(Architecture::from_word(architecture.as_str()), Some(architecture));
        }
        assert_eq!(TracingMode::from_word("active"), None);
    }
}
