"""The AWS SDK for JavaScript, version 3, as programs use it."""

import json
import os
import pathlib
import subprocess

import packages
import pytest
from conftest import ACCOUNT, PYTHON, REGION

STORY = pathlib.Path(__file__).parent / "js" / "story.mjs"
PACKAGES = os.environ["LAMBKIN_JS"]


@pytest.fixture(scope="module")
def seen(server, tmp_path_factory):
    """What the story saw; it is told once, and each test looks at a part of it."""
    archive = tmp_path_factory.mktemp("js") / "code.zip"
    archive.write_bytes(packages.guest("kitchen.py", "guest.py"))
    clean = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}
    environment = {**clean, **server.environment(), "AWS_REGION": REGION, "LAMBKIN_JS": PACKAGES}
    told = subprocess.run(
        ["node", STORY, archive, PYTHON, "from-javascript"], env=environment, capture_output=True, text=True, timeout=120
    )
    assert told.returncode == 0, told.stderr
    return json.loads(told.stdout)


def test_a_function_is_created_and_the_waiters_are_content(seen):
    assert seen["created"]["State"] == "Pending"
    assert seen["created"]["Environment"] == {"Variables": {"COLOUR": "white"}}
    assert {seen[waiter] for waiter in ("exists", "active", "updated", "published")} == {"SUCCESS"}
    assert seen["gone"] == "ResourceNotFoundException"


def test_an_invocation_has_payload_log_and_error(seen):
    invoked = seen["invoked"]
    assert (json.loads(invoked["payload"]), invoked["status"], invoked["version"]) == ("hei", 200, "$LATEST")
    assert "START RequestId: " in invoked["log"] and "REPORT RequestId: " in invoked["log"]
    assert seen["failed"] == "Unhandled"


def test_paginators_go_through_all_pages(seen):
    assert seen["versions"] == [3, 3, 2]
    assert seen["aliases"] == [3, 3, 1]


def test_aliases_tags_urls_and_layers_are_as_they_were_made(seen):
    assert seen["alias"] == {"AdditionalVersionWeights": {"2": 0.25}}
    assert seen["tags"] == {"a key": "a value", "æ": "ø"}
    assert seen["url"]["created"] == seen["url"]["got"]
    assert seen["url"]["cors"] == {"AllowOrigins": ["*"], "MaxAge": 60}
    assert seen["url"]["time"] == "string"
    assert seen["layer"] == {"version": 1, "same": True}
    assert seen["layers"] == [True]
    assert seen["modified"]


@pytest.mark.parametrize(
    ("what", "name", "status", "known"),
    [
        ("absent", "ResourceNotFoundException", 404, True),
        ("exists", "ResourceConflictException", 409, True),
        # The model has no exception for what breaks it.
        ("invalid", "ValidationException", 400, False),
        ("stale", "PreconditionFailedException", 412, True),
    ],
)
def test_refusals_are_the_sdks_own_errors(seen, what, name, status, known):
    refusal = seen["refusals"][what]
    assert (refusal["name"], refusal["status"], refusal["known"]) == (name, status, known)
    assert refusal["service"] and refusal["fault"] == "client"
    assert refusal["message"] and refusal["id"]


def test_a_refusal_says_what_is_not_there(seen):
    arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:no-such-function"
    assert seen["refusals"]["absent"]["message"] == f"Function not found: {arn}"
