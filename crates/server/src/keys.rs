//! The secrets of an installation: the root key pair and what links are signed with.

use std::{
    fs::{self, OpenOptions},
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use anyhow::{Context, Result};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

const FILE: &str = "root-credentials.json";
const SECRET_LENGTH: usize = 40;

/// What is kept in the data directory, readable by its owner alone.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct RootKeys {
    pub(crate) access_key_id: String,
    pub(crate) secret_access_key: String,
    /// Signs links to packages.
    pub(crate) link_secret: String,
}

impl std::fmt::Debug for RootKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RootKeys")
            .field("access_key_id", &self.access_key_id)
            .finish_non_exhaustive()
    }
}

// === impl RootKeys ===

impl RootKeys {
    /// Reads the keys, and makes them first if there are none.
    pub(crate) fn load_or_create(data_dir: &Path) -> Result<Self> {
        let path = data_dir.join(FILE);
        match fs::read(&path) {
            Ok(text) => serde_json::from_slice(&text).with_context(|| {
                format!("{} is damaged; remove it to get new keys", path.display())
            }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Self::create(data_dir),
            Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
        }
    }

    fn create(data_dir: &Path) -> Result<Self> {
        fs::create_dir_all(data_dir)
            .with_context(|| format!("cannot make the data directory {}", data_dir.display()))?;
        let key = Uuid::new_v4().simple().to_string().to_uppercase();
        let keys = Self {
            access_key_id: format!("AKIA{}", &key[..16]),
            secret_access_key: random_text(),
            link_secret: random_text(),
        };
        // A crash must leave either no keys or whole ones.
        let path = data_dir.join(FILE);
        let draft = data_dir.join(format!(".{FILE}.new"));
        let mut options = OpenOptions::new();
        let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
        file.write_all(&serde_json::to_vec_pretty(&keys)?)?;
        file.sync_all()?;
        fs::rename(&draft, &path)?;
        fs::File::open(data_dir)?.sync_all()?;
        Ok(keys)
    }
}

fn random_text() -> String {
    let mut bytes = Uuid::new_v4().into_bytes().to_vec();
    bytes.extend(Uuid::new_v4().into_bytes());
    STANDARD.encode(bytes)[..SECRET_LENGTH].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn keys_are_made_once_and_only_their_owner_reads_them() {
        let directory = tempfile::tempdir().unwrap();
        let first = RootKeys::load_or_create(directory.path()).unwrap();
        let second = RootKeys::load_or_create(directory.path()).unwrap();
        assert_eq!(first.secret_access_key, second.secret_access_key);
        assert_eq!((first.access_key_id.len(), first.secret_access_key.len()), (20, 40));
        let mode = fs::metadata(directory.path().join(FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn damaged_keys_are_not_silently_replaced() {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join(FILE), "{").unwrap();
        assert!(RootKeys::load_or_create(directory.path()).is_err());
    }
}
