//! The store's backends, tested from outside.
#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod crash;
mod faults;
mod sqlite_folder;

use testkit::{Subject, model, store_conformance};

store_conformance!(memory, testkit::Subject::memory());
store_conformance!(sqlite, testkit::Subject::sqlite());
store_conformance!(faulty_memory, testkit::Subject::memory().refusing_and_retrying(11));
store_conformance!(faulty_sqlite, testkit::Subject::sqlite().refusing_and_retrying(12));

#[test]
fn records_in_memory_agree_with_a_map() {
    model::records_agree_with_a_map(Subject::memory, 256);
}

#[test]
fn records_in_sqlite_agree_with_a_map() {
    model::records_agree_with_a_map(Subject::sqlite, 24);
}

#[test]
fn a_queue_in_memory_agrees_with_its_model() {
    model::queue_agrees_with_its_model(Subject::memory, 256);
}

#[test]
fn a_queue_in_sqlite_agrees_with_its_model() {
    model::queue_agrees_with_its_model(Subject::sqlite, 24);
}
