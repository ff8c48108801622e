//! Which functions a stem can serve, and which stem.
//!
//! An interpreter that is already running cannot be told again what it read when it started. So whatever a function's
//! variables or its package could change about that start rules stems out, and the function starts the ordinary way.

use std::{
    collections::BTreeMap,
    ffi::OsStr,
    fs,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use model::{function::Settings, runtime::Family};

use crate::catalogue::{Runtime, StemKind};

/// Variables that decide how any of the runtimes starts. A trailing `*` stands for any rest.
const READ_BY_ALL: &[&str] = &[
    // The program that the bootstrap executes in place of the interpreter; and what the runtime clients read as they
    // are loaded. The platform's own names of this kind are not among a function's variables.
    "AWS_LAMBDA_*",
    // The dynamic linker and the C library's allocator.
    "LD_*",
    "GLIBC_TUNABLES",
    "MALLOC_*",
    // The C library's languages, character sets and time zones, which interpreters set up first of all.
    "LANG",
    "LANGUAGE",
    "LC_*",
    "LOCPATH",
    "NLSPATH",
    "GCONV_PATH",
    "CHARSET",
    "TZ",
    "TZDIR",
    // OpenSSL reads its configuration once, when it is loaded.
    "OPENSSL_*",
    "SSL_CERT_*",
    // The shell that runs the bootstrap.
    "BASH*",
    "ENV",
    "IFS",
    "POSIXLY_CORRECT",
    "PS4",
    "SHELLOPTS",
];
/// The interpreter's own settings, and where its site module looks for a user's packages.
const READ_BY_PYTHON: &[&str] = &["PYTHON*", "HOME"];
/// The interpreter's own settings, its event loop's, and those of its Unicode library.
const READ_BY_NODEJS: &[&str] = &["NODE_*", "UV_*", "V8_*", "ICU_*"];

/// Where in a package the dynamic linker looks, among other places, for the libraries of an interpreter.
const LIBRARY_DIRS: [&str; 2] = ["", "lib"];
/// The same in a layer.
const LAYER_LIBRARY_DIR: &str = "lib";
/// Directories of libraries for certain processors, which the linker looks for once.
const HARDWARE_DIRS: [&str; 3] = ["glibc-hwcaps", "tls", "haswell"];

/// Everything that the start of a stem depends on: functions with equal keys can use each other's stems.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StemKey {
    runtime: String,
    /// Another installation under the same name is another runtime.
    installation: (u64, u64),
    memory_mib: Option<u32>,
}

// === impl StemKey ===

impl StemKey {
    /// Finds the key for a function by its settings, or none if it has to start the ordinary way.
    pub fn of(
        runtime: &Runtime,
        settings: &Settings,
        operator_variables: &BTreeMap<String, String>,
    ) -> Option<Self> {
        let kind = runtime.stem?;
        let own = settings.environment.iter().flat_map(|variables| variables.names());
        let operators = operator_variables.keys().map(String::as_str);
        if own.chain(operators).any(|name| decides_start(&runtime.name, name)) {
            return None;
        }
        let home = fs::metadata(runtime.client_dir.as_deref()?).ok()?;
        Some(Self {
            runtime: runtime.name.clone(),
            installation: (home.dev(), home.ino()),
            memory_mib: match kind {
                StemKind::Shared => None,
                StemKind::ByMemory => Some(settings.memory_mib),
            },
        })
    }

    /// Tells whether a package and its layers leave the interpreter alone: libraries where the dynamic linker looks
    /// could be the interpreter's own, and the linker does not look again where there was nothing at its start.
    pub fn suits(code_dir: &Path, layer_dirs: &[PathBuf]) -> bool {
        let of_code = LIBRARY_DIRS.iter().map(|dir| code_dir.join(dir));
        let of_layers = layer_dirs.iter().map(|dir| dir.join(LAYER_LIBRARY_DIR));
        !of_code.chain(of_layers).any(|dir| has_libraries(&dir))
    }

    /// Gives the memory size that the stem is for, if the interpreter's start depends on it.
    pub fn memory_mib(&self) -> Option<u32> {
        self.memory_mib
    }
}

fn decides_start(runtime: &str, variable: &str) -> bool {
    let own = match model::runtime::find(runtime).map(|identifier| identifier.family) {
        Some(Family::Python) => READ_BY_PYTHON,
        Some(Family::Nodejs) => READ_BY_NODEJS,
        _ => &[],
    };
    READ_BY_ALL.iter().chain(own).any(|pattern| match pattern.strip_suffix('*') {
        Some(prefix) => variable.starts_with(prefix),
        None => variable == *pattern,
    })
}

fn has_libraries(dir: &Path) -> bool {
    let Ok(entries) = fs::read_dir(dir) else { return false };
    entries.flatten().any(|entry| is_library(&entry.file_name()))
}

fn is_library(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    // Extension modules of Python are no libraries, and are named so that nobody takes them for some.
    let module = name.contains(".cpython-") || name.ends_with(".abi3.so");
    let library = name.ends_with(".so") || name.contains(".so.");
    (library && !module) || HARDWARE_DIRS.contains(&name.as_ref())
}

#[cfg(test)]
mod tests;
