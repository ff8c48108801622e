//! When which access key and which role was used last.

use std::collections::HashMap;

use parking_lot::Mutex;

/// More keys than this are not kept track of.
const CAPACITY: usize = 10_000;

/// The last use of a key or role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastUse {
    /// When, in milliseconds since the epoch.
    pub at_ms: i64,
    /// The service that was called.
    pub service: String,
    /// The region that was called.
    pub region: String,
}

/// Remembers last uses, in memory: after a restart nothing has been used.
#[derive(Debug, Default)]
pub struct Usage {
    last: Mutex<HashMap<String, LastUse>>,
}

// === impl Usage ===

impl Usage {
    /// Notes a use under a key's id or a role's unique id.
    pub(crate) fn note(&self, id: &str, last_use: LastUse) {
        let mut last = self.last.lock();
        if let Some(known) = last.get_mut(id) {
            *known = last_use;
        } else if last.len() < CAPACITY {
            last.insert(id.to_owned(), last_use);
        }
    }

    /// Gives the last use.
    pub fn last(&self, id: &str) -> Option<LastUse> {
        self.last.lock().get(id).cloned()
    }
}
