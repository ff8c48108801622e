//! Which crate may use which: the arrows of ARCHITECTURE.md point down only.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

/// Every crate with what it may use, leaves first. A crate uses only crates above it.
const WALLS: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("wire", &[]),
    ("jail", &[]),
    ("policy", &[]),
    ("vault", &[]),
    ("signing", &[]),
    ("store", &["vault"]),
    ("api", &["wire"]),
    ("sandbox", &["jail", "model"]),
    ("engine", &["jail", "model", "sandbox", "signing", "store", "vault"]),
    ("control", &["api", "engine", "model", "policy", "sandbox", "store", "wire"]),
    ("identity", &["api", "engine", "policy", "store", "wire"]),
    ("service-iam", &["api", "engine", "identity", "policy", "store", "wire"]),
    ("service-kms", &["api", "engine", "policy", "store", "vault", "wire"]),
    ("service-logs", &["api", "engine", "store", "wire"]),
    ("service-s3", &["api", "engine", "policy", "store", "wire"]),
    ("service-signer", &["api", "engine", "model", "signing", "store", "wire"]),
    ("service-sts", &["api", "identity", "policy", "wire"]),
    ("gateway", &["api", "engine", "model", "store", "wire"]),
    ("testkit", &["store", "vault"]),
    (
        "server",
        &[
            "api",
            "control",
            "engine",
            "gateway",
            "identity",
            "jail",
            "model",
            "sandbox",
            "service-iam",
            "service-kms",
            "service-logs",
            "service-s3",
            "service-signer",
            "service-sts",
            "signing",
            "store",
            "vault",
            "wire",
        ],
    ),
];

/// Returns what is wrong with the dependencies of the crates below `crates`.
pub(super) fn faults(crates: &Path) -> Result<Vec<String>> {
    let mut faults = Vec::new();
    for entry in fs::read_dir(crates)? {
        let folder = entry?.path();
        let manifest = folder.join("Cargo.toml");
        let Some(name) =
            folder.file_name().and_then(|name| name.to_str()).filter(|_| manifest.exists())
        else {
            continue;
        };
        let text = fs::read_to_string(&manifest)
            .with_context(|| format!("reading {}", manifest.display()))?;
        faults.extend(faults_of(name, &text));
    }
    faults.sort();
    Ok(faults)
}

fn faults_of(name: &str, manifest: &str) -> Vec<String> {
    let Some((_, allowed)) = WALLS.iter().find(|(of, _)| *of == name) else {
        return vec![format!(
            "crates/{name}: not in the table of xtask/src/tidy/walls.rs, nor on the map"
        )];
    };
    dependencies(manifest)
        .filter(|dependency| {
            WALLS.iter().any(|(of, _)| of == dependency) && !allowed.contains(dependency)
        })
        .map(|dependency| {
            format!("crates/{name}: must not use {dependency} (ARCHITECTURE.md, code map)")
        })
        .collect()
}

/// The names in `[dependencies]`; what only tests use may come from anywhere.
fn dependencies(manifest: &str) -> impl Iterator<Item = &str> {
    manifest
        .lines()
        .skip_while(|line| line.trim() != "[dependencies]")
        .skip(1)
        .take_while(|line| !line.starts_with('['))
        .filter_map(|line| line.split(['=', '.', ' ']).next())
        .filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::{WALLS, faults_of};

    #[test]
    fn arrows_point_down_only() {
        for (at, (name, allowed)) in WALLS.iter().enumerate() {
            for used in *allowed {
                assert!(
                    WALLS[..at].iter().any(|(of, _)| of == used),
                    "{name} uses {used}, which is not above it"
                );
            }
        }
    }

    #[test]
    fn a_wall_that_is_broken_is_reported() {
        let manifest = "[package]\nname = \"jail\"\n[dependencies]\nlibc = \"0.2\"\nmodel.workspace = true\n\n[dev-dependencies]\nstore.workspace = true\n";
        assert_eq!(
            faults_of("jail", manifest),
            ["crates/jail: must not use model (ARCHITECTURE.md, code map)"]
        );
        assert!(faults_of("sandbox", manifest).is_empty());
        assert_eq!(faults_of("attic", manifest).len(), 1);
    }
}
