//! Unpacked packages on disk, one directory for each digest.
//!
//! The cache can always be rebuilt from the stored archives. A crash of the server cannot damage
//! it, since a directory appears under its name only when it is complete; a crash of the machine
//! can, so it is emptied when the machine has booted since.

use std::{
    fs,
    io::{self, Read, Seek},
    path::{Path, PathBuf},
};

use super::{PackageError, PackageLimits, open, summarise, unpack::unpack};

const BOOT_ID: &str = "/proc/sys/kernel/random/boot_id";
const BOOT_MARK: &str = "boot-id";

/// Where unpacked packages are.
#[derive(Debug)]
pub struct CodeCache {
    root: PathBuf,
}

// === impl CodeCache ===

impl CodeCache {
    /// Opens the cache, and empties it if the machine was started anew since it was filled.
    pub fn open(root: &Path) -> io::Result<Self> {
        let boot_id = fs::read_to_string(BOOT_ID)?;
        let mark = root.join(BOOT_MARK);
        if fs::read_to_string(&mark).is_ok_and(|found| found == boot_id) {
            sweep_unfinished(root)?;
        } else {
            remove_all(root)?;
            fs::create_dir_all(root)?;
            fs::write(&mark, boot_id)?;
        }
        Ok(Self { root: root.to_path_buf() })
    }

    /// Gives the directory of a package that was unpacked before.
    pub fn find(&self, digest: &str) -> Option<PathBuf> {
        let place = self.root.join(digest);
        place.is_dir().then_some(place)
    }

    /// Checks and unpacks a package, unless it is there already. Blocks; safe to call at once from
    /// several threads.
    pub fn unpack(
        &self,
        digest: &str,
        archive: impl Read + Seek,
        limits: PackageLimits,
    ) -> Result<PathBuf, PackageError> {
        let mut archive = open(archive)?;
        summarise(&mut archive, limits)?;
        if let Some(place) = self.find(digest) {
            return Ok(place);
        }
        let unfinished = tempfile::Builder::new().prefix(".unpacking-").tempdir_in(&self.root)?;
        unpack(&mut archive, unfinished.path(), limits)?;
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        fs::set_permissions(unfinished.path(), mode)?;
        let place = self.root.join(digest);
        match fs::rename(unfinished.path(), &place) {
            Ok(()) => {
                // It has its name now; there is nothing left to remove.
                let _ = unfinished.keep();
                Ok(place)
            }
            // Another thread was faster with the same package.
            Err(_) if place.is_dir() => Ok(place),
            Err(error) => Err(error.into()),
        }
    }

    /// Removes every package for which `keep` says no.
    pub fn retain(&self, keep: impl Fn(&str) -> bool) -> io::Result<()> {
        for entry in fs::read_dir(&self.root)? {
            let name = entry?.file_name();
            let Some(digest) = name.to_str() else { continue };
            if digest != BOOT_MARK && !digest.starts_with('.') && !keep(digest) {
                remove_all(&self.root.join(digest))?;
            }
        }
        Ok(())
    }
}

fn sweep_unfinished(root: &Path) -> io::Result<()> {
    for entry in fs::read_dir(root)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with('.') {
            remove_all(&entry.path())?;
        }
    }
    Ok(())
}

fn remove_all(place: &Path) -> io::Result<()> {
    match fs::remove_dir_all(place) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}
