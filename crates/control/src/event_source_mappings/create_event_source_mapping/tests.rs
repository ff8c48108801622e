use api::lambda::{
    DeleteEventSourceMapping, DeleteEventSourceMappingRequest, DestinationConfig, Filter,
    FilterCriteria, GetEventSourceMapping, GetEventSourceMappingRequest, ListEventSourceMappings,
    ListEventSourceMappingsRequest, OnFailure, SelfManagedEventSource, SourceAccessConfiguration,
    UpdateEventSourceMapping, UpdateEventSourceMappingRequest,
};

use super::*;
use crate::fixture::{Fixture, call, text};

const Q: &str = "arn:aws:sqs:us-east-1:000000000000:q";
const STREAM: &str = "arn:aws:kinesis:us-east-1:000000000000:stream/s";
const TABLE: &str = "arn:aws:dynamodb:us-east-1:000000000000:table/t/stream/2025";

fn of(source: &str) -> CreateEventSourceMappingRequest {
    CreateEventSourceMappingRequest {
        event_source_arn: Some(source.to_owned()),
        function_name: "f".to_owned(),
        ..CreateEventSourceMappingRequest::default()
    }
}

fn stream(source: &str) -> CreateEventSourceMappingRequest {
    CreateEventSourceMappingRequest { starting_position: Some("LATEST".into()), ..of(source) }
}

fn kafka() -> CreateEventSourceMappingRequest {
    let servers = vec!["kafka:1000".to_owned()];
    CreateEventSourceMappingRequest {
        event_source_arn: None,
        self_managed_event_source: Some(SelfManagedEventSource {
            endpoints: Some([("KAFKA_BOOTSTRAP_SERVERS".to_owned(), servers)].into()),
        }),
        topics: Some(vec!["topic".to_owned()]),
        source_access_configurations: Some(vec![SourceAccessConfiguration {
            r#type: Some("BASIC_AUTH".into()),
            uri: Some("arn:aws:secretsmanager:us-east-1:000000000000:secret:s".into()),
        }]),
        ..of("")
    }
}

async fn fixture() -> Fixture {
    let fixture = Fixture::new().await;
    fixture.create_active("f").await;
    fixture
}

async fn create(
    fixture: &Fixture,
    input: CreateEventSourceMappingRequest,
) -> EventSourceMappingConfiguration {
    fixture.control.create_mapping(&call(), input).await.unwrap()
}

async fn refused(fixture: &Fixture, input: CreateEventSourceMappingRequest) -> String {
    text(fixture.control.create_mapping(&call(), input).await)
}

async fn state(fixture: &Fixture, uuid: &str) -> Option<String> {
    let input = GetEventSourceMappingRequest { uuid: uuid.to_owned() };
    let answer = Handle::<GetEventSourceMapping>::handle(&fixture.control, &call(), input).await;
    answer.ok()?.state
}

#[tokio::test]
async fn a_queue_shows_what_queues_have() {
    let fixture = fixture().await;
    let shown = create(&fixture, of(Q)).await;
    assert_eq!((shown.batch_size, shown.maximum_batching_window_in_seconds), (Some(10), Some(0)));
    assert_eq!(shown.function_response_types, Some(Vec::new()));
    assert_eq!(shown.state_transition_reason.as_deref(), Some("USER_INITIATED"));
    assert_eq!((shown.starting_position, shown.last_processing_result), (None, None));
    assert_eq!((shown.destination_config, shown.maximum_retry_attempts), (None, None));
}

#[tokio::test]
async fn a_stream_shows_what_streams_have() {
    let fixture = fixture().await;
    let shown = create(&fixture, stream(STREAM)).await;
    assert_eq!((shown.batch_size, shown.parallelization_factor), (Some(100), Some(1)));
    assert_eq!(
        (shown.maximum_retry_attempts, shown.tumbling_window_in_seconds),
        (Some(-1), Some(0))
    );
    assert_eq!(shown.state_transition_reason.as_deref(), Some("User action"));
    assert_eq!(shown.last_processing_result.as_deref(), Some("No records processed"));
    assert_eq!(shown.destination_config.unwrap().on_failure.unwrap().destination, None);
}

#[tokio::test]
async fn kafka_of_ones_own_has_a_group_named_after_the_mapping() {
    let fixture = fixture().await;
    let shown = create(&fixture, kafka()).await;
    assert_eq!(shown.starting_position.as_deref(), Some("TRIM_HORIZON"));
    let group = shown.self_managed_kafka_event_source_config.unwrap().consumer_group_id;
    assert_eq!(group, shown.uuid);
    assert_eq!(shown.maximum_batching_window_in_seconds, None);
    let twice = refused(&fixture, kafka()).await;
    let arn = "arn:aws:lambda:us-east-1:000000000000:function:f";
    let expected = format!(
        "An event source mapping with event source (\"kafka:1000\"), function (\"{arn}\"), topics \
         (\"topic\") already exists. Please update or delete the existing mapping with UUID {}",
        shown.uuid.unwrap()
    );
    assert_eq!(twice, expected);
}

#[tokio::test]
async fn a_mapping_goes_through_its_states_and_is_busy_in_between() {
    let fixture = fixture().await;
    let uuid = create(&fixture, of(Q)).await.uuid.unwrap();
    let settling = fixture.control.mapping_settling();
    assert_eq!(state(&fixture, &uuid).await.as_deref(), Some("Creating"));
    let update = |enabled| {
        let input = UpdateEventSourceMappingRequest {
            uuid: uuid.clone(),
            enabled,
            ..UpdateEventSourceMappingRequest::default()
        };
        let control = &fixture.control;
        async move { Handle::<UpdateEventSourceMapping>::handle(control, &call(), input).await }
    };
    let busy = update(None).await.unwrap_err();
    assert_eq!(busy.code(), "ResourceInUseException");
    settling.settle_all().await;
    for (enabled, during, end) in [
        (None, "Updating", "Enabled"),
        (Some(false), "Disabling", "Disabled"),
        (None, "Updating", "Disabled"),
        (Some(true), "Enabling", "Enabled"),
    ] {
        assert_eq!(update(enabled).await.unwrap().state.as_deref(), Some(during));
        settling.settle_all().await;
        assert_eq!(state(&fixture, &uuid).await.as_deref(), Some(end));
    }
    let input = DeleteEventSourceMappingRequest { uuid: uuid.clone() };
    let deleted =
        Handle::<DeleteEventSourceMapping>::handle(&fixture.control, &call(), input).await;
    assert_eq!(deleted.unwrap().state.as_deref(), Some("Deleting"));
    settling.settle_all().await;
    assert_eq!(state(&fixture, &uuid).await, None);
}

#[tokio::test]
async fn one_that_is_not_to_read_is_disabled_at_once() {
    let fixture = fixture().await;
    let input = CreateEventSourceMappingRequest { enabled: Some(false), ..of(Q) };
    assert_eq!(create(&fixture, input).await.state.as_deref(), Some("Disabled"));
}

#[tokio::test]
async fn what_a_source_does_not_have_is_refused_in_awss_words() {
    let fixture = fixture().await;
    let filters = |pattern: &str, count| CreateEventSourceMappingRequest {
        filter_criteria: Some(FilterCriteria {
            filters: Some(vec![Filter { pattern: Some(pattern.to_owned()) }; count]),
        }),
        ..of(Q)
    };
    let destination = DestinationConfig {
        on_failure: Some(OnFailure { destination: Some(Q.to_owned()) }),
        ..DestinationConfig::default()
    };
    let cases = [
        (
            CreateEventSourceMappingRequest { event_source_arn: None, ..of("") },
            "Unrecognized event source.".to_owned(),
        ),
        (of("arn:aws:s3:::b"), "Unrecognized event source.".to_owned()),
        (
            CreateEventSourceMappingRequest { source_access_configurations: None, ..kafka() },
            "Required 'sourceAccessConfigurations' parameter is missing.".to_owned(),
        ),
        (
            CreateEventSourceMappingRequest { function_name: "g".to_owned(), ..of(Q) },
            "Function does not exist".to_owned(),
        ),
        (
            of(STREAM),
            "1 validation error detected: Value null at 'startingPosition' failed to satisfy \
             constraint: Member must not be null."
                .to_owned(),
        ),
        (
            CreateEventSourceMappingRequest {
                starting_position: Some("AT_TIMESTAMP".into()),
                ..of(TABLE)
            },
            format!("Unsupported starting position for arn type: {TABLE}"),
        ),
        (
            CreateEventSourceMappingRequest { batch_size: Some(11), ..of(Q) },
            "Maximum batch window in seconds must be greater than 0 if maximum batch size is \
             greater than 10"
                .to_owned(),
        ),
        (
            CreateEventSourceMappingRequest { destination_config: Some(destination), ..of(Q) },
            "Unsupported DestinationConfig parameter for given event source mapping type."
                .to_owned(),
        ),
        (filters("no json", 1), "Invalid filter pattern definition.".to_owned()),
        (filters("null", 1), "Invalid filter pattern definition.".to_owned()),
        (filters("{}", 6), "FilterCriteria can have at most 5 filters.".to_owned()),
    ];
    for (input, expected) in cases {
        assert_eq!(refused(&fixture, input).await, expected);
    }
}

#[tokio::test]
async fn a_function_reads_a_source_once() {
    let fixture = fixture().await;
    let queue = create(&fixture, of(Q)).await.uuid.unwrap();
    let expected = format!(
        "An event source mapping with SQS arn (\" {Q} \") and function (\" f \") already exists. \
         Please update or delete the existing mapping with UUID {queue}"
    );
    assert_eq!(refused(&fixture, of(Q)).await, expected);
    let shards = create(&fixture, stream(STREAM)).await.uuid.unwrap();
    let expected = format!(
        "The event source arn (\" {STREAM} \") and function (\" f \") provided mapping already \
         exists. Please update or delete the existing mapping with UUID {shards}"
    );
    assert_eq!(refused(&fixture, stream(STREAM)).await, expected);
    let latest = CreateEventSourceMappingRequest { function_name: "f:$LATEST".to_owned(), ..of(Q) };
    let shown = create(&fixture, latest).await;
    assert!(shown.function_arn.unwrap().ends_with(":f:$LATEST"));
}

#[tokio::test]
async fn lists_can_be_those_of_a_source_or_a_function() {
    let fixture = fixture().await;
    fixture.create_active("g").await;
    create(&fixture, of(Q)).await;
    create(&fixture, stream(STREAM)).await;
    create(&fixture, CreateEventSourceMappingRequest { function_name: "g".into(), ..of(Q) }).await;
    let list = |source: Option<&str>, function: Option<&str>| {
        let input = ListEventSourceMappingsRequest {
            event_source_arn: source.map(str::to_owned),
            function_name: function.map(str::to_owned),
            ..ListEventSourceMappingsRequest::default()
        };
        let control = &fixture.control;
        async move {
            let answer =
                Handle::<ListEventSourceMappings>::handle(control, &call(), input).await.unwrap();
            answer.event_source_mappings.unwrap().len()
        }
    };
    assert_eq!(list(None, None).await, 3);
    assert_eq!(list(Some(Q), None).await, 2);
    assert_eq!(list(None, Some("f")).await, 2);
    assert_eq!(list(Some(Q), Some("g")).await, 1);
    // The mapping outlives its function.
    fixture.delete("g").await;
    assert_eq!(list(Some(Q), Some("g")).await, 1);
}
