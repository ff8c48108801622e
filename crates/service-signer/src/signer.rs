//! The service and what its operations share.

use std::{error::Error, sync::Arc};

use api::{Call, signer::errors};
use engine::Ids;
use signing::Roots;
use store::{Records, Table, TableError};
use wire::ApiError;

use crate::profile::{Profile, RevokedJob};

/// The service; implements every operation of [`api::signer`]. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Signer {
    pub(crate) account: Arc<str>,
    pub(crate) profiles: Arc<Table<Profile>>,
    pub(crate) jobs: Arc<Table<RevokedJob>>,
    pub(crate) roots: Arc<Roots>,
    pub(crate) ids: Arc<dyn Ids>,
}

/// What the service is made of.
#[derive(Clone, Debug)]
pub struct Parts {
    /// The account that profiles belong to.
    pub account: Arc<str>,
    /// Where profiles are.
    pub records: Arc<dyn Records>,
    /// The certificates that the operator trusts.
    pub roots: Arc<Roots>,
    /// Makes the versions of profiles.
    pub ids: Arc<dyn Ids>,
}

impl Signer {
    /// Opens the service; resolves once all profiles are in memory.
    pub async fn open(parts: Parts) -> Result<Self, TableError> {
        let Parts { account, records, roots, ids } = parts;
        let profiles = Arc::new(Table::open(Arc::clone(&records)).await?);
        let jobs = Arc::new(Table::open(records).await?);
        Ok(Self { account, profiles, jobs, roots, ids })
    }

    /// Finds a profile that exists.
    pub(crate) fn find(&self, call: &Call, name: &str) -> Result<Arc<Profile>, ApiError> {
        let found = self.profiles.get(&key(&call.region, name));
        found.map(|stored| stored.value).ok_or_else(|| no_profile(name))
    }

    /// Changes a profile that exists.
    pub(crate) async fn change(
        &self,
        call: &Call,
        name: &str,
        mut decide: impl FnMut(&mut Profile) -> Result<(), ApiError>,
    ) -> Result<(), ApiError> {
        let change = |current: Option<&Profile>| -> Result<_, Stop> {
            let mut profile = current.ok_or_else(|| Stop(no_profile(name)))?.clone();
            decide(&mut profile).map_err(Stop)?;
            Ok(Some(profile))
        };
        let changed = self.profiles.update(&key(&call.region, name), change).await;
        changed.map(|_| ()).map_err(|Stop(error)| error)
    }

    pub(crate) fn arn(&self, call: &Call, name: &str) -> String {
        format!("arn:aws:signer:{}:{}:/signing-profiles/{name}", call.region, self.account)
    }

    pub(crate) fn version_arn(&self, call: &Call, name: &str, version: &str) -> String {
        format!("{}/{version}", self.arn(call, name))
    }
}

/// Why a change stopped: an answer, whatever it came from.
pub(crate) struct Stop(pub(crate) ApiError);

impl From<TableError> for Stop {
    fn from(error: TableError) -> Self {
        Self(unavailable(error))
    }
}

pub(crate) fn key(region: &str, name: &str) -> String {
    format!("{region}/{name}")
}

fn no_profile(name: &str) -> ApiError {
    errors::resource_not_found(format!("Signing profile {name} is not found."))
}

/// Answers for a store that failed; the cause is for the log alone.
pub(crate) fn unavailable(error: impl Error) -> ApiError {
    let cause = error.source().map(ToString::to_string);
    tracing::error!(%error, cause, "the store of signing profiles failed");
    errors::internal_service_error("The service cannot complete the request.")
}
