//! What the account uses in a region.

use model::{function::Function, names::Region};

use crate::{Control, error::Refusal};

/// What `AccountUsage` shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Usage {
    /// Functions, not versions.
    pub(crate) functions: u64,
    /// Packages as they were uploaded; each version, of functions and of layers, counts its
    /// own again.
    pub(crate) code_bytes: u64,
}

// === impl Control: usage ===

impl Control {
    /// Counts what a region holds.
    pub(crate) fn usage(&self, region: &Region) -> Usage {
        let mut usage = Usage::default();
        self.parts.functions.for_each(|function| {
            if function.region == *region {
                usage.functions += 1;
                usage.code_bytes += self.code_bytes(function);
            }
        });
        self.parts.registry.each_layer_version(Some(region), |version| {
            usage.code_bytes += version.content.size_bytes;
        });
        usage
    }

    /// Refuses another package of this size if the account has no room for it.
    pub(crate) fn check_storage(&self, region: &Region, size_bytes: u64) -> Result<(), Refusal> {
        let limit = self.parts.limits.total_code_size_bytes;
        let fits = |used: u64| used.saturating_add(size_bytes) <= limit;
        // What all regions use is known without counting; mostly even that is little enough.
        let everywhere = self.parts.functions.code_bytes() + self.parts.registry.layer_bytes();
        if fits(everywhere) || fits(self.usage(region).code_bytes) {
            return Ok(());
        }
        Err(Refusal::CodeStorage)
    }

    fn code_bytes(&self, function: &Function) -> u64 {
        let versions = self.parts.functions.versions(function, None, usize::MAX);
        let published: u64 = versions.iter().map(|row| row.0.settings.code_bytes()).sum();
        function.latest.settings.code_bytes() + published
    }
}
