//! How much is measured: to quote it, or to see that it works.

use std::time::Duration;

/// How much is measured.
#[derive(Debug)]
pub(super) struct Effort {
    /// How long each side is loaded before warm rounds.
    pub(super) warm_up: Duration,
    /// Length and number of warm rounds on each side.
    pub(super) round: Duration,
    /// See `round`.
    pub(super) rounds: usize,
    /// Warm invocations that are counted in instructions, and in system calls.
    pub(super) counted: usize,
    /// Cold starts of the Rust guest.
    pub(super) provided_colds: usize,
    /// Cold starts of each other guest.
    pub(super) managed_colds: usize,
    /// Cold starts at once, and how often.
    pub(super) burst: usize,
    /// See `burst`.
    pub(super) bursts: usize,
    /// Length of churn under Lambkin.
    pub(super) churn: Duration,
    /// Environments held at once.
    pub(super) held: usize,
    /// Length of the overload.
    pub(super) overload: Duration,
    /// Functions of the full catalogue, the versions of each, and how often each question is asked.
    pub(super) functions: usize,
    /// See `functions`.
    pub(super) versions_each: usize,
    /// See `functions`.
    pub(super) asked: usize,
    /// Starts of the server.
    pub(super) starts: usize,
    /// Cold invocations of a peer.
    pub(super) peer_colds: usize,
}

/// What a page to keep is made with.
pub(super) const FULL: Effort = Effort {
    warm_up: Duration::from_millis(500),
    round: Duration::from_millis(250),
    rounds: 60,
    counted: 500,
    provided_colds: 100,
    managed_colds: 30,
    burst: 50,
    bursts: 5,
    churn: Duration::from_secs(30),
    held: 2000,
    overload: Duration::from_secs(60),
    functions: 10_000,
    versions_each: 10,
    asked: 4000,
    starts: 15,
    peer_colds: 20,
};

/// Only shows that it works.
pub(super) const QUICK: Effort = Effort {
    warm_up: Duration::from_millis(200),
    round: Duration::from_millis(100),
    rounds: 6,
    counted: 100,
    provided_colds: 10,
    managed_colds: 3,
    burst: 10,
    bursts: 1,
    churn: Duration::from_secs(2),
    held: 50,
    overload: Duration::from_secs(3),
    functions: 300,
    versions_each: 4,
    asked: 200,
    starts: 3,
    peer_colds: 2,
};
