//! One entry of an archive, judged: what it is and where it may go.

use std::{
    io::Read,
    path::{Component, Path, PathBuf},
};

use zip::read::ZipFile;

use super::PackageError;

const KIND_MASK: u32 = 0o170_000;
const DIRECTORY: u32 = 0o040_000;
const REGULAR: u32 = 0o100_000;
const LINK: u32 = 0o120_000;
/// Set-user-id, set-group-id and sticky bits mean nothing in a read-only, nosuid mount.
const PERMISSIONS: u32 = 0o777;

/// What is to be made of an entry.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// The path below the package's root, free of `..` and of a leading `/`.
    pub(super) path: PathBuf,
    /// What to make there.
    pub(super) kind: Kind,
    /// The permission bits.
    pub(super) permissions: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Directory,
    File,
    Link,
}

// === impl Entry ===

impl Entry {
    /// Judges an entry by its name and mode; its content is not looked at.
    pub(super) fn of(file: &ZipFile<'_, impl Read>) -> Result<Self, PackageError> {
        let refuse = |why| PackageError::Unsafe { name: file.name().to_owned(), why };
        let path = safe_path(file.name()).map_err(refuse)?;
        let mode = file.unix_mode().unwrap_or(0);
        let kind = match mode & KIND_MASK {
            LINK => Kind::Link,
            DIRECTORY => Kind::Directory,
            REGULAR | 0 if file.name().ends_with('/') => Kind::Directory,
            REGULAR | 0 => Kind::File,
            _ => return Err(refuse("is neither a file nor a directory nor a link")),
        };
        let permissions = match (mode & PERMISSIONS, kind) {
            // An archive from a system without modes says nothing; what it means is "ordinary".
            (0, Kind::File | Kind::Link) => 0o644,
            // AWS makes directories passable, since no runtime could look into them otherwise.
            (bits, Kind::Directory) => bits | 0o755,
            (bits, _) => bits,
        };
        Ok(Self { path, kind, permissions })
    }
}

/// Checks that a link at `link` with this target stays inside the package.
pub(super) fn check_link(link: &Path, target: &str) -> Result<(), &'static str> {
    if target.is_empty() || target.contains('\0') {
        return Err("is a link to nothing");
    }
    let mut depth = link.components().count().saturating_sub(1);
    for component in Path::new(target).components() {
        match component {
            Component::RootDir | Component::Prefix(_) => {
                return Err("is a link to an absolute path");
            }
            Component::ParentDir => {
                depth = depth.checked_sub(1).ok_or("is a link out of the package")?;
            }
            Component::Normal(_) => depth += 1,
            Component::CurDir => {}
        }
    }
    Ok(())
}

fn safe_path(name: &str) -> Result<PathBuf, &'static str> {
    if name.contains('\0') {
        return Err("has a NUL in its name");
    }
    if name.contains('\\') {
        return Err("has a backslash in its name");
    }
    let mut path = PathBuf::new();
    for component in Path::new(name).components() {
        match component {
            Component::Normal(part) => path.push(part),
            Component::CurDir => {}
            Component::ParentDir => return Err("has .. in its name"),
            Component::RootDir | Component::Prefix(_) => return Err("has an absolute name"),
        }
    }
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_may_point_anywhere_inside() {
        for (link, target) in [("a", "b"), ("d/a", "../b"), ("d/e/a", "../../b/c"), ("a", "./b")] {
            assert_eq!(check_link(Path::new(link), target), Ok(()), "{link} -> {target}");
        }
    }

    #[test]
    fn a_link_may_not_point_outside() {
        for (link, target) in [("a", "/etc"), ("a", ".."), ("d/a", "../../b"), ("a", "b/../../c")] {
            assert!(check_link(Path::new(link), target).is_err(), "{link} -> {target}");
        }
    }

    proptest::proptest! {
        #[test]
        fn a_safe_path_never_leaves_its_root(name in "[./a\\\\]{0,12}") {
            if let Ok(path) = safe_path(&name) {
                proptest::prop_assert!(path.components().all(|c| matches!(c, Component::Normal(_))));
            }
        }
    }
}
