//! Random acts on a store, checked against the simplest thing that keeps the same promise.

mod queue;
mod records;

use std::fmt::Debug;

use proptest::strategy::Strategy;
use proptest::test_runner::{Config, TestRunner};

use crate::Subject;

pub use queue::queue_agrees_with_its_model;
pub use records::records_agree_with_a_map;

/// Runs many random lists of acts, each on a store of its own, and shrinks the first that fails.
fn check<A: Debug + Clone>(
    cases: u32,
    act: impl Strategy<Value = A>,
    make: fn() -> Subject,
    run: &impl AsyncFn(&Subject, Vec<A>),
) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let acts = proptest::collection::vec(act, 1..60);
    let outcome = TestRunner::new(config).run(&acts, |acts| {
        runtime.block_on(run(&make(), acts));
        Ok(())
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
}
