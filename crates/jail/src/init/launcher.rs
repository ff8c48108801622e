//! The process that starts guests from inside the jail's control groups.
//!
//! Moving a process into a control group costs milliseconds, because the kernel waits for all processors; being born
//! in one costs nothing. So one process is moved when the jail is made, ahead of demand, and gives birth to all guests
//! as siblings: init is their parent and sees their end.

use std::fs;
use std::io::{self, PipeReader, Read, Write};
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};

use rustix::process::Pid;
use serde::{Deserialize, Serialize};

use super::Birth;
use super::guest::Guest;
use crate::channel;
use crate::error::{Fault, Step};
use crate::message::{Exec, Reply};
use crate::spec::{GUEST_GID, GUEST_UID};
use crate::sys::{fds, process, signals};

/// Init's side of the launcher.
#[derive(Debug)]
pub(super) struct Launcher {
    pid: i32,
    socket: OwnedFd,
}

#[derive(Debug, Serialize, Deserialize)]
enum Order {
    Launch(Exec),
    KillOthers,
}

// === impl Launcher ===

impl Launcher {
    pub(super) fn start(birth: &Birth<'_>) -> Result<Self, Fault> {
        let (socket, far_end) = channel::pair().step("make the launcher's socket")?;
        let body = || run(&far_end, birth);
        let pid = process::start_child(0, body).step("start the launcher")?;
        let pid = Pid::as_raw(Some(pid));
        for mut door in &birth.doors {
            door.write_all(pid.to_string().as_bytes())
                .step("move the launcher into the control groups")?;
        }
        Ok(Self { pid, socket })
    }

    pub(super) fn pid(&self) -> i32 {
        self.pid
    }

    /// Starts a guest. Fails only when the launcher itself is gone.
    pub(super) fn launch(&self, exec: &Exec, files: &[BorrowedFd<'_>]) -> Result<Reply, Fault> {
        self.order(&Order::Launch(exec.clone()), files)
    }

    /// Kills every process of the jail but the launcher and init.
    pub(super) fn kill_others(&self) -> Result<(), Fault> {
        self.order(&Order::KillOthers, &[]).map(|_| ())
    }

    fn order(&self, order: &Order, files: &[BorrowedFd<'_>]) -> Result<Reply, Fault> {
        channel::send(&self.socket, order, files).step("ask the launcher")?;
        let reply = channel::receive(&self.socket).step("hear from the launcher")?;
        let (reply, _) =
            reply.ok_or_else(|| Fault::words("hear from the launcher", "it has been killed"))?;
        Ok(reply)
    }
}

/// The launcher's own life: it ends with init, like every process of the jail.
fn run(socket: &OwnedFd, birth: &Birth<'_>) -> i32 {
    let prepared = fds::close_all_except(&[socket.as_raw_fd()])
        .and_then(|()| Ok(rustix::thread::set_name(c"lambkin-launch")?))
        .and_then(|()| Ok(rustix::thread::set_thread_groups(&[])?));
    if prepared.is_err() {
        return 1;
    }
    while let Ok(Some((order, files))) = channel::receive(socket) {
        let reply = match order {
            Order::Launch(exec) => launch(&exec, files, birth).unwrap_or_else(Reply::Failed),
            Order::KillOthers => match signals::kill_everyone_else().step("kill all guests") {
                Ok(()) => Reply::Done,
                Err(fault) => Reply::Failed(fault),
            },
        };
        if channel::send(socket, &reply, &[]).is_err() {
            return 1;
        }
    }
    0
}

fn launch(exec: &Exec, files: Vec<OwnedFd>, birth: &Birth<'_>) -> Result<Reply, Fault> {
    let (go_reader, go_writer) = io::pipe().step("make a pipe")?;
    let (report_reader, report_writer) = io::pipe().step("make a pipe")?;
    let guest = Guest { exec, files, filter: birth.filter, go: go_reader, report: report_writer };
    let flags = libc::CLONE_PARENT | libc::CLONE_NEWUSER;
    let pid = process::start_child(flags, || guest.run()).step("start a process")?;
    let pid = Pid::as_raw(Some(pid));
    map_ids(pid, birth.host_id).step("map the guest's user")?;
    // A guest killed meanwhile cannot read; its empty report then counts as a start, and its end follows as usual.
    let _killed = (&go_writer).write_all(&[1]);
    drop(go_writer);
    let report = read_report(report_reader).step("hear from the guest")?;
    Ok(report.unwrap_or(Reply::Started { pid }))
}

/// Gives the guest its one user and group; nothing else of the host exists in its user namespace.
fn map_ids(pid: i32, host_id: u32) -> io::Result<()> {
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
