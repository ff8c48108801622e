"""Event source mappings: their states, what each kind shows, and what is refused."""

from conftest import ACCOUNT, REGION, Functions, refused
from lambkin import eventually

QUEUE = f"arn:aws:sqs:{REGION}:{ACCOUNT}:q"
STREAM = f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/s"


def state(lam, uuid):
    return lam.get_event_source_mapping(UUID=uuid)["State"]


def gone(lam, uuid):
    try:
        lam.get_event_source_mapping(UUID=uuid)
    except lam.exceptions.ResourceNotFoundException:
        return True


def test_a_mapping_is_made_changed_and_deleted(lam, functions):
    name = functions.create()
    made = lam.create_event_source_mapping(FunctionName=name, EventSourceArn=QUEUE, Tags={"a": "1"})
    assert made["ResponseMetadata"]["HTTPStatusCode"] == 202
    uuid = made["UUID"]
    assert (made["State"], made["BatchSize"], made["FunctionResponseTypes"]) == ("Creating", 10, [])
    assert made["EventSourceMappingArn"] == f"arn:aws:lambda:{REGION}:{ACCOUNT}:event-source-mapping:{uuid}"
    assert "Tags" not in made and "StartingPosition" not in made and "LastProcessingResult" not in made
    assert lam.list_tags(Resource=made["EventSourceMappingArn"])["Tags"] == {"a": "1"}
    eventually("the mapping is enabled", lambda: state(lam, uuid) == "Enabled")
    changed = lam.update_event_source_mapping(UUID=uuid, Enabled=False, BatchSize=5)
    assert (changed["State"], changed["BatchSize"]) == ("Disabling", 5)
    eventually("the mapping is disabled", lambda: state(lam, uuid) == "Disabled")
    listed = lam.list_event_source_mappings(FunctionName=name)["EventSourceMappings"]
    assert [mapping["UUID"] for mapping in listed] == [uuid]
    deleted = lam.delete_event_source_mapping(UUID=uuid)
    assert (deleted["State"], deleted["ResponseMetadata"]["HTTPStatusCode"]) == ("Deleting", 202)
    eventually("the mapping is gone", lambda: gone(lam, uuid))


def test_streams_need_a_position_and_show_what_streams_have(lam, functions):
    name = functions.create()
    error = refused(lam.create_event_source_mapping, FunctionName=name, EventSourceArn=STREAM)
    assert error.message == (
        "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: Member must not be null."
    )
    made = lam.create_event_source_mapping(
        FunctionName=f"{name}:$LATEST", EventSourceArn=STREAM, StartingPosition="LATEST", Enabled=False
    )
    assert made["State"] == "Disabled"
    assert made["FunctionArn"].endswith(f":{name}:$LATEST")
    assert made["DestinationConfig"] == {"OnFailure": {}}
    assert (made["MaximumRetryAttempts"], made["ParallelizationFactor"], made["TumblingWindowInSeconds"]) == (-1, 1, 0)
    assert (made["StateTransitionReason"], made["LastProcessingResult"]) == ("User action", "No records processed")
    error = refused(
        lam.create_event_source_mapping, FunctionName=f"{name}:$LATEST", EventSourceArn=STREAM, StartingPosition="LATEST"
    )
    assert (error.status, error.code) == (409, "ResourceConflictException")
    assert made["UUID"] in error.message
    lam.delete_event_source_mapping(UUID=made["UUID"])


def test_mappings_survive_kill_and_their_function(start):
    server = start()
    lam = server.client("lambda")
    name = Functions(lam).create()
    uuid = lam.create_event_source_mapping(FunctionName=name, EventSourceArn=QUEUE)["UUID"]
    server.kill()
    server.start()
    lam = server.client("lambda")
    eventually("the mapping is enabled after all", lambda: state(lam, uuid) == "Enabled")
    lam.delete_function(FunctionName=name)
    assert state(lam, uuid) == "Enabled"
