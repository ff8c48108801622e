//! What is kept for functions: from their records to admission.

use crate::{
    admission::{Entitlement, Entitlements},
    engine::Engine,
};

/// Hears of changes in what is kept for functions.
pub trait Concurrency: Send + Sync + std::fmt::Debug {
    /// Takes over what is reserved by now: the next invocation of any function is admitted by it.
    fn changed(&self);
}

impl Concurrency for Engine {
    fn changed(&self) {
        self.entitle();
    }
}

// === impl Engine ===

impl Engine {
    /// Takes over what is kept for functions by now.
    pub(crate) fn entitle(&self) {
        let mut all = Entitlements::new();
        self.functions().for_each(|function| {
            if let Some(reserved) = function.reserved_concurrency {
                let entitlement =
                    Entitlement { reserved: Some(reserved), ..Entitlement::default() };
                let region = all.entry(function.region.clone()).or_default();
                region.insert(function.incarnation, entitlement);
            }
        });
        self.admission.entitle(all);
    }
}
