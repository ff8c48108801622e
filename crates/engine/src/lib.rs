//! Invocation: routing, admission, warm pool, placement.
