use std::{
    fs::{self, File},
    io::{Cursor, Seek, SeekFrom, Write},
    os::unix::fs::PermissionsExt,
    path::Path,
};

use proptest::prelude::*;
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

use super::*;

const LIMITS: PackageLimits = PackageLimits { unzipped_bytes: 10_000, entries: 20 };

fn archive(build: impl FnOnce(&mut ZipWriter<Cursor<Vec<u8>>>)) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    build(&mut writer);
    writer.finish().unwrap().into_inner()
}

fn with_files(files: &[(&str, &[u8])]) -> Vec<u8> {
    archive(|writer| {
        for (name, content) in files {
            writer.start_file(*name, SimpleFileOptions::default()).unwrap();
            writer.write_all(content).unwrap();
        }
    })
}

fn temporary(bytes: &[u8]) -> File {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    file.seek(SeekFrom::Start(0)).unwrap();
    file
}

fn unpacked(bytes: &[u8]) -> Result<(tempfile::TempDir, std::path::PathBuf), PackageError> {
    let directory = tempfile::tempdir().unwrap();
    let cache = CodeCache::open(&directory.path().join("code")).unwrap();
    let place = cache.unpack("d1", temporary(bytes), LIMITS)?;
    Ok((directory, place))
}

fn entries_below(root: &Path) -> usize {
    fs::read_dir(root).unwrap().count()
}

#[test]
fn files_keep_their_content_and_their_mode() {
    let bytes = archive(|writer| {
        let options = SimpleFileOptions::default().unix_permissions(0o750);
        writer.start_file("bin/bootstrap", options).unwrap();
        writer.write_all(b"#!/bin/sh\n").unwrap();
    });
    let (_kept, place) = unpacked(&bytes).unwrap();
    let file = place.join("bin/bootstrap");
    assert_eq!(fs::read(&file).unwrap(), b"#!/bin/sh\n");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o750);
    assert_eq!(fs::metadata(place.join("bin")).unwrap().permissions().mode() & 0o777, 0o755);
}

#[test]
fn a_link_inside_is_kept_as_a_link() {
    let bytes = archive(|writer| {
        writer.add_symlink("lib/current", "../v1", SimpleFileOptions::default()).unwrap();
    });
    let (_kept, place) = unpacked(&bytes).unwrap();
    assert_eq!(fs::read_link(place.join("lib/current")).unwrap(), Path::new("../v1"));
}

#[test]
fn names_that_leave_the_package_are_refused() {
    for name in ["../evil", "a/../../evil", "/etc/evil", "a\\..\\evil"] {
        let bytes = with_files(&[(name, b"x")]);
        let error = inspect(Cursor::new(&bytes), LIMITS).unwrap_err();
        assert!(matches!(error, PackageError::Unsafe { .. }), "{name}: {error}");
        assert!(matches!(unpacked(&bytes), Err(PackageError::Unsafe { .. })), "{name}");
    }
}

#[test]
fn links_that_leave_the_package_are_refused() {
    for target in ["/etc/passwd", "../../x", ".."] {
        let bytes = archive(|writer| {
            writer.add_symlink("link", target, SimpleFileOptions::default()).unwrap();
        });
        assert!(matches!(unpacked(&bytes), Err(PackageError::Unsafe { .. })), "{target}");
    }
}

#[test]
fn nothing_is_written_through_a_link() {
    let bytes = archive(|writer| {
        writer.add_symlink("a", "b", SimpleFileOptions::default()).unwrap();
        writer.start_file("a/file", SimpleFileOptions::default()).unwrap();
    });
    assert!(matches!(unpacked(&bytes), Err(PackageError::Unsafe { .. })));
}

#[test]
fn a_device_is_refused() {
    let mut bytes = with_files(&[("dev", b"")]);
    set_mode(&mut bytes, 0o020_666);
    let error = inspect(Cursor::new(&bytes), LIMITS).unwrap_err();
    assert!(matches!(error, PackageError::Unsafe { .. }), "{error}");
}

#[test]
fn an_archive_that_unpacks_to_more_than_permitted_is_refused() {
    let bytes = with_files(&[("zeros", &[0; 10_001])]);
    assert!(bytes.len() < 1000, "the archive itself is small");
    assert!(matches!(
        inspect(Cursor::new(&bytes), LIMITS),
        Err(PackageError::TooLarge { limit_bytes: 10_000 })
    ));
}

#[test]
fn an_archive_that_lies_about_its_size_is_refused_while_it_is_unpacked() {
    let mut bytes = with_files(&[("zeros", &vec![0; 20_000])]);
    set_declared_size(&mut bytes, 5);
    let directory = tempfile::tempdir().unwrap();
    let cache = CodeCache::open(&directory.path().join("code")).unwrap();
    assert!(cache.unpack("d1", temporary(&bytes), LIMITS).is_err());
    assert_eq!(cache.find("d1"), None);
    assert_eq!(entries_below(&directory.path().join("code")), 1, "only the boot mark is left");
}

#[test]
fn too_many_entries_an_empty_archive_and_no_archive_are_refused() {
    let many: Vec<String> = (0..21).map(|n| format!("f{n}")).collect();
    let files: Vec<(&str, &[u8])> = many.iter().map(|name| (name.as_str(), &b""[..])).collect();
    let refuse = |bytes: &[u8]| inspect(Cursor::new(bytes.to_vec()), LIMITS).unwrap_err();
    assert!(matches!(refuse(&with_files(&files)), PackageError::TooMany { count: 21, limit: 20 }));
    assert!(matches!(refuse(&archive(|_| {})), PackageError::Empty));
    assert!(matches!(refuse(b"not a zip"), PackageError::Unreadable(_)));
}

#[test]
fn a_second_entry_of_the_same_name_wins() {
    // The writer refuses duplicates, so the second name is patched to the first one's.
    let mut bytes = with_files(&[("file-1", b"first"), ("file-2", b"second")]);
    while let Some(at) = bytes.windows(6).position(|window| window == b"file-2") {
        bytes[at..at + 6].copy_from_slice(b"file-1");
    }
    if let Ok((_kept, place)) = unpacked(&bytes) {
        assert_eq!(fs::read(place.join("file-1")).unwrap(), b"second");
    }
}

#[test]
fn a_cache_from_before_a_reboot_is_emptied() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path().join("code");
    let bytes = with_files(&[("f", b"x")]);
    let cache = CodeCache::open(&root).unwrap();
    cache.unpack("d1", temporary(&bytes), LIMITS).unwrap();
    assert!(CodeCache::open(&root).unwrap().find("d1").is_some());
    fs::write(root.join("boot-id"), "another boot").unwrap();
    assert!(CodeCache::open(&root).unwrap().find("d1").is_none());
}

#[test]
fn packages_that_nobody_needs_are_removed() {
    let directory = tempfile::tempdir().unwrap();
    let cache = CodeCache::open(&directory.path().join("code")).unwrap();
    for digest in ["d1", "d2"] {
        cache.unpack(digest, temporary(&with_files(&[("f", b"x")])), LIMITS).unwrap();
    }
    cache.retain(|digest| digest == "d2").unwrap();
    assert_eq!(cache.find("d1"), None);
    assert!(cache.find("d2").is_some());
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(0_u8.., 0..300)) {
        let _ = inspect(Cursor::new(bytes), LIMITS);
    }

    #[test]
    fn a_damaged_archive_never_leaves_anything(at in 0_usize..1000, value: u8) {
        let mut bytes = with_files(&[("a/b", &[7; 300]), ("c", b"text")]);
        let at = at % bytes.len();
        bytes[at] = value;
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path().join("code");
        let cache = CodeCache::open(&root).unwrap();
        if cache.unpack("d1", temporary(&bytes), LIMITS).is_err() {
            prop_assert_eq!(entries_below(&root), 1);
        }
        prop_assert_eq!(entries_below(directory.path()), 1);
    }
}

/// Overwrites the Unix mode in the one central directory entry.
fn set_mode(bytes: &mut [u8], mode: u32) {
    let central = bytes.windows(4).position(|w| w == b"PK\x01\x02").unwrap();
    bytes[central + 38..central + 42].copy_from_slice(&(mode << 16).to_le_bytes());
}

/// Overwrites the uncompressed size in both headers of the one entry.
fn set_declared_size(bytes: &mut [u8], size: u32) {
    let local = bytes.windows(4).position(|w| w == b"PK\x03\x04").unwrap();
    bytes[local + 22..local + 26].copy_from_slice(&size.to_le_bytes());
    let central = bytes.windows(4).position(|w| w == b"PK\x01\x02").unwrap();
    bytes[central + 24..central + 28].copy_from_slice(&size.to_le_bytes());
    // The method stays deflate: the decoder, not the declaration, says how much there is.
    assert_ne!(CompressionMethod::Stored, CompressionMethod::Deflated);
}
