//! The plan by which a faulty store fails.

use std::future::Future;

use parking_lot::Mutex;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use store::BackendError;

/// How a call fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing happens, and the caller is told that it failed: a crash before the commit.
    Refuse,
    /// The act happens, and the caller is told that it failed: a crash after the commit.
    LoseReply,
}

/// The cause of every failure that a faulty store makes up.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("injected fault")]
pub struct InjectedFault;

/// Decides, call by call, which fail; shared by all ports of a faulty store.
#[derive(Debug, Default)]
pub struct Faults {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    calls: u64,
    injected: u64,
    plan: Plan,
}

#[derive(Debug, Default)]
enum Plan {
    #[default]
    None,
    Once {
        at_call: u64,
        fault: Fault,
    },
    CrashAt {
        at_call: u64,
        fault: Fault,
    },
    Randomly {
        probability: f64,
        generator: Box<StdRng>,
        fault: Fault,
    },
}

impl Faults {
    /// Plans no failures.
    pub fn none() -> Self {
        Self::default()
    }

    /// Lets the `n`-th call from now fail, 1 being the next one.
    pub fn fail_nth(&self, n: u64, fault: Fault) {
        let mut state = self.state.lock();
        state.plan = Plan::Once { at_call: state.calls + n, fault };
    }

    /// Lets the `n`-th call from now fail, and refuses every later one until [`Self::heal`].
    pub fn crash_at_nth(&self, n: u64, fault: Fault) {
        let mut state = self.state.lock();
        state.plan = Plan::CrashAt { at_call: state.calls + n, fault };
    }

    /// Lets each call fail with a probability; the same seed makes the same calls fail.
    pub fn fail_randomly(&self, probability: f64, seed: u64, fault: Fault) {
        let generator = Box::new(StdRng::seed_from_u64(seed));
        self.state.lock().plan = Plan::Randomly { probability, generator, fault };
    }

    /// Lets no further call fail.
    pub fn heal(&self) {
        self.state.lock().plan = Plan::None;
    }

    /// Returns how many calls there were.
    pub fn calls(&self) -> u64 {
        self.state.lock().calls
    }

    /// Returns how many calls were made to fail.
    pub fn injected(&self) -> u64 {
        self.state.lock().injected
    }

    /// Makes a call, or lets it fail as planned.
    pub async fn around<T, E: From<BackendError>>(
        &self,
        call: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        let fault = self.state.lock().next();
        match fault {
            None => call.await,
            Some(Fault::Refuse) => Err(BackendError::unavailable(InjectedFault).into()),
            Some(Fault::LoseReply) => {
                call.await?;
                Err(BackendError::unavailable(InjectedFault).into())
            }
        }
    }
}

impl State {
    fn next(&mut self) -> Option<Fault> {
        self.calls += 1;
        let fault = match &mut self.plan {
            Plan::Once { at_call, fault } if self.calls == *at_call => Some(*fault),
            Plan::CrashAt { at_call, fault } if self.calls == *at_call => Some(*fault),
            Plan::CrashAt { at_call, .. } if self.calls > *at_call => Some(Fault::Refuse),
            Plan::Randomly { probability, generator, fault } => {
                generator.random_bool(*probability).then_some(*fault)
            }
            _ => None,
        };
        self.injected += u64::from(fault.is_some());
        fault
    }
}
