//! All keys of the account, answered from memory.

use std::sync::Arc;

use api::kms::errors;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use store::{Records, Stored, Table, TableError};
use uuid::Uuid;
use vault::{KeyError, KeyService, SecretKey};
use wire::ApiError;
use zeroize::Zeroizing;

use crate::{
    aliases::Alias,
    ciphertext::{self, Ciphertext, EncryptionContext, MATERIAL_BYTES},
    error::{Stop, no_alias, no_key},
    grants::Grant,
    key::{Key, Made, Material},
    managed,
    names::{Here, Named, region_of},
};

/// The keys with their aliases and grants, and what their material is sealed under. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Keyring {
    pub(crate) account: Arc<str>,
    pub(crate) keys: Arc<Table<Key>>,
    pub(crate) aliases: Arc<Table<Alias>>,
    pub(crate) grants: Arc<Table<Grant>>,
    pub(crate) master: Arc<dyn KeyService>,
}

// === impl Keyring ===

impl Keyring {
    /// Opens the keys of an account; resolves once all of them are in memory.
    pub async fn open(
        account: Arc<str>,
        records: &Arc<dyn Records>,
        master: Arc<dyn KeyService>,
    ) -> Result<Self, TableError> {
        let keys = Arc::new(Table::open(Arc::clone(records)).await?);
        let aliases = Arc::new(Table::open(Arc::clone(records)).await?);
        let grants = Arc::new(Table::open(Arc::clone(records)).await?);
        Ok(Self { account, keys, aliases, grants, master })
    }

    pub(crate) fn here<'a>(&'a self, region: &'a str) -> Here<'a> {
        Here { region, account: &self.account }
    }

    pub(crate) fn arn(&self, key: &Key) -> String {
        key.arn(&self.account)
    }

    /// Gives a key of a region, by its id.
    pub(crate) fn get(&self, region: &str, id: &str) -> Option<Arc<Key>> {
        self.keys.get(&record(region, id)).map(|stored| stored.value)
    }

    /// Gives the id of the key that an alias leads to.
    pub(crate) fn target(&self, here: Here<'_>, alias: &str) -> Option<String> {
        if alias == managed::ALIAS {
            return Some(managed::id(here));
        }
        let found = self.aliases.get(&record(here.region, alias))?;
        // An alias of a key that is gone is no more.
        self.get(here.region, &found.value.target).map(|key| key.id.clone())
    }

    /// Finds the key that a request names in any way.
    pub(crate) fn find(&self, region: &str, named: &str) -> Result<Arc<Key>, ApiError> {
        let here = self.here(region);
        let id = match here.read(named)? {
            Named::Key(id) => id,
            Named::Alias(name) => {
                let target = self.target(here, &name);
                target.ok_or_else(|| no_alias(&here.alias_arn(&name)))?
            }
        };
        self.get(region, &id).ok_or_else(|| no_key(&here.key_arn(&id)))
    }

    /// Finds the key that a request names by id or ARN, where no alias will do.
    pub(crate) fn find_without_alias(
        &self,
        region: &str,
        named: &str,
    ) -> Result<Arc<Key>, ApiError> {
        if let Named::Alias(_) = self.here(region).read(named)? {
            return Err(no_aliases(named));
        }
        self.find(region, named)
    }

    /// Changes a key that exists.
    pub(crate) async fn change(
        &self,
        key: &Key,
        mut decide: impl FnMut(&mut Key) -> Result<(), ApiError>,
    ) -> Result<Arc<Key>, ApiError> {
        let change = |current: Option<&Key>| -> Result<_, Stop> {
            let mut key = current.ok_or_else(|| Stop(no_key(&self.arn(key))))?.clone();
            decide(&mut key)?;
            Ok(Some(key))
        };
        let changed = self.keys.update(&record(&key.region, &key.id), change).await;
        let changed = changed.map_err(|Stop(error)| error)?;
        changed.map(|stored| stored.value).ok_or_else(|| no_key(&self.arn(key)))
    }

    /// Gives the grants on a key.
    pub(crate) fn grants_on(&self, key: &Key) -> Vec<Stored<Grant>> {
        let prefix = record(&key.region, &format!("{}/", key.id));
        self.grants.range(&prefix, None, usize::MAX)
    }
}

// === impl Keyring: cryptography ===

impl Keyring {
    /// Makes the material of a key, from two ids that make up its own.
    pub(crate) fn new_material(
        &self,
        arn: &str,
        (ids, since_ms): ([Uuid; 2], i64),
        made: Made,
    ) -> Result<Material, KeyError> {
        let id = ids.map(|id| id.simple().to_string()).concat();
        let key = self.master.generate_data_key(None, &material_context(arn, &id))?;
        Ok(Material { id, sealed: STANDARD.encode(key.wrapped), since_ms, made })
    }

    fn secret(&self, arn: &str, material: &Material) -> Result<SecretKey, KeyError> {
        let sealed = STANDARD.decode(&material.sealed).map_err(|_| KeyError::Damaged)?;
        self.master.decrypt(None, &sealed, &material_context(arn, &material.id))
    }

    /// Encrypts with the newest material of a key.
    pub(crate) fn encrypt(
        &self,
        key: &Key,
        context: &EncryptionContext,
        plain: &[u8],
    ) -> Result<Vec<u8>, KeyError> {
        let arn = self.arn(key);
        let material = key.material.last().ok_or(KeyError::Damaged)?;
        let mut id = [0; MATERIAL_BYTES];
        hex::decode_to_slice(&material.id, &mut id).map_err(|_| KeyError::Damaged)?;
        ciphertext::encrypt(&arn, id, &self.secret(&arn, material)?, (context, plain))
    }

    /// Decrypts what a key has encrypted, with whichever of its materials.
    pub(crate) fn decrypt(
        &self,
        key: &Key,
        blob: &Ciphertext<'_>,
        context: &EncryptionContext,
    ) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let arn = self.arn(key);
        let id = hex::encode(blob.material);
        let material = key.material.iter().find(|material| material.id == id);
        let material = material.ok_or(KeyError::Damaged)?;
        blob.open(&self.secret(&arn, material)?, context)
    }

    /// Finds the key that has made a ciphertext.
    pub(crate) fn maker(&self, blob: &Ciphertext<'_>) -> Option<Arc<Key>> {
        let region = region_of(blob.key_arn)?;
        self.find_without_alias(region, blob.key_arn).ok()
    }
}

/// Gives the key of a record: of a key, an alias, or what belongs to a key.
pub(crate) fn record(region: &str, rest: &str) -> String {
    format!("{region}/{rest}")
}

/// Refuses an alias where only a key will do; the text for ARNs is recorded in answers of Lambda.
fn no_aliases(named: &str) -> ApiError {
    if named.starts_with("arn:") {
        return errors::invalid_arn("Key Aliases are not supported for this operation.");
    }
    errors::not_found(format!("Invalid keyId '{named}'"))
}

fn material_context(arn: &str, id: &str) -> String {
    format!("kms {arn} {id}")
}
