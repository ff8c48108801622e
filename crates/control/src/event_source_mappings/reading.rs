//! How a mapping reads: what a request names, merged into what is in force, as far as the kind of
//! its source has it.

use api::lambda::{
    CreateEventSourceMappingRequest, DocumentDBEventSourceConfig, ProvisionedPollerConfig,
    SourceAccessConfiguration, UpdateEventSourceMappingRequest,
};
use model::{
    Limits,
    event_source_mapping::{DocumentDb, Pollers, Reading, SourceKind},
};

use super::{MappingRefusal, filter};

/// Takes from a creation what a change could name as well.
pub(super) fn changeable(
    input: CreateEventSourceMappingRequest,
) -> UpdateEventSourceMappingRequest {
    UpdateEventSourceMappingRequest {
        function_name: Some(input.function_name),
        enabled: input.enabled,
        batch_size: input.batch_size,
        filter_criteria: input.filter_criteria,
        kms_key_arn: input.kms_key_arn,
        metrics_config: input.metrics_config,
        logging_config: input.logging_config,
        scaling_config: input.scaling_config,
        maximum_batching_window_in_seconds: input.maximum_batching_window_in_seconds,
        parallelization_factor: input.parallelization_factor,
        destination_config: input.destination_config,
        maximum_record_age_in_seconds: input.maximum_record_age_in_seconds,
        bisect_batch_on_function_error: input.bisect_batch_on_function_error,
        maximum_retry_attempts: input.maximum_retry_attempts,
        tumbling_window_in_seconds: input.tumbling_window_in_seconds,
        source_access_configurations: input.source_access_configurations,
        function_response_types: input.function_response_types,
        document_db_event_source_config: input.document_db_event_source_config,
        provisioned_poller_config: input.provisioned_poller_config,
        ..UpdateEventSourceMappingRequest::default()
    }
}

/// Gives how a source is read if nothing is chosen (Developer Guide, "Lambda parameters" of each).
pub(super) fn defaults(kind: SourceKind) -> Reading {
    let stream = kind.is_stream();
    let queue = matches!(kind, SourceKind::Sqs { .. });
    Reading {
        batch_size: if queue { 10 } else { 100 },
        window_seconds: (queue || stream).then_some(0),
        parallelization_factor: stream.then_some(1),
        maximum_retry_attempts: stream.then_some(-1),
        maximum_record_age_seconds: stream.then_some(-1),
        bisect_on_error: stream.then_some(false),
        tumbling_window_seconds: stream.then_some(0),
        response_types: (queue || stream).then(Vec::new),
        ..Reading::default()
    }
}

/// Refuses what the kind of source does not have.
pub(super) fn check_supported(
    input: &UpdateEventSourceMappingRequest,
    kind: SourceKind,
) -> Result<(), MappingRefusal> {
    let (stream, kafka) = (kind.is_stream(), kind.is_kafka());
    let queue = matches!(kind, SourceKind::Sqs { .. });
    let names_destination = input.destination_config.as_ref().is_some_and(|destinations| {
        destinations.on_failure.is_some() || destinations.on_success.is_some()
    });
    let checks = [
        ("DestinationConfig", names_destination, stream || kafka),
        ("ParallelizationFactor", input.parallelization_factor.is_some(), stream),
        ("MaximumRetryAttempts", input.maximum_retry_attempts.is_some(), stream || kafka),
        (
            "MaximumRecordAgeInSeconds",
            input.maximum_record_age_in_seconds.is_some(),
            stream || kafka,
        ),
        (
            "BisectBatchOnFunctionError",
            input.bisect_batch_on_function_error.is_some(),
            stream || kafka,
        ),
        ("TumblingWindowInSeconds", input.tumbling_window_in_seconds.is_some(), stream),
        (
            "FunctionResponseTypes",
            input.function_response_types.as_ref().is_some_and(|types| !types.is_empty()),
            queue || stream || kafka,
        ),
        ("FilterCriteria", input.filter_criteria.is_some(), kind != SourceKind::DocumentDb),
        ("ScalingConfig", input.scaling_config.is_some(), queue),
        ("ProvisionedPollerConfig", input.provisioned_poller_config.is_some(), queue || kafka),
        (
            "SourceAccessConfigurations",
            input.source_access_configurations.is_some(),
            !queue && !stream,
        ),
        (
            "DocumentDBEventSourceConfig",
            input.document_db_event_source_config.is_some(),
            kind == SourceKind::DocumentDb,
        ),
    ];
    match checks.into_iter().find(|(_, named, supported)| *named && !supported) {
        Some((parameter, ..)) => Err(MappingRefusal::Unsupported(parameter)),
        None => Ok(()),
    }
}

/// Merges what is named; empty objects clear what they name.
pub(super) fn apply(
    input: &UpdateEventSourceMappingRequest,
    kind: SourceKind,
    limits: &Limits,
    reading: &mut Reading,
) -> Result<(), MappingRefusal> {
    set(&mut reading.window_seconds, input.maximum_batching_window_in_seconds.as_ref());
    set(&mut reading.parallelization_factor, input.parallelization_factor.as_ref());
    set(&mut reading.maximum_retry_attempts, input.maximum_retry_attempts.as_ref());
    set(&mut reading.maximum_record_age_seconds, input.maximum_record_age_in_seconds.as_ref());
    set(&mut reading.bisect_on_error, input.bisect_batch_on_function_error.as_ref());
    set(&mut reading.tumbling_window_seconds, input.tumbling_window_in_seconds.as_ref());
    set(&mut reading.response_types, input.function_response_types.as_ref());
    reading.batch_size = input.batch_size.unwrap_or(reading.batch_size);
    if let Some(criteria) = &input.filter_criteria {
        let filters = criteria.filters.iter().flatten();
        if filters.clone().count() > limits.event_filters {
            return Err(MappingRefusal::TooManyFilters(limits.event_filters));
        }
        reading.filters = filters.filter_map(|filter| filter.pattern.clone()).collect();
        reading.filters.iter().try_for_each(|pattern| filter::check(pattern))?;
    }
    if let Some(failure) = input.destination_config.as_ref().and_then(|d| d.on_failure.as_ref()) {
        reading.on_failure = failure.destination.clone().filter(|arn| !arn.is_empty());
    }
    if let Some(scaling) = &input.scaling_config {
        reading.maximum_concurrency = scaling.maximum_concurrency;
    }
    if let Some(wanted) = &input.provisioned_poller_config {
        reading.pollers = pollers(wanted);
    }
    if let Some(key) = &input.kms_key_arn {
        reading.kms_key = Some(key.clone()).filter(|key| !key.is_empty());
    }
    if let Some(metrics) = &input.metrics_config {
        reading.metrics.clone_from(&metrics.metrics);
    }
    if let Some(logging) = &input.logging_config {
        reading.log_level.clone_from(&logging.system_log_level);
    }
    if let Some(access) = &input.source_access_configurations {
        reading.access = Some(access.iter().map(pair).collect());
    }
    if let Some(wanted) = &input.document_db_event_source_config {
        reading.document_db = Some(document_db(wanted));
    }
    check_batch(kind, reading)
}

fn set<T: Clone>(setting: &mut Option<T>, wanted: Option<&T>) {
    if let Some(wanted) = wanted {
        *setting = Some(wanted.clone());
    }
}

fn check_batch(kind: SourceKind, reading: &Reading) -> Result<(), MappingRefusal> {
    let has_window = reading.window_seconds.is_some_and(|seconds| seconds > 0);
    match kind {
        SourceKind::Sqs { fifo: true } if reading.batch_size > 10 => Err(MappingRefusal::FifoBatch),
        SourceKind::Sqs { fifo: true } if has_window => {
            Err(MappingRefusal::Unsupported("MaximumBatchingWindowInSeconds"))
        }
        SourceKind::Sqs { fifo: false } if reading.batch_size > 10 && !has_window => {
            Err(MappingRefusal::Window)
        }
        _ => Ok(()),
    }
}

fn pollers(wanted: &ProvisionedPollerConfig) -> Option<Pollers> {
    let pollers = Pollers {
        minimum: wanted.minimum_pollers,
        maximum: wanted.maximum_pollers,
        group: wanted.poller_group_name.clone(),
    };
    (pollers != Pollers::default()).then_some(pollers)
}

fn pair(access: &SourceAccessConfiguration) -> (String, String) {
    (access.r#type.clone().unwrap_or_default(), access.uri.clone().unwrap_or_default())
}

fn document_db(wanted: &DocumentDBEventSourceConfig) -> DocumentDb {
    DocumentDb {
        database: wanted.database_name.clone(),
        collection: wanted.collection_name.clone(),
        full_document: wanted.full_document.clone(),
    }
}
