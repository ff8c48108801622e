"""Layers: published in versions, and laid over each other under /opt."""

import base64
import hashlib
import urllib.request

import packages
from conftest import ACCOUNT, REGION, refused

LAYER = f"arn:aws:lambda:{REGION}:{ACCOUNT}:layer:"

READER = packages.zipped(
    {
        "guest.py": """
import os

def read(path):
    try:
        with open(path) as file:
            return file.read()
    except OSError:
        return None

def handler(event, context):
    import shared
    return {"opt": {name: read("/opt/" + name) for name in event}, "module": shared.WHAT, "entries": sorted(os.listdir("/opt"))}
"""
    }
)


def publish(lam, name, files, **options):
    return lam.publish_layer_version(LayerName=name, Content={"ZipFile": packages.zipped(files)}, **options)


def test_layers_are_laid_over_each_other_in_the_order_of_the_list(lam, functions):
    first = publish(lam, "first", {"python/shared.py": "WHAT = 'first'\n", "one": "1", "both": "first"})
    second = publish(lam, "second", {"python/shared.py": "WHAT = 'second'\n", "two": "2", "both": "second"})
    arns = [first["LayerVersionArn"], second["LayerVersionArn"]]
    name = functions.create(Code={"ZipFile": READER}, Layers=arns)
    config = lam.get_function_configuration(FunctionName=name)
    assert [layer["Arn"] for layer in config["Layers"]] == arns
    assert [layer["CodeSize"] for layer in config["Layers"]] == [
        first["Content"]["CodeSize"],
        second["Content"]["CodeSize"],
    ]
    answer = functions.invoke(name, ["one", "two", "both"]).payload
    assert answer["opt"] == {"one": "1", "two": "2", "both": "second"}
    assert answer["module"] == "second"
    # Deleting a version takes nothing from the functions that use it.
    lam.delete_layer_version(LayerName="second", VersionNumber=second["Version"])
    lam.update_function_configuration(FunctionName=name, Layers=arns[:1])
    functions.settled(name)
    answer = functions.invoke(name, ["one", "two", "both"]).payload
    assert answer["opt"] == {"one": "1", "two": None, "both": "first"}
    error = refused(lam.update_function_configuration, FunctionName=name, Layers=arns)
    assert error.message == f"Layer version {arns[1]} does not exist."
    lam.update_function_configuration(FunctionName=name, Layers=[])
    assert "Layers" not in functions.settled(name)


def test_a_version_can_be_had_by_number_by_arn_and_as_an_archive(lam):
    archive = packages.zipped({"file": "content"})
    answer = lam.publish_layer_version(
        LayerName="shown", Content={"ZipFile": archive}, Description="d", CompatibleRuntimes=["python3.12"]
    )
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 201
    assert (answer["LayerArn"], answer["LayerVersionArn"]) == (f"{LAYER}shown", f"{LAYER}shown:1")
    assert "CompatibleArchitectures" not in answer and "LicenseInfo" not in answer
    assert answer["Content"]["CodeSha256"] == base64.b64encode(hashlib.sha256(archive).digest()).decode()
    got = lam.get_layer_version(LayerName="shown", VersionNumber=1)
    by_arn = lam.get_layer_version_by_arn(Arn=f"{LAYER}shown:1")
    assert got["Description"] == by_arn["Description"] == "d"
    with urllib.request.urlopen(got["Content"]["Location"]) as response:
        assert response.read() == archive
    assert lam.list_layers(CompatibleRuntime="python3.12")["Layers"][-1]["LatestMatchingVersion"]["Version"] == 1
    error = refused(lam.get_layer_version, LayerName="shown", VersionNumber=2)
    assert (error.status, error.message) == (404, "The resource you requested does not exist.")


def test_a_layer_has_a_policy(lam):
    publish(lam, "allowed", {"file": "1"})
    permission = {"LayerName": "allowed", "VersionNumber": 1, "StatementId": "all", "Action": "lambda:GetLayerVersion"}
    added = lam.add_layer_version_permission(**permission, Principal="*")
    policy = lam.get_layer_version_policy(LayerName="allowed", VersionNumber=1)
    assert policy["RevisionId"] == added["RevisionId"]
    assert added["Statement"] in policy["Policy"]
    error = refused(lam.add_layer_version_permission, **permission, Principal="*")
    assert (error.status, error.code) == (409, "ResourceConflictException")
    lam.remove_layer_version_permission(LayerName="allowed", VersionNumber=1, StatementId="all")
    error = refused(lam.get_layer_version_policy, LayerName="allowed", VersionNumber=1)
    assert error.message == "No policy is associated with the given resource."
