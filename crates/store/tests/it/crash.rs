//! Acknowledged writes survive the sudden end of the process.

use std::env;
use std::ffi::OsString;
use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::join_all;
use rand::Rng;
use store::sqlite::{Config, Sqlite};
use store::{
    Digest, Expect, GroupName, Key, MessageId, NewEntry, NewMessage, QueueName, Read, Stores,
    StreamName, SystemClock,
};
use tempfile::TempDir;
use vault::{MasterKey, MasterKeySource};

/// Where the child writes; its presence is what makes a process the child.
const CHILD_FOLDER: &str = "STORE_CRASH_FOLDER";

const CHILD_ROUND: &str = "STORE_CRASH_ROUND";

const ACK: &str = "ack";

const ROUNDS: u32 = 10;

const WRITERS: u32 = 6;

/// How many entries the child appends at once: all of them are there later, or none.
const APPENDED_TOGETHER: usize = 3;

#[test]
fn acknowledged_writes_survive_a_kill() {
    let Some(folder) = env::var_os(CHILD_FOLDER) else {
        return parent();
    };
    child(&folder, env::var_os(CHILD_ROUND).unwrap().to_str().unwrap());
}

fn parent() {
    let mut random = rand::rng();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let folder = TempDir::new().unwrap();
    let mut acknowledged = Vec::new();
    for round in 0..ROUNDS {
        let kill_after = random.random_range(1..400);
        let mut child = start(folder.path(), round);
        let acks = kill_after_acks(&mut child, kill_after);
        assert!(acks.len() >= kill_after, "the child ended early, after {} acks", acks.len());
        acknowledged.extend(acks);
        runtime.block_on(verify(folder.path(), &acknowledged));
    }
}

#[expect(clippy::disallowed_methods, reason = "a crash needs a process of its own to crash")]
fn start(folder: &Path, round: u32) -> Child {
    Command::new(env::current_exe().unwrap())
        .args(["crash::acknowledged_writes_survive_a_kill", "--exact", "--nocapture"])
        .env(CHILD_FOLDER, folder)
        .env(CHILD_ROUND, round.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Kills the child once it has acknowledged `count` writes, and returns all it has acknowledged.
fn kill_after_acks(child: &mut Child, count: usize) -> Vec<String> {
    let mut acks = Vec::new();
    let lines = BufReader::new(child.stdout.take().unwrap()).split(b'\n');
    for line in lines {
        // The last line may have been cut off by the kill.
        let line = String::from_utf8_lossy(&line.unwrap()).into_owned();
        if let Some(ack) = line.strip_prefix(ACK).and_then(|ack| ack.strip_suffix('.')) {
            acks.push(ack.trim().to_owned());
        }
        if acks.len() == count {
            child.kill().unwrap();
        }
    }
    child.wait().unwrap();
    acks
}

// === the child ===

fn child(folder: &OsString, round: &str) {
    let stores = open(folder.as_ref());
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(join_all((0..WRITERS).map(|writer| write(&stores, round, writer))));
}

async fn write(stores: &Stores, round: &str, writer: u32) {
    for number in 0_u32.. {
        let name = format!("{round}-{writer}-{number}");
        match (number + writer) % 4 {
            0 => put(stores, &name, writer).await,
            1 => {
                let entry = |part| NewEntry { time_ms: part, bytes: content(&name, 100) };
                let entries = (0..APPENDED_TOGETHER).map(|part| entry(part.try_into().unwrap()));
                stores.journal.append(&stream(writer), entries.collect()).await.unwrap();
                acknowledge("journal", &format!("{writer} {name}"));
            }
            2 => {
                let digest = stores.blobs.put_bytes(content(&name, 50_000)).await.unwrap();
                acknowledge("blob", &digest.to_string());
            }
            _ => {
                let id = MessageId::new(&name).unwrap();
                let message =
                    NewMessage { id, payload: content(&name, 100), delay: Duration::ZERO };
                stores.queue.enqueue(&queue(), message).await.unwrap();
                acknowledge("message", &name);
            }
        }
    }
}

/// Puts a record of its own, and then counts it in another.
async fn put(stores: &Stores, name: &str, writer: u32) {
    let records = &stores.records;
    records.put(&key(name), content(name, 1000), Expect::Absent).await.unwrap();
    acknowledge("record", name);
    let counter = records.get(&counter(writer)).await.unwrap();
    let expect = counter.as_ref().map_or(Expect::Absent, |held| Expect::Revision(held.revision));
    let count = counter.map_or(0, |held| number(&held.value)) + 1;
    records.put(&self::counter(writer), Bytes::from(count.to_string()), expect).await.unwrap();
    acknowledge("count", &format!("{writer} {count}"));
}

fn acknowledge(what: &str, which: &str) {
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{ACK} {what} {which}.").unwrap();
    stdout.flush().unwrap();
}

// === what must be there ===

async fn verify(folder: &Path, acknowledged: &[String]) {
    let stores = open(folder);
    for ack in acknowledged {
        let words: Vec<&str> = ack.split(' ').collect();
        match words[..] {
            ["record", name] => {
                let record = stores.records.get(&key(name)).await.unwrap();
                assert_eq!(record.unwrap().value, content(name, 1000));
            }
            ["count", writer, count] => {
                let counter = counter(writer.parse().unwrap());
                let held = stores.records.get(&counter).await.unwrap().unwrap();
                assert!(number(&held.value) >= count.parse().unwrap());
            }
            ["blob", digest] => {
                let digest: Digest = digest.parse().unwrap();
                assert!(stores.blobs.exists(&digest).await.unwrap(), "{digest} is lost");
            }
            ["journal", _, _] | ["message", _] => {}
            _ => panic!("strange acknowledgement {ack:?}"),
        }
    }
    verify_counters(&stores).await;
    verify_journal(&stores, acknowledged).await;
    verify_messages(&stores, acknowledged).await;
    for info in stores.blobs.list().await.unwrap() {
        stores.blobs.get_bytes(&info.digest, u64::MAX).await.expect("a listed blob is whole");
    }
}

/// A count that is not acknowledged may be there, but only after the record that it counts.
async fn verify_counters(stores: &Stores) {
    for writer in 0..WRITERS {
        let held = stores.records.get(&counter(writer)).await.unwrap();
        let counted = held.map_or(0, |held| number(&held.value)) as usize;
        let records = stores.records.scan("record/").await.unwrap();
        let middle = format!("-{writer}-");
        let puts = records.iter().filter(|record| record.key.as_str().contains(&middle)).count();
        let kills = ROUNDS as usize;
        assert!((counted..=counted + kills).contains(&puts), "{counted} of {puts} counted");
    }
}

async fn verify_journal(stores: &Stores, acknowledged: &[String]) {
    for writer in 0..WRITERS {
        let read = Read { limit: usize::MAX, ..Read::default() };
        let entries = stores.journal.read(&stream(writer), read).await.unwrap();
        let info = stores.journal.stream(&stream(writer)).await.unwrap();
        assert_eq!(info.map_or(0, |info| info.entries), entries.len() as u64);
        let appends = entries.chunks(APPENDED_TOGETHER);
        assert!(appends.clone().all(|append| {
            append.len() == APPENDED_TOGETHER && append.iter().all(|e| e.bytes == append[0].bytes)
        }));
        let prefix = format!("journal {writer} ");
        for name in acknowledged.iter().filter_map(|ack| ack.strip_prefix(&prefix)) {
            let wanted = content(name, 100);
            assert!(appends.clone().any(|append| append[0].bytes == wanted), "{name} is lost");
        }
    }
}

async fn verify_messages(stores: &Stores, acknowledged: &[String]) {
    let leased = stores.queue.lease(&queue(), usize::MAX, Duration::ZERO).await.unwrap();
    for name in acknowledged.iter().filter_map(|ack| ack.strip_prefix("message ")) {
        let message = leased.iter().find(|message| message.id.as_str() == name);
        assert_eq!(message.expect("no message is lost").payload, content(name, 100));
    }
}

fn open(folder: &Path) -> Stores {
    let opened = MasterKey::open(folder, &MasterKeySource::DataDirectory, false).unwrap();
    let (clock, keys) = (Arc::new(SystemClock), opened.key);
    Sqlite::open(folder, &Config::default(), clock, keys).unwrap().stores()
}

/// Content that tells what it is the content of.
fn content(name: &str, length_bytes: usize) -> Bytes {
    name.bytes().chain(*b"; ").cycle().take(length_bytes).collect()
}

fn number(value: &[u8]) -> u32 {
    str::from_utf8(value).unwrap().parse().unwrap()
}

fn key(name: &str) -> Key {
    Key::new(format!("record/{name}")).unwrap()
}

fn counter(writer: u32) -> Key {
    Key::new(format!("counter/{writer}")).unwrap()
}

fn stream(writer: u32) -> StreamName {
    StreamName::new(GroupName::new("crash").unwrap(), writer.to_string()).unwrap()
}

fn queue() -> QueueName {
    QueueName::new("crash").unwrap()
}
