//! The X-Ray trace header that every invocation carries.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::timestamp::Timestamp;

/// `Root=1-<8 hex of epoch seconds>-<24 hex>;Parent=<16 hex>;Sampled=0`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TraceHeader(String);

// === impl TraceHeader ===

impl TraceHeader {
    /// Keeps a caller's header, or starts an unsampled trace from `random`.
    pub fn from_caller_or_new(given: Option<&str>, now: Timestamp, random: u128) -> Self {
        match given {
            Some(given) if given.contains("Root=") => Self(given.to_owned()),
            _ => Self::new(now, random),
        }
    }

    fn new(now: Timestamp, random: u128) -> Self {
        let seconds = now.epoch_ms() / 1000;
        let unique = random >> 32;
        let parent = random & 0xffff_ffff_ffff_ffff;
        Self(format!("Root=1-{seconds:08x}-{unique:024x};Parent={parent:016x};Sampled=0"))
    }

    /// Gives the header's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TraceHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_trace_has_the_documented_shape() {
        let now = Timestamp::from_epoch_ms(0x6a50_7b87 * 1000);
        let trace = TraceHeader::from_caller_or_new(None, now, u128::MAX);
        let expected =
            format!("Root=1-6a507b87-{};Parent={};Sampled=0", "f".repeat(24), "f".repeat(16));
        assert_eq!(trace.as_str(), expected);
    }

    #[test]
    fn a_callers_trace_is_kept() {
        let given = "Root=1-6a507b87-0cc4438344b48ef127ab1931;Parent=d0025b207c551fde;Sampled=1";
        let trace = TraceHeader::from_caller_or_new(Some(given), Timestamp::default(), 1);
        assert_eq!(trace.as_str(), given);
    }
}
