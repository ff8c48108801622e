//! Event source mappings: which source a function reads, how, and whether it does now.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    names::{FunctionName, Region},
    timestamp::Timestamp,
};

/// A mapping.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventSourceMapping {
    /// The region that it lives in.
    pub region: Region,
    /// Its id.
    pub uuid: Uuid,
    /// The function.
    pub function: FunctionName,
    /// The version or alias, as the caller gave it; `None` for the function as such.
    pub qualifier: Option<String>,
    /// What is read.
    pub source: Source,
    /// How it is read.
    pub reading: Reading,
    /// Whether it is, or is about to be.
    pub state: MappingState,
    /// Whether it is to be read once what is in progress has ended.
    pub enabled: bool,
    /// When it last changed.
    pub last_modified: Timestamp,
    /// The customer's tags.
    pub tags: BTreeMap<String, String>,
}

/// What a mapping reads; it never changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// What kind of thing it is.
    pub kind: SourceKind,
    /// Its ARN; self-managed Kafka has none.
    pub arn: Option<String>,
    /// Self-managed Kafka: the brokers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub brokers: Vec<String>,
    /// Kafka: the topic.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub topics: Vec<String>,
    /// Amazon MQ: the queue.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub queues: Vec<String>,
    /// Kafka: the consumer group.
    pub consumer_group: Option<String>,
    /// Streams and Kafka: where reading begins.
    pub starting_position: Option<String>,
    /// The time that goes with `AT_TIMESTAMP`.
    pub starting_timestamp: Option<Timestamp>,
}

/// The kinds of sources.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SourceKind {
    /// An SQS queue.
    Sqs {
        /// Whether it keeps an order.
        fifo: bool,
    },
    /// A Kinesis stream or one of its consumers.
    Kinesis,
    /// The stream of a `DynamoDB` table.
    DynamoDb,
    /// A cluster of Amazon MSK.
    ManagedKafka,
    /// Kafka of the customer's own.
    SelfManagedKafka,
    /// A broker of Amazon MQ.
    Mq,
    /// A cluster of `DocumentDB`.
    DocumentDb,
}

/// How a mapping reads; `None` is what was never chosen and has no default that is shown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Reading {
    /// Records of one event at most.
    pub batch_size: i32,
    /// How long records are collected.
    pub window_seconds: Option<i32>,
    /// Batches of one shard at once.
    pub parallelization_factor: Option<i32>,
    /// How often a batch is tried again; -1 is for ever.
    pub maximum_retry_attempts: Option<i32>,
    /// How old a record may become, in seconds; -1 is for ever.
    pub maximum_record_age_seconds: Option<i32>,
    /// Whether a batch that failed is halved.
    pub bisect_on_error: Option<bool>,
    /// The length of a tumbling window; 0 is none.
    pub tumbling_window_seconds: Option<i32>,
    /// Patterns of which a record has to match one.
    pub filters: Vec<String>,
    /// Where records go that could not be handled.
    pub on_failure: Option<String>,
    /// What the function may answer about single records.
    pub response_types: Option<Vec<String>>,
    /// Invocations at once.
    pub maximum_concurrency: Option<i32>,
    /// Pollers that are kept.
    pub pollers: Option<Pollers>,
    /// The key with which filters are encrypted.
    pub kms_key: Option<String>,
    /// Metrics that are counted.
    pub metrics: Option<Vec<String>>,
    /// The level of the log.
    pub log_level: Option<String>,
    /// Secrets and networks that the source needs, as type and URI.
    pub access: Option<Vec<(String, String)>>,
    /// `DocumentDB`: the database, the collection, and which form of a document.
    pub document_db: Option<DocumentDb>,
}

/// `ProvisionedPollerConfig`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pollers {
    /// At least so many.
    pub minimum: Option<i32>,
    /// At most so many.
    pub maximum: Option<i32>,
    /// Those that share pollers.
    pub group: Option<String>,
}

/// `DocumentDBEventSourceConfig`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentDb {
    /// The database.
    pub database: Option<String>,
    /// The collection.
    pub collection: Option<String>,
    /// `Default` or `UpdateLookup`.
    pub full_document: Option<String>,
}

/// What a mapping is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum MappingState {
    /// It is being made.
    Creating,
    /// It is about to read.
    Enabling,
    /// It reads.
    Enabled,
    /// It is being changed.
    Updating,
    /// It is about to stop.
    Disabling,
    /// It does not read.
    Disabled,
    /// It is about to go.
    Deleting,
}

/// What becomes of a mapping when what is in progress has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settled {
    /// It is in this state.
    In(MappingState),
    /// It is gone.
    Gone,
}

// === impl SourceKind ===

impl SourceKind {
    /// Tells what an ARN names, if functions can read it.
    pub fn of(arn: &str) -> Option<Self> {
        let mut parts = arn.split(':');
        match parts.nth(2)? {
            "sqs" => {
                let fifo = std::path::Path::new(arn).extension().is_some_and(|end| end == "fifo");
                Some(Self::Sqs { fifo })
            }
            "kinesis" => Some(Self::Kinesis),
            "dynamodb" => Some(Self::DynamoDb),
            "kafka" => Some(Self::ManagedKafka),
            "mq" => Some(Self::Mq),
            "rds" => Some(Self::DocumentDb),
            _ => None,
        }
    }

    /// Tells whether it is a stream of shards.
    pub fn is_stream(self) -> bool {
        matches!(self, Self::Kinesis | Self::DynamoDb)
    }

    /// Tells whether it is Kafka, whoever runs it.
    pub fn is_kafka(self) -> bool {
        matches!(self, Self::ManagedKafka | Self::SelfManagedKafka)
    }
}

// === impl MappingState ===

impl MappingState {
    /// Gives the API's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Creating => "Creating",
            Self::Enabling => "Enabling",
            Self::Enabled => "Enabled",
            Self::Updating => "Updating",
            Self::Disabling => "Disabling",
            Self::Disabled => "Disabled",
            Self::Deleting => "Deleting",
        }
    }

    /// Tells whether something is in progress, which refuses further changes.
    pub fn in_progress(self) -> bool {
        !matches!(self, Self::Enabled | Self::Disabled)
    }

    /// Begins a change; `enabled` is what the mapping is to be afterwards.
    #[must_use]
    pub fn begin(self, enabled: bool) -> Self {
        match (self, enabled) {
            (Self::Disabled, true) => Self::Enabling,
            (Self::Enabled, false) => Self::Disabling,
            _ => Self::Updating,
        }
    }

    /// Ends what is in progress; `None` if nothing is.
    pub fn settled(self, enabled: bool) -> Option<Settled> {
        match self {
            Self::Enabled | Self::Disabled => None,
            Self::Deleting => Some(Settled::Gone),
            _ if enabled => Some(Settled::In(Self::Enabled)),
            _ => Some(Settled::In(Self::Disabled)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [MappingState; 7] = [
        MappingState::Creating,
        MappingState::Enabling,
        MappingState::Enabled,
        MappingState::Updating,
        MappingState::Disabling,
        MappingState::Disabled,
        MappingState::Deleting,
    ];

    #[test]
    fn an_arn_tells_the_kind() {
        let sqs =
            |name: &str| SourceKind::of(&format!("arn:aws:sqs:us-east-1:000000000000:{name}"));
        assert_eq!(sqs("q"), Some(SourceKind::Sqs { fifo: false }));
        assert_eq!(sqs("q.fifo"), Some(SourceKind::Sqs { fifo: true }));
        assert_eq!(SourceKind::of("arn:aws:s3:::bucket"), None);
        assert_eq!(SourceKind::of("nonsense"), None);
    }

    #[test]
    fn whatever_is_in_progress_ends_and_nothing_else_does() {
        for state in ALL {
            for enabled in [true, false] {
                assert_eq!(state.settled(enabled).is_some(), state.in_progress());
                if let Some(Settled::In(end)) = state.settled(enabled) {
                    assert_eq!(end == MappingState::Enabled, enabled);
                    assert!(!end.in_progress());
                }
            }
        }
    }

    #[test]
    fn every_change_is_in_progress_and_named_for_what_it_does() {
        use MappingState as S;
        assert_eq!(S::Disabled.begin(true), S::Enabling);
        assert_eq!(S::Enabled.begin(false), S::Disabling);
        for (state, enabled) in [(S::Enabled, true), (S::Disabled, false)] {
            assert_eq!(state.begin(enabled), S::Updating);
        }
    }
}
