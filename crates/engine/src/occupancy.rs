//! Whether versions are in use, and the end of what is kept for those that are not.

use model::names::VersionNumber;
use uuid::Uuid;

use crate::{admission::Key, engine::Engine};

/// Tells of versions whether they are used, and ends the environments that they do not need.
pub trait Occupancy: Send + Sync + std::fmt::Debug {
    /// Tells how much a version of the function of this incarnation has been used; `None` is `$LATEST`.
    fn use_of(&self, function: Uuid, number: Option<VersionNumber>) -> Use;

    /// Ends the environments of a version, those at work as they finish; tells whether none is left.
    /// May be repeated.
    fn release(&self, function: Uuid, number: Option<VersionNumber>) -> bool;
}

/// How much a version has been used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Use {
    /// How often it has got an environment. Begins anew with the settings, and with the server.
    pub count: u64,
    /// Whether it has one now, or waits for one.
    pub is_busy: bool,
}

impl Occupancy for Engine {
    fn use_of(&self, function: Uuid, number: Option<VersionNumber>) -> Use {
        self.pool(Key { function, number }).map(|pool| pool.use_of()).unwrap_or_default()
    }

    fn release(&self, function: Uuid, number: Option<VersionNumber>) -> bool {
        let key = Key { function, number };
        let Some(pool) = self.pool(key) else { return true };
        if !pool.is_retired() {
            pool.retire();
        }
        let is_quiet = !pool.use_of().is_busy;
        if is_quiet {
            self.forget_pool(key, &pool);
        }
        is_quiet
    }
}
