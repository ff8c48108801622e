//! An environment on loan: used once, or given back.

use std::sync::Arc;

use sandbox::{Answer, Environment, Invocation};
use tokio::sync::oneshot;

use super::Pool;
use crate::{admission::Permit, streaming::Streaming};

/// The right to hand one event to one environment. Dropped unused, it returns the environment.
#[derive(Debug)]
pub(crate) struct Lease {
    pool: Arc<Pool>,
    environment: Option<Arc<Environment>>,
    loan: u64,
}

/// Where an environment at work came from.
#[derive(Debug)]
pub(crate) struct Origin {
    pool: Arc<Pool>,
    environment: Arc<Environment>,
    loan: u64,
}

/// An invocation under way.
#[derive(Debug)]
pub(crate) struct Running {
    origin: Origin,
    answer: oneshot::Receiver<Answer>,
}

// === impl Lease ===

impl Lease {
    pub(super) fn new(pool: Arc<Pool>, environment: Arc<Environment>, loan: u64) -> Self {
        Self { pool, environment: Some(environment), loan }
    }

    /// Hands over the event; the permit is held until the environment is free again.
    pub(crate) fn invoke(self, permit: Permit, invocation: Invocation) -> Running {
        let origin = self.hold(permit);
        let answer = origin.environment.invoke(invocation);
        Running { origin, answer }
    }

    /// Does as [`Lease::invoke`] does, for a caller who takes the answer as it comes.
    pub(crate) fn invoke_streaming(
        self,
        permit: Permit,
        invocation: Invocation,
        version: Arc<str>,
    ) -> Streaming {
        let origin = self.hold(permit);
        let pending = origin.environment.invoke_streaming(invocation);
        Streaming::of(origin, version, pending)
    }

    fn hold(mut self, permit: Permit) -> Origin {
        let environment = self.environment.take().expect("a lease is used once");
        self.pool.hold(&environment, permit);
        Origin { pool: Arc::clone(&self.pool), environment, loan: self.loan }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(environment) = self.environment.take() {
            self.pool.give_back(environment);
        }
    }
}

// === impl Origin ===

impl Origin {
    /// Notes that the environment has answered and will be free soon.
    pub(crate) fn answered(&self, is_error: bool) {
        if is_error {
            self.pool.counts().failed();
        }
        self.pool.answered(&self.environment, self.loan);
    }
}

// === impl Running ===

impl Running {
    /// Waits for the answer; `None` if the environment was ended without one.
    pub(crate) async fn answer(self) -> Option<Answer> {
        let answer = self.answer.await.ok();
        if let Some(answer) = &answer {
            self.origin.answered(answer.is_error);
        }
        answer
    }
}
