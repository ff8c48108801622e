//! What an operator can choose about running functions.

use std::{collections::BTreeMap, time::Duration};

use serde::Deserialize;

/// The `[engine]` table of the configuration file.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct EngineConfig {
    /// How long an environment stays running after an invocation before its processes are stopped
    /// (duration; default 200ms; AWS stops them at once, which costs two system calls for each
    /// invocation even under constant load, and more when it is the machine's only stopped one).
    #[serde(with = "humantime_serde")]
    pub freeze_after: Duration,
    /// How long an invocation waits for an environment that has answered but is not free yet, before
    /// another one is started, or before it is answered with 429 if none may be (duration; default
    /// 20ms; ours: about what a start costs).
    #[serde(with = "humantime_serde")]
    pub settle_grace: Duration,
    /// How many invocations of one version wait for environments at once; those beyond are answered
    /// with 429 (count; default 1000; ours, as AWS's limit of the account's concurrency is what
    /// usually bounds them).
    pub max_waiting: usize,
    /// How often idle environments are looked through (duration; default 1s; ours).
    #[serde(with = "humantime_serde")]
    pub reap_every: Duration,
    /// Asynchronous events that are worked on at once (count; default 256; ours: each holds up to
    /// 1 MiB).
    pub events_at_once: usize,
    /// The same of one function (count; default 64; ours).
    pub events_per_function: usize,
    /// How often asynchronous events whose wait is over are looked for (duration; default 1s; ours).
    #[serde(with = "humantime_serde")]
    pub event_poll: Duration,
    /// How long after a crash an asynchronous event that was being worked on is tried again
    /// (duration; default 30s; ours).
    #[serde(with = "humantime_serde")]
    pub event_lease: Duration,
    /// How many provisioned environments are started at once (count; default 4; ours).
    pub provisioned_starts: usize,
    /// How long provisioned environments rest after a start that failed (duration; default 1m; ours).
    #[serde(with = "humantime_serde")]
    pub provisioned_retry: Duration,
    /// How long log events are collected before they are written (duration; default 100ms; ours).
    #[serde(with = "humantime_serde")]
    pub log_delay: Duration,
    /// Blank jails kept ready at least, so that a new environment need not wait for one (count;
    /// default 8; ours: each costs about 1 MiB).
    pub blank_jails: usize,
    /// Blank jails kept ready at most: as many as were needed within the last seconds (count;
    /// default 64; ours).
    pub blank_jails_max: usize,
    /// Interpreters started ahead of demand, at least, for each managed runtime that a function has
    /// (count; default 2; ours; for Node.js this is for each memory size of its functions).
    pub stem_cells: usize,
    /// The same at most: as many as were needed within the last seconds (count; default 8; ours: 0
    /// switches stem cells off).
    pub stem_cells_max: usize,
    /// Memory of all stem cells together, beyond which no more are started (bytes; default
    /// 536870912; ours).
    pub stem_memory_bytes: u64,
    /// Whether functions reach the network (default true).
    pub outbound_network: bool,
    /// Variables that every function gets, over its own (table; default empty; ours).
    pub variables: BTreeMap<String, String>,
}

impl Default for EngineConfig {
    fn default() -> Self {
        Self {
            freeze_after: Duration::from_millis(200),
            settle_grace: Duration::from_millis(20),
            max_waiting: 1000,
            reap_every: Duration::from_secs(1),
            events_at_once: 256,
            events_per_function: 64,
            event_poll: Duration::from_secs(1),
            event_lease: Duration::from_secs(30),
            provisioned_starts: 4,
            provisioned_retry: Duration::from_secs(60),
            log_delay: Duration::from_millis(100),
            blank_jails: 8,
            blank_jails_max: 64,
            stem_cells: 2,
            stem_cells_max: 8,
            stem_memory_bytes: 512 * 1024 * 1024,
            outbound_network: true,
            variables: BTreeMap::new(),
        }
    }
}
