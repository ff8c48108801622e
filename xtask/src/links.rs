//! Links between the project's documents must lead somewhere.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};

use crate::checkout::Checkout;

/// Checks every relative link in the documents.
pub(crate) fn run(checkout: &Checkout) -> Result<()> {
    let mut documents = Vec::new();
    collect(&checkout.root, &mut documents)?;
    for folder in ["docs", "docs/decisions", "examples", "crates"] {
        collect(&checkout.path(folder), &mut documents)?;
    }
    let mut broken = Vec::new();
    for document in &documents {
        let text = fs::read_to_string(document)?;
        let folder = document.parent().unwrap_or(&checkout.root);
        for target in targets(&text).filter(|target| !folder.join(target).exists()) {
            broken.push(format!("{}: {target}", document.strip_prefix(&checkout.root)?.display()));
        }
    }
    ensure!(broken.is_empty(), "broken links:\n  {}", broken.join("\n  "));
    println!("  {} documents", documents.len());
    Ok(())
}

fn collect(folder: &Path, documents: &mut Vec<PathBuf>) -> Result<()> {
    if !folder.is_dir() {
        return Ok(());
    }
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "md") {
            documents.push(path);
        }
    }
    Ok(())
}

/// The files that a document's `[text](target)` links name; anchors and addresses are someone else's.
fn targets(text: &str) -> impl Iterator<Item = &str> {
    text.split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next())
        .map(|target| target.split('#').next().unwrap_or(target))
        .filter(|target| {
            !target.is_empty() && !target.contains("://") && !target.starts_with("mailto:")
        })
}

#[cfg(test)]
mod tests {
    use super::targets;

    #[test]
    fn only_links_to_files_are_followed() {
        let text = "see [a](docs/a.md#part), [b](https://example.com/b) and [c](#here); `x](y`";
        assert_eq!(targets(text).collect::<Vec<_>>(), ["docs/a.md", "y`"]);
    }
}
