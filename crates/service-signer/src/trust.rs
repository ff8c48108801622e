//! Whose signatures count.

use std::sync::Arc;

use model::code_signing::{Signature, Trust};

use crate::{
    Signer,
    profile::{CERTIFICATE, Profile},
    signer::key,
};

impl Trust for Signer {
    fn is_signer(&self, profile_version: &str, certificate: &str) -> bool {
        let Some((profile, id)) = self.named(profile_version) else { return false };
        let version = profile.version(&id);
        let named = version.and_then(|version| version.parameters.get(CERTIFICATE));
        named.is_some_and(|named| named == certificate)
    }

    fn is_root(&self, certificate: &str) -> bool {
        self.roots.contains(certificate)
    }

    fn is_revoked(&self, signature: &Signature) -> bool {
        let signed_ms = signature.signed.epoch_ms();
        self.revokes_profile(&signature.profile_version, signed_ms)
            || self.revokes_job(&signature.job)
    }
}

// === impl Signer: revocations ===

impl Signer {
    pub(crate) fn revokes_profile(&self, profile_version: &str, signed_ms: i64) -> bool {
        let Some((profile, id)) = self.named(profile_version) else { return false };
        profile.version(&id).is_some_and(|version| version.revokes(signed_ms))
    }

    pub(crate) fn revokes_job(&self, job: &str) -> bool {
        let found = self.resource(job, "/signing-jobs/");
        found.is_some_and(|(region, id)| self.jobs.get(&key(&region, &id)).is_some())
    }

    /// Finds the profile whose version an ARN names.
    fn named(&self, profile_version: &str) -> Option<(Arc<Profile>, String)> {
        let (region, rest) = self.resource(profile_version, "/signing-profiles/")?;
        let (name, id) = rest.split_once('/')?;
        Some((self.profiles.get(&key(&region, name))?.value, id.to_owned()))
    }

    /// Takes the ARN of something of this account apart.
    fn resource(&self, arn: &str, kind: &str) -> Option<(String, String)> {
        let parts: Vec<&str> = arn.splitn(6, ':').collect();
        let [_, _, "signer", region, account, resource] = parts[..] else { return None };
        let rest = resource.strip_prefix(kind).filter(|_| *account == *self.account)?;
        Some((region.to_owned(), rest.to_owned()))
    }
}
