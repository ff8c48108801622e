//! `EventSourceMappingConfiguration`: the members that the kind of source has, the others absent.

use api::lambda::{
    AmazonManagedKafkaEventSourceConfig, DestinationConfig, DocumentDBEventSourceConfig,
    EventSourceMappingConfiguration, EventSourceMappingLoggingConfig,
    EventSourceMappingMetricsConfig, Filter, FilterCriteria, OnFailure, ProvisionedPollerConfig,
    ScalingConfig, SelfManagedEventSource, SelfManagedKafkaEventSourceConfig,
    SourceAccessConfiguration,
};
use model::event_source_mapping::{EventSourceMapping, Reading, Source, SourceKind};

use crate::Control;

/// What AWS says of a mapping through which nothing has gone.
const NOTHING_YET: &str = "No records processed";

// === impl Control: rendering mappings ===

impl Control {
    /// Spells the ARN of the function, with the qualifier as the caller gave it.
    pub(super) fn mapped_function(&self, mapping: &EventSourceMapping) -> String {
        let (region, account, name) = (&mapping.region, &self.parts.account, &mapping.function);
        let arn = format!("arn:aws:lambda:{region}:{account}:function:{name}");
        mapping.qualifier.as_ref().map_or_else(|| arn.clone(), |q| format!("{arn}:{q}"))
    }

    /// Renders a mapping.
    pub(super) fn render_mapping(
        &self,
        mapping: &EventSourceMapping,
    ) -> EventSourceMappingConfiguration {
        let (region, account) = (&mapping.region, &self.parts.account);
        let kind = mapping.source.kind;
        let reason = if kind.is_stream() { "User action" } else { "USER_INITIATED" };
        let is_queue = matches!(kind, SourceKind::Sqs { .. });
        let shown = EventSourceMappingConfiguration {
            uuid: Some(mapping.uuid.to_string()),
            event_source_mapping_arn: Some(format!(
                "arn:aws:lambda:{region}:{account}:event-source-mapping:{}",
                mapping.uuid
            )),
            function_arn: Some(self.mapped_function(mapping)),
            last_modified: Some(wire::Timestamp::from_epoch_ms(mapping.last_modified.epoch_ms())),
            last_processing_result: (!is_queue).then(|| NOTHING_YET.to_owned()),
            state: Some(mapping.state.as_str().to_owned()),
            state_transition_reason: Some(reason.to_owned()),
            ..EventSourceMappingConfiguration::default()
        };
        with_reading(with_source(shown, &mapping.source), kind, &mapping.reading)
    }
}

fn with_source(
    shown: EventSourceMappingConfiguration,
    source: &Source,
) -> EventSourceMappingConfiguration {
    let group = source.consumer_group.clone();
    let own = source.kind == SourceKind::SelfManagedKafka;
    let listed = |list: &Vec<String>| (!list.is_empty()).then(|| list.clone());
    EventSourceMappingConfiguration {
        event_source_arn: source.arn.clone(),
        topics: listed(&source.topics),
        queues: listed(&source.queues),
        self_managed_event_source: own.then(|| SelfManagedEventSource {
            endpoints: Some(
                [("KAFKA_BOOTSTRAP_SERVERS".to_owned(), source.brokers.clone())].into(),
            ),
        }),
        self_managed_kafka_event_source_config: own.then(|| SelfManagedKafkaEventSourceConfig {
            consumer_group_id: group.clone(),
            ..SelfManagedKafkaEventSourceConfig::default()
        }),
        amazon_managed_kafka_event_source_config: (source.kind == SourceKind::ManagedKafka).then(
            || AmazonManagedKafkaEventSourceConfig {
                consumer_group_id: group.clone(),
                ..AmazonManagedKafkaEventSourceConfig::default()
            },
        ),
        starting_position: source.starting_position.clone(),
        starting_position_timestamp: source
            .starting_timestamp
            .map(|time| wire::Timestamp::from_epoch_ms(time.epoch_ms())),
        ..shown
    }
}

fn with_reading(
    shown: EventSourceMappingConfiguration,
    kind: SourceKind,
    reading: &Reading,
) -> EventSourceMappingConfiguration {
    EventSourceMappingConfiguration {
        batch_size: Some(reading.batch_size),
        maximum_batching_window_in_seconds: reading.window_seconds,
        parallelization_factor: reading.parallelization_factor,
        maximum_retry_attempts: reading.maximum_retry_attempts,
        maximum_record_age_in_seconds: reading.maximum_record_age_seconds,
        bisect_batch_on_function_error: reading.bisect_on_error,
        tumbling_window_in_seconds: reading.tumbling_window_seconds,
        function_response_types: reading.response_types.clone(),
        filter_criteria: filters(&reading.filters),
        destination_config: (kind.is_stream() || reading.on_failure.is_some()).then(|| {
            DestinationConfig {
                on_success: None,
                on_failure: Some(OnFailure { destination: reading.on_failure.clone() }),
            }
        }),
        scaling_config: reading
            .maximum_concurrency
            .map(|limit| ScalingConfig { maximum_concurrency: Some(limit) }),
        provisioned_poller_config: reading.pollers.as_ref().map(|pollers| {
            ProvisionedPollerConfig {
                minimum_pollers: pollers.minimum,
                maximum_pollers: pollers.maximum,
                poller_group_name: pollers.group.clone(),
            }
        }),
        kms_key_arn: reading.kms_key.clone(),
        metrics_config: reading
            .metrics
            .clone()
            .map(|metrics| EventSourceMappingMetricsConfig { metrics: Some(metrics) }),
        logging_config: reading
            .log_level
            .clone()
            .map(|level| EventSourceMappingLoggingConfig { system_log_level: Some(level) }),
        source_access_configurations: reading.access.as_deref().map(access),
        document_db_event_source_config: reading.document_db.as_ref().map(|config| {
            DocumentDBEventSourceConfig {
                database_name: config.database.clone(),
                collection_name: config.collection.clone(),
                full_document: config.full_document.clone(),
            }
        }),
        ..shown
    }
}

fn filters(patterns: &[String]) -> Option<FilterCriteria> {
    let filters = patterns.iter().map(|pattern| Filter { pattern: Some(pattern.clone()) });
    (!patterns.is_empty()).then(|| FilterCriteria { filters: Some(filters.collect()) })
}

fn access(pairs: &[(String, String)]) -> Vec<SourceAccessConfiguration> {
    let render = |(kind, uri): &(String, String)| SourceAccessConfiguration {
        r#type: Some(kind.clone()),
        uri: Some(uri.clone()),
    };
    pairs.iter().map(render).collect()
}
