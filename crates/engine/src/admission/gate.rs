//! One region's ledger behind a lock, and who waits for it.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
    time::Duration,
};

use parking_lot::Mutex;
use tokio::{
    sync::oneshot,
    time::{Instant, timeout},
};
use uuid::Uuid;

use super::{
    ThrottleReason,
    ledger::{Entitlement, Grant, Key, Ledger, Place, Rates, Usage},
};

use crate::measures::Placement;

/// Guards the concurrency of a region.
#[derive(Debug)]
pub(super) struct Gate {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    ledger: Ledger,
    /// Who came first is first.
    queue: VecDeque<Waiter>,
}

#[derive(Debug)]
struct Waiter {
    key: Key,
    place: Place,
    permit: oneshot::Sender<Permit>,
}

/// The place from which the invocations of one version ask.
#[derive(Clone, Debug)]
pub(crate) struct Seat {
    gate: Arc<Gate>,
    key: Key,
}

/// What becomes of an invocation that was not admitted at once.
#[derive(Debug)]
enum Turned<'g> {
    Away(ThrottleReason),
    Back(Waiting<'g>),
}

/// A place in the queue, which is given up when dropped.
#[derive(Debug)]
struct Waiting<'g> {
    gate: &'g Gate,
    permit: oneshot::Receiver<Permit>,
}

/// The right to run one invocation; given back when dropped.
#[derive(Debug)]
pub(crate) struct Permit {
    gate: Arc<Gate>,
    grant: Grant,
}

// === impl Gate ===

impl Gate {
    pub(super) fn new(limit: u32, rates: Rates) -> Self {
        let ledger = Ledger::new(limit, rates);
        Self { state: Mutex::new(State { ledger, queue: VecDeque::new() }) }
    }

    pub(super) fn entitle(self: &Arc<Self>, functions: HashMap<Uuid, Entitlement>) {
        self.change(|ledger| ledger.entitle(functions, Instant::now()));
    }

    pub(super) fn usage(&self) -> Vec<(Uuid, Usage)> {
        self.state.lock().ledger.usage()
    }

    /// Changes the ledger in a way that may make room for those who wait.
    fn change(self: &Arc<Self>, change: impl FnOnce(&mut Ledger)) {
        let mut state = self.state.lock();
        change(&mut state.ledger);
        let served = if state.queue.is_empty() { Vec::new() } else { self.serve(&mut state) };
        drop(state);
        for (waiter, permit) in served {
            // Should the waiter have gone this very moment, the permit gives itself back.
            drop(waiter.send(permit));
        }
    }

    /// Grants what those who wait can have now, before anyone new can ask for it.
    fn serve(self: &Arc<Self>, state: &mut State) -> Vec<(oneshot::Sender<Permit>, Permit)> {
        let (now, mut served) = (Instant::now(), Vec::new());
        let State { ledger, queue } = state;
        for mut waiter in std::mem::take(queue) {
            ledger.leave(waiter.place);
            if waiter.permit.is_closed() {
                continue;
            }
            // As patient as a newcomer: what has come back may be somebody else's.
            match ledger.ask(waiter.key, true, now) {
                Ok(grant) => {
                    served.push((waiter.permit, Permit { gate: Arc::clone(self), grant }));
                }
                Err(refusal) => {
                    waiter.place = refusal.soon.unwrap_or(waiter.place);
                    ledger.join(waiter.place);
                    queue.push_back(waiter);
                }
            }
        }
        served
    }

    /// Takes those out of the queue who do not wait any longer.
    fn forget_gone(&self) {
        let State { ledger, queue } = &mut *self.state.lock();
        queue.retain(|waiter| {
            let stays = !waiter.permit.is_closed();
            if !stays {
                ledger.leave(waiter.place);
            }
            stays
        });
    }
}

// === impl Seat ===

impl Seat {
    pub(super) fn new(gate: Arc<Gate>, key: Key) -> Self {
        Self { gate, key }
    }

    /// Admits an invocation. Where a function has answered and is about to be free, it waits for
    /// that, but not longer than `patience`.
    pub(crate) async fn enter(&self, patience: Duration) -> Result<Permit, ThrottleReason> {
        match self.ask_or_queue() {
            Ok(permit) => return Ok(permit),
            Err(Turned::Away(reason)) => return Err(reason),
            Err(Turned::Back(mut waiting)) => {
                if let Ok(Ok(permit)) = timeout(patience, &mut waiting.permit).await {
                    return Ok(permit);
                }
            }
        }
        // Whoever waited in vain takes what there is.
        let asked = self.gate.state.lock().ledger.ask(self.key, false, Instant::now());
        asked.map(|grant| self.permit(grant)).map_err(|refusal| refusal.reason)
    }

    fn ask_or_queue(&self) -> Result<Permit, Turned<'_>> {
        let mut state = self.gate.state.lock();
        let refusal = match state.ledger.ask(self.key, true, Instant::now()) {
            Ok(grant) => return Ok(self.permit(grant)),
            Err(refusal) => refusal,
        };
        let Some(place) = refusal.soon else { return Err(Turned::Away(refusal.reason)) };
        let (permit, waiting) = oneshot::channel();
        state.ledger.join(place);
        state.queue.push_back(Waiter { key: self.key, place, permit });
        Err(Turned::Back(Waiting { gate: &self.gate, permit: waiting }))
    }

    fn permit(&self, grant: Grant) -> Permit {
        Permit { gate: Arc::clone(&self.gate), grant }
    }

    /// Takes the right to start one more environment for the function.
    pub(crate) fn start(&self) -> Result<(), ThrottleReason> {
        self.gate.state.lock().ledger.start(self.key.function, Instant::now())
    }
}

// === impl Waiting ===

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.permit.close();
        self.gate.forget_gone();
    }
}

// === impl Permit ===

impl Permit {
    /// Tells where the invocation is to run.
    pub(crate) fn placement(&self) -> Placement {
        self.grant.placement()
    }

    /// Notes that the function has answered and is about to be free.
    pub(crate) fn settle(&mut self) {
        self.gate.state.lock().ledger.settle(&mut self.grant);
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let grant = &self.grant;
        self.gate.change(|ledger| ledger.release(grant));
    }
}

#[cfg(test)]
mod tests;
