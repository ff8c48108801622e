//! Durable state behind four narrow ports, with SQLite and in-memory backends.
