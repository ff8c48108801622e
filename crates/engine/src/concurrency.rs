//! What is kept for functions: from their records to admission.

use model::{
    Timestamp,
    function::{Allocation, Function},
    names::VersionNumber,
};

use crate::{
    admission::{Entitlement, Entitlements},
    engine::Engine,
};

/// Hears of changes in what is kept for functions, and tells what has come of them.
pub trait Concurrency: Send + Sync + std::fmt::Debug {
    /// Takes over what is reserved and provisioned by now: the next invocation of any function is
    /// admitted by it.
    fn changed(&self);

    /// Tells how far the provisioned environments of these versions of a function have come, by
    /// what was set at `set_at`; each version counts up to the number beside it.
    fn allocation(
        &self,
        function: &Function,
        shares: &[(VersionNumber, u32)],
        set_at: Timestamp,
    ) -> Allocation;
}

impl Concurrency for Engine {
    fn changed(&self) {
        self.entitle();
        self.signals.provisioned.notify_one();
    }

    fn allocation(
        &self,
        function: &Function,
        shares: &[(VersionNumber, u32)],
        set_at: Timestamp,
    ) -> Allocation {
        self.allocation_of(function, shares, set_at)
    }
}

// === impl Engine ===

impl Engine {
    /// Takes over what is kept for functions by now.
    pub(crate) fn entitle(&self) {
        self.admission.entitle(|| self.entitlements());
    }

    fn entitlements(&self) -> Entitlements {
        let provisioned = self.functions().provisioned();
        let mut all = Entitlements::new();
        self.functions().for_each(|function| {
            let targets = provisioned.get(&function.incarnation);
            if function.reserved_concurrency.is_none() && targets.is_none() {
                return;
            }
            let sizes = targets.into_iter().flatten();
            let entitlement = Entitlement {
                reserved: function.reserved_concurrency,
                provisioned: sizes.map(|(number, target)| (*number, target.concurrency)).collect(),
            };
            let region = all.entry(function.region.clone()).or_default();
            region.insert(function.incarnation, entitlement);
        });
        all
    }
}
