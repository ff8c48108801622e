//! The installation's own key, and the proof that it is the one that the data was sealed with.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, ErrorKind, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    sync::Arc,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::{DataKey, KeyError, KeyService, SecretKey, cipher::Cipher};

/// Where the key is unless the operator keeps it elsewhere.
const KEY_FILE: &str = "master-key";
/// What proves a key, and says how far an older installation has been sealed.
const PROOF_FILE: &str = "encryption.json";
const PROOF_CONTEXT: &str = "proof";
const WRAP_CONTEXT: &str = "data key of ";
const ID_BYTES: usize = 8;

/// The key that wraps data keys; a [`KeyService`] that knows no other.
pub struct MasterKey {
    cipher: Cipher,
    id: String,
}

/// Where the key comes from.
#[derive(Debug)]
pub enum MasterKeySource {
    /// A file in the data directory, which is made at the first start.
    DataDirectory,
    /// A file that the operator has made.
    File(PathBuf),
    /// A text that the operator's command printed.
    Text(Zeroizing<String>),
}

/// A data directory whose key fits.
#[derive(Debug)]
pub struct Opening {
    /// The key.
    pub key: Arc<MasterKey>,
    /// Whether an earlier release has left data that is not sealed.
    pub plain_is_left: bool,
    proof: PathBuf,
}

/// Says why there is no key to work with, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum MasterKeyError {
    /// The key is gone.
    #[error(
        "the data in {} is sealed with master key {id}, and {} is not there: put it back from your \
         backup, or name its place with [encryption] master-key-file", data.display(), file.display()
    )]
    Missing {
        /// The data directory.
        data: PathBuf,
        /// Where the key was looked for.
        file: PathBuf,
        /// Which key is wanted.
        id: String,
    },
    /// The key is another one.
    #[error(
        "the data in {} is sealed with master key {wanted}, and the given one is {given}: give the \
         right one ([encryption] master-key-file or master-key-command); nothing was changed",
        data.display()
    )]
    Wrong {
        /// The data directory.
        data: PathBuf,
        /// Which key is wanted.
        wanted: String,
        /// Which key was given.
        given: String,
    },
    /// The operator's file is not there.
    #[error(
        "the master key file {} is not there; `head -c 32 /dev/urandom | base64` makes a key",
        .0.display()
    )]
    NoFile(PathBuf),
    /// What was given is no key.
    #[error("the master key has to be 32 bytes, in Base64 or as 64 hexadecimal digits")]
    Malformed,
    /// The proof cannot be read.
    #[error("{} is damaged: put it back from your backup", .0.display())]
    Proof(PathBuf),
    /// The system failed.
    #[error("cannot read or write {}", path.display())]
    Io {
        /// What was being read or written.
        path: PathBuf,
        /// What the system reported.
        #[source]
        source: io::Error,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Proof {
    key_id: String,
    /// The key's id, sealed by the key.
    sealed_id: String,
    plain_is_left: bool,
}

// === impl MasterKey ===

impl MasterKey {
    /// Makes a key that is kept nowhere.
    pub fn generate() -> Self {
        Self::new(&SecretKey::generate())
    }

    /// Opens the data directory with its key; at the first start the key is taken as it is, or made.
    ///
    /// `holds_data` tells whether an earlier release may have written here.
    pub fn open(
        data_dir: &Path,
        source: &MasterKeySource,
        holds_data: bool,
    ) -> Result<Opening, MasterKeyError> {
        let path = data_dir.join(PROOF_FILE);
        let proof = Proof::read(&path)?;
        let secret = match source {
            MasterKeySource::Text(text) => parse(text)?,
            MasterKeySource::File(file) => {
                read_key(file)?.ok_or_else(|| MasterKeyError::NoFile(file.clone()))?
            }
            MasterKeySource::DataDirectory => own_key(data_dir, proof.as_ref())?,
        };
        let key = Self::new(&secret);
        let Some(proof) = proof else {
            let proof = key.prove(holds_data);
            proof.write(&path)?;
            return Ok(Opening { key: Arc::new(key), plain_is_left: holds_data, proof: path });
        };
        if !key.fits(&proof) {
            let (data, given) = (data_dir.to_owned(), key.id);
            return Err(MasterKeyError::Wrong { data, wanted: proof.key_id, given });
        }
        Ok(Opening { key: Arc::new(key), plain_is_left: proof.plain_is_left, proof: path })
    }

    /// Names the key without telling anything about it.
    pub fn id(&self) -> &str {
        &self.id
    }

    fn new(secret: &SecretKey) -> Self {
        let hash = Sha256::new_with_prefix("lambkin master key").chain_update(secret.expose());
        Self { cipher: Cipher::new(secret), id: hex::encode(&hash.finalize()[..ID_BYTES]) }
    }

    fn prove(&self, plain_is_left: bool) -> Proof {
        let sealed_id = self.cipher.seal(PROOF_CONTEXT, self.id.as_bytes());
        let sealed_id = STANDARD.encode(sealed_id.expect("a short text can be encrypted"));
        Proof { key_id: self.id.clone(), sealed_id, plain_is_left }
    }

    fn fits(&self, proof: &Proof) -> bool {
        let opened = STANDARD.decode(&proof.sealed_id).ok();
        let opened = opened.and_then(|sealed| self.cipher.open(PROOF_CONTEXT, &sealed).ok());
        opened.is_some_and(|id| id == self.id.as_bytes())
    }
}

impl KeyService for MasterKey {
    fn generate_data_key(&self, key: Option<&str>, context: &str) -> Result<DataKey, KeyError> {
        let plain = SecretKey::generate();
        let wrapped = self.cipher.seal(&bound(key, context), plain.expose())?;
        Ok(DataKey { plain, wrapped })
    }

    fn decrypt(
        &self,
        key: Option<&str>,
        wrapped: &[u8],
        context: &str,
    ) -> Result<SecretKey, KeyError> {
        let plain = self.cipher.open(&bound(key, context), wrapped)?;
        SecretKey::from_bytes(&Zeroizing::new(plain)).ok_or(KeyError::Damaged)
    }
}

/// Binds what is wrapped to its context and to the key that was named. The master key stands for every
/// key of the customer's: what was wrapped under one name opens under no other.
fn bound(key: Option<&str>, context: &str) -> String {
    match key {
        None => format!("{WRAP_CONTEXT}{context}"),
        // ARNs have no line breaks.
        Some(key) => format!("{WRAP_CONTEXT}{key}\n{context}"),
    }
}

impl std::fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MasterKey").field("id", &self.id).finish_non_exhaustive()
    }
}

// === impl Opening ===

impl Opening {
    /// Records that nothing is left that is not sealed.
    pub fn all_is_sealed(&self) -> Result<(), MasterKeyError> {
        self.key.prove(false).write(&self.proof)
    }
}

// === impl Proof ===

impl Proof {
    fn read(path: &Path) -> Result<Option<Self>, MasterKeyError> {
        let Some(text) = read(path)? else { return Ok(None) };
        let proof = serde_json::from_str(&text);
        proof.map(Some).map_err(|_| MasterKeyError::Proof(path.to_owned()))
    }

    fn write(&self, path: &Path) -> Result<(), MasterKeyError> {
        let text = serde_json::to_string_pretty(self).expect("text and truth values are JSON");
        write(path, &text)
    }
}

/// Reads the key of the data directory, and makes it if nothing was sealed yet.
fn own_key(data_dir: &Path, proof: Option<&Proof>) -> Result<SecretKey, MasterKeyError> {
    let path = data_dir.join(KEY_FILE);
    match (read_key(&path)?, proof) {
        (Some(key), _) => Ok(key),
        (None, Some(proof)) => {
            let (data, id) = (data_dir.to_owned(), proof.key_id.clone());
            Err(MasterKeyError::Missing { data, file: path, id })
        }
        (None, None) => {
            let key = SecretKey::generate();
            write(&path, &Zeroizing::new(STANDARD.encode(key.expose())))?;
            Ok(key)
        }
    }
}

fn read_key(path: &Path) -> Result<Option<SecretKey>, MasterKeyError> {
    read(path)?.map(|text| parse(&text)).transpose()
}

fn parse(text: &str) -> Result<SecretKey, MasterKeyError> {
    let text = text.trim();
    let bytes = hex::decode(text).ok().or_else(|| STANDARD.decode(text).ok());
    let bytes = bytes.map(Zeroizing::new);
    bytes.and_then(|bytes| SecretKey::from_bytes(&bytes)).ok_or(MasterKeyError::Malformed)
}

fn read(path: &Path) -> Result<Option<Zeroizing<String>>, MasterKeyError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(Zeroizing::new(text))),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(source) => Err(MasterKeyError::Io { path: path.to_owned(), source }),
    }
}

/// Writes a file that its owner alone reads, and that a crash leaves whole or as it was.
fn write(path: &Path, text: &str) -> Result<(), MasterKeyError> {
    let draft = path.with_extension("new");
    let written = || -> io::Result<()> {
        let mut options = OpenOptions::new();
        let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&draft, path)?;
        path.parent().map_or(Ok(()), |dir| File::open(dir)?.sync_all())
    };
    written().map_err(|source| MasterKeyError::Io { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    const OWN: MasterKeySource = MasterKeySource::DataDirectory;

    fn open(dir: &Path) -> Result<Opening, MasterKeyError> {
        MasterKey::open(dir, &OWN, false)
    }

    #[test]
    fn a_key_is_made_once_and_only_its_owner_reads_it() {
        let dir = tempfile::tempdir().unwrap();
        let first = open(dir.path()).unwrap();
        let second = open(dir.path()).unwrap();
        let wrapped = first.key.generate_data_key(None, "c").unwrap();
        assert_eq!(second.key.decrypt(None, &wrapped.wrapped, "c"), Ok(wrapped.plain));
        let mode = fs::metadata(dir.path().join(KEY_FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_key_that_is_gone_is_not_replaced_and_comes_back() {
        let dir = tempfile::tempdir().unwrap();
        let id = open(dir.path()).unwrap().key.id().to_owned();
        let (file, backup) = (dir.path().join(KEY_FILE), dir.path().join("backup"));
        fs::rename(&file, &backup).unwrap();
        let error = open(dir.path()).unwrap_err();
        assert!(matches!(&error, MasterKeyError::Missing { id: wanted, .. } if *wanted == id));
        assert!(error.to_string().contains("put it back from your backup"), "{error}");
        assert!(!file.exists());
        fs::rename(&backup, &file).unwrap();
        assert_eq!(open(dir.path()).unwrap().key.id(), id);
    }

    #[test]
    fn another_key_is_refused_by_name() {
        let dir = tempfile::tempdir().unwrap();
        let right = open(dir.path()).unwrap().key.id().to_owned();
        let text = MasterKeySource::Text(Zeroizing::new("11".repeat(32)));
        let error = MasterKey::open(dir.path(), &text, false).unwrap_err();
        assert!(matches!(&error, MasterKeyError::Wrong { wanted, .. } if *wanted == right));
        assert!(open(dir.path()).is_ok());
    }

    #[test]
    fn a_key_of_the_operators_is_read_in_both_spellings_and_never_made() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("elsewhere");
        let source = MasterKeySource::File(file.clone());
        let open = || MasterKey::open(dir.path(), &source, false);
        assert!(matches!(open().unwrap_err(), MasterKeyError::NoFile(_)));
        fs::write(&file, "too short\n").unwrap();
        assert!(matches!(open().unwrap_err(), MasterKeyError::Malformed));
        fs::write(&file, format!("{}\n", "ab".repeat(32))).unwrap();
        let id = open().unwrap().key.id().to_owned();
        fs::write(&file, format!("{}\n", STANDARD.encode([0xab; 32]))).unwrap();
        assert_eq!(open().unwrap().key.id(), id);
        assert!(!dir.path().join(KEY_FILE).exists());
    }

    #[test]
    fn what_an_earlier_release_left_is_remembered_until_it_is_sealed() {
        let dir = tempfile::tempdir().unwrap();
        assert!(MasterKey::open(dir.path(), &OWN, true).unwrap().plain_is_left);
        let opening = open(dir.path()).unwrap();
        assert!(opening.plain_is_left);
        opening.all_is_sealed().unwrap();
        assert!(!MasterKey::open(dir.path(), &OWN, true).unwrap().plain_is_left);
    }

    #[test]
    fn what_was_wrapped_under_one_name_opens_under_no_other() {
        let keys = MasterKey::generate();
        let arn = "arn:aws:kms:us-east-1:000000000000:key/one";
        for key in [None, Some(arn)] {
            let data_key = keys.generate_data_key(key, "c").unwrap();
            assert!(keys.decrypt(key, &data_key.wrapped, "c").is_ok());
            for other in [None, Some(arn), Some("arn:aws:kms:us-east-1:000000000000:key/two")] {
                let opened = keys.decrypt(other, &data_key.wrapped, "c");
                assert_eq!(opened.is_ok(), other == key);
            }
        }
    }
}
