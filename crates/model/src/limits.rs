//! Every limit and delay that AWS fixes, with AWS's value as the default.
//!
//! Source, unless a field says otherwise: Developer Guide, "Lambda quotas" and "Understanding the
//! Lambda execution environment lifecycle". Operators may change each one in the configuration
//! file under `[limits]`; tests shrink the delays.

use std::time::Duration;

use serde::Deserialize;

const MIB: u64 = 1024 * 1024;

/// The limits and delays of the service.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct Limits {
    /// Invocations that may run at once in the account, in each region (count; default 1000).
    pub concurrent_executions: u32,
    /// Invocations of a function per second for each unit of its concurrency, the reserved one or
    /// the account's (count; default 10).
    pub requests_per_concurrency: u32,
    /// Environments that one function may start on demand within `new-environments-interval`
    /// (count; default 1000; continuously refilled).
    pub new_environments: u32,
    /// How long that takes to be refilled (duration; default 10s).
    #[serde(with = "humantime_serde")]
    pub new_environments_interval: Duration,
    /// Concurrency of the account that no function can reserve (count; default 100; an account with
    /// less than that keeps all it has).
    pub minimum_unreserved_concurrency: u32,
    /// Deployment package, zipped and sent directly (bytes; default 52428800).
    pub code_size_zipped_bytes: u64,
    /// Deployment package with its layers, unzipped (bytes; default 262144000).
    pub code_size_unzipped_bytes: u64,
    /// Layers of one function (count; default 5).
    pub layers: usize,
    /// Filters of one event source mapping (count; default 5; AWS raises it to 10 on request).
    pub event_filters: usize,
    /// Entries in one deployment package (count; default 100000; ours: AWS documents none).
    pub code_entries: u64,
    /// All deployment packages of the account, zipped (bytes; default 80530636800).
    pub total_code_size_bytes: u64,
    /// Request payload of a synchronous invocation (bytes; default 6291456).
    pub request_payload_bytes: u64,
    /// Request payload of an asynchronous invocation (bytes; default 1048576).
    pub event_payload_bytes: u64,
    /// How often an asynchronous event is tried again after a function error, unless its function
    /// says otherwise (count; default 2; "How Lambda handles errors and retries with asynchronous
    /// invocation", as the next four).
    pub event_retries: u32,
    /// How old an asynchronous event may become, unless its function says otherwise (duration;
    /// default 6h).
    #[serde(with = "humantime_serde")]
    pub event_age: Duration,
    /// How long an event waits after a function error; after a second one twice as long (duration;
    /// default 1m).
    #[serde(with = "humantime_serde")]
    pub event_retry_delay: Duration,
    /// How long an event waits when its function was throttled or could not run for another reason;
    /// each time twice as long (duration; default 1s).
    #[serde(with = "humantime_serde")]
    pub event_backoff: Duration,
    /// How long that wait may become (duration; default 5m).
    #[serde(with = "humantime_serde")]
    pub event_longest_backoff: Duration,
    /// Response payload that a runtime may post (bytes; default 6291556, which is 6 MiB + 100).
    pub response_payload_bytes: u64,
    /// Response that a runtime may stream (bytes; default 209715200; "Response streaming").
    pub streamed_response_bytes: u64,
    /// Environment variables of a function, as compact JSON (bytes; default 4096).
    pub environment_bytes: usize,
    /// `ImageConfig` of a function, as compact JSON (bytes; default 16384).
    pub image_config_bytes: usize,
    /// A resource policy, as JSON (bytes; default 20480).
    pub policy_bytes: usize,
    /// Log output returned by `LogType: Tail` (bytes; default 4096).
    pub log_tail_bytes: usize,
    /// How long the init phase of an on-demand environment may take (duration; default 10s).
    #[serde(with = "humantime_serde")]
    pub init_timeout: Duration,
    /// How long the init phase of a provisioned environment may take, if the function's timeout is
    /// not longer (duration; default 130s).
    #[serde(with = "humantime_serde")]
    pub provisioned_init_timeout: Duration,
    /// How long an environment may stay idle before it is shut down (duration; default 5m;
    /// AWS does not document its value).
    #[serde(with = "humantime_serde")]
    pub idle_timeout: Duration,
    /// How long an environment lives at most, idle or not (duration; default 2h; AWS replaces
    /// environments "every few hours").
    #[serde(with = "humantime_serde")]
    pub environment_lifetime: Duration,
    /// How long a function in a VPC, or one of its versions, may go without an invocation before it becomes
    /// `Inactive` (duration; default 14d; AWS says "consecutive weeks" of such functions, and 14 days of
    /// snapshots; a start of the server counts as an invocation).
    #[serde(with = "humantime_serde")]
    pub inactive_after: Duration,
    /// How long a `Code.Location` can be downloaded (duration; default 10m).
    #[serde(with = "humantime_serde")]
    pub code_location_lifetime: Duration,
    /// How far a request's date may be from the server's (duration; default 5m).
    #[serde(with = "humantime_serde")]
    pub signature_skew: Duration,
    /// Memory that goes with one vCPU (MiB; default 1769; "Configure Lambda function memory").
    pub memory_per_vcpu_mib: u32,
    /// Processes and threads of one environment (count; default 1024).
    pub processes: u32,
    /// Entries on one page of a list operation (count; default 50).
    pub page_size: usize,
    /// Event source mappings on one page (count; default 100; API Reference,
    /// `ListEventSourceMappings`).
    pub mappings_page_size: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            concurrent_executions: 1000,
            requests_per_concurrency: 10,
            new_environments: 1000,
            new_environments_interval: Duration::from_secs(10),
            minimum_unreserved_concurrency: 100,
            code_size_zipped_bytes: 50 * MIB,
            code_size_unzipped_bytes: 250 * MIB,
            layers: 5,
            event_filters: 5,
            code_entries: 100_000,
            total_code_size_bytes: 75 * 1024 * MIB,
            request_payload_bytes: 6 * MIB,
            event_payload_bytes: MIB,
            event_retries: 2,
            event_age: Duration::from_secs(6 * 60 * 60),
            event_retry_delay: Duration::from_secs(60),
            event_backoff: Duration::from_secs(1),
            event_longest_backoff: Duration::from_secs(5 * 60),
            response_payload_bytes: 6 * MIB + 100,
            streamed_response_bytes: 200 * MIB,
            environment_bytes: 4096,
            image_config_bytes: 16 * 1024,
            policy_bytes: 20_480,
            log_tail_bytes: 4096,
            init_timeout: Duration::from_secs(10),
            provisioned_init_timeout: Duration::from_secs(130),
            idle_timeout: Duration::from_secs(5 * 60),
            environment_lifetime: Duration::from_secs(2 * 60 * 60),
            inactive_after: Duration::from_secs(14 * 24 * 60 * 60),
            code_location_lifetime: Duration::from_secs(10 * 60),
            signature_skew: Duration::from_secs(5 * 60),
            memory_per_vcpu_mib: 1769,
            processes: 1024,
            page_size: 50,
            mappings_page_size: 100,
        }
    }
}
