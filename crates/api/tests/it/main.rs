//! The API layer as a client meets it: bytes in, bytes out.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod answers;
mod client;
mod decoding;
mod routing;
mod tables;
mod validation;
