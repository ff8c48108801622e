//! One slot as the spawner sees it: a process, and what it is being used for.

use std::os::fd::{AsFd, OwnedFd};

use rustix::process::{Pid, Signal, kill_process};

use crate::channel;
use crate::error::{Fault, Step};
use crate::message::Serve;
use crate::spec::{JailId, NetworkMode};

/// A slot that has an init.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) init: Pid,
    pub(super) network: NetworkMode,
    pub(super) state: State,
    /// Where its init takes orders.
    pub(super) orders: OwnedFd,
}

/// What a slot is being used for.
#[derive(Debug)]
pub(super) enum State {
    /// Its init has not said yet that it can be let.
    Making,
    /// It cannot be made, for this reason if it is worth telling; its init is about to end.
    Unmakeable(Option<Fault>),
    /// It can be let.
    Vacant,
    /// A jail has it.
    Let(Tenant),
    /// Its jail has ended, and its init makes sure that nothing is left.
    Clearing,
}

/// The jail in a slot.
#[derive(Debug)]
pub(super) struct Tenant {
    pub(super) id: JailId,
    /// Closing it tells the server that the jail has gone.
    pub(super) lifetime: OwnedFd,
}

/// A jail that is to be.
#[derive(Debug)]
pub(super) struct Applicant {
    pub(super) id: JailId,
    pub(super) network: NetworkMode,
    /// The ends of the jail's channels that belong to its side.
    pub(super) control: OwnedFd,
    pub(super) events: OwnedFd,
    pub(super) lifetime: OwnedFd,
}

// === impl Place ===

impl Place {
    /// Lets the slot; its init answers the server from here on.
    pub(super) fn let_to(&mut self, applicant: Applicant) -> Result<(), Box<(Fault, Applicant)>> {
        let files = [applicant.control.as_fd(), applicant.events.as_fd()];
        let ordered = channel::send(&self.orders, &Serve {}, &files).step("ask the slot's init");
        if let Err(fault) = ordered {
            return Err(Box::new((fault, applicant)));
        }
        self.state = State::Let(Tenant { id: applicant.id, lifetime: applicant.lifetime });
        Ok(())
    }

    /// Ends the slot by killing its init; the kernel then kills the rest.
    pub(super) fn end(&self) {
        // One that has ended by itself is waiting to be reaped.
        let _ended = kill_process(self.init, Signal::KILL);
    }
}
