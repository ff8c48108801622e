//! The chores that are more than a few lines, as modules that `main` calls.

pub mod codegen;
