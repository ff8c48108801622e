//! The service and what its operations share.

use std::{collections::BTreeMap, sync::Arc};

use api::{Call, kms::errors};
use engine::Ids;
use store::{Clock, Expect, RecordsError, TableError};
use vault::KeyError;
use wire::ApiError;

use crate::{
    KeyUpkeep, Keyring, KmsConfig,
    ciphertext::Ciphertext,
    error::{access_denied, not_allowed, unavailable},
    key::{Key, Made, Manager, Material, Rotation, State},
    keyring::record,
    managed,
    names::{Here, Named},
    rotation::YEAR_DAYS,
};

/// The service; implements every operation of [`api::kms`]. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Kms {
    pub(crate) keyring: Keyring,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Arc<dyn Ids>,
    pub(crate) config: Arc<KmsConfig>,
}

/// What the service is made of.
#[derive(Clone, Debug)]
pub struct Parts {
    /// The keys.
    pub keyring: Keyring,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Ids.
    pub ids: Arc<dyn Ids>,
}

// === impl Kms ===

impl Kms {
    /// Makes the service.
    pub fn new(parts: Parts, config: &KmsConfig) -> Self {
        let Parts { keyring, clock, ids } = parts;
        Self { keyring, clock, ids, config: Arc::new(config.clone()) }
    }

    /// Gives the keys.
    pub fn keyring(&self) -> Keyring {
        self.keyring.clone()
    }

    /// Gives the reconciler that has to run beside the service.
    pub fn upkeep(&self) -> KeyUpkeep {
        KeyUpkeep::new(self.clone())
    }

    /// Finds the key that a request names in any way.
    pub(crate) async fn key(&self, call: &Call, named: &str) -> Result<Arc<Key>, ApiError> {
        self.make_managed(call, named).await?;
        self.keyring.find(&call.region, named)
    }

    /// Finds the key that a request names by id or ARN.
    pub(crate) async fn key_itself(&self, call: &Call, named: &str) -> Result<Arc<Key>, ApiError> {
        self.make_managed(call, named).await?;
        self.keyring.find_without_alias(&call.region, named)
    }

    /// Finds a key that the customer may change.
    pub(crate) async fn own_key(
        &self,
        call: &Call,
        named: &str,
        action: &str,
    ) -> Result<Arc<Key>, ApiError> {
        let key = self.key_itself(call, named).await?;
        self.refuse_managed(call, &key, action)?;
        Ok(key)
    }

    /// Finds a key that can encrypt or decrypt now.
    pub(crate) async fn usable_key(
        &self,
        call: &Call,
        named: &str,
        action: &str,
    ) -> Result<Arc<Key>, ApiError> {
        let key = self.key(call, named).await?;
        self.refuse_managed(call, &key, action)?;
        key.check_usable(&self.keyring.arn(&key))?;
        Ok(key)
    }

    /// Finds the key that has made a ciphertext, if the caller means that one.
    pub(crate) async fn maker(
        &self,
        call: &Call,
        (blob, named): (&Ciphertext<'_>, Option<&str>),
        action: &str,
    ) -> Result<Arc<Key>, ApiError> {
        let key = match named {
            Some(named) => self.key(call, named).await?,
            None => self.keyring.maker(blob).filter(|key| key.region == *call.region).ok_or_else(
                // AWS tells no more about keys that may be another account's.
                || {
                    access_denied(
                        "The ciphertext refers to a customer master key that does not exist, does \
                         not exist in this region, or you are not allowed to access.",
                    )
                },
            )?,
        };
        self.refuse_managed(call, &key, action)?;
        key.check_usable(&self.keyring.arn(&key))?;
        if self.keyring.arn(&key) != blob.key_arn {
            return Err(errors::incorrect_key(
                "The key ID in the request does not identify a CMK that can perform this operation.",
            ));
        }
        Ok(key)
    }

    fn refuse_managed(&self, call: &Call, key: &Key, action: &str) -> Result<(), ApiError> {
        match key.manager {
            Manager::Customer => Ok(()),
            Manager::Aws => Err(not_allowed(call, action, &self.keyring.arn(key))),
        }
    }

    /// Makes the record of the key that AWS manages for Lambda, if it is the one that is named.
    async fn make_managed(&self, call: &Call, named: &str) -> Result<(), ApiError> {
        let here = self.keyring.here(&call.region);
        let id = managed::id(here);
        let meant = match here.read(named) {
            Ok(Named::Key(named)) => named == id,
            Ok(Named::Alias(name)) => name == managed::ALIAS,
            Err(_) => false,
        };
        if !meant || self.keyring.get(here.region, &id).is_some() {
            return Ok(());
        }
        let key = self.managed_key(here, id)?;
        let put = self.keyring.keys.put(&record(here.region, &key.id), &key, Expect::Absent).await;
        match put {
            // Whoever was faster has made the same key.
            Ok(_) | Err(TableError::Records(RecordsError::Conflict { .. })) => Ok(()),
            Err(error) => Err(unavailable(&error)),
        }
    }

    fn managed_key(&self, here: Here<'_>, id: String) -> Result<Key, ApiError> {
        let now_ms = self.clock.now_ms();
        Ok(Key {
            region: here.region.to_owned(),
            manager: Manager::Aws,
            created_ms: now_ms,
            description: managed::DESCRIPTION.to_owned(),
            state: State::Enabled,
            policy: managed::policy(here),
            tags: BTreeMap::new(),
            material: vec![self.material(&here.key_arn(&id), Made::WithTheKey)?],
            rotation: Some(Rotation {
                period_days: YEAR_DAYS,
                next_ms: now_ms.saturating_add(self.config.days_ms(YEAR_DAYS)),
            }),
            id,
        })
    }

    /// Makes material for a key, from now on.
    pub(crate) fn material(&self, arn: &str, made: Made) -> Result<Material, ApiError> {
        let ids = [self.ids.next(), self.ids.next()];
        let material = self.keyring.new_material(arn, (ids, self.clock.now_ms()), made);
        material.map_err(|error| failed(&error))
    }
}

/// Answers for keys that cannot be used, whatever the caller does.
pub(crate) fn failed(error: &KeyError) -> ApiError {
    match error {
        KeyError::Damaged => errors::invalid_ciphertext("").without_message(),
        error => unavailable(error),
    }
}
