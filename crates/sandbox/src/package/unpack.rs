//! An archive becomes a directory. Nothing is followed, nothing is overwritten outside, and no more
//! bytes are written than permitted, whatever the archive declares.

use std::{
    collections::HashSet,
    fs::{self, OpenOptions, Permissions},
    io::{self, Read, Seek, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt, symlink},
    path::{Path, PathBuf},
};

use zip::{ZipArchive, read::ZipFile};

use super::{
    PackageError, PackageLimits,
    entry::{Entry, Kind, check_link},
    unreadable,
};

/// The longest path that Linux takes, and so the longest target that a link can have.
const LONGEST_LINK: u64 = 4096;

struct Unpacking<'a> {
    root: &'a Path,
    links: HashSet<PathBuf>,
    left_bytes: u64,
    limit_bytes: u64,
}

/// Unpacks everything below `root`, which must exist and be empty.
pub(super) fn unpack<R: Read + Seek>(
    archive: &mut ZipArchive<R>,
    root: &Path,
    limits: PackageLimits,
) -> Result<(), PackageError> {
    let limit_bytes = limits.unzipped_bytes;
    let mut unpacking =
        Unpacking { root, links: HashSet::new(), left_bytes: limit_bytes, limit_bytes };
    for index in 0..archive.len() {
        let mut file = archive.by_index(index).map_err(unreadable)?;
        unpacking.entry(&mut file)?;
    }
    Ok(())
}

// === impl Unpacking ===

impl Unpacking<'_> {
    fn entry(&mut self, file: &mut ZipFile<'_, impl Read>) -> Result<(), PackageError> {
        let entry = Entry::of(file)?;
        if entry.path.as_os_str().is_empty() {
            return Ok(());
        }
        // A link before this entry must not redirect where the entry goes.
        if entry.path.ancestors().skip(1).any(|parent| self.links.contains(parent)) {
            let name = file.name().to_owned();
            return Err(PackageError::Unsafe { name, why: "goes through a link" });
        }
        let place = self.root.join(&entry.path);
        self.make_parents(&entry.path)?;
        match entry.kind {
            Kind::Directory => {
                remove_unless_directory(&place)?;
                make_directory(&place)?;
                fs::set_permissions(&place, Permissions::from_mode(entry.permissions))?;
            }
            Kind::File => self.write(file, &place, entry.permissions)?,
            Kind::Link => self.link(file, entry.path, &place)?,
        }
        Ok(())
    }

    fn make_parents(&self, path: &Path) -> io::Result<()> {
        let mut place = self.root.to_path_buf();
        for part in path.parent().into_iter().flat_map(Path::components) {
            place.push(part);
            make_directory(&place)?;
        }
        Ok(())
    }

    fn write(
        &mut self,
        file: &mut ZipFile<'_, impl Read>,
        place: &Path,
        mode: u32,
    ) -> Result<(), PackageError> {
        remove_unless_directory(place)?;
        let mut out = OpenOptions::new()
            .write(true)
            .create_new(true)
            .custom_flags(rustix::fs::OFlags::NOFOLLOW.bits().cast_signed())
            .open(place)?;
        let mut chunk = vec![0; 64 * 1024];
        loop {
            let length = file.read(&mut chunk).map_err(damaged)?;
            if length == 0 {
                break;
            }
            self.spend(length as u64)?;
            out.write_all(&chunk[..length])?;
        }
        out.set_permissions(Permissions::from_mode(mode))?;
        Ok(())
    }

    fn link(
        &mut self,
        file: &mut ZipFile<'_, impl Read>,
        path: PathBuf,
        place: &Path,
    ) -> Result<(), PackageError> {
        let name = file.name().to_owned();
        let mut target = String::new();
        file.take(LONGEST_LINK + 1).read_to_string(&mut target).map_err(damaged)?;
        self.spend(target.len() as u64)?;
        if target.len() as u64 > LONGEST_LINK {
            return Err(PackageError::Unsafe { name, why: "is a link with too long a target" });
        }
        check_link(&path, &target).map_err(|why| PackageError::Unsafe { name, why })?;
        remove_unless_directory(place)?;
        symlink(&target, place)?;
        self.links.insert(path);
        Ok(())
    }

    /// Counts real bytes: an archive may declare fewer than it holds.
    fn spend(&mut self, bytes: u64) -> Result<(), PackageError> {
        let too_large = PackageError::TooLarge { limit_bytes: self.limit_bytes };
        self.left_bytes = self.left_bytes.checked_sub(bytes).ok_or(too_large)?;
        Ok(())
    }
}

fn make_directory(place: &Path) -> io::Result<()> {
    match fs::create_dir(place) {
        Ok(()) => fs::set_permissions(place, Permissions::from_mode(0o755)),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}

/// Makes room for an entry that comes a second time; the last one wins, as with `unzip -o`.
fn remove_unless_directory(place: &Path) -> io::Result<()> {
    match fs::symlink_metadata(place) {
        Ok(found) if !found.is_dir() => fs::remove_file(place),
        _ => Ok(()),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err wants")]
fn damaged(error: io::Error) -> PackageError {
    PackageError::Unreadable(error.to_string())
}
