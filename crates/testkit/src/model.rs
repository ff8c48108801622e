//! Random acts, checked against the simplest thing that keeps the same promise.
