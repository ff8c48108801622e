//! Code signing configurations: whose signatures a function's code has to have.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{names::Region, timestamp::Timestamp};

/// A code signing configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeSigningConfig {
    /// The region that it lives in.
    pub region: Region,
    /// `csc-` and 17 hex digits.
    pub id: String,
    /// Free text.
    pub description: String,
    /// The versions of signing profiles whose signatures count, as ARNs.
    pub publishers: Vec<String>,
    /// What becomes of code without such a signature.
    pub untrusted: Untrusted,
    /// When it last changed.
    pub last_modified: Timestamp,
    /// The customer's tags.
    pub tags: BTreeMap<String, String>,
}

/// What becomes of code that nobody trusted has signed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Untrusted {
    /// It is deployed, and counted.
    #[default]
    Warn,
    /// It is refused.
    Enforce,
}

/// What is known of a package's signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Signing {
    /// It is over this package, and says what follows.
    Valid(Signature),
    /// It is not what it says; with the reason.
    Broken(String),
}

/// A signature over a package.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// The ARN of the version of the signing profile.
    pub profile_version: String,
    /// The ARN of the signing job.
    pub job: String,
    /// When it was made.
    pub signed: Timestamp,
    /// Until when it counts.
    pub expires: Timestamp,
    /// The fingerprint of the signer's certificate.
    pub signer: String,
    /// The fingerprint of the operator's root that the certificate leads to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub root: Option<String>,
}

/// Knows whose signatures count.
pub trait Trust: Send + Sync + std::fmt::Debug {
    /// Tells whether a certificate, by its fingerprint, may sign for the version of a profile.
    fn is_signer(&self, profile_version: &str, certificate: &str) -> bool;

    /// Tells whether the operator trusts a root, by its fingerprint.
    fn is_root(&self, certificate: &str) -> bool;

    /// Tells whether a signature was revoked, by its job or by its profile.
    fn is_revoked(&self, signature: &Signature) -> bool;
}

/// Why a package's signature does not count.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Distrust {
    /// It has one that is not what it says.
    #[error("integrity: {0}")]
    Integrity(String),
    /// It has none, or one by somebody else.
    #[error("mismatch")]
    Mismatch,
    /// It counts no more.
    #[error("expired")]
    Expired,
    /// It was revoked.
    #[error("revoked")]
    Revoked,
}

/// Makes the four checks, in AWS's order of severity.
pub fn judge<'s>(
    signing: Option<&'s Signing>,
    publishers: &[String],
    now: Timestamp,
    trust: &dyn Trust,
) -> Result<&'s Signature, Distrust> {
    let signature = match signing {
        None => return Err(Distrust::Mismatch),
        Some(Signing::Broken(why)) => return Err(Distrust::Integrity(why.clone())),
        Some(Signing::Valid(signature)) => signature,
    };
    // Anybody can write the name of a profile into a signature.
    let by_profile = trust.is_signer(&signature.profile_version, &signature.signer)
        || signature.root.as_deref().is_some_and(|root| trust.is_root(root));
    if !by_profile || !publishers.contains(&signature.profile_version) {
        return Err(Distrust::Mismatch);
    }
    if signature.expires < now {
        return Err(Distrust::Expired);
    }
    if trust.is_revoked(signature) {
        return Err(Distrust::Revoked);
    }
    Ok(signature)
}

// === impl Untrusted ===

impl Untrusted {
    /// Gives the API's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Warn => "Warn",
            Self::Enforce => "Enforce",
        }
    }

    /// Reads the API's word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Warn, Self::Enforce].into_iter().find(|choice| choice.as_str() == word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Trusts what it lists, and has revoked what it says.
    #[derive(Debug)]
    struct Listed {
        signer: &'static str,
        root: &'static str,
        revoked: bool,
    }

    impl Trust for Listed {
        fn is_signer(&self, profile_version: &str, certificate: &str) -> bool {
            (profile_version, certificate) == ("profile/1", self.signer)
        }

        fn is_root(&self, certificate: &str) -> bool {
            certificate == self.root
        }

        fn is_revoked(&self, _: &Signature) -> bool {
            self.revoked
        }
    }

    fn signature(root: Option<&str>) -> Signing {
        Signing::Valid(Signature {
            profile_version: "profile/1".into(),
            job: "job".into(),
            signed: Timestamp::from_epoch_ms(1),
            expires: Timestamp::from_epoch_ms(10),
            signer: "signer".into(),
            root: root.map(str::to_owned),
        })
    }

    #[test]
    fn the_gravest_fault_is_the_one_that_is_told() {
        let trust = |signer, root, revoked| Listed { signer, root, revoked };
        let broken = Some(Signing::Broken("bad".into()));
        let own = Some(signature(None));
        let rooted = Some(signature(Some("root")));
        let integrity = Err(Distrust::Integrity("bad".into()));
        let (known, unknown) = (["profile/1".to_owned()], ["profile/2".to_owned()]);
        let cases = [
            (&broken, &unknown, 11, trust("signer", "", true), integrity),
            (&None, &known, 9, trust("signer", "", false), Err(Distrust::Mismatch)),
            (&own, &unknown, 11, trust("signer", "", true), Err(Distrust::Mismatch)),
            (&own, &known, 9, trust("another", "", false), Err(Distrust::Mismatch)),
            (&rooted, &known, 9, trust("another", "other", false), Err(Distrust::Mismatch)),
            (&own, &known, 11, trust("signer", "", true), Err(Distrust::Expired)),
            (&own, &known, 10, trust("signer", "", true), Err(Distrust::Revoked)),
            (&own, &known, 10, trust("signer", "", false), Ok(())),
            (&rooted, &known, 10, trust("another", "root", false), Ok(())),
        ];
        for (signing, publishers, now, trust, expected) in cases {
            let now = Timestamp::from_epoch_ms(now);
            let judged = judge(signing.as_ref(), publishers, now, &trust).map(|_| ());
            assert_eq!(judged, expected, "{signing:?} {publishers:?} {now:?} {trust:?}");
        }
    }
}
