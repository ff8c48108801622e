//! Signing profiles as they are kept, and as they are shown.

use std::collections::BTreeMap;

use api::signer::{SignatureValidityPeriod, SigningMaterial, SigningProfileRevocationRecord};
use serde::{Deserialize, Serialize};
use store::{Migrate, Row};
use wire::Timestamp;

/// The one platform of Lambda.
pub(crate) const PLATFORM: &str = "AWSLambda-SHA384-ECDSA";
/// How it is shown to people.
pub(crate) const PLATFORM_NAME: &str = "AWS Lambda";
/// The signing parameter that names the signer's certificate.
pub(crate) const CERTIFICATE: &str = "certificate";

/// A signing profile with all its versions, of which the last can still change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Profile {
    pub(crate) name: String,
    pub(crate) versions: Vec<Version>,
    pub(crate) tags: BTreeMap<String, String>,
}

/// A version of a profile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Version {
    pub(crate) id: String,
    pub(crate) status: Status,
    pub(crate) parameters: BTreeMap<String, String>,
    pub(crate) validity: Option<(i32, String)>,
    pub(crate) material: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Status {
    Active,
    Canceled,
    Revoked { effective_ms: i64, at_ms: i64, by: String, reason: String },
}

/// A signing job whose signature was revoked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RevokedJob {
    pub(crate) at_ms: i64,
    pub(crate) by: String,
    pub(crate) reason: String,
}

impl Migrate for Profile {
    const VERSION: u32 = 1;
}

impl Row for Profile {
    const NAME: &'static str = "signing-profiles";
}

impl Migrate for RevokedJob {
    const VERSION: u32 = 1;
}

impl Row for RevokedJob {
    const NAME: &'static str = "revoked-signing-jobs";
}

// === impl Profile ===

impl Profile {
    pub(crate) fn latest(&self) -> Option<&Version> {
        self.versions.last()
    }

    pub(crate) fn version(&self, id: &str) -> Option<&Version> {
        self.versions.iter().find(|version| version.id == id)
    }
}

// === impl Version ===

impl Version {
    /// Tells whether a signature of this time was revoked with the version.
    pub(crate) fn revokes(&self, signed_ms: i64) -> bool {
        matches!(self.status, Status::Revoked { effective_ms, .. } if signed_ms >= effective_ms)
    }

    pub(crate) fn validity(&self) -> Option<SignatureValidityPeriod> {
        let (value, unit) = self.validity.clone()?;
        Some(SignatureValidityPeriod { value: Some(value), r#type: Some(unit) })
    }

    pub(crate) fn material(&self) -> Option<SigningMaterial> {
        let certificate_arn = self.material.clone()?;
        Some(SigningMaterial { certificate_arn })
    }

    pub(crate) fn parameters(&self) -> Option<BTreeMap<String, String>> {
        (!self.parameters.is_empty()).then(|| self.parameters.clone())
    }

    pub(crate) fn revocation(&self) -> Option<SigningProfileRevocationRecord> {
        let Status::Revoked { effective_ms, at_ms, by, .. } = &self.status else { return None };
        Some(SigningProfileRevocationRecord {
            revocation_effective_from: Some(Timestamp::from_epoch_ms(*effective_ms)),
            revoked_at: Some(Timestamp::from_epoch_ms(*at_ms)),
            revoked_by: Some(by.clone()),
        })
    }
}

// === impl Status ===

impl Status {
    pub(crate) fn as_str(&self) -> &'static str {
        match self {
            Self::Active => "Active",
            Self::Canceled => "Canceled",
            Self::Revoked { .. } => "Revoked",
        }
    }

    pub(crate) fn reason(&self) -> Option<String> {
        match self {
            Self::Revoked { reason, .. } => Some(reason.clone()),
            Self::Active | Self::Canceled => None,
        }
    }
}
