//! What tests need: manual clock, faulty store, store conformance suite.
//!
//! Nothing in here is part of the product. Start at [`Subject`] to test something on a store, at
//! [`store_conformance!`] to test a store.
#![expect(clippy::unwrap_used, clippy::missing_panics_doc, reason = "a panic is how a test fails")]

mod clock;
pub mod conformance;
mod faults;
mod faulty;
pub mod model;
mod retrying;
mod subject;

pub use clock::ManualClock;
pub use faults::{Fault, Faults, InjectedFault};
pub use faulty::faulty;
pub use retrying::retrying;
pub use subject::Subject;
