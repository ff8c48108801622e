//! The master key: where it comes from, and what an earlier release left to seal with it.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    sync::Arc,
};

use anyhow::{Context, Result, bail, ensure};
use engine::{Functions, Secrets};
use serde::Deserialize;
use store::sqlite::Sqlite;
use vault::{KeyService, MasterKey, MasterKeySource, Opening};
use zeroize::Zeroizing;

use crate::config::Config;

/// The `[encryption]` table.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct EncryptionKeys {
    /// File with the master key: 32 bytes, in Base64 or hexadecimal (default `master-key` in the data
    /// directory, made at the first start; a file elsewhere keeps the key apart from what it seals).
    pub(crate) master_key_file: Option<PathBuf>,
    /// Program, and its arguments, that prints the master key instead (default none; run at each start).
    pub(crate) master_key_command: Vec<String>,
}

/// The keys of an opened data directory.
pub(crate) struct Sealing {
    opening: Opening,
    keys: Arc<dyn KeyService>,
}

// === impl Sealing ===

impl Sealing {
    /// Gets the master key, and refuses one that the data was not sealed with.
    pub(crate) fn open(config: &Config, data_dir: &Path) -> Result<Self> {
        let source = source(&config.encryption)?;
        let opening = MasterKey::open(data_dir, &source, Sqlite::is_in(data_dir))?;
        let keys = Arc::clone(&opening.key) as Arc<dyn KeyService>;
        Ok(Self { opening, keys })
    }

    pub(crate) fn keys(&self) -> Arc<dyn KeyService> {
        Arc::clone(&self.keys)
    }

    /// Seals what an earlier release has left in the clear, and wipes what is left of it.
    pub(crate) async fn seal_what_is_plain(&self, store: &Sqlite) -> Result<()> {
        if !self.opening.plain_is_left {
            return Ok(());
        }
        tracing::info!("sealing what an earlier release has stored; this is done once");
        let blobs = store.seal_plain_blobs().await?;
        let functions = Functions::open(&store.stores().records).await?;
        let secrets = Secrets::new(self.keys());
        let records = functions.seal_plain(&secrets).await?;
        store.scrub().await?;
        self.opening.all_is_sealed()?;
        tracing::info!(blobs, records, "everything is sealed");
        Ok(())
    }
}

fn source(keys: &EncryptionKeys) -> Result<MasterKeySource> {
    match (&keys.master_key_file, keys.master_key_command.as_slice()) {
        (Some(_), [_, ..]) => {
            bail!("[encryption] has both master-key-file and master-key-command; keep one")
        }
        (Some(file), []) => Ok(MasterKeySource::File(file.clone())),
        (None, []) => Ok(MasterKeySource::DataDirectory),
        (None, [program, arguments @ ..]) => {
            Ok(MasterKeySource::Text(printed(program, arguments)?))
        }
    }
}

/// Runs the operator's program, whose messages the operator sees.
#[expect(
    clippy::disallowed_methods,
    reason = "the operator's own program, before any function runs"
)]
fn printed(program: &str, arguments: &[String]) -> Result<Zeroizing<String>> {
    let output = std::process::Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("cannot run [encryption] master-key-command {program}"))?;
    ensure!(
        output.status.success(),
        "[encryption] master-key-command ended with {}",
        output.status
    );
    let text = String::from_utf8(output.stdout);
    text.map(Zeroizing::new).context("[encryption] master-key-command printed no text")
}
