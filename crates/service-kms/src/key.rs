//! Keys as they are kept, what may be done with them in which state, and how they are shown.

use std::collections::BTreeMap;

use api::kms::{KeyMetadata, errors};
use serde::{Deserialize, Serialize};
use store::{Migrate, Row};
use wire::{ApiError, Timestamp};

use crate::names::Here;

/// The one kind of key.
pub(crate) const SPEC: &str = "SYMMETRIC_DEFAULT";
/// What such a key is for.
pub(crate) const USAGE: &str = "ENCRYPT_DECRYPT";

/// A key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Key {
    pub(crate) region: String,
    pub(crate) id: String,
    pub(crate) manager: Manager,
    pub(crate) created_ms: i64,
    pub(crate) description: String,
    pub(crate) state: State,
    pub(crate) policy: String,
    pub(crate) tags: BTreeMap<String, String>,
    /// Never empty; the last one encrypts, all of them decrypt.
    pub(crate) material: Vec<Material>,
    pub(crate) rotation: Option<Rotation>,
}

/// Who looks after a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Manager {
    Customer,
    Aws,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum State {
    Enabled,
    Disabled,
    PendingDeletion { at_ms: i64 },
}

/// What encrypts, sealed under the master key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Material {
    pub(crate) id: String,
    /// Base64.
    pub(crate) sealed: String,
    pub(crate) since_ms: i64,
    pub(crate) made: Made,
}

/// Why there is a material.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Made {
    WithTheKey,
    ByItself,
    OnDemand,
}

/// The setting that a key is rotated by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Rotation {
    pub(crate) period_days: u32,
    pub(crate) next_ms: i64,
}

impl Migrate for Key {
    const VERSION: u32 = 1;
}

impl Row for Key {
    const NAME: &'static str = "kms-keys";
}

// === impl Key ===

impl Key {
    pub(crate) fn arn(&self, account: &str) -> String {
        Here { region: &self.region, account }.key_arn(&self.id)
    }

    /// Refuses to use the key, or to rotate it, in this state.
    pub(crate) fn check_usable(&self, arn: &str) -> Result<(), ApiError> {
        match self.state {
            State::Enabled => Ok(()),
            State::Disabled => Err(errors::disabled(format!("{arn} is disabled."))),
            State::PendingDeletion { .. } => Err(pending(arn)),
        }
    }

    /// Refuses to change the key while it is being deleted.
    pub(crate) fn check_changeable(&self, arn: &str) -> Result<(), ApiError> {
        match self.state {
            State::Enabled | State::Disabled => Ok(()),
            State::PendingDeletion { .. } => Err(pending(arn)),
        }
    }

    /// Tells when something is to be done about the key.
    pub(crate) fn due_ms(&self) -> Option<i64> {
        match (self.state, &self.rotation) {
            (State::PendingDeletion { at_ms }, _) => Some(at_ms),
            (State::Enabled, Some(rotation)) => Some(rotation.next_ms),
            // A key that is disabled is not rotated.
            (State::Disabled, _) | (State::Enabled, None) => None,
        }
    }

    pub(crate) fn show(&self, account: &str) -> KeyMetadata {
        let deletion = match self.state {
            State::PendingDeletion { at_ms } => Some(Timestamp::from_epoch_ms(at_ms)),
            State::Enabled | State::Disabled => None,
        };
        KeyMetadata {
            aws_account_id: Some(account.to_owned()),
            key_id: self.id.clone(),
            arn: Some(self.arn(account)),
            creation_date: Some(Timestamp::from_epoch_ms(self.created_ms)),
            enabled: Some(self.state == State::Enabled),
            description: Some(self.description.clone()),
            key_usage: Some(USAGE.to_owned()),
            key_state: Some(self.state.as_str().to_owned()),
            deletion_date: deletion,
            origin: Some("AWS_KMS".to_owned()),
            key_manager: Some(self.manager.as_str().to_owned()),
            customer_master_key_spec: Some(SPEC.to_owned()),
            key_spec: Some(SPEC.to_owned()),
            encryption_algorithms: Some(vec![SPEC.to_owned()]),
            multi_region: Some(false),
            current_key_material_id: self.material.last().map(|material| material.id.clone()),
            ..KeyMetadata::default()
        }
    }
}

fn pending(arn: &str) -> ApiError {
    errors::kms_invalid_state(format!("{arn} is pending deletion."))
}

// === impl State ===

impl State {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Enabled => "Enabled",
            Self::Disabled => "Disabled",
            Self::PendingDeletion { .. } => "PendingDeletion",
        }
    }
}

// === impl Manager ===

impl Manager {
    fn as_str(self) -> &'static str {
        match self {
            Self::Customer => "CUSTOMER",
            Self::Aws => "AWS",
        }
    }
}

// === impl Made ===

impl Made {
    /// Gives AWS's word for a rotation.
    pub(crate) fn rotation(self) -> Option<&'static str> {
        match self {
            Self::WithTheKey => None,
            Self::ByItself => Some("AUTOMATIC"),
            Self::OnDemand => Some("ON_DEMAND"),
        }
    }
}
