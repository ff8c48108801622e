//! What tests need: manual clock, faulty store, store conformance suite.

mod clock;

pub use clock::ManualClock;
