//! How functions and versions are stored.

use model::{
    function::{Alias, Function, FunctionRecord, Version},
    names::{AliasName, FunctionName, Region, VersionNumber},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::{Migrate, Row};
use uuid::Uuid;

/// A row of the functions table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FunctionRow(pub FunctionRecord);

/// A row of the versions table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct VersionRow(pub Version);

/// A row of the aliases table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AliasRow(pub Alias);

impl Migrate for FunctionRow {
    const VERSION: u32 = 2;

    fn upgrade(from: u32, mut value: Value) -> Value {
        if from == 1 {
            for settings in ["/Live/latest/settings", "/Live/serving"] {
                value.pointer_mut(settings).map(variables_are_plain);
            }
        }
        value
    }
}

impl Row for FunctionRow {
    const NAME: &'static str = "functions";

    fn names(&self, each: &mut dyn FnMut(&str)) {
        let Some(function) = self.live() else { return };
        each(&incarnation_name(&function.incarnation.to_string()));
        if let Some(url) = &function.latest.attached.url {
            each(&url_name(&url.id));
        }
    }

    fn weight(&self) -> u64 {
        self.live().map_or(0, |function| function.latest.settings.code_bytes())
    }

    fn is_unsettled(&self) -> bool {
        self.live().is_some_and(|function| function.latest.readiness.in_progress())
    }
}

impl Migrate for VersionRow {
    const VERSION: u32 = 2;

    fn upgrade(from: u32, mut value: Value) -> Value {
        if from == 1 {
            value.pointer_mut("/settings").map(variables_are_plain);
        }
        value
    }
}

impl Row for VersionRow {
    const NAME: &'static str = "function-versions";

    fn weight(&self) -> u64 {
        self.0.settings.code_bytes()
    }

    fn is_unsettled(&self) -> bool {
        self.0.readiness.in_progress()
    }
}

impl Migrate for AliasRow {
    const VERSION: u32 = 1;
}

impl Row for AliasRow {
    const NAME: &'static str = "function-aliases";

    fn names(&self, each: &mut dyn FnMut(&str)) {
        if let Some(url) = &self.0.attached.url {
            each(&url_name(&url.id));
        }
    }
}

// === impl FunctionRow ===

impl FunctionRow {
    /// Gives the function, unless it was deleted.
    pub fn live(&self) -> Option<&Function> {
        match &self.0 {
            FunctionRecord::Live(function) => Some(function),
            FunctionRecord::Deleted { .. } => None,
        }
    }
}

/// The first release kept variables as a map.
fn variables_are_plain(settings: &mut Value) {
    if let Some(variables) = settings.get_mut("environment").filter(|value| !value.is_null()) {
        *variables = json!({ "Plain": variables.take() });
    }
}

/// The name of whatever has the function URL of this id.
pub(super) fn url_name(id: &str) -> String {
    format!("url/{id}")
}

/// The name of the function of this incarnation.
pub(super) fn incarnation_name(incarnation: &str) -> String {
    format!("incarnation/{incarnation}")
}

/// Gives the incarnation of the function that a row belongs to.
pub(super) fn owner(key: &str) -> &str {
    key.split('/').next().unwrap_or_default()
}

pub(super) fn region_prefix(region: &Region) -> String {
    format!("{region}/")
}

pub(super) fn function_key(region: &Region, name: &FunctionName) -> String {
    format!("{region}/{name}")
}

/// What belongs to a function and is in a table of its own is found under its incarnation.
pub(super) fn owned_prefix(incarnation: Uuid) -> String {
    format!("{incarnation}/")
}

/// Numbers are padded so that keys sort as numbers do.
pub(super) fn version_key(incarnation: Uuid, VersionNumber(number): VersionNumber) -> String {
    format!("{incarnation}/{number:020}")
}

pub(super) fn alias_key(incarnation: Uuid, name: &AliasName) -> String {
    format!("{incarnation}/{name}")
}
