//! What the embedded backend does with its folder, and how often it goes to disk.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use futures_util::future::join_all;
use store::sqlite::{Config, OpenError, Sqlite};
use store::{
    BlobsError, Digest, Expect, GroupName, Key, NewEntry, RecordsError, Revision, StreamName,
    SystemClock,
};
use tempfile::TempDir;
use vault::{MasterKey, MasterKeySource};

fn open(dir: &Path) -> Result<Sqlite, OpenError> {
    fs::create_dir_all(dir).ok();
    let opened = MasterKey::open(dir, &MasterKeySource::DataDirectory, false);
    let keys = opened.map_or_else(|_| Arc::new(MasterKey::generate()), |opened| opened.key);
    Sqlite::open(dir, &Config::default(), Arc::new(SystemClock), keys)
}

fn key(name: impl AsRef<str>) -> Key {
    Key::new(name).unwrap()
}

fn blob_path(dir: &Path, digest: &Digest) -> PathBuf {
    let name = digest.to_string();
    dir.join("blobs").join(&name[..2]).join(format!("{name}.sealed"))
}

#[tokio::test]
async fn concurrent_writes_share_their_commits() {
    let folder = TempDir::new().unwrap();
    let sqlite = open(folder.path()).unwrap();
    let records = sqlite.stores().records;
    let before = sqlite.commits();
    let keys: Vec<Key> = (0..1000).map(|number| key(format!("k{number}"))).collect();
    let puts = keys.iter().map(|key| records.put(key, Bytes::new(), Expect::Absent));
    for put in join_all(puts).await {
        put.unwrap();
    }
    let commits = sqlite.commits() - before;
    assert!((1..100).contains(&commits), "1000 puts took {commits} commits");
    for key in &keys[..10] {
        records.delete(key, Expect::Any).await.unwrap();
    }
    assert_eq!(sqlite.commits() - before - commits, 10, "a lone write waits for no other");
}

#[tokio::test]
async fn a_conflict_undoes_nothing_of_the_writes_it_shares_a_commit_with() {
    let folder = TempDir::new().unwrap();
    let sqlite = open(folder.path()).unwrap();
    let stores = sqlite.stores();
    let stream = StreamName::new(GroupName::new("g").unwrap(), "s").unwrap();
    let round = |number: u32| {
        let (stores, stream) = (stores.clone(), stream.clone());
        async move {
            let value = Bytes::from(number.to_string());
            let key = key("one");
            let put = stores.records.put(&key, value, Expect::Absent);
            let entry = NewEntry { time_ms: 1, bytes: Bytes::from_static(b"x") };
            let append = stores.journal.append(&stream, vec![entry]);
            let (put, append) = futures_util::future::join(put, append).await;
            append.unwrap();
            put
        }
    };
    let outcomes = join_all((0..200).map(round)).await;
    let won: Vec<Revision> = outcomes.iter().filter_map(|put| put.as_ref().ok().copied()).collect();
    assert_eq!(won.len(), 1);
    let lost = outcomes.iter().filter(|put| matches!(put, Err(RecordsError::Conflict { .. })));
    assert_eq!(lost.count(), 199);
    assert_eq!(stores.journal.stream(&stream).await.unwrap().unwrap().entries, 200);
    let next = stores.records.put(&key("two"), Bytes::new(), Expect::Any).await.unwrap();
    assert_eq!(next.0, won[0].0 + 1, "a refused write takes no revision");
}

#[tokio::test]
async fn everything_is_there_after_reopening_and_numbers_go_on() {
    let folder = TempDir::new().unwrap();
    let stream = StreamName::new(GroupName::new("g").unwrap(), "s").unwrap();
    let entry = || vec![NewEntry { time_ms: 1, bytes: Bytes::from_static(b"x") }];
    let (revision, sequences, digest) = {
        let stores = open(folder.path()).unwrap().stores();
        stores.records.put(&key("a"), Bytes::from_static(b"1"), Expect::Any).await.unwrap();
        stores.records.put(&key("b"), Bytes::from_static(b"2"), Expect::Any).await.unwrap();
        let deleted = stores.records.delete(&key("b"), Expect::Any).await.unwrap().unwrap();
        let sequences = stores.journal.append(&stream, entry()).await.unwrap();
        stores.journal.delete_stream(&stream).await.unwrap();
        let digest = stores.blobs.put_bytes(Bytes::from_static(b"blob")).await.unwrap();
        (deleted, sequences, digest)
    };
    let stores = open(folder.path()).unwrap().stores();
    assert_eq!(stores.records.get(&key("a")).await.unwrap().unwrap().value, "1");
    assert_eq!(stores.blobs.get_bytes(&digest, 10).await.unwrap(), "blob");
    let next = stores.records.put(&key("c"), Bytes::new(), Expect::Any).await.unwrap();
    assert!(next > revision, "the revision of a deleted record is not given out again");
    let again = stores.journal.append(&stream, entry()).await.unwrap();
    assert!(again > sequences, "the number of a deleted entry is not given out again");
}

#[test]
fn a_folder_is_open_only_once() {
    let folder = TempDir::new().unwrap();
    let first = open(folder.path()).unwrap();
    let stores = first.stores();
    assert!(matches!(open(folder.path()), Err(OpenError::Locked { .. })));
    drop(first);
    assert!(open(folder.path()).is_err(), "its ports are still in use");
    drop(stores);
    assert!(open(folder.path()).is_ok());
}

#[test]
fn a_folder_that_is_not_there_is_made() {
    let folder = TempDir::new().unwrap();
    let dir = folder.path().join("a/b");
    drop(open(&dir).unwrap());
    assert!(dir.join("store.db").is_file());
    fs::write(folder.path().join("file"), b"").unwrap();
    assert!(matches!(open(&folder.path().join("file/b")), Err(OpenError::Io { .. })));
}

#[test]
fn a_folder_of_a_newer_release_is_left_alone() {
    let folder = TempDir::new().unwrap();
    drop(open(folder.path()).unwrap());
    let database = rusqlite::Connection::open(folder.path().join("store.db")).unwrap();
    database.pragma_update(None, "user_version", 99).unwrap();
    drop(database);
    assert!(matches!(open(folder.path()), Err(OpenError::TooNew { found: 99, .. })));
}

#[tokio::test]
async fn a_damaged_blob_is_reported_and_not_handed_out_as_whole() {
    let folder = TempDir::new().unwrap();
    let blobs = open(folder.path()).unwrap().stores().blobs;
    let digest = blobs.put_bytes(Bytes::from_static(b"wool")).await.unwrap();
    let other = blobs.put_bytes(Bytes::from_static(b"woof")).await.unwrap();
    let path = blob_path(folder.path(), &digest);
    let damaged = |error: &BlobsError| matches!(error, BlobsError::Corrupt { .. });
    let mut bytes = fs::read(&path).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(&path, bytes).unwrap();
    assert!(damaged(&blobs.get_bytes(&digest, 10).await.unwrap_err()));
    let mut opened = blobs.open(&digest).await.unwrap();
    let error = opened.read_to_end(&mut Vec::new()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidData);
    fs::copy(blob_path(folder.path(), &other), &path).unwrap();
    let error = blobs.get(&digest, None).await.unwrap_err();
    assert!(damaged(&error) && error.to_string().contains("it is blob "), "{error}");
    assert_eq!(blobs.list().await.unwrap().len(), 2, "whoever clears up has to find it");
    blobs.put_bytes(Bytes::from_static(b"wool")).await.unwrap();
    assert_eq!(blobs.get_bytes(&digest, 10).await.unwrap(), "wool");
}

#[tokio::test]
async fn blobs_of_an_earlier_release_are_sealed_and_keep_their_times() {
    let folder = TempDir::new().unwrap();
    let sqlite = open(folder.path()).unwrap();
    let content = Bytes::from_static(b"an old package");
    let digest = Digest::of(&content);
    let plain = blob_path(folder.path(), &digest).with_extension("");
    fs::write(&plain, &content).unwrap();
    let modified = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
    fs::File::options().write(true).open(&plain).unwrap().set_modified(modified).unwrap();
    let wrong = blob_path(folder.path(), &Digest::of(b"x")).with_extension("");
    fs::write(&wrong, b"not what its name says").unwrap();
    assert_eq!(sqlite.seal_plain_blobs().await.unwrap(), 1);
    assert_eq!(sqlite.seal_plain_blobs().await.unwrap(), 0);
    assert!(!plain.exists() && wrong.exists());
    let blobs = sqlite.stores().blobs;
    assert_eq!(blobs.get_bytes(&digest, 100).await.unwrap(), content);
    assert_eq!(blobs.info(&digest).await.unwrap().unwrap().stored_ms, 1_000_000_000);
}

#[tokio::test]
async fn scrubbing_leaves_nothing_of_what_was_overwritten() {
    let folder = TempDir::new().unwrap();
    let sqlite = open(folder.path()).unwrap();
    let records = sqlite.stores().records;
    let secret = Bytes::from("a planted secret ".repeat(1000));
    records.put(&key("a"), secret, Expect::Any).await.unwrap();
    records.put(&key("a"), Bytes::from_static(b"sealed"), Expect::Any).await.unwrap();
    let found = || {
        let files = ["store.db", "store.db-wal"].map(|name| fs::read(folder.path().join(name)));
        files.iter().flatten().any(|file| file.windows(7).any(|part| part == b"planted"))
    };
    assert!(found(), "without scrubbing it is still there");
    sqlite.scrub().await.unwrap();
    assert!(!found());
    assert_eq!(records.get(&key("a")).await.unwrap().unwrap().value, "sealed");
    records.put(&key("b"), Bytes::from_static(b"goes on"), Expect::Absent).await.unwrap();
}

#[test]
fn what_interrupted_uploads_left_is_removed_on_opening() {
    let folder = TempDir::new().unwrap();
    drop(open(folder.path()).unwrap());
    let leftover = folder.path().join("blobs/uploads/half");
    fs::write(&leftover, b"half").unwrap();
    drop(open(folder.path()).unwrap());
    assert!(!leftover.exists());
}
