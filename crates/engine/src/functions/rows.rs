//! How functions and versions are stored.

use model::{
    function::{Function, FunctionRecord, Version},
    names::{FunctionName, Region, VersionNumber},
};
use serde::{Deserialize, Serialize};
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

impl Migrate for FunctionRow {
    const VERSION: u32 = 1;
}

impl Row for FunctionRow {
    const NAME: &'static str = "functions";
}

impl Migrate for VersionRow {
    const VERSION: u32 = 1;
}

impl Row for VersionRow {
    const NAME: &'static str = "function-versions";
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

pub(super) fn region_prefix(region: &Region) -> String {
    format!("{region}/")
}

pub(super) fn function_key(region: &Region, name: &FunctionName) -> String {
    format!("{region}/{name}")
}

pub(super) fn versions_prefix(incarnation: Uuid) -> String {
    format!("{incarnation}/")
}

/// Numbers are padded so that keys sort as numbers do.
pub(super) fn version_key(incarnation: Uuid, VersionNumber(number): VersionNumber) -> String {
    format!("{incarnation}/{number:020}")
}
