//! What tests need: manual clock, faulty store, store conformance suite, in-process server.
