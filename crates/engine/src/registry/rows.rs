//! How things beside functions are stored.

use model::{
    code_signing::CodeSigningConfig,
    event_source_mapping::EventSourceMapping,
    layer::{Layer, LayerVersion},
};
use serde::{Deserialize, Serialize};
use store::{Migrate, Row};

macro_rules! row {
    ($(#[$doc:meta])* $row:ident($value:ty), $name:literal $(, $more:item)?) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $row(pub $value);

        impl Migrate for $row {
            const VERSION: u32 = 1;
        }

        impl Row for $row {
            const NAME: &'static str = $name;
            $($more)?
        }
    };
}

row!(
    /// A row of the table of layers.
    LayerRow(Layer),
    "layers"
);

row!(
    /// A row of the table of layers' versions.
    LayerVersionRow(LayerVersion),
    "layer-versions",
    fn weight(&self) -> u64 {
        self.0.content.size_bytes
    }
);

row!(
    /// A row of the table of code signing configurations.
    CodeSigningRow(CodeSigningConfig),
    "code-signing-configs"
);

row!(
    /// A row of the table of event source mappings.
    MappingRow(EventSourceMapping),
    "event-source-mappings"
);
