//! What all operations share.

use std::sync::Arc;

use api::{Authorize, Call};
use engine::{
    CodeStore, Concurrency, EventQueue, FunctionRow, Functions, Ids, Invoke, Occupancy, Registry,
    RoleCredentials,
};
use model::{
    FunctionArn, Limits, Timestamp,
    code_signing::Trust,
    function::{Function, FunctionState, Stamp, Version},
    names::{AccountId, Qualifier, Region},
};
use sandbox::Catalogue;
use store::{BlobUse, Clock};
use tokio::sync::{Mutex, RwLock};
use uuid::Uuid;

use crate::{
    Activation, CodeCollector, CodeLinks, CodeSource, Deactivation, FunctionKeys, MappingSettling,
    deactivation, error::Refusal,
};

/// What a control plane is made of.
#[derive(Debug)]
pub struct Parts {
    /// The account that everything belongs to.
    pub account: AccountId,
    /// The functions.
    pub functions: Arc<Functions>,
    /// What exists beside functions.
    pub registry: Arc<Registry>,
    /// Runs functions.
    pub engine: Arc<dyn Invoke>,
    /// Knows execution roles.
    pub roles: Arc<dyn RoleCredentials>,
    /// Takes asynchronous events in.
    pub events: EventQueue,
    /// Hears of what is kept for functions.
    pub concurrency: Arc<dyn Concurrency>,
    /// Knows whether functions are used.
    pub occupancy: Arc<dyn Occupancy>,
    /// The packages.
    pub code: CodeStore,
    /// The runtimes of this machine.
    pub catalogue: Arc<Catalogue>,
    /// The limits in force.
    pub limits: Arc<Limits>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Ids.
    pub ids: Arc<dyn Ids>,
    /// Seals and opens functions' variables.
    pub keys: Arc<dyn FunctionKeys>,
    /// Knows whose signatures of packages count.
    pub trust: Arc<dyn Trust>,
    /// Decides what callers other than root may see of a function.
    pub guard: Arc<dyn Authorize>,
    /// Makes the links under which packages are downloaded.
    pub code_links: CodeLinks,
    /// The URL below which function URLs are, if not the one by which a client reached the API.
    pub function_url_base: Option<String>,
    /// Where code is that requests name.
    pub code_source: Arc<dyn CodeSource>,
}

/// The Lambda API; [`Control::activation`], [`Control::deactivation`], [`Control::mapping_settling`] and
/// [`Control::code_collector`] have to run beside it.
#[derive(Debug)]
pub struct Control {
    pub(crate) parts: Parts,
    /// Read by whoever stores a package until a record names it, written by the collector: between
    /// the two moments a package looks unused.
    pub(crate) uploads: Arc<RwLock<()>>,
    /// Held by whoever reserves concurrency, of which all functions share one pool.
    pub(crate) reservations: Mutex<()>,
    /// Held by whoever attaches or deletes a code signing configuration.
    pub(crate) signing: Mutex<()>,
    /// Held by whoever makes or changes an event source mapping, of which none may be twice.
    pub(crate) mapping: Mutex<()>,
}

// === impl Control ===

impl Control {
    /// Makes the control plane.
    pub fn new(parts: Parts) -> Self {
        Self {
            parts,
            uploads: Arc::default(),
            reservations: Mutex::default(),
            signing: Mutex::default(),
            mapping: Mutex::default(),
        }
    }

    /// Makes the reconciler that makes created and updated functions ready.
    pub fn activation(&self) -> Activation {
        Activation::new(
            Arc::clone(&self.parts.functions),
            self.parts.code.clone(),
            Arc::clone(&self.parts.ids),
            Arc::clone(&self.uploads),
        )
    }

    /// Makes the reconciler that makes idle functions inactive.
    pub fn deactivation(&self) -> Deactivation {
        Deactivation::new(deactivation::Parts {
            functions: Arc::clone(&self.parts.functions),
            occupancy: Arc::clone(&self.parts.occupancy),
            code: self.parts.code.clone(),
            clock: Arc::clone(&self.parts.clock),
            uploads: Arc::clone(&self.uploads),
            after: self.parts.limits.inactive_after,
        })
    }

    /// Makes the reconciler that ends what is in progress on event source mappings.
    pub fn mapping_settling(&self) -> MappingSettling {
        MappingSettling::new(Arc::clone(&self.parts.registry))
    }

    /// Makes the reconciler that removes packages that nothing uses; `others` use blobs as well.
    pub fn code_collector(&self, others: Vec<Arc<dyn BlobUse>>) -> CodeCollector {
        CodeCollector::new(
            Arc::clone(&self.parts.functions),
            Arc::clone(&self.parts.registry),
            self.parts.code.clone(),
            Arc::clone(&self.parts.clock),
            Arc::clone(&self.uploads),
        )
        .beside(others)
    }

    /// Finds the function that an ARN names, whatever its qualifier.
    pub(crate) fn find(&self, arn: &FunctionArn) -> Result<Function, Refusal> {
        let row = self.parts.functions.get(&arn.region, &arn.name);
        let function = row.as_deref().and_then(FunctionRow::live).cloned();
        function.ok_or_else(|| Refusal::FunctionNotFound(arn.to_string()))
    }

    /// Finds the version that an ARN names: without a qualifier `$LATEST`, of an alias the one that it
    /// chiefly stands for.
    pub(crate) fn version(
        &self,
        function: &Function,
        arn: &FunctionArn,
    ) -> Result<Version, Refusal> {
        let missing = || Refusal::FunctionNotFound(arn.to_string());
        let number = match &arn.qualifier {
            None | Some(Qualifier::Latest) => None,
            Some(Qualifier::Version(number)) => Some(*number),
            Some(Qualifier::Alias(name)) => {
                self.parts.functions.alias(function, name).ok_or_else(missing)?.0.target
            }
        };
        let Some(number) = number else { return Ok(function.latest.clone()) };
        let row = self.parts.functions.version(function, number).ok_or_else(missing)?;
        Ok(row.0.clone())
    }

    /// Gives the ARN of a function of this account as such.
    pub(crate) fn arn(&self, function: &Function) -> FunctionArn {
        FunctionArn {
            region: function.region.clone(),
            account: self.parts.account.clone(),
            name: function.name.clone(),
            qualifier: None,
        }
    }

    /// Makes what this call leaves on what it changes.
    pub(crate) fn stamp(&self, call: &Call) -> Stamp {
        Stamp { at: arrival(call), revision_id: self.parts.ids.next() }
    }
}

/// Refuses a change while another one is in progress, or when the caller has seen another revision.
pub(crate) fn check_changeable(
    function: &Function,
    arn: &FunctionArn,
    revision_id: Option<&str>,
) -> Result<(), Refusal> {
    if function.latest.readiness.in_progress() {
        return Err(Refusal::UpdateInProgress(arn.unqualified()));
    }
    // A function with an image fails for want of Lambkin's: it can be made good without another one in its place.
    let fails_here = function.latest.settings.image().is_some();
    if let FunctionState::Failed(_) = function.latest.readiness.state
        && !fails_here
    {
        return Err(Refusal::WrongState("Failed"));
    }
    let stale = |given: &str| given.parse::<Uuid>().ok() != Some(function.latest.revision_id);
    if revision_id.is_some_and(stale) {
        return Err(Refusal::StaleRevision);
    }
    Ok(())
}

/// Gives the time at which a call arrived.
pub(crate) fn arrival(call: &Call) -> Timestamp {
    Timestamp::from_epoch_ms(call.timestamp().epoch_ms())
}

/// Gives the region that a call is for.
pub(crate) fn region(call: &Call) -> Result<Region, Refusal> {
    Region::try_from(Arc::clone(&call.region)).map_err(Refusal::internal)
}
