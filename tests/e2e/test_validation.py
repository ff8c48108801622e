"""What is refused, and in which words."""

import json

import pytest
from conftest import ACCOUNT, REGION, refused

ARN = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:"


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("Timeout", 901, "Value '901' at 'timeout' failed to satisfy constraint: Member must have value less than or equal to 900"),
        ("Timeout", 0, "Value '0' at 'timeout' failed to satisfy constraint: Member must have value greater than or equal to 1"),
        ("MemorySize", 10241, "Value '10241' at 'memorySize' failed to satisfy constraint: Member must have value less than or equal to 10240"),
        ("MemorySize", 127, "Value '127' at 'memorySize' failed to satisfy constraint: Member must have value greater than or equal to 128"),
        ("EphemeralStorage", {"Size": 511}, "Value '511' at 'ephemeralStorage.size' failed to satisfy constraint: Member must have value greater than or equal to 512"),
        ("Description", "x" * 257, f"Value '{'x' * 257}' at 'description' failed to satisfy constraint: Member must have length less than or equal to 256"),
        ("Architectures", ["x86_64", "arm64"], "Value '[x86_64, arm64]' at 'architectures' failed to satisfy constraint: Member must have length less than or equal to 1"),
    ],
)
def test_a_value_out_of_range_is_a_validation_error(lam, functions, field, value, message):
    request = functions.request(**{field: value})
    error = refused(lam.create_function, **request)
    assert (error.status, error.code) == (400, "ValidationException")
    assert error.message == f"1 validation error detected: {message}"
    assert refused(lam.get_function, FunctionName=request["FunctionName"]).status == 404


def test_all_violations_are_reported_together(lam, functions):
    error = refused(lam.create_function, **functions.request(Timeout=901, MemorySize=10241))
    assert error.message.startswith("2 validation errors detected: Value ")
    assert "at 'timeout'" in error.message
    assert "; Value " in error.message


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (
            {"Runtime": None},
            "Runtime and Handler are mandatory parameters for functions created with deployment packages.",
        ),
        (
            {"Handler": None},
            "Runtime and Handler are mandatory parameters for functions created with deployment packages.",
        ),
        ({"Code": {}}, "Please provide a source for function code."),
        (
            {"Runtime": "python2.7"},
            "The runtime parameter of python2.7 is no longer supported for creating or updating AWS Lambda functions. "
            "We recommend you use",
        ),
        ({"Runtime": "cobol85"}, "Value cobol85 at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: ["),
        ({"Tags": {f"key{number}": "v" for number in range(51)}}, "Number of tags exceeds resource tag limit."),
        (
            {"LoggingConfig": {"LogFormat": "Text", "SystemLogLevel": "WARN"}},
            'LogLevel is not supported when LogFormat is set to "Text". '
            'Remove LogLevel from your request or change the LogFormat to "JSON" and try again.',
        ),
        (
            {"Environment": {"Variables": {"AWS_REGION": "x"}}},
            "Lambda was unable to configure your environment variables because the environment variables you have "
            "provided contains reserved keys that are currently not supported for modification. "
            "Reserved keys used in this request: AWS_REGION",
        ),
    ],
)
def test_a_value_that_makes_no_sense_is_an_invalid_parameter(lam, functions, fields, message):
    request = functions.request(**fields)
    error = refused(lam.create_function, **request)
    assert (error.status, error.code) == (400, "InvalidParameterValueException")
    assert error.message.startswith(message)
    assert refused(lam.get_function, FunctionName=request["FunctionName"]).status == 404


def test_a_long_name_is_an_invalid_parameter(lam, functions):
    name = "n" * 65
    error = refused(lam.create_function, **functions.request(FunctionName=name))
    assert (error.status, error.code) == (400, "InvalidParameterValueException")
    assert error.message == (
        f"1 validation error detected: Value '{name}' at 'functionName' failed to satisfy constraint: "
        "Member must have length less than or equal to 64"
    )


@pytest.mark.parametrize("role", ["nobody", "arn:aws:iam::12:role/x", "arn:aws:iam::000000000000:user/x"])
def test_a_role_must_look_like_one(lam, functions, role):
    error = refused(lam.create_function, **functions.request(Role=role))
    assert error.code == "ValidationException"
    assert error.message.startswith(
        f"1 validation error detected: Value '{role}' at 'role' failed to satisfy constraint: "
        "Member must satisfy regular expression pattern: arn:"
    )


@pytest.mark.parametrize("name", ["my-function!", "*", "f:1:2", "f:$LATES", "arn:aws:lambda:us-east-1:12:function:f"])
def test_a_name_that_is_none_is_a_validation_error(lam, name):
    error = refused(lam.get_function, FunctionName=name)
    assert (error.status, error.code) == (400, "ValidationException")
    assert error.message.startswith(f"1 validation error detected: Value '{name}' at 'functionName' failed to satisfy")


def test_a_bad_qualifier_is_reported_with_a_bad_name(lam):
    error = refused(lam.get_function, FunctionName="f!", Qualifier="bad!")
    assert error.message.startswith("2 validation errors detected: Value 'bad!' at 'qualifier' failed to satisfy")
    assert "; Value 'f!' at 'functionName' failed to satisfy" in error.message


def test_two_different_qualifiers_contradict(lam, functions):
    name = functions.create()
    error = refused(lam.get_function, FunctionName=f"{name}:1", Qualifier="2")
    assert (error.status, error.code) == (400, "InvalidParameterValueException")
    assert error.message == "The derived qualifier from the function name does not match the specified qualifier."


def test_another_region_is_out_of_reach(lam):
    error = refused(lam.get_function, FunctionName=f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:f")
    assert (error.status, error.code) == (404, "ResourceNotFoundException")
    assert error.message == f"Functions from 'eu-west-1' are not reachable in this region ('{REGION}')"


def test_a_function_exists_once(lam, functions):
    name = functions.create()
    error = refused(lam.create_function, **functions.request(FunctionName=name))
    assert (error.status, error.code) == (409, "ResourceConflictException")
    assert error.message == f"Function already exist: {name}"


def test_variables_are_limited_as_compact_json(lam, functions):
    def variables(size):
        return {"KEY": "v" * (size - len('{"KEY":""}'))}

    functions.create(Environment={"Variables": variables(4096)})
    too_many = variables(4097)
    error = refused(lam.create_function, **functions.request(Environment={"Variables": too_many}))
    assert error.code == "InvalidParameterValueException"
    assert error.message == (
        "Lambda was unable to configure your environment variables because the environment variables you have "
        f"provided exceeded the 4KB limit. String measured: {json.dumps(too_many, separators=(',', ':'))}"
    )


@pytest.mark.parametrize("key", ["_X", "1A", "A-B", "A"])
def test_variable_names_have_a_form(lam, functions, key):
    error = refused(lam.create_function, **functions.request(Environment={"Variables": {key: "v"}}))
    assert error.code == "ValidationException"
    assert "at 'environment.variables' failed to satisfy constraint: Map keys must satisfy constraint: [" in error.message


def test_an_update_is_checked_like_a_creation(lam, functions):
    name = functions.create()
    before = lam.get_function_configuration(FunctionName=name)["RevisionId"]
    assert refused(lam.update_function_configuration, FunctionName=name, Timeout=901).code == "ValidationException"
    assert refused(lam.update_function_configuration, FunctionName=name, Runtime="cobol85").code == "InvalidParameterValueException"
    assert lam.get_function_configuration(FunctionName=name)["RevisionId"] == before


def test_updates_of_an_unknown_function_are_not_found(lam):
    for call, options in (
        (lam.update_function_configuration, {"Timeout": 5}),
        (lam.update_function_code, {"ZipFile": b"PK"}),
        (lam.publish_version, {}),
        (lam.list_versions_by_function, {}),
    ):
        error = refused(call, FunctionName="absent", **options)
        assert (error.status, error.code) == (404, "ResourceNotFoundException")
        assert error.message.startswith(f"Function not found: {ARN}absent")


@pytest.mark.parametrize("count", [0, 10001])
def test_page_sizes_have_a_range(lam, count):
    error = refused(lam.list_functions, MaxItems=count)
    assert error.code == "ValidationException"
    assert f"Value '{count}' at 'maxItems' failed to satisfy constraint: Member must have value" in error.message


def test_an_operation_that_is_not_offered_says_so(lam):
    error = refused(lam.list_capacity_providers)
    assert 400 <= error.status < 600
    assert error.message
