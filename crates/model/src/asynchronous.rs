//! What becomes of an asynchronous event after each attempt to work it off: a pure decision.
//!
//! Source: Developer Guide, "How Lambda handles errors and retries with asynchronous invocation";
//! that the age is looked at ahead of a wait, and what a reserved concurrency of zero does, was
//! recorded from the service (reference invoke.md 4.3).

use std::time::Duration;

use crate::{function::EventInvoke, limits::Limits};

/// How often, and for how long, an event is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryRules {
    /// How often a function error is tried again.
    pub retries: u32,
    /// How old an event may become.
    pub age: Duration,
    /// How long to wait after the first function error; after each further one twice as long.
    pub retry_delay: Duration,
    /// How long to wait after the function could not run for the first time; then twice as long.
    pub backoff: Duration,
    /// How long that wait may become.
    pub longest_backoff: Duration,
}

/// How far an event has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// How long ago it was accepted.
    pub age: Duration,
    /// How often the function has ended with an error, the present attempt included.
    pub function_errors: u32,
    /// How often in a row the function could not run, the present attempt included.
    pub put_back: u32,
}

/// How one attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// The function returned a result.
    Succeeded,
    /// The function ran, and ended with an error.
    FunctionError,
    /// The function could not run now: it is throttled, or something failed that was not its fault.
    NotRun,
    /// The function may not run at all: its reserved concurrency is zero.
    ZeroReserved,
    /// There is nothing to run: the function, version or alias is gone.
    Gone,
}

/// What becomes of the event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// It is done with: the function has succeeded.
    Done,
    /// It is tried again after a function error.
    Retry(Duration),
    /// It waits for another chance, which does not count as a retry.
    PutBack(Duration),
    /// It is given up.
    GiveUp(Condition),
}

/// Why an event is given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// The function has ended with an error as often as it may.
    RetriesExhausted,
    /// The event is too old, or would be by the next attempt.
    EventAgeExceeded,
    /// The function's reserved concurrency is zero.
    ZeroReservedConcurrency,
    /// The function is gone; AWS tells nobody of such events.
    FunctionGone,
}

// === impl RetryRules ===

impl RetryRules {
    /// Gives the rules for events of what `config` is attached to.
    pub fn of(config: Option<&EventInvoke>, limits: &Limits) -> Self {
        let age = config.and_then(|config| config.maximum_event_age_seconds);
        Self {
            retries: config
                .and_then(|config| config.maximum_retry_attempts)
                .unwrap_or(limits.event_retries),
            age: age.map_or(limits.event_age, |seconds| Duration::from_secs(seconds.into())),
            retry_delay: limits.event_retry_delay,
            backoff: limits.event_backoff,
            longest_backoff: limits.event_longest_backoff,
        }
    }

    /// Decides what becomes of an event before it is tried: one that has waited too long is not.
    pub fn before(self, age: Duration) -> Option<Condition> {
        (age > self.age).then_some(Condition::EventAgeExceeded)
    }

    /// Decides what becomes of an event after an attempt.
    pub fn after(self, attempt: Attempt, progress: Progress) -> Next {
        match attempt {
            Attempt::Succeeded => Next::Done,
            Attempt::Gone => Next::GiveUp(Condition::FunctionGone),
            Attempt::ZeroReserved => Next::GiveUp(Condition::ZeroReservedConcurrency),
            Attempt::FunctionError if progress.function_errors > self.retries => {
                Next::GiveUp(Condition::RetriesExhausted)
            }
            Attempt::FunctionError => {
                let delay = doubled(self.retry_delay, progress.function_errors);
                self.unless_too_old(progress.age, delay, Next::Retry)
            }
            Attempt::NotRun => {
                let delay = doubled(self.backoff, progress.put_back).min(self.longest_backoff);
                self.unless_too_old(progress.age, delay, Next::PutBack)
            }
        }
    }

    fn unless_too_old(self, age: Duration, delay: Duration, next: fn(Duration) -> Next) -> Next {
        if age.saturating_add(delay) > self.age {
            return Next::GiveUp(Condition::EventAgeExceeded);
        }
        next(delay)
    }
}

// === impl Condition ===

impl Condition {
    /// Gives the word of invocation records.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RetriesExhausted => "RetriesExhausted",
            Self::EventAgeExceeded => "EventAgeExceeded",
            Self::ZeroReservedConcurrency => "ZeroReservedConcurrency",
            Self::FunctionGone => "FunctionGone",
        }
    }
}

/// Doubles a delay with each time after the first.
fn doubled(delay: Duration, times: u32) -> Duration {
    delay.saturating_mul(2_u32.saturating_pow(times.saturating_sub(1)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const S: Duration = Duration::from_secs(1);

    fn rules() -> RetryRules {
        RetryRules::of(None, &Limits::default())
    }

    fn progress(function_errors: u32, put_back: u32) -> Progress {
        Progress { age: S, function_errors, put_back }
    }

    #[test]
    fn a_function_error_is_tried_again_after_one_minute_and_after_two() {
        let after = |errors| rules().after(Attempt::FunctionError, progress(errors, 0));
        assert_eq!(after(1), Next::Retry(60 * S));
        assert_eq!(after(2), Next::Retry(120 * S));
        assert_eq!(after(3), Next::GiveUp(Condition::RetriesExhausted));
    }

    #[test]
    fn the_configuration_says_how_often_and_how_long() {
        let config = EventInvoke {
            maximum_retry_attempts: Some(0),
            maximum_event_age_seconds: Some(60),
            ..EventInvoke::default()
        };
        let rules = RetryRules::of(Some(&config), &Limits::default());
        let once = progress(1, 0);
        let given_up = Next::GiveUp(Condition::RetriesExhausted);
        assert_eq!(rules.after(Attempt::FunctionError, once), given_up);
        assert_eq!(rules.before(60 * S), None);
        assert_eq!(rules.before(61 * S), Some(Condition::EventAgeExceeded));
    }

    #[test]
    fn a_wait_that_would_make_the_event_too_old_is_not_begun() {
        let config = EventInvoke { maximum_event_age_seconds: Some(60), ..EventInvoke::default() };
        let rules = RetryRules::of(Some(&config), &Limits::default());
        let too_old = Next::GiveUp(Condition::EventAgeExceeded);
        assert_eq!(rules.after(Attempt::FunctionError, progress(1, 0)), too_old);
        assert_eq!(rules.after(Attempt::NotRun, progress(0, 1)), Next::PutBack(S));
        assert_eq!(rules.after(Attempt::NotRun, progress(0, 7)), too_old);
    }

    #[test]
    fn what_cannot_run_waits_up_to_five_minutes_and_spends_no_retry() {
        let waits: Vec<_> = (1..=10)
            .map(|times| match rules().after(Attempt::NotRun, progress(2, times)) {
                Next::PutBack(delay) => delay.as_secs(),
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300]);
    }

    #[test]
    fn what_can_never_run_is_given_up_at_once() {
        for (attempt, condition) in [
            (Attempt::ZeroReserved, Condition::ZeroReservedConcurrency),
            (Attempt::Gone, Condition::FunctionGone),
        ] {
            assert_eq!(rules().after(attempt, progress(0, 0)), Next::GiveUp(condition));
        }
        assert_eq!(rules().after(Attempt::Succeeded, progress(3, 0)), Next::Done);
    }

    proptest! {
        #[test]
        fn no_event_is_kept_beyond_its_age(
            age_s in 0..100_000_u64, errors in 1..u32::MAX, put_back in 1..u32::MAX, runs: bool,
        ) {
            let attempt = if runs { Attempt::FunctionError } else { Attempt::NotRun };
            let age = Duration::from_secs(age_s);
            let progress = Progress { age, function_errors: errors, put_back };
            if let Next::Retry(delay) | Next::PutBack(delay) = rules().after(attempt, progress) {
                prop_assert!(age + delay <= rules().age);
            }
        }
    }
}
