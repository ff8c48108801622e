"""Aliases: names that move between versions and share invocations out."""

import collections

import packages
from conftest import ACCOUNT, REGION, refused

ARN = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:"


def source(value):
    return packages.zipped(
        {"guest.py": f"def handler(event, context): return [{value!r}, context.invoked_function_arn, context.function_version]\n"}
    )


def versions(lam, functions, count):
    """A function with so many published versions, each of which answers its number."""
    name = functions.create(Code={"ZipFile": source(1)}, Publish=True)
    for number in range(2, count + 1):
        lam.update_function_code(FunctionName=name, ZipFile=source(number))
        functions.settled(name)
        lam.publish_version(FunctionName=name)
    return name


def test_an_alias_runs_its_version_under_its_own_name(lam, functions):
    name = versions(lam, functions, 2)
    answer = lam.create_alias(FunctionName=name, Name="live", FunctionVersion="1", Description="d")
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 201
    assert (answer["AliasArn"], answer["FunctionVersion"], answer["Description"]) == (f"{ARN}{name}:live", "1", "d")
    assert "RoutingConfig" not in answer
    for options in ({"name": name, "Qualifier": "live"}, {"name": f"{name}:live"}, {"name": f"{ARN}{name}:live"}):
        invoked = functions.invoke(**options)
        assert invoked.payload == [1, f"{ARN}{name}:live", "1"]
        assert (invoked.version, invoked.headers["x-amz-executed-version"]) == ("1", "1")
    config = lam.get_function_configuration(FunctionName=name, Qualifier="live")
    assert (config["FunctionArn"], config["Version"]) == (f"{ARN}{name}:live", "1")
    assert lam.get_function(FunctionName=f"{name}:live")["Configuration"]["Version"] == "1"

    moved = lam.update_alias(FunctionName=name, Name="live", FunctionVersion="2", RevisionId=answer["RevisionId"])
    assert moved["RevisionId"] != answer["RevisionId"]
    assert functions.invoke(name, Qualifier="live").payload == [2, f"{ARN}{name}:live", "2"]
    error = refused(lam.update_alias, FunctionName=name, Name="live", RevisionId=answer["RevisionId"])
    assert (error.status, error.code) == (412, "PreconditionFailedException")


def test_weights_split_the_invocations(lam, functions):
    name = versions(lam, functions, 2)
    lam.create_alias(
        FunctionName=name, Name="canary", FunctionVersion="1", RoutingConfig={"AdditionalVersionWeights": {"2": 0.5}}
    )
    counts = collections.Counter(functions.invoke(name, Qualifier="canary").version for _ in range(60))
    # One side having fewer than 10 of 60 comes once in a hundred million runs.
    assert set(counts) == {"1", "2"} and min(counts.values()) >= 10, counts
    for weight, version in ((0.0, "1"), (1.0, "2")):
        lam.update_alias(FunctionName=name, Name="canary", RoutingConfig={"AdditionalVersionWeights": {"2": weight}})
        assert {functions.invoke(name, Qualifier="canary").version for _ in range(5)} == {version}
    cleared = lam.update_alias(FunctionName=name, Name="canary", RoutingConfig={"AdditionalVersionWeights": {}})
    assert "RoutingConfig" not in cleared


def test_a_version_that_an_alias_stands_for_stays(lam, functions):
    name = versions(lam, functions, 1)
    lam.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    error = refused(lam.delete_function, FunctionName=name, Qualifier="1")
    assert (error.status, error.code) == (409, "ResourceConflictException")
    assert error.message == "Deletion failed: The following alias reference this version: [live]"
    assert lam.delete_alias(FunctionName=name, Name="live")["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert lam.delete_alias(FunctionName=name, Name="live")["ResponseMetadata"]["HTTPStatusCode"] == 204
    lam.delete_function(FunctionName=name, Qualifier="1")
    error = refused(lam.invoke, FunctionName=name, Qualifier="live")
    assert (error.status, error.message) == (404, f"Function not found: {ARN}{name}:live")


def test_aliases_are_listed_and_go_with_the_function(lam, functions):
    name = versions(lam, functions, 1)
    for number in range(5):
        lam.create_alias(FunctionName=name, Name=f"a{number}", FunctionVersion="1" if number else "$LATEST")
    pages = lam.get_paginator("list_aliases").paginate(FunctionName=name, PaginationConfig={"PageSize": 2})
    assert [[alias["Name"] for alias in page["Aliases"]] for page in pages] == [["a0", "a1"], ["a2", "a3"], ["a4"]]
    listed = lam.list_aliases(FunctionName=name, FunctionVersion="$LATEST")["Aliases"]
    assert [alias["Name"] for alias in listed] == ["a0"]
    lam.delete_function(FunctionName=name)
    functions.create(FunctionName=name)
    assert lam.list_aliases(FunctionName=name)["Aliases"] == []


def test_bad_weights_and_names_are_refused_by_the_model(lam, functions):
    name = versions(lam, functions, 2)
    make = {"FunctionName": name, "Name": "x", "FunctionVersion": "1"}
    error = refused(lam.create_alias, **make, RoutingConfig={"AdditionalVersionWeights": {"2": 2.0}})
    assert error.code == "ValidationException"
    assert error.message == (
        "1 validation error detected: Value '{2=2.0}' at 'routingConfig.additionalVersionWeights' failed to satisfy "
        "constraint: Map value must satisfy constraint: [Member must have value less than or equal to 1.0, Member must "
        "have value greater than or equal to 0.0, Member must not be null]"
    )
    error = refused(lam.create_alias, **{**make, "Name": "123"})
    assert error.code == "ValidationException"
    assert "regular expression pattern: (?!^[0-9]+$)([a-zA-Z0-9-_]+)" in error.message
    error = refused(lam.get_alias, FunctionName=name, Name="x")
    assert (error.status, error.message) == (404, f"Cannot find alias arn: {ARN}{name}:x")
