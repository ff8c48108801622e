//! Layers: archives that functions share, published in versions.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    function::Code,
    names::{AccountId, LayerName, Region},
    timestamp::Timestamp,
};

/// The record under a layer's name. Version numbers are never reused, so it stays when all versions
/// are gone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layer {
    /// The name.
    pub name: LayerName,
    /// The highest number that was ever given to a version.
    pub last_number: u64,
}

/// One version of a layer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LayerVersion {
    /// The name of the layer.
    pub name: LayerName,
    /// The number, from 1.
    pub number: u64,
    /// Free text.
    pub description: String,
    /// When it was published.
    pub created: Timestamp,
    /// The archive.
    pub content: Code,
    /// The runtimes that it says it is for; `None` if it does not say.
    pub compatible_runtimes: Option<Vec<String>>,
    /// The instruction sets that it says it is for; `None` if it does not say.
    pub compatible_architectures: Option<Vec<String>>,
    /// The licence, as free text.
    pub license_info: Option<String>,
    /// Who may use it.
    pub policy: Option<LayerPolicy>,
}

/// The policy of a version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LayerPolicy {
    /// The document, as JSON.
    pub document: String,
    /// Changes with every change; callers use it as a precondition.
    pub revision_id: Uuid,
}

/// The ARN of a layer.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LayerArn {
    /// The region that the layer lives in.
    pub region: Region,
    /// The account that owns it.
    pub account: AccountId,
    /// Its name.
    pub name: LayerName,
}

/// The ARN of a version of a layer.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LayerVersionArn {
    /// The layer.
    pub layer: LayerArn,
    /// The number of the version.
    pub number: u64,
}

/// Says that a text is no ARN of a layer or of a version of one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} does not name a layer")]
pub struct LayerArnError(String);

// === impl LayerArn ===

impl LayerArn {
    /// Gives the ARN of a version of this layer.
    pub fn version(&self, number: u64) -> LayerVersionArn {
        LayerVersionArn { layer: self.clone(), number }
    }
}

impl fmt::Display for LayerArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "arn:aws:lambda:{}:{}:layer:{}", self.region, self.account, self.name)
    }
}

impl FromStr for LayerArn {
    type Err = LayerArnError;

    fn from_str(text: &str) -> Result<Self, LayerArnError> {
        let error = || LayerArnError(text.to_owned());
        let parts: Vec<&str> = text.split(':').collect();
        let ["arn", partition, "lambda", region, account, "layer", name] = parts.as_slice() else {
            return Err(error());
        };
        if !partition.starts_with("aws") {
            return Err(error());
        }
        Ok(Self {
            region: region.parse().map_err(|_| error())?,
            account: account.parse().map_err(|_| error())?,
            name: name.parse().map_err(|_| error())?,
        })
    }
}

// === impl LayerVersionArn ===

impl fmt::Display for LayerVersionArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.layer, self.number)
    }
}

impl FromStr for LayerVersionArn {
    type Err = LayerArnError;

    fn from_str(text: &str) -> Result<Self, LayerArnError> {
        let error = || LayerArnError(text.to_owned());
        let (layer, number) = text.rsplit_once(':').ok_or_else(error)?;
        let number = number.parse().map_err(|_| error())?;
        Ok(Self { layer: layer.parse().map_err(|_| error())?, number })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arns_print_back() {
        let text = "arn:aws:lambda:us-east-1:000000000000:layer:numpy";
        let layer: LayerArn = text.parse().unwrap();
        assert_eq!(layer.to_string(), text);
        let version: LayerVersionArn = format!("{text}:12").parse().unwrap();
        assert_eq!(version, layer.version(12));
        assert_eq!(version.to_string(), format!("{text}:12"));
    }

    #[test]
    fn nonsense_is_refused() {
        for bad in ["", "numpy", "arn:aws:lambda:us-east-1:000000000000:function:f:1"] {
            assert!(bad.parse::<LayerArn>().is_err(), "{bad}");
            assert!(bad.parse::<LayerVersionArn>().is_err(), "{bad}");
        }
        assert!(
            "arn:aws:lambda:us-east-1:000000000000:layer:n:x".parse::<LayerVersionArn>().is_err()
        );
    }
}
