//! What exists beside functions: layers and configurations, each in a table of its own.

mod regional;
mod rows;

use std::sync::Arc;

use model::{
    layer::{Layer, LayerArn, LayerVersion},
    names::{LayerName, Region},
};
use store::{Records, TableError};
use tokio::sync::Mutex;

use crate::functions::ChangeError;

pub use regional::Regional;
pub use rows::{CodeSigningRow, LayerRow, LayerVersionRow, MappingRow};

/// Everything beside functions that lives in a region.
#[derive(Debug)]
pub struct Registry {
    /// Code signing configurations, by id.
    pub code_signing: Regional<CodeSigningRow>,
    /// Event source mappings, by id.
    pub mappings: Regional<MappingRow>,
    layers: Regional<LayerRow>,
    layer_versions: Regional<LayerVersionRow>,
    publishing: Mutex<()>,
}

// === impl Registry ===

impl Registry {
    /// Opens the tables.
    pub async fn open(records: &Arc<dyn Records>) -> Result<Self, TableError> {
        Ok(Self {
            code_signing: Regional::open(records).await?,
            mappings: Regional::open(records).await?,
            layers: Regional::open(records).await?,
            layer_versions: Regional::open(records).await?,
            publishing: Mutex::default(),
        })
    }

    /// Lists the layers of a region by name, those without versions included.
    pub fn layers(&self, region: &Region) -> Vec<Arc<LayerRow>> {
        self.layers.list(region, "", None, usize::MAX)
    }

    /// Finds a version of a layer.
    pub fn layer_version(&self, layer: &LayerArn, number: u64) -> Option<Arc<LayerVersionRow>> {
        let key = version_id(&layer.name, number);
        self.layer_versions.get(&layer.region, &key).filter(|_| number <= self.last_number(layer))
    }

    /// Lists the versions of a layer, the newest first.
    pub fn layer_versions(&self, region: &Region, name: &LayerName) -> Vec<Arc<LayerVersionRow>> {
        let last = self.layers.get(region, name.as_str()).map_or(0, |row| row.0.last_number);
        let mut rows = self.layer_versions.list(region, &format!("{name}/"), None, usize::MAX);
        rows.retain(|row| row.0.number <= last);
        rows.reverse();
        rows
    }

    /// Calls `visit` with every version of every layer, or of every layer of a region.
    pub fn each_layer_version(&self, region: Option<&Region>, visit: impl FnMut(&LayerVersion)) {
        let mut visit = visit;
        self.layer_versions.each(region, |row| visit(&row.0));
    }

    /// Sums the archives of all versions of all layers of all regions.
    pub fn layer_bytes(&self) -> u64 {
        self.layer_versions.weight()
    }

    /// Publishes what `build` makes of the next number.
    ///
    /// A version exists for the world once its layer's record has counted it, so a crash between
    /// the two writes leaves only a record that the next publication overwrites.
    pub async fn publish_layer(
        &self,
        layer: &LayerArn,
        build: impl FnOnce(u64) -> LayerVersion,
    ) -> Result<LayerVersion, TableError> {
        let _one_at_a_time = self.publishing.lock().await;
        let number = self.last_number(layer) + 1;
        let version = build(number);
        let key = version_id(&layer.name, number);
        self.layer_versions.put(&layer.region, &key, &LayerVersionRow(version.clone())).await?;
        let counted = Layer { name: layer.name.clone(), last_number: number };
        self.layers.put(&layer.region, layer.name.as_str(), &LayerRow(counted)).await?;
        Ok(version)
    }

    /// Changes a version's policy; nothing else of it ever changes.
    pub async fn change_layer_version<E>(
        &self,
        layer: &LayerArn,
        number: u64,
        mut decide: impl FnMut(&mut LayerVersion) -> Result<(), E>,
    ) -> Result<LayerVersion, ChangeError<E>> {
        let key = version_id(&layer.name, number);
        let changed = self.layer_versions.change(&layer.region, &key, |row| decide(&mut row.0));
        Ok(changed.await?.0)
    }

    /// Deletes a version, if it is there.
    pub async fn delete_layer_version(
        &self,
        layer: &LayerArn,
        number: u64,
    ) -> Result<bool, TableError> {
        self.layer_versions.delete(&layer.region, &version_id(&layer.name, number)).await
    }

    fn last_number(&self, layer: &LayerArn) -> u64 {
        self.layers.get(&layer.region, layer.name.as_str()).map_or(0, |row| row.0.last_number)
    }
}

/// Numbers are padded so that ids sort as numbers do.
fn version_id(name: &LayerName, number: u64) -> String {
    format!("{name}/{number:020}")
}
