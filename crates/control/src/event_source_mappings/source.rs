//! What a new mapping reads, and that no other mapping reads it for the same function.

use api::lambda::CreateEventSourceMappingRequest;
use model::{
    Timestamp,
    event_source_mapping::{EventSourceMapping, Source, SourceKind},
};
use uuid::Uuid;

use super::MappingRefusal;

/// Reads what a request wants to be read; a consumer group is named after the mapping if it has
/// no name of its own.
pub(super) fn source(
    input: &CreateEventSourceMappingRequest,
    uuid: Uuid,
) -> Result<Source, MappingRefusal> {
    let brokers = brokers(input);
    let kind = match &input.event_source_arn {
        Some(arn) => SourceKind::of(arn).ok_or(MappingRefusal::NoSource)?,
        None if brokers.is_empty() => return Err(MappingRefusal::NoSource),
        None => SourceKind::SelfManagedKafka,
    };
    let has_access = input.source_access_configurations.as_ref().is_some_and(|c| !c.is_empty());
    if kind == SourceKind::SelfManagedKafka && !has_access {
        return Err(MappingRefusal::NoAccess);
    }
    let (topics, queues) = (input.topics.clone(), input.queues.clone());
    if kind.is_kafka() && topics.is_none() {
        return Err(MappingRefusal::Missing("topics"));
    }
    if kind == SourceKind::Mq && queues.is_none() {
        return Err(MappingRefusal::Missing("queues"));
    }
    Ok(Source {
        kind,
        arn: input.event_source_arn.clone(),
        brokers,
        topics: topics.filter(|_| kind.is_kafka()).unwrap_or_default(),
        queues: queues.filter(|_| kind == SourceKind::Mq).unwrap_or_default(),
        consumer_group: kind
            .is_kafka()
            .then(|| consumer_group(input).unwrap_or_else(|| uuid.to_string())),
        starting_position: starting_position(input, kind)?,
        starting_timestamp: input
            .starting_position_timestamp
            .map(|time| Timestamp::from_epoch_ms(time.epoch_ms())),
    })
}

/// Refuses a mapping if `other` reads the same for the same function.
pub(super) fn check_alone(
    wanted: &EventSourceMapping,
    other: &EventSourceMapping,
    function_arn: &str,
) -> Result<(), MappingRefusal> {
    let same_function =
        (&wanted.function, &wanted.qualifier) == (&other.function, &other.qualifier);
    if !same_function || wanted.uuid == other.uuid {
        return Ok(());
    }
    let uuid = other.uuid;
    let (source, theirs) = (&wanted.source, &other.source);
    let shares_topic = source.topics.iter().any(|topic| theirs.topics.contains(topic));
    match (&source.arn, source.kind) {
        (None, _) => {
            if shares_topic && source.brokers.iter().any(|b| theirs.brokers.contains(b)) {
                let (brokers, topics) = (source.brokers.join(","), source.topics.join(","));
                let function = function_arn.to_owned();
                return Err(MappingRefusal::TopicTwice { brokers, function, topics, uuid });
            }
        }
        (arn, _) if *arn != theirs.arn => {}
        (Some(arn), SourceKind::Sqs { .. }) => {
            let (arn, function) = (arn.clone(), wanted.function.to_string());
            return Err(MappingRefusal::QueueTwice { arn, function, uuid });
        }
        (Some(_), SourceKind::ManagedKafka) if !shares_topic => {}
        (Some(arn), _) => {
            let (arn, function) = (arn.clone(), wanted.function.to_string());
            return Err(MappingRefusal::SourceTwice { arn, function, uuid });
        }
    }
    Ok(())
}

fn brokers(input: &CreateEventSourceMappingRequest) -> Vec<String> {
    let endpoints = input.self_managed_event_source.as_ref().and_then(|s| s.endpoints.as_ref());
    endpoints.and_then(|map| map.get("KAFKA_BOOTSTRAP_SERVERS")).cloned().unwrap_or_default()
}

fn consumer_group(input: &CreateEventSourceMappingRequest) -> Option<String> {
    let managed = input.amazon_managed_kafka_event_source_config.as_ref();
    let own = input.self_managed_kafka_event_source_config.as_ref();
    managed
        .and_then(|config| config.consumer_group_id.clone())
        .or_else(|| own.and_then(|config| config.consumer_group_id.clone()))
}

/// Streams have to say where to begin; Kafka begins at its end, which AWS shows.
fn starting_position(
    input: &CreateEventSourceMappingRequest,
    kind: SourceKind,
) -> Result<Option<String>, MappingRefusal> {
    let needs_one = kind.is_stream() || kind.is_kafka() || kind == SourceKind::DocumentDb;
    match &input.starting_position {
        None if kind == SourceKind::SelfManagedKafka => Ok(Some("TRIM_HORIZON".to_owned())),
        None if needs_one => Err(MappingRefusal::Missing("startingPosition")),
        Some(_) if !needs_one => Err(MappingRefusal::Unsupported("StartingPosition")),
        Some(position) if position == "AT_TIMESTAMP" && kind == SourceKind::DynamoDb => {
            let arn = input.event_source_arn.clone().unwrap_or_default();
            Err(MappingRefusal::Position(arn))
        }
        Some(position)
            if position == "AT_TIMESTAMP" && input.starting_position_timestamp.is_none() =>
        {
            Err(MappingRefusal::Missing("startingPositionTimestamp"))
        }
        position => Ok(position.clone()),
    }
}
