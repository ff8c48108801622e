"""Published versions."""

import packages
from conftest import ACCOUNT, REGION, refused

ARN = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:"


def source(value):
    return packages.zipped({"guest.py": f"def handler(event, context): return {value!r}\n"})


def publish_new(lam, functions, name, value):
    lam.update_function_code(FunctionName=name, ZipFile=source(value))
    functions.settled(name)
    return lam.publish_version(FunctionName=name)


def test_publishing_freezes_code_and_configuration(lam, functions):
    name = functions.create(Code={"ZipFile": source("one")}, Description="first")
    before = lam.get_function_configuration(FunctionName=name)
    answer = lam.publish_version(FunctionName=name)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 201
    assert answer["Version"] == "1"
    assert answer["FunctionArn"] == f"{ARN}{name}:1"
    assert (answer["State"], answer["LastUpdateStatus"]) == ("Active", "Successful")
    latest = lam.get_function_configuration(FunctionName=name)
    assert len({before["RevisionId"], answer["RevisionId"], latest["RevisionId"]}) == 3

    publish_new(lam, functions, name, "two")
    assert functions.invoke(name).payload == "two"
    assert functions.invoke(name, Qualifier="1").payload == "one"
    assert functions.invoke(name, Qualifier="2").payload == "two"
    old = functions.invoke(f"{name}:1")
    assert (old.payload, old.version) == ("one", "1")


def test_publishing_the_same_again_gives_the_same_version(lam, functions):
    name = functions.create(Code={"ZipFile": source(1)})
    assert lam.publish_version(FunctionName=name)["Version"] == "1"
    assert lam.publish_version(FunctionName=name, Description="ignored")["Version"] == "1"
    lam.update_function_configuration(FunctionName=name, Description="changed")
    functions.settled(name)
    assert lam.publish_version(FunctionName=name)["Version"] == "2"


def test_a_description_belongs_to_the_version(lam, functions):
    name = functions.create(Description="of the function")
    assert lam.publish_version(FunctionName=name, Description="of the version")["Description"] == "of the version"
    assert lam.get_function_configuration(FunctionName=name)["Description"] == "of the function"


def test_versions_are_listed_latest_first_then_ascending(lam, functions):
    name = functions.create(Code={"ZipFile": source(0)}, Publish=True)
    for value in range(1, 12):
        publish_new(lam, functions, name, value)
    listed = lam.list_versions_by_function(FunctionName=name)["Versions"]
    assert [item["Version"] for item in listed] == ["$LATEST", *(str(number) for number in range(1, 13))]
    assert [item["FunctionArn"] for item in listed] == [f"{ARN}{name}:{item['Version']}" for item in listed]
    assert not any("State" in item or "LastUpdateStatus" in item for item in listed)
    first = lam.list_versions_by_function(FunctionName=name, MaxItems=5)
    rest = lam.list_versions_by_function(FunctionName=name, Marker=first["NextMarker"])
    assert first["Versions"] + rest["Versions"] == listed
    everything = lam.list_functions(FunctionVersion="ALL")
    mine = [item["FunctionArn"] for item in everything["Functions"] if item["FunctionName"] == name]
    assert mine == [item["FunctionArn"] for item in listed][: len(mine)]
    assert mine


def test_publish_on_create_and_on_update(lam, functions):
    request = functions.request(Publish=True, Code={"ZipFile": source(1)})
    answer = lam.create_function(**request)
    name = answer["FunctionName"]
    functions.made.append(name)
    assert (answer["Version"], answer["FunctionArn"]) == ("1", ARN + name)
    functions.settled(name)
    answer = lam.update_function_code(FunctionName=name, ZipFile=source(2), Publish=True)
    assert (answer["Version"], answer["FunctionArn"]) == ("2", f"{ARN}{name}:2")
    functions.settled(name)
    assert functions.invoke(name, Qualifier="2").payload == 2


def test_numbers_are_never_used_again(lam, functions):
    name = functions.create(Code={"ZipFile": source(1)}, Publish=True)
    publish_new(lam, functions, name, 2)
    lam.delete_function(FunctionName=name, Qualifier="2")
    assert lam.publish_version(FunctionName=name)["Version"] == "3"
    lam.delete_function(FunctionName=name)
    functions.create(FunctionName=name, Code={"ZipFile": source(4)}, Publish=True)
    versions = [item["Version"] for item in lam.list_versions_by_function(FunctionName=name)["Versions"]]
    assert versions == ["$LATEST", "4"]


def test_deleting_one_version_leaves_the_others(lam, functions):
    name = functions.create(Code={"ZipFile": source(1)}, Publish=True)
    publish_new(lam, functions, name, 2)
    lam.delete_function(FunctionName=name, Qualifier="1")
    error = refused(lam.get_function, FunctionName=name, Qualifier="1")
    assert (error.status, error.message) == (404, f"Function not found: {ARN}{name}:1")
    assert functions.invoke(name, Qualifier="2").payload == 2
    # A version that is not there: nothing to do. A function that is not there: an error without the qualifier.
    assert lam.delete_function(FunctionName=name, Qualifier="77")["ResponseMetadata"]["HTTPStatusCode"] == 204
    error = refused(lam.delete_function, FunctionName="absent", Qualifier="1")
    assert error.message == f"Function not found: {ARN}absent"


def test_latest_cannot_be_deleted_alone(lam, functions):
    name = functions.create()
    error = refused(lam.delete_function, FunctionName=name, Qualifier="$LATEST")
    assert (error.status, error.code) == (400, "InvalidParameterValueException")
    assert error.message == "$LATEST version cannot be deleted without deleting the function."


def test_publishing_can_insist_on_the_code(lam, functions):
    name = functions.create()
    current = lam.get_function_configuration(FunctionName=name)["CodeSha256"]
    wrong = "a" * 43 + "="
    error = refused(lam.publish_version, FunctionName=name, CodeSha256=wrong)
    assert (error.status, error.code) == (400, "InvalidParameterValueException")
    assert error.message == (
        f"CodeSHA256 ({wrong}) is different from current CodeSHA256 in $LATEST ({current}). "
        "Please try again with the CodeSHA256 in $LATEST."
    )
    assert lam.publish_version(FunctionName=name, CodeSha256=current)["Version"] == "1"
