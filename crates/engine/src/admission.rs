//! How many invocations may run at once.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

/// The account's pool of concurrency.
#[derive(Clone, Debug)]
pub struct Admission {
    running: Arc<AtomicU32>,
    limit: u32,
}

/// The right to run one invocation; given back when dropped.
#[derive(Debug)]
pub struct Permit {
    running: Arc<AtomicU32>,
}

// === impl Admission ===

impl Admission {
    /// Permits at most `limit` invocations at once.
    pub fn new(limit: u32) -> Self {
        Self { running: Arc::new(AtomicU32::new(0)), limit }
    }

    /// Admits an invocation, or says that all concurrency is in use.
    pub fn admit(&self) -> Option<Permit> {
        let below = |running| (running < self.limit).then_some(running + 1);
        self.running.fetch_update(Ordering::AcqRel, Ordering::Acquire, below).ok()?;
        Some(Permit { running: Arc::clone(&self.running) })
    }

    /// Tells how many run now.
    pub fn running(&self) -> u32 {
        self.running.load(Ordering::Acquire)
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.running.fetch_sub(1, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_more_than_the_limit_is_not_admitted_until_one_ends() {
        let admission = Admission::new(2);
        let first = admission.admit().unwrap();
        let _second = admission.admit().unwrap();
        assert!(admission.admit().is_none());
        drop(first);
        assert!(admission.admit().is_some());
    }

    #[test]
    fn a_limit_of_zero_admits_nothing() {
        assert!(Admission::new(0).admit().is_none());
    }

    #[test]
    fn many_threads_together_never_pass_the_limit() {
        let admission = Admission::new(3);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..1000 {
                        let permit = admission.admit();
                        assert!(admission.running() <= 3);
                        drop(permit);
                    }
                });
            }
        });
        assert_eq!(admission.running(), 0);
    }
}
