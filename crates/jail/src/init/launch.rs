//! Starting guests: as children of init, born in the slot's control groups, since moving a process there costs
//! milliseconds in which the kernel waits for all processors.

use std::fs;
use std::io::{self, PipeReader, Read, Write};
use std::os::fd::OwnedFd;

use rustix::process::Pid;

use super::Init;
use super::guest::Guest;
use crate::error::{Fault, Step};
use crate::message::Reply;
use crate::spec::{GUEST_GID, GUEST_UID};
use crate::sys::process;

/// A program to start.
#[derive(Debug)]
pub(super) struct Program<'a> {
    /// The text of an [`crate::message::Exec`].
    pub(super) exec: &'a [u8],
    /// Where its open files belong.
    pub(super) numbers: &'a [i32],
    pub(super) files: Vec<OwnedFd>,
}

/// Starts a program and waits until it runs, or says why it does not.
pub(super) fn launch(init: &Init<'_>, program: Program<'_>) -> Result<Reply, Fault> {
    let (go_reader, go_writer) = io::pipe().step("make a pipe")?;
    let (report_reader, report_writer) = io::pipe().step("make a pipe")?;
    let guest = Guest { program, filter: init.birth.filter, go: go_reader, report: report_writer };
    let pid = process::start_child(libc::CLONE_NEWUSER, || guest.run()).step("start a process")?;
    let pid = Pid::as_raw(Some(pid));
    shape(pid, init).step("map the guest's user")?;
    // A guest killed meanwhile cannot read; its empty report then counts as a start, and its end follows as usual.
    let _killed = (&go_writer).write_all(&[1]);
    drop(go_writer);
    let report = read_report(report_reader).step("hear from the guest")?;
    Ok(report.unwrap_or(Reply::Started { pid }))
}

/// Gives the guest its one user and group; nothing else of the host exists in its user namespace.
fn shape(pid: i32, init: &Init<'_>) -> io::Result<()> {
    let host_id = init.birth.host_id;
    fs::write(format!("/proc/{pid}/oom_score_adj"), init.guests_killed)?;
    fs::write(format!("/proc/{pid}/setgroups"), "deny")?;
    fs::write(format!("/proc/{pid}/uid_map"), format!("{GUEST_UID} {host_id} 1"))?;
    fs::write(format!("/proc/{pid}/gid_map"), format!("{GUEST_GID} {host_id} 1"))
}

/// Reads what kept the guest from starting; nothing means that it started, which closed its end.
fn read_report(mut report: PipeReader) -> io::Result<Option<Reply>> {
    let mut text = Vec::new();
    report.read_to_end(&mut text)?;
    if text.is_empty() { Ok(None) } else { Ok(Some(serde_json::from_slice(&text)?)) }
}
