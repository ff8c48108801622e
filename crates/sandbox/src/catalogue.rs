//! The runtimes that this machine has.
//!
//! A runtime is a directory `<runtimes-dir>/<identifier>/` with a `runtime.toml` (see [`Manifest`])
//! and a `runtime/` that becomes `/var/runtime`; if its bootstrap can also start an interpreter
//! ahead of demand, a file `stem` says so. `provided.*` needs nothing: its packages bring
//! their own `bootstrap`.

use std::{
    collections::HashMap,
    fs, io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    sync::Arc,
};

use model::runtime::{Family, RuntimeIdentifier};
use parking_lot::RwLock;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

/// What `runtime.toml` says.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    /// The language installation on the host, shown at `/var/lang`; none if it is below `/usr`.
    lang: Option<PathBuf>,
    /// The interpreter as the guest sees it; for people, the bootstrap has it written in.
    interpreter: String,
    /// The language's version.
    version: String,
}

/// Which functions may use one another's stem cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StemKind {
    /// All of the runtime.
    Shared,
    /// Those with the same memory, for which the interpreter is started.
    ByMemory,
}

/// A runtime that can be started here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Runtime {
    /// The identifier, such as `python3.12`.
    pub name: String,
    /// The language's version, or `None` where the package brings the language.
    pub version: Option<String>,
    /// The interpreter as the guest sees it.
    pub interpreter: Option<String>,
    /// The host directory that becomes `/var/runtime`.
    pub client_dir: Option<PathBuf>,
    /// The host directory that becomes `/var/lang`.
    pub lang_dir: Option<PathBuf>,
    /// How its interpreter can be started ahead of demand, if its bootstrap can do that.
    pub stem: Option<StemKind>,
}

/// Says that this machine cannot run a runtime, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this machine has no {name}; add it with `lambkin runtimes add {name}`")]
pub struct MissingRuntime {
    name: String,
}

/// Finds runtimes.
#[derive(Debug)]
pub struct Catalogue {
    root: PathBuf,
    /// What was read before, by name, and how its directory and manifest looked then.
    known: RwLock<HashMap<&'static str, (Looks, Arc<Runtime>)>>,
}

/// Changes whenever a directory or a file does.
type Looks = [(u64, i64, i64); 2];

// === impl Catalogue ===

impl Catalogue {
    /// Looks for runtimes below `root`, which need not exist.
    pub fn new(root: PathBuf) -> Self {
        Self { root, known: RwLock::default() }
    }

    /// Finds a runtime; one added while the server runs is found at once.
    pub fn find(&self, identifier: &RuntimeIdentifier) -> Result<Arc<Runtime>, MissingRuntime> {
        let missing = || MissingRuntime { name: identifier.name.to_owned() };
        if identifier.family == Family::Provided {
            return Ok(Arc::new(Runtime::provided(identifier.name)));
        }
        self.look_up(identifier.name).map_err(|error| {
            if error.kind() != io::ErrorKind::NotFound {
                tracing::warn!(runtime = identifier.name, %error, "a runtime cannot be used");
            }
            missing()
        })
    }

    /// Lists what is there, `provided.*` included.
    pub fn list(&self) -> Vec<Arc<Runtime>> {
        model::runtime::RUNTIMES
            .iter()
            .filter(|identifier| identifier.support == model::runtime::Support::Accepted)
            .filter_map(|identifier| self.find(identifier).ok())
            .collect()
    }

    /// Reads a runtime, unless it looks as it did when it was read last: every cold start asks.
    fn look_up(&self, name: &'static str) -> io::Result<Arc<Runtime>> {
        let home = self.root.join(name);
        let looks = [look(&home)?, look(&home.join("runtime.toml"))?];
        if let Some((before, runtime)) = self.known.read().get(name)
            && *before == looks
            && runtime.lang_dir.as_deref().is_none_or(Path::is_dir)
        {
            return Ok(Arc::clone(runtime));
        }
        let runtime = Arc::new(read(&home, name)?);
        self.known.write().insert(name, (looks, Arc::clone(&runtime)));
        Ok(runtime)
    }
}

fn look(path: &Path) -> io::Result<(u64, i64, i64)> {
    let metadata = fs::metadata(path)?;
    Ok((metadata.ino(), metadata.mtime(), metadata.mtime_nsec()))
}

fn read(home: &Path, name: &str) -> io::Result<Runtime> {
    let text = fs::read_to_string(home.join("runtime.toml"))?;
    let manifest: Manifest = toml::from_str(&text).map_err(io::Error::other)?;
    let client_dir = home.join("runtime");
    if !client_dir.join("bootstrap").is_file() {
        return Err(io::Error::other("runtime/bootstrap is not there"));
    }
    if let Some(lang) = manifest.lang.as_deref().filter(|lang| !lang.is_dir()) {
        return Err(io::Error::other(format!("{} is not there", lang.display())));
    }
    Ok(Runtime {
        name: name.to_owned(),
        version: Some(manifest.version),
        interpreter: Some(manifest.interpreter),
        client_dir: Some(client_dir),
        lang_dir: manifest.lang,
        stem: read_stem(home)?,
    })
}

// === impl Runtime ===

impl Runtime {
    fn provided(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            version: None,
            interpreter: None,
            client_dir: None,
            lang_dir: None,
            stem: None,
        }
    }

    /// Tells whether the platform brings the language and its runtime client.
    pub fn is_managed(&self) -> bool {
        self.client_dir.is_some()
    }

    /// Gives the places in which the bootstrap is looked for, in order.
    pub fn bootstraps(&self) -> &'static [&'static str] {
        if self.is_managed() {
            &["/var/runtime/bootstrap"]
        } else {
            &["/var/task/bootstrap", "/opt/bootstrap"]
        }
    }

    /// Gives the version as an `INIT_START` line shows it: `python:3.12.v1`.
    pub fn log_version(&self) -> String {
        let end = self.name.find(|c: char| c == '.' || c.is_ascii_digit());
        let (language, version) = self.name.split_at(end.unwrap_or(self.name.len()));
        let version = version.trim_start_matches('.').trim_end_matches(".x");
        format!("{language}:{version}.v1")
    }

    /// Gives an ARN that changes whenever the runtime does, as AWS's does.
    pub fn version_arn(&self, region: &str) -> String {
        let mut hash = Sha256::new();
        for part in [&self.name, self.version.as_deref().unwrap_or_default()] {
            hash.update(part.as_bytes());
            hash.update([0]);
        }
        format!("arn:aws:lambda:{region}::runtime:{}", hex::encode(hash.finalize()))
    }

    /// Gives what is shown to the guest besides its code.
    pub(crate) fn mounts(&self) -> Vec<(&Path, &'static str)> {
        let client = self.client_dir.as_deref().map(|dir| (dir, "/var/runtime"));
        let lang = self.lang_dir.as_deref().map(|dir| (dir, "/var/lang"));
        client.into_iter().chain(lang).collect()
    }
}

/// Reads the file that says how stem cells are used; a runtime without it has none.
fn read_stem(home: &Path) -> io::Result<Option<StemKind>> {
    match fs::read_to_string(home.join("stem")).as_deref().map(str::trim_end) {
        Ok("shared") => Ok(Some(StemKind::Shared)),
        Ok("by-memory") => Ok(Some(StemKind::ByMemory)),
        Ok(other) => Err(io::Error::other(format!("stem is {other:?}, which nobody knows"))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(io::Error::new(error.kind(), "stem cannot be read")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identifier(name: &str) -> &'static RuntimeIdentifier {
        model::runtime::find(name).unwrap()
    }

    #[test]
    fn provided_runtimes_are_always_there() {
        let catalogue = Catalogue::new(PathBuf::from("/nowhere"));
        let runtime = catalogue.find(identifier("provided.al2023")).unwrap();
        assert_eq!(runtime.bootstraps(), ["/var/task/bootstrap", "/opt/bootstrap"]);
    }

    #[test]
    fn a_missing_runtime_says_how_to_add_it() {
        let catalogue = Catalogue::new(PathBuf::from("/nowhere"));
        let error = catalogue.find(identifier("python3.12")).unwrap_err();
        assert_eq!(
            error.to_string(),
            "this machine has no python3.12; add it with `lambkin runtimes add python3.12`"
        );
    }

    #[test]
    fn a_runtime_with_a_manifest_and_a_bootstrap_is_found() {
        let root = tempfile::tempdir().unwrap();
        let home = root.path().join("nodejs20.x");
        fs::create_dir_all(home.join("runtime")).unwrap();
        fs::write(home.join("runtime/bootstrap"), "").unwrap();
        let manifest = "interpreter = \"/usr/bin/node\"\nversion = \"20.1.0\"\n";
        fs::write(home.join("runtime.toml"), manifest).unwrap();
        let catalogue = Catalogue::new(root.path().to_path_buf());
        let runtime = catalogue.find(identifier("nodejs20.x")).unwrap();
        assert_eq!(runtime.bootstraps(), ["/var/runtime/bootstrap"]);
        assert_eq!(runtime.stem, None);
        fs::write(home.join("stem"), "by-memory\n").unwrap();
        let runtime = catalogue.find(identifier("nodejs20.x")).unwrap();
        assert_eq!(runtime.stem, Some(StemKind::ByMemory));
        assert_eq!(runtime.mounts(), [(home.join("runtime").as_path(), "/var/runtime")]);
    }

    #[test]
    fn a_runtime_that_was_replaced_is_read_again() {
        let root = tempfile::tempdir().unwrap();
        let place = |name: &str, version: &str| {
            let home = root.path().join(name);
            fs::create_dir_all(home.join("runtime")).unwrap();
            fs::write(home.join("runtime/bootstrap"), "").unwrap();
            let manifest = format!("interpreter = \"/usr/bin/node\"\nversion = \"{version}\"\n");
            fs::write(home.join("runtime.toml"), manifest).unwrap();
            home
        };
        let home = place("nodejs20.x", "20.1.0");
        let catalogue = Catalogue::new(root.path().to_path_buf());
        let one = catalogue.find(identifier("nodejs20.x")).unwrap();
        assert!(Arc::ptr_eq(&one, &catalogue.find(identifier("nodejs20.x")).unwrap()));
        fs::rename(&home, root.path().join("old")).unwrap();
        fs::rename(place("new", "20.2.0"), &home).unwrap();
        let two = catalogue.find(identifier("nodejs20.x")).unwrap();
        assert_eq!(two.version.as_deref(), Some("20.2.0"));
    }

    #[test]
    fn versions_read_as_in_an_init_start_line() {
        for (name, expected) in [
            ("python3.12", "python:3.12.v1"),
            ("nodejs20.x", "nodejs:20.v1"),
            ("java21", "java:21.v1"),
        ] {
            assert_eq!(Runtime::provided(name).log_version(), expected);
        }
    }

    #[test]
    fn another_patch_release_is_another_runtime_version() {
        let one = Runtime { version: Some("3.12.1".into()), ..Runtime::provided("python3.12") };
        let two = Runtime { version: Some("3.12.2".into()), ..one.clone() };
        assert_ne!(one.version_arn("us-east-1"), two.version_arn("us-east-1"));
    }
}
