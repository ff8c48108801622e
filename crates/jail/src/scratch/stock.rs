//! File systems for `/tmp` kept ahead of demand, and used again when their jail never wrote to them.
//!
//! Most functions never touch `/tmp`. Everyone who does changes when its root directory changed or how much is free,
//! and nobody can undo the first, so a file system for which both are as they were holds nothing of its jail.

use std::collections::VecDeque;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};

use parking_lot::Mutex;
use rustix::fs::{Mode, OFlags, fstat, fstatvfs, openat};

use super::Maker;
use crate::error::{Fault, Step};
use crate::sys::block::discard_file_system;

/// How many of a size are made ahead once one has been needed.
const READY_OF_A_SIZE: usize = 4;
/// How many are kept, of whatever sizes.
const KEPT: usize = 64;

/// What a file system holds, as far as anyone who writes to it must change it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Condition {
    /// When the root directory changed, which nobody can set: seconds and nanoseconds.
    changed: (i64, u64),
    free_blocks: u64,
    free_inodes: u64,
}

/// A file system for one jail's `/tmp`, mounted nowhere; the jail shows a copy of its mount.
#[derive(Debug)]
pub(crate) struct Tmp {
    pub(crate) mount: OwnedFd,
    bytes: u64,
    blank: Condition,
}

/// The file systems at hand, and a thread that does what takes long.
#[derive(Debug)]
pub(crate) struct Stock {
    shared: Arc<Shared>,
    /// Taking it away ends the thread.
    work: Mutex<Option<(Sender<Work>, JoinHandle<()>)>>,
}

#[derive(Debug)]
struct Shared {
    maker: Maker,
    /// Those at hand for longest are in front.
    blank: Mutex<VecDeque<Tmp>>,
}

#[derive(Debug)]
enum Work {
    Refill(u64),
    Discard(Tmp),
}

// === impl Condition ===

impl Condition {
    pub(crate) fn of(root: impl AsFd) -> io::Result<Self> {
        let (stat, space) = (fstat(&root)?, fstatvfs(&root)?);
        let changed = (stat.st_ctime, stat.st_ctime_nsec);
        Ok(Self { changed, free_blocks: space.f_bfree, free_inodes: space.f_ffree })
    }
}

// === impl Tmp ===

impl Tmp {
    fn is_blank(&self) -> bool {
        Condition::of(&self.mount).is_ok_and(|now| now == self.blank)
    }

    fn discard(self) {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        if let Ok(root) = openat(&self.mount, ".", flags, Mode::empty()) {
            // A file system in memory has nothing to forget.
            let _nothing = discard_file_system(root.as_fd());
        }
    }
}

// === impl Stock ===

impl Stock {
    pub(super) fn new(maker: Maker) -> io::Result<Self> {
        let shared = Arc::new(Shared { maker, blank: Mutex::default() });
        let (sender, receiver) = channel();
        let theirs = Arc::clone(&shared);
        let thread = thread::Builder::new().name("jail-tmp".to_owned());
        let thread = thread.spawn(move || theirs.work(&receiver))?;
        Ok(Self { shared, work: Mutex::new(Some((sender, thread))) })
    }

    /// Hands out an empty file system of this size and mode 1777; makes one if none is at hand.
    pub(crate) fn take(&self, bytes: u64) -> Result<Tmp, Fault> {
        let at_hand = self.shared.pop(bytes);
        self.order(Work::Refill(bytes));
        at_hand.map_or_else(|| self.shared.make(bytes), Ok)
    }

    /// Makes some of this size ahead, in the background.
    pub(crate) fn prepare(&self, bytes: u64) {
        self.order(Work::Refill(bytes));
    }

    /// Takes back a file system that no process can reach any more.
    pub(crate) fn give_back(&self, tmp: Tmp) {
        if !tmp.is_blank() {
            return self.order(Work::Discard(tmp));
        }
        if let Some(surplus) = self.shared.push(tmp) {
            self.order(Work::Discard(surplus));
        }
    }

    /// Lets go of a file system whose condition says nothing.
    pub(crate) fn discard(&self, tmp: Tmp) {
        self.order(Work::Discard(tmp));
    }

    /// Lets go of everything at hand, and returns when all of it has gone.
    pub(crate) fn close(&self) {
        let Some((sender, thread)) = self.work.lock().take() else { return };
        drop(sender);
        // Its panic would have been told by the panic's own message.
        let _panicked = thread.join();
        self.shared.blank.lock().clear();
    }

    /// What comes after the end is dropped, here and now.
    fn order(&self, work: Work) {
        if let Some((sender, _)) = &*self.work.lock() {
            // Its receiver lives as long as the thread, which ends after its sender.
            let _never = sender.send(work);
        }
    }
}

impl Drop for Stock {
    fn drop(&mut self) {
        self.close();
    }
}

// === impl Shared ===

impl Shared {
    fn pop(&self, bytes: u64) -> Option<Tmp> {
        let mut blank = self.blank.lock();
        let position = blank.iter().position(|tmp| tmp.bytes == bytes)?;
        blank.remove(position)
    }

    /// Adds one, and returns the one that has been at hand for longest if that is one too many.
    fn push(&self, tmp: Tmp) -> Option<Tmp> {
        let mut blank = self.blank.lock();
        blank.push_back(tmp);
        if blank.len() > KEPT { blank.pop_front() } else { None }
    }

    fn make(&self, bytes: u64) -> Result<Tmp, Fault> {
        let mount = self.maker.make(bytes)?;
        let blank = Condition::of(&mount).step("look at the file system")?;
        Ok(Tmp { mount, bytes, blank })
    }

    fn work(&self, orders: &Receiver<Work>) {
        for work in orders {
            match work {
                Work::Discard(tmp) => tmp.discard(),
                Work::Refill(bytes) => self.refill(bytes),
            }
        }
    }

    fn refill(&self, bytes: u64) {
        let missing = || self.blank.lock().iter().filter(|tmp| tmp.bytes == bytes).count();
        while missing() < READY_OF_A_SIZE {
            // Whoever needs the next one tries again and tells why it fails.
            let Ok(tmp) = self.make(bytes) else { return };
            if let Some(surplus) = self.push(tmp) {
                surplus.discard();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File};

    use super::*;

    #[test]
    fn whatever_is_written_changes_the_condition() {
        let dir = tempfile::tempdir().unwrap();
        let root = File::open(dir.path()).unwrap();
        // Others use this file system too, so only what this test alone can change is compared.
        let changed = || Condition::of(&root).unwrap().changed;
        let blank = changed();
        assert_eq!(changed(), blank);
        fs::write(dir.path().join("x"), "x").unwrap();
        fs::remove_file(dir.path().join("x")).unwrap();
        assert_ne!(changed(), blank);
    }
}
