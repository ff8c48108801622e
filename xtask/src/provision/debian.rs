//! Debian packages: asked for by the program they bring, so that any other way of installing it counts too.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail, ensure};

use crate::aws;
use crate::process::{capture, command, find, quiet};

/// A program that is needed, and the Debian package that has it.
struct Need {
    program: &'static str,
    package: &'static str,
}

const fn need(program: &'static str, package: &'static str) -> Need {
    Need { program, package }
}

/// What Lambkin itself calls, then what building runtimes and packages takes.
const NEEDS: &[Need] = &[
    need("mkfs.ext4", "e2fsprogs"),
    need("ip", "iproute2"),
    need("nft", "nftables"),
    need("cc", "gcc"),
    need("c++", "g++"),
    need("make", "make"),
    need("cmake", "cmake"),
    need("autoconf", "autoconf"),
    need("automake", "automake"),
    need("libtoolize", "libtool"),
    need("python3", "python3"),
    need("node", "nodejs"),
    need("npm", "npm"),
    need("curl", "curl"),
];

/// Installs the packages whose programs are missing; stops with their names if it may not.
pub(super) fn install() -> Result<()> {
    let missing = missing()?;
    if missing.is_empty() {
        println!("  all there");
        return Ok(());
    }
    let list = missing.join(" ");
    println!("  missing: {list}");
    ensure!(
        find("apt-get").is_some(),
        "this is not a Debian machine; install what these Debian packages bring: {list}"
    );
    if !is_root()? {
        bail!("not root, so please run: sudo apt-get install --no-install-recommends {list}");
    }
    let apt = || {
        let mut apt = command("apt-get");
        apt.env("DEBIAN_FRONTEND", "noninteractive").args(["-qq", "-o", "Dpkg::Use-Pty=0"]);
        apt
    };
    println!("  apt-get update, then install");
    quiet(apt().arg("update"))?;
    quiet(apt().args(["install", "--yes", "--no-install-recommends"]).args(&missing))?;
    Ok(())
}

fn missing() -> Result<Vec<&'static str>> {
    let mut missing: Vec<_> =
        NEEDS.iter().filter(|need| !is_here(need.program)).map(|need| need.package).collect();
    if aws::find().is_none() {
        missing.push("awscli");
    }
    // Debian's own Python comes without these two.
    for (module, package) in [("ensurepip", "python3-venv"), ("pip", "python3-pip")] {
        let python = find("python3").unwrap_or_else(|| PathBuf::from("/usr/bin/python3"));
        let has = python.exists()
            && capture(command(python).args(["-c", &format!("import {module}")]))?.status.success();
        if !has {
            missing.push(package);
        }
    }
    Ok(missing)
}

/// Looks where root's programs are too, which an ordinary user's PATH leaves out.
fn is_here(program: &str) -> bool {
    find(program).is_some()
        || ["/usr/sbin", "/sbin"].iter().any(|folder| Path::new(folder).join(program).exists())
}

fn is_root() -> Result<bool> {
    Ok(capture(command("id").arg("-u"))?.stdout.trim_ascii() == b"0")
}
