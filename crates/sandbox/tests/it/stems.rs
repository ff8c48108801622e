//! Interpreters started ahead of demand.

use std::{path::PathBuf, sync::Arc};

use sandbox::{Cell, Runtime, Stem, StemError, StemKey, StemKind};
use serde_json::json as object;
use tokio_util::task::TaskTracker;

use crate::house::{House, Wish, blank_jail, json, open_to_all, write_program};

/// A runtime whose bootstrap can start ahead of demand.
struct Client {
    dir: tempfile::TempDir,
    runtime: Arc<Runtime>,
}

impl Client {
    /// Makes one; its bootstrap looks for a file of the name `mood`.
    fn new(mood: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        open_to_all(dir.path(), 0o755);
        write_program(&dir.path().join("bootstrap"), include_str!("stem_guest.py"));
        std::fs::write(dir.path().join(mood), "").unwrap();
        let runtime = Arc::new(Runtime {
            name: "python3.13".into(),
            version: Some("3.13.0".into()),
            interpreter: None,
            client_dir: Some(PathBuf::from(dir.path())),
            lang_dir: None,
            stem: Some(StemKind::Shared),
        });
        Self { dir, runtime }
    }

    fn wish(&self) -> Wish {
        Wish {
            bootstrap: Some("no bootstrap"),
            runtime: Arc::clone(&self.runtime),
            ..Wish::default()
        }
    }

    async fn stem(&self) -> Result<Stem, StemError> {
        assert!(self.dir.path().exists());
        let settings = self.wish().settings();
        let key =
            StemKey::of(&self.runtime, &settings, &std::collections::BTreeMap::new()).unwrap();
        Stem::start(blank_jail().await, &key, Arc::clone(&self.runtime), &TaskTracker::new()).await
    }
}

pub(crate) async fn a_stem_becomes_the_function_that_it_is_told() {
    let client = Client::new("plain");
    let stem = client.stem().await.unwrap();
    assert!(stem.is_alive());
    let house = House::start_in(Cell::Stem(Box::new(stem)), client.wish()).await;
    let answer = house.invoke("{}").await;
    assert_eq!(json(&answer), object!({"ahead": true, "name": "f", "code": ["bootstrap"]}));
    let tail = String::from_utf8(answer.log_tail.unwrap().to_vec()).unwrap();
    assert!(tail.contains("\tInit Duration: "), "{tail}");
    assert!(
        house.log().starts_with("INIT_START Runtime Version: python:3.13.v1"),
        "{}",
        house.log()
    );
    house.end().await;
}

pub(crate) async fn a_runtime_that_is_lost_after_a_stem_starts_the_ordinary_way() {
    let client = Client::new("plain");
    let stem = client.stem().await.unwrap();
    let house = House::start_in(Cell::Stem(Box::new(stem)), client.wish()).await;
    let lost = json(&house.invoke(r#"{"do":"exit"}"#).await);
    assert_eq!(lost["errorType"], "Runtime.ExitError");
    assert_eq!(json(&house.invoke("{}").await)["ahead"], false);
    house.end().await;
}

pub(crate) async fn an_interpreter_that_ends_before_it_is_ready_is_no_stem() {
    let error = Client::new("ends").stem().await.unwrap_err();
    assert!(matches!(error, StemError::NotReady), "{error}");
}

pub(crate) async fn a_stem_that_has_died_is_seen_to_and_never_serves() {
    let client = Client::new("dies");
    let stem = client.stem().await.unwrap();
    while stem.is_alive() {
        tokio::task::yield_now().await;
    }
    let house = House::start_in(Cell::Stem(Box::new(stem)), client.wish()).await;
    assert_eq!(json(&house.invoke("{}").await)["ahead"], false);
    assert_eq!(house.log().matches("INIT_START").count(), 1, "{}", house.log());
    house.end().await;
}
