//! What may pass between jails, this machine and the world: one table of rules per instance.
//!
//! The rules name interfaces by pattern, so they are loaded once and never touched while jails come and go.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::slot::interface_prefix;
use crate::config::NetworkConfig;
use crate::error::{Fault, Step};

const NFT: &str = "nft";
const SYSTEM_DIRS: [&str; 3] = ["/usr/sbin", "/sbin", "/usr/bin"];
/// What all instances' tables are called, followed by the instance's tag.
const TABLE_PREFIX: &str = "lambkin_";

/// The loaded rules of an instance.
#[derive(Debug)]
pub(crate) struct Rules {
    tag: String,
}

// === impl Rules ===

impl Rules {
    /// Loads the rules, replacing those an earlier run has left.
    pub(crate) fn load(tag: &str, network: &NetworkConfig) -> Result<Self, Fault> {
        nft(&["-f", "-"], &text(tag, network))?;
        Ok(Self { tag: tag.to_owned() })
    }

    /// Removes the rules.
    pub(crate) fn unload(&self) -> Result<(), Fault> {
        let table = format!("{TABLE_PREFIX}{}", self.tag);
        nft(&["-f", "-"], &format!("table inet {table}\ndelete table inet {table}\n")).map(|_| ())
    }

    /// Whether any instance has rules loaded.
    pub(crate) fn any_loaded() -> Result<bool, Fault> {
        Ok(nft(&["list", "tables"], "")?.contains(TABLE_PREFIX))
    }
}

/// Says where the program that loads the rules is.
pub(crate) fn find_nft() -> io::Result<PathBuf> {
    let candidates = SYSTEM_DIRS.iter().map(|dir| Path::new(dir).join(NFT));
    candidates.into_iter().find(|path| path.exists()).ok_or_else(|| io::ErrorKind::NotFound.into())
}

/// Declaring the table before deleting it makes the deletion succeed whether it was there or not; all is one step.
fn text(tag: &str, network: &NetworkConfig) -> String {
    let subnet = format!("{}/{}", network.subnet, network.prefix_len);
    let table = format!("{TABLE_PREFIX}{tag}");
    let ours = format!("\"{}*\"", interface_prefix(tag));
    format!(
        "table inet {table}
delete table inet {table}
table inet {table} {{
  chain forward {{
    type filter hook forward priority filter; policy accept;
    oifname {ours} ct state established,related accept
    oifname {ours} reject
    iifname {ours} oifname \"lk*\" reject
    iifname {ours} tcp dport 25 reject with tcp reset
    iifname {ours} ip daddr {{ 169.254.0.0/16, {subnet} }} reject
    iifname {ours} ip saddr != {subnet} drop
    iifname {ours} meta nfproto ipv6 drop
    iifname {ours} accept
  }}
  chain input {{
    type filter hook input priority filter; policy accept;
    iifname {ours} reject
  }}
  chain output {{
    type filter hook output priority filter; policy accept;
    oifname {ours} ct state new reject
  }}
  chain postrouting {{
    type nat hook postrouting priority srcnat; policy accept;
    ip saddr {subnet} oifname != \"lk*\" masquerade
  }}
}}
"
    )
}

fn nft(args: &[&str], input: &str) -> Result<String, Fault> {
    let program = find_nft().step("find the program nft (package nftables)")?;
    #[expect(clippy::disallowed_methods, reason = "this crate is where processes are started")]
    let mut command = Command::new(program);
    command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().step("run nft")?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(input.as_bytes()).step("run nft")?;
    }
    let output = child.wait_with_output().step("run nft")?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    Err(Fault::words("run nft", String::from_utf8_lossy(&output.stderr).trim()))
}
