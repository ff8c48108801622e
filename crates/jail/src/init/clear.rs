//! Making sure that nothing of a slot's last jail is left before the next one comes.
//!
//! Processes and mounts have gone already. What could remain is in the kernel: sockets that outlive their processes,
//! shared memory and message queues, and what the machine remembers of connections made through the link. A slot of
//! which this cannot be shown to be gone is given up.

use std::fs::File;
use std::os::fd::{AsRawFd, RawFd};
use std::os::unix::fs::FileExt;
use std::thread;
use std::time::Duration;

use rustix::thread::UnshareFlags;

use crate::error::{Fault, Step};
use crate::network::inside::INSIDE;
use crate::sys::process;

const SOCKETS: &str = "/proc/net/sockstat";
const INTERFACES: &str = "/proc/net/dev";
const LAST_PID: &str = "/proc/sys/kernel/ns_last_pid";
/// How long the server may take to let go of its sockets inside: this often, with pauses that double from the first.
const SOCKET_TRIES: u32 = 12;
const SOCKET_PAUSE: Duration = Duration::from_micros(500);
/// Place of the number of packets sent among the numbers of an interface.
const PACKETS_SENT: usize = 9;

/// Where the kernel tells what is left; opened before guests' view of it is restricted, and never visible to them.
#[derive(Debug)]
pub(super) struct Remains {
    sockets: File,
    interfaces: Option<File>,
    /// Not every kernel lets a namespace's numbers start again; they are then just higher in the next jail.
    last_pid: Option<File>,
}

// === impl Remains ===

impl Remains {
    pub(super) fn watch(linked: bool) -> Result<Self, Fault> {
        let interfaces = linked.then(|| File::open(INTERFACES));
        Ok(Self {
            sockets: File::open(SOCKETS).step("watch sockets")?,
            interfaces: interfaces.transpose().step("watch the link")?,
            last_pid: File::options().write(true).open(LAST_PID).ok(),
        })
    }

    pub(super) fn files(&self) -> impl Iterator<Item = RawFd> + '_ {
        let some = [Some(&self.sockets), self.interfaces.as_ref(), self.last_pid.as_ref()];
        some.into_iter().flatten().map(AsRawFd::as_raw_fd)
    }

    /// Clears what can be cleared, and fails if something stays.
    pub(super) fn clear(&self) -> Result<(), Fault> {
        process::unshare(UnshareFlags::NEWIPC).step("renew shared memory and queues")?;
        if let Some(last_pid) = &self.last_pid {
            last_pid.write_all_at(b"1", 0).step("let process numbers start again")?;
        }
        // The machine keeps track of what was sent, and would let late answers in.
        if let Some(interfaces) = &self.interfaces
            && packets_sent(&read(interfaces)?) != Some(0)
        {
            return Err(Fault::words("clear the slot", "its network has been used"));
        }
        let mut pause = SOCKET_PAUSE;
        for _ in 0..SOCKET_TRIES {
            if no_sockets(&read(&self.sockets)?) {
                return Ok(());
            }
            thread::sleep(pause);
            pause *= 2;
        }
        Err(Fault::words("clear the slot", "sockets are left"))
    }
}

fn read(file: &File) -> Result<String, Fault> {
    let mut buffer = [0; 2048];
    let length = file.read_at(&mut buffer, 0).step("look for what is left")?;
    Ok(String::from_utf8_lossy(&buffer[..length]).into_owned())
}

/// Whether a namespace has neither sockets nor connections that wait for stragglers.
fn no_sockets(text: &str) -> bool {
    let value = |line: &str, name: &str| {
        let mut words = text.lines().find_map(|l| l.strip_prefix(line))?.split_whitespace();
        words.find(|word| *word == name)?;
        words.next()?.parse::<u64>().ok()
    };
    value("sockets:", "used") == Some(0) && value("TCP:", "tw") == Some(0)
}

/// How many packets have left through the link.
fn packets_sent(text: &str) -> Option<u64> {
    let link = |line: &'_ str| -> Option<String> {
        let (name, numbers) = line.split_once(':')?;
        (name.trim() == INSIDE).then(|| numbers.to_owned())
    };
    let numbers = text.lines().find_map(link)?;
    numbers.split_whitespace().nth(PACKETS_SENT)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLEAN: &str =
        "sockets: used 0\nTCP: inuse 0 orphan 0 tw 0 alloc 4 mem 1\nUDP: inuse 0 mem 0\n";

    #[test]
    fn any_socket_or_waiting_connection_counts() {
        assert!(no_sockets(CLEAN));
        assert!(!no_sockets(&CLEAN.replace("used 0", "used 1")));
        assert!(!no_sockets(&CLEAN.replace("tw 0", "tw 2")));
        // Text of another form proves nothing.
        assert!(!no_sockets("sockets: none\n"));
    }

    #[test]
    fn packets_are_counted_on_the_link_only() {
        let text = "Inter-|   Receive  |  Transmit\n face |bytes packets\n    lo: 90 1 0 0 0 0 0 0 90 7 0 0 0 0 0 0\n  \
                    eth0: 10 2 0 0 0 0 0 0 60 3 0 0 0 0 0 0\n";
        assert_eq!(packets_sent(text), Some(3));
        assert_eq!(packets_sent("    lo: 90 1 0 0 0 0 0 0 90 7 0 0 0 0 0 0\n"), None);
    }
}
