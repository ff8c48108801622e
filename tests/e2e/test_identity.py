"""Who one is and what one may do: users, roles, sessions and policies."""

import json
import os
import pathlib
import subprocess
import sys
import uuid

import boto3
import pytest
from botocore.config import Config
from conftest import ACCOUNT, REGION, Functions, refused

BASIC = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"


def policy(action, resource="*", effect="Allow", **more):
    return json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": effect, "Action": action, "Resource": resource, **more}]}
    )


def trust(**principal):
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


LAMBDA = trust(Service="lambda.amazonaws.com")


@pytest.fixture(scope="module")
def iam(server):
    return server.client("iam")


@pytest.fixture
def name():
    return f"n{uuid.uuid4().hex[:12]}"


def as_session(server, service, credentials, region=REGION):
    return boto3.client(
        service,
        endpoint_url=server.endpoint,
        region_name=region,
        aws_access_key_id=credentials["AccessKeyId"],
        aws_secret_access_key=credentials["SecretAccessKey"],
        aws_session_token=credentials.get("SessionToken"),
        config=Config(retries={"total_max_attempts": 1}),
    )


def user(server, iam, name, *policies):
    """Makes a user with inline policies; gives its credentials."""
    iam.create_user(UserName=name)
    for number, document in enumerate(policies):
        iam.put_user_policy(UserName=name, PolicyName=f"p{number}", PolicyDocument=document)
    return iam.create_access_key(UserName=name)["AccessKey"]


def test_a_user_may_do_what_its_policy_allows_and_nothing_else(server, iam, name, functions):
    function = functions.create()
    arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{function}"
    lam = as_session(server, "lambda", user(server, iam, name, policy("lambda:GetFunction", arn)))
    assert lam.get_function(FunctionName=function)["Configuration"]["FunctionArn"] == arn
    error = refused(lam.delete_function, FunctionName=function)
    assert (error.status, error.code) == (403, "AccessDeniedException")
    assert error.message == (
        f"User: arn:aws:iam::{ACCOUNT}:user/{name} is not authorized to perform: lambda:DeleteFunction on resource: {arn} "
        "because no identity-based policy allows the lambda:DeleteFunction action"
    )
    iam.put_user_policy(UserName=name, PolicyName="no", PolicyDocument=policy("lambda:Get*", effect="Deny"))
    error = refused(lam.get_function, FunctionName=function)
    assert error.message.endswith("with an explicit deny in an identity-based policy")


def test_the_policy_of_a_function_lets_a_user_invoke_it(server, iam, name, functions, lam):
    function = functions.create()
    caller = as_session(server, "lambda", user(server, iam, name))
    assert refused(caller.invoke, FunctionName=function).code == "AccessDeniedException"
    lam.add_permission(
        FunctionName=function,
        StatementId="s",
        Action="lambda:InvokeFunction",
        Principal=f"arn:aws:iam::{ACCOUNT}:user/{name}",
    )
    assert caller.invoke(FunctionName=function, Payload=b"{}")["StatusCode"] == 200


def test_keys_end_when_they_are_switched_off(server, iam, name):
    key = user(server, iam, name)
    sts = as_session(server, "sts", key)
    who = sts.get_caller_identity()
    assert who["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/{name}"
    assert who["UserId"] == iam.get_user(UserName=name)["User"]["UserId"]
    iam.update_access_key(UserName=name, AccessKeyId=key["AccessKeyId"], Status="Inactive")
    error = refused(sts.get_caller_identity)
    assert (error.status, error.code) == (403, "InvalidClientTokenId")
    error = refused(as_session(server, "lambda", key).list_functions)
    assert (error.status, error.code) == (403, "UnrecognizedClientException")


def test_a_wrong_secret_is_told_in_the_words_of_each_service(server, iam, name):
    key = {**user(server, iam, name), "SecretAccessKey": "wrong" * 8}
    assert refused(as_session(server, "sts", key).get_caller_identity).code == "SignatureDoesNotMatch"
    assert refused(as_session(server, "lambda", key).list_functions).code == "InvalidSignatureException"


def test_a_user_needs_permission_for_iam_and_for_logs(server, iam, name):
    key = user(server, iam, name)
    error = refused(as_session(server, "iam", key).list_users)
    assert (error.status, error.code) == (403, "AccessDenied")
    assert "is not authorized to perform: iam:ListUsers on resource: " in error.message
    error = refused(as_session(server, "logs", key).describe_log_groups)
    assert (error.status, error.code) == (400, "AccessDeniedException")
    iam.attach_user_policy(UserName=name, PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    assert as_session(server, "iam", key).get_user()["User"]["UserName"] == name


def test_a_role_is_taken_on_by_whom_it_trusts(server, iam, name, functions):
    function = functions.create()
    key = user(server, iam, name)
    sts = as_session(server, "sts", key)
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=LAMBDA)["Role"]["Arn"]
    error = refused(sts.assume_role, RoleArn=arn, RoleSessionName="me")
    assert (error.status, error.code) == (403, "AccessDenied")
    assert error.message == (
        f"User: arn:aws:iam::{ACCOUNT}:user/{name} is not authorized to perform: sts:AssumeRole on resource: {arn}"
    )
    iam.update_assume_role_policy(RoleName=name, PolicyDocument=trust(AWS=f"arn:aws:iam::{ACCOUNT}:user/{name}"))
    iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=policy("lambda:*"))
    answer = sts.assume_role(RoleArn=arn, RoleSessionName="me", DurationSeconds=900)
    session = f"arn:aws:sts::{ACCOUNT}:assumed-role/{name}/me"
    assert answer["AssumedRoleUser"]["Arn"] == session
    credentials = answer["Credentials"]
    assert as_session(server, "sts", credentials).get_caller_identity()["Arn"] == session
    lam = as_session(server, "lambda", credentials)
    assert lam.get_function(FunctionName=function)
    limited = sts.assume_role(RoleArn=arn, RoleSessionName="me", Policy=policy("lambda:List*"))
    assert 0 < limited["PackedPolicySize"] <= 100
    error = refused(as_session(server, "lambda", limited["Credentials"]).get_function, FunctionName=function)
    assert error.message.endswith("because no session policy allows the lambda:GetFunction action")
    without_token = {key: value for key, value in credentials.items() if key != "SessionToken"}
    assert refused(as_session(server, "sts", without_token).get_caller_identity).code == "InvalidClientTokenId"


def test_a_role_lives_as_terraform_has_it_live(iam, name):
    role = iam.create_role(
        RoleName=name, AssumeRolePolicyDocument=LAMBDA, Path="/service/", Tags=[{"Key": "k", "Value": "v"}]
    )["Role"]
    assert role["AssumeRolePolicyDocument"] == json.loads(LAMBDA)
    assert role["Arn"] == f"arn:aws:iam::{ACCOUNT}:role/service/{name}"
    assert iam.get_role(RoleName=name)["Role"]["MaxSessionDuration"] == 3600
    assert iam.list_role_policies(RoleName=name)["PolicyNames"] == []
    assert iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"] == []
    error = refused(iam.create_role, RoleName=name, AssumeRolePolicyDocument=LAMBDA)
    assert (error.status, error.code) == (409, "EntityAlreadyExists")
    assert error.message == f"Role with name {name} already exists."
    iam.tag_role(RoleName=name, Tags=[{"Key": "a", "Value": "b"}])
    assert {tag["Key"] for tag in iam.list_role_tags(RoleName=name)["Tags"]} == {"a", "k"}
    iam.attach_role_policy(RoleName=name, PolicyArn=BASIC)
    assert iam.get_policy(PolicyArn=BASIC)["Policy"]["AttachmentCount"] >= 1
    document = iam.get_policy_version(PolicyArn=BASIC, VersionId="v1")["PolicyVersion"]["Document"]
    assert "logs:PutLogEvents" in document["Statement"][0]["Action"]
    error = refused(iam.delete_role, RoleName=name)
    assert (error.status, error.code) == (409, "DeleteConflict")
    iam.detach_role_policy(RoleName=name, PolicyArn=BASIC)
    assert iam.list_instance_profiles_for_role(RoleName=name)["InstanceProfiles"] == []
    iam.delete_role(RoleName=name)
    error = refused(iam.get_role, RoleName=name)
    assert (error.status, error.code) == (404, "NoSuchEntity")
    assert error.message == f"The role with name {name} cannot be found."


def test_a_managed_policy_comes_and_goes(iam, name):
    arn = iam.create_policy(PolicyName=name, PolicyDocument=policy("lambda:*"))["Policy"]["Arn"]
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=policy("s3:*"), SetAsDefault=True)
    versions = iam.list_policy_versions(PolicyArn=arn)["Versions"]
    assert [(version["VersionId"], version["IsDefaultVersion"]) for version in versions] == [("v2", True), ("v1", False)]
    assert arn in [policy["Arn"] for policy in iam.list_policies(Scope="Local")["Policies"]]
    error = refused(iam.create_policy, PolicyName=f"{name}x", PolicyDocument='{"Statement": [{"Effect": "Allow"}]}')
    assert (error.status, error.code) == (400, "MalformedPolicyDocument")
    iam.delete_policy_version(PolicyArn=arn, VersionId="v1")
    iam.delete_policy(PolicyArn=arn)
    assert refused(iam.get_policy, PolicyArn=arn).code == "NoSuchEntity"


def test_a_function_gets_what_its_role_allows(server, iam, name, functions):
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=LAMBDA)
    iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=policy("lambda:ListFunctions"))
    function = functions.create(Role=f"arn:aws:iam::{ACCOUNT}:role/{name}")
    found = functions.invoke(function, {"do": "environment"}).payload
    credentials = {
        "AccessKeyId": found["AWS_ACCESS_KEY_ID"],
        "SecretAccessKey": found["AWS_SECRET_ACCESS_KEY"],
        "SessionToken": found["AWS_SESSION_TOKEN"],
    }
    who = as_session(server, "sts", credentials).get_caller_identity()
    assert who["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/{name}/{function}"
    lam = as_session(server, "lambda", credentials)
    assert lam.list_functions()["Functions"]
    assert refused(lam.get_function, FunctionName=function).code == "AccessDeniedException"
    iam.delete_role_policy(RoleName=name, PolicyName="p")
    assert refused(lam.list_functions).code == "AccessDeniedException"


def test_sessions_users_and_roles_outlive_a_kill(start):
    server = start()
    iam = server.client("iam")
    key = user(server, iam, "ada", policy("sts:*"))
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=trust(AWS=ACCOUNT))
    request = {"RoleArn": f"arn:aws:iam::{ACCOUNT}:role/r", "RoleSessionName": "me"}
    credentials = as_session(server, "sts", key).assume_role(**request)["Credentials"]
    server.kill()
    server.start()
    assert as_session(server, "sts", key).get_caller_identity()["Arn"].endswith(":user/ada")
    assert as_session(server, "sts", credentials).get_caller_identity()["Arn"].endswith(":assumed-role/r/me")
    assert [user["UserName"] for user in server.client("iam").list_users()["Users"]] == ["ada"]


def test_the_command_line_makes_users_and_roles(server, name):
    env = {**os.environ, **server.environment(), "AWS_CONFIG_FILE": os.devnull, "AWS_PAGER": ""}
    aws = [sys.executable, pathlib.Path(sys.executable).parent / "aws", "iam"]

    def run(*arguments):
        done = subprocess.run([*aws, *arguments], env=env, capture_output=True, text=True, check=True)
        return json.loads(done.stdout) if done.stdout.strip() else None

    assert run("create-user", "--user-name", name)["User"]["UserName"] == name
    assert run("create-role", "--role-name", name, "--assume-role-policy-document", LAMBDA)["Role"]["RoleName"] == name
    run("wait", "role-exists", "--role-name", name)
    run("attach-role-policy", "--role-name", name, "--policy-arn", BASIC)
    assert name in [role["RoleName"] for role in run("list-roles")["Roles"]]


def test_a_role_has_to_let_lambda_in(iam, name, lam, functions):
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust(Service="ec2.amazonaws.com"))
    request = functions.request(Role=f"arn:aws:iam::{ACCOUNT}:role/{name}")
    error = refused(lam.create_function, **request)
    assert (error.status, error.code) == (400, "InvalidParameterValueException")
    assert error.message == "The role defined for the function cannot be assumed by Lambda."
    iam.update_assume_role_policy(RoleName=name, PolicyDocument=LAMBDA)
    functions.create(**request)


def test_roles_that_do_not_exist_are_refused_where_the_operator_wants_it(start):
    server = start({"unknown-roles": "refuse"})
    lam, request = server.client("lambda"), Functions(server.client("lambda")).request()
    error = refused(lam.create_function, **{**request, "Role": f"arn:aws:iam::{ACCOUNT}:role/none"})
    assert error.message == "The role defined for the function cannot be assumed by Lambda."
    error = refused(lam.create_function, **{**request, "Role": "arn:aws:iam::111111111111:role/none"})
    assert (error.status, error.code) == (403, "AccessDeniedException")
    assert error.message == "Cross-account pass role is not allowed."


def test_where_a_call_comes_from_and_the_tags_of_a_function_decide(server, iam, name, functions, lam):
    condition = {"StringEquals": {"aws:ResourceTag/team": "lambs"}, "IpAddress": {"aws:SourceIp": "127.0.0.0/8"}}
    key = user(server, iam, name, policy("lambda:GetFunction", Condition=condition))
    mine = server.client("lambda", key=key["AccessKeyId"], secret=key["SecretAccessKey"])
    tagged, other = functions.create(Tags={"team": "lambs"}), functions.create(Tags={"team": "wolves"})
    assert mine.get_function(FunctionName=tagged)["Configuration"]["FunctionName"] == tagged
    assert refused(mine.get_function, FunctionName=other).code == "AccessDeniedException"
    lam.tag_resource(Resource=lam.get_function(FunctionName=other)["Configuration"]["FunctionArn"], Tags={"team": "lambs"})
    assert mine.get_function(FunctionName=other)["Configuration"]["FunctionName"] == other


def test_whoever_may_not_list_the_tags_of_a_function_reads_why_they_are_missing(server, iam, name, functions):
    tagged, plain = functions.create(Tags={"team": "lambs"}), functions.create()
    lam = as_session(server, "lambda", user(server, iam, name, policy("lambda:GetFunction")))
    arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{tagged}"
    for qualifier in {}, {"Qualifier": "$LATEST"}:
        answer = lam.get_function(FunctionName=tagged, **qualifier)
        assert answer["Configuration"]["FunctionName"] == tagged and "Tags" not in answer
        assert answer["TagsError"] == {
            "ErrorCode": "AccessDeniedException",
            "Message": f"User: arn:aws:iam::{ACCOUNT}:user/{name} is not authorized to perform: lambda:ListTags on resource: "
            f"{arn} because no identity-based policy allows the lambda:ListTags action",
        }
    answer = lam.get_function(FunctionName=plain)
    assert "Tags" not in answer and "TagsError" not in answer
    iam.put_user_policy(UserName=name, PolicyName="tags", PolicyDocument=policy("lambda:ListTags", arn))
    answer = lam.get_function(FunctionName=tagged)
    assert answer["Tags"] == {"team": "lambs"} and "TagsError" not in answer


def test_tags_at_creation_need_permission_to_tag(server, iam, name, functions, lam):
    target, function = functions.create(), functions.request(FunctionName=name)
    mapping = {"FunctionName": target, "EventSourceArn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}", "Enabled": False}
    profile = f"arn:aws:signer:{REGION}:{ACCOUNT}:/signing-profiles/p/0123456789"
    config = {"AllowedPublishers": {"SigningProfileVersionArns": [profile]}}
    mine = as_session(server, "lambda", user(server, iam, name, policy(["lambda:Create*", "iam:PassRole"])))
    # A mapping takes a while to go, and there may be no second one meanwhile.
    again = {**mapping, "EventSourceArn": f"{mapping['EventSourceArn']}-2"}
    kinds = [
        (f"function:{name}", mine.create_function, function, function),
        ("event-source-mapping:*", mine.create_event_source_mapping, mapping, again),
        ("code-signing-config:*", mine.create_code_signing_config, config, config),
    ]

    def delete(made):
        if "UUID" in made:
            lam.delete_event_source_mapping(UUID=made["UUID"])
        elif "FunctionName" in made:
            lam.delete_function(FunctionName=made["FunctionName"])
        else:
            lam.delete_code_signing_config(CodeSigningConfigArn=made["CodeSigningConfig"]["CodeSigningConfigArn"])

    for resource, create, request, plain in kinds:
        arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:{resource}"
        delete(create(**plain))
        error = refused(create, **request, Tags={"team": "lambs"})
        assert (error.status, error.code) == (403, "AccessDeniedException")
        assert error.message == (
            f"User: arn:aws:iam::{ACCOUNT}:user/{name} is not authorized to perform: lambda:TagResource on resource: {arn} "
            "because no identity-based policy allows the lambda:TagResource action"
        )
        lambs = {"StringEquals": {"aws:RequestTag/team": "lambs"}}
        document = policy("lambda:TagResource", arn, Condition=lambs)
        iam.put_user_policy(UserName=name, PolicyName="tag", PolicyDocument=document)
        assert refused(create, **request, Tags={"team": "wolves"}).code == "AccessDeniedException"
        delete(create(**request, Tags={"team": "lambs"}))
        iam.delete_user_policy(UserName=name, PolicyName="tag")
