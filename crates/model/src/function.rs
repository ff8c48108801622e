//! What is stored of a function: its settings, its versions and the state that each is in.

mod alias;
mod attachments;
mod image_uri;
mod lifecycle;
mod outside;
mod package;
mod provisioned;
mod settings;
mod url;
mod variables;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use alias::{Alias, WeightedVersion};
pub use attachments::{Attachments, EventInvoke, RecursiveLoop, RuntimeUpdates};
pub use image_uri::{ImageUri, ImageUriError};
pub use lifecycle::{Event, FunctionState, LastUpdate, Readiness, Trouble};
pub use outside::{FileSystem, Outside, Vpc};
pub use package::{
    Code, ImageConfig, ImagePackage, LayerUse, Package, PackageType, Signed, ZipPackage,
};
pub use provisioned::{Allocation, Provisioned, ProvisionedStatus};
pub use settings::{Architecture, LogFormat, Logging, Settings, SnapStart, TracingMode};
pub use url::{Cors, FunctionUrl, InvokeMode, UrlAuth};
pub use variables::{SealedVariables, Variables};

use crate::{
    names::{FunctionName, Qualifier, Region, VersionNumber},
    timestamp::Timestamp,
};

/// One version: settings that are in force together, `$LATEST`'s or a published one's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Version {
    /// `None` for `$LATEST`.
    pub number: Option<VersionNumber>,
    /// What the customer chose.
    pub settings: Settings,
    /// Whether it can be invoked, and how the last change went.
    pub readiness: Readiness,
    /// Changes with every change; callers use it as a precondition.
    pub revision_id: Uuid,
    /// When it last changed.
    pub last_modified: Timestamp,
    /// What is attached to it: for `$LATEST` also what is attached to the function as such.
    #[serde(default, skip_serializing_if = "Attachments::is_empty")]
    pub attached: Attachments,
}

/// A function that exists.
///
/// Published versions are records of their own, found by `incarnation`, so that a function
/// re-created under the same name never sees its predecessor's versions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Function {
    /// The region that it lives in.
    pub region: Region,
    /// Its name.
    pub name: FunctionName,
    /// Told apart from functions of the same name before it.
    pub incarnation: Uuid,
    /// The version that can still change.
    pub latest: Version,
    /// What `$LATEST` serves while an update is in progress: the settings before the update.
    pub serving: Option<Box<Settings>>,
    /// The highest number that was ever given to a version under this name.
    pub last_number: u64,
    /// The description that `$LATEST` had when it was last published; the version's may differ.
    #[serde(default)]
    pub published_description: String,
    /// The customer's tags.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
    /// Concurrency that is kept for this function, which it cannot exceed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reserved_concurrency: Option<u32>,
    /// What is done if it calls itself without end.
    #[serde(default)]
    pub recursive_loop: RecursiveLoop,
    /// The id of its code signing configuration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code_signing: Option<String>,
}

/// The record under a function's name. Version numbers are never reused, not even after the
/// function was deleted and created again, so a deleted function leaves its counter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum FunctionRecord {
    /// The function exists.
    Live(Box<Function>),
    /// The function was deleted.
    Deleted {
        /// The highest number that was ever given to a version under this name.
        last_number: u64,
    },
}

// === impl Version ===

impl Version {
    /// Gives `$LATEST` or the number.
    pub fn qualifier(&self) -> Qualifier {
        self.number.map_or(Qualifier::Latest, Qualifier::Version)
    }
}

// === impl Function ===

impl Function {
    /// Gives the settings with which `$LATEST` is invoked now.
    pub fn settings_in_force(&self) -> &Settings {
        self.serving.as_deref().unwrap_or(&self.latest.settings)
    }

    /// Begins an update of `$LATEST`: the new settings are stored, the old ones keep serving.
    pub fn begin_update(&mut self, settings: Settings, stamp: Stamp) {
        let before = std::mem::replace(&mut self.latest.settings, settings);
        // After a failed update something older than `before` still serves.
        self.serving.get_or_insert_with(|| Box::new(before));
        self.latest.meet(Event::UpdateBegun);
        self.latest.stamp(stamp);
    }

    /// Ends whatever is in progress on `$LATEST`, a creation or an update.
    pub fn settle(&mut self, outcome: Result<(), Trouble>, revision_id: Uuid) {
        let succeeded = outcome.is_ok();
        self.latest.settle(outcome, revision_id);
        // After a failed update the old settings keep serving.
        if succeeded {
            self.serving = None;
        }
    }
}

/// What every change leaves on a version.
#[derive(Clone, Copy, Debug)]
pub struct Stamp {
    /// When.
    pub at: Timestamp,
    /// The new revision id.
    pub revision_id: Uuid,
}

impl Version {
    /// Tells whether AWS holds something for it outside of its environments, which is taken back when
    /// nobody uses the version for long: interfaces in a VPC, or an image made fit to start from.
    pub fn holds_outside(&self) -> bool {
        self.settings.outside.is_in_vpc() || self.settings.image().is_some()
    }

    /// Takes note of an event; tells whether it changed anything.
    pub fn meet(&mut self, event: Event) -> bool {
        let after = self.readiness.after(event);
        let changes = after.is_some();
        self.readiness = after.unwrap_or_else(|| self.readiness.clone());
        changes
    }

    /// Ends whatever is in progress.
    pub fn settle(&mut self, outcome: Result<(), Trouble>, revision_id: Uuid) {
        self.meet(Event::Settled(outcome));
        self.revision_id = revision_id;
    }

    /// Marks the version as changed.
    pub fn stamp(&mut self, stamp: Stamp) {
        self.last_modified = stamp.at;
        self.revision_id = stamp.revision_id;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn function() -> Function {
        Function {
            region: "us-east-1".parse().unwrap(),
            name: "f".parse().unwrap(),
            incarnation: Uuid::nil(),
            latest: Version {
                number: None,
                settings: settings::tests::settings("one"),
                readiness: Readiness::created().settled(Ok(())),
                revision_id: Uuid::nil(),
                last_modified: Timestamp::default(),
                attached: Attachments::default(),
            },
            serving: None,
            last_number: 0,
            published_description: String::new(),
            tags: BTreeMap::new(),
            reserved_concurrency: None,
            recursive_loop: RecursiveLoop::default(),
            code_signing: None,
        }
    }

    fn stamp(id: u128) -> Stamp {
        Stamp { at: Timestamp::from_epoch_ms(5), revision_id: Uuid::from_u128(id) }
    }

    #[test]
    fn old_settings_serve_until_the_update_is_done() {
        let mut function = function();
        function.begin_update(settings::tests::settings("two"), stamp(1));
        assert_eq!(function.settings_in_force().zip().unwrap().handler, "one");
        function.settle(Ok(()), Uuid::from_u128(2));
        assert_eq!(function.settings_in_force().zip().unwrap().handler, "two");
        assert_eq!(function.latest.revision_id, Uuid::from_u128(2));
    }

    #[test]
    fn old_settings_keep_serving_after_a_failed_update() {
        let mut function = function();
        function.begin_update(settings::tests::settings("two"), stamp(1));
        let trouble = Trouble { code: "InvalidZipFileException".into(), reason: "bad".into() };
        function.settle(Err(trouble), Uuid::from_u128(2));
        assert_eq!(function.settings_in_force().zip().unwrap().handler, "one");
        assert_eq!(function.latest.readiness.state, FunctionState::Active);
        function.begin_update(settings::tests::settings("three"), stamp(3));
        assert_eq!(function.settings_in_force().zip().unwrap().handler, "one");
    }
}
