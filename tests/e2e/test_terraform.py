"""What Terraform's AWS provider asks for each of Lambda's resources, call by call, and what it needs of the answers.

The provider reads with GetFunction and fails an apply over a missing part, a policy of another form, or a state that it
does not know; the calls are those of `aws_lambda_function`, `aws_lambda_permission` and their like.
"""

import base64
import hashlib
import itertools
import json

import packages
import pytest
from conftest import ACCOUNT, PYTHON, REGION, refused
from lambkin import eventually

ARN = f"arn:aws:lambda:{REGION}:{ACCOUNT}"
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Action": "sts:AssumeRole", "Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}}],
    }
)
# What the provider writes into its state from GetFunction's Configuration.
NEEDED = [
    "FunctionArn",
    "CodeSha256",
    "CodeSize",
    "Version",
    "LastModified",
    "Architectures",
    "MemorySize",
    "Timeout",
    "Runtime",
    "Handler",
    "PackageType",
    "Role",
    "TracingConfig",
    "LoggingConfig",
    "EphemeralStorage",
    "SnapStart",
    "State",
    "LastUpdateStatus",
]


def archive(value):
    return packages.zipped({"guest.py": f"def handler(event, context): return {value!r}\n"})


class Provider:
    """The provider's side of the conversation."""

    def __init__(self, server):
        self.lam, self.iam = server.client("lambda"), server.client("iam")
        self.logs, self.sts = server.client("logs"), server.client("sts")

    def role(self, name):
        self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST, MaxSessionDuration=3600, Path="/")
        role = self.iam.get_role(RoleName=name)["Role"]
        assert role["AssumeRolePolicyDocument"] == json.loads(TRUST)
        assert self.iam.list_role_policies(RoleName=name)["PolicyNames"] == []
        assert self.iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"] == []
        return role["Arn"]

    def delete_role(self, name):
        assert self.iam.list_instance_profiles_for_role(RoleName=name)["InstanceProfiles"] == []
        assert self.iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"] == []
        assert self.iam.list_role_policies(RoleName=name)["PolicyNames"] == []
        self.iam.delete_role(RoleName=name)
        assert refused(self.iam.get_role, RoleName=name).code == "NoSuchEntity"

    def wait(self, name, of, target, pending):
        """Polls GetFunction; any state besides the target and those on the way fails the apply."""

        def look():
            state = self.lam.get_function(FunctionName=name)["Configuration"][of]
            assert state == target or state in pending, state
            return state == target

        eventually(f"{of} of {name} is {target}", look)

    def create(self, name, role, code, **options):
        request = {
            "FunctionName": name,
            "Role": role,
            "Runtime": PYTHON,
            "Handler": "guest.handler",
            "Code": {"ZipFile": code},
            "Description": "",
            "MemorySize": 128,
            "Timeout": 3,
            "Publish": False,
            "PackageType": "Zip",
            "EphemeralStorage": {"Size": 512},
            "LoggingConfig": {"LogFormat": "Text"},
            "Tags": {"Name": name},
            **options,
        }
        self.lam.create_function(**request)
        self.lam.get_function(FunctionName=name)
        self.wait(name, "State", "Active", ["Pending"])
        return self.read(name)

    def read(self, name, qualifier=None):
        options = {"FunctionName": name, **({"Qualifier": qualifier} if qualifier else {})}
        function = self.lam.get_function(**options)
        assert function["Code"]["Location"] and function["Code"]["RepositoryType"] == "S3"
        config = function["Configuration"]
        assert [member for member in NEEDED if config.get(member) is None] == []
        pages = list(self.lam.get_paginator("list_versions_by_function").paginate(FunctionName=name, MaxItems=10000))
        last = pages[-1]["Versions"][-1]
        assert last["FunctionArn"] == f"{config['FunctionArn'].removesuffix(':' + config['Version'])}:{last['Version']}"
        # Any error of this call fails the apply.
        signing = self.lam.get_function_code_signing_config(FunctionName=name)
        assert not signing.get("CodeSigningConfigArn") or signing["FunctionName"] == name
        return function, last

    def configure(self, name, **options):
        self.lam.update_function_configuration(FunctionName=name, **options)
        self.wait(name, "LastUpdateStatus", "Successful", ["InProgress"])

    def deploy(self, name, code):
        self.lam.update_function_code(FunctionName=name, ZipFile=code, Architectures=["x86_64"])
        self.wait(name, "LastUpdateStatus", "Successful", ["InProgress"])

    def delete(self, name):
        self.lam.delete_function(FunctionName=name)
        eventually(f"{name} is gone", lambda: refused(self.lam.get_function, FunctionName=name).status == 404)

    def statement(self, sid, **options):
        """The statement as the provider reads it: strings throughout, and conditions of known operators only."""
        policy = json.loads(self.lam.get_policy(**options)["Policy"])
        assert isinstance(policy["Statement"], list)
        found = next((item for item in policy["Statement"] if item["Sid"] == sid), None)
        if found is not None:
            assert isinstance(found["Action"], str) and isinstance(found["Resource"], str)
            for operator, keys in found.get("Condition", {}).items():
                assert operator in ("StringEquals", "ArnLike", "Bool")
                assert all(isinstance(value, str) for value in keys.values())
        return found


@pytest.fixture(scope="module")
def provider(server):
    return Provider(server)


names = (f"terraform-{number}" for number in itertools.count(1))


@pytest.fixture
def function(provider):
    """An applied `aws_lambda_function` with its role; destroyed in the end."""
    name = next(names)
    role = provider.role(name)
    provider.create(name, role, archive(1))
    yield name
    provider.delete(name)
    provider.delete_role(name)


def test_the_provider_learns_its_account(provider):
    identity = provider.sts.get_caller_identity()
    assert identity["Account"] == ACCOUNT and identity["Arn"].startswith(f"arn:aws:iam::{ACCOUNT}:")


def test_a_function_is_applied_changed_and_applied_again(provider, function):
    (shown, last) = provider.read(function)
    assert shown["Configuration"]["CodeSha256"] == base64.b64encode(hashlib.sha256(archive(1)).digest()).decode()
    assert shown["Configuration"]["FunctionArn"] == f"{ARN}:function:{function}"
    assert (last["Version"], shown["Tags"]) == ("$LATEST", {"Name": function})
    assert "Concurrency" not in shown and "Environment" not in shown["Configuration"]
    config = {"Timeout": 10, "MemorySize": 256, "Environment": {"Variables": {"STAGE": "test"}}, "TracingConfig": {"Mode": "Active"}}
    provider.configure(function, **config)
    provider.deploy(function, archive(2))
    provider.lam.put_function_concurrency(FunctionName=function, ReservedConcurrentExecutions=2)
    version = provider.lam.publish_version(FunctionName=function)["Version"]
    shown, last = provider.read(function)
    found = shown["Configuration"]
    assert {key: found[key] for key in config} == config
    assert shown["Concurrency"] == {"ReservedConcurrentExecutions": 2}
    assert (last["Version"], last["FunctionArn"]) == (version, f"{ARN}:function:{function}:{version}")
    # A plan after an apply reads everything again and has to find nothing to do.
    again, _ = provider.read(function)
    assert again["Configuration"] == found
    provider.lam.delete_function_concurrency(FunctionName=function)
    provider.configure(function, Environment={"Variables": {}}, TracingConfig={"Mode": "PassThrough"}, VpcConfig={"SubnetIds": [], "SecurityGroupIds": []})
    shown, _ = provider.read(function)
    assert shown["Configuration"]["Environment"] == {"Variables": {}} and "Concurrency" not in shown
    qualified, _ = provider.read(function, version)
    assert qualified["Configuration"]["FunctionArn"].endswith(f":{version}")
    assert "ReservedConcurrentExecutions" not in provider.lam.get_function_concurrency(FunctionName=function)


def test_a_function_that_exists_is_a_conflict(provider, function):
    role = provider.lam.get_function(FunctionName=function)["Configuration"]["Role"]
    error = refused(provider.create, function, role, archive(1))
    assert (error.code, error.message) == ("ResourceConflictException", f"Function already exist: {function}")


def test_tags_of_a_function_are_reconciled(provider, function):
    arn = f"{ARN}:function:{function}"
    provider.lam.untag_resource(Resource=arn, TagKeys=["Name"])
    provider.lam.tag_resource(Resource=arn, Tags={"Team": "wool"})
    assert provider.read(function)[0]["Tags"] == {"Team": "wool"}
    assert provider.lam.list_tags(Resource=arn)["Tags"] == {"Team": "wool"}


PERMISSIONS = {
    "s3": ({"Principal": "s3.amazonaws.com", "SourceArn": "arn:aws:s3:::wool", "SourceAccount": ACCOUNT},
           {"StringEquals": {"AWS:SourceAccount": ACCOUNT}, "ArnLike": {"AWS:SourceArn": "arn:aws:s3:::wool"}}),
    "account": ({"Principal": "111122223333"}, None),
    "organisation": ({"Principal": "*", "PrincipalOrgID": "o-a1b2c3d4e5"}, {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}),
    "alexa": ({"Principal": "alexa-appkit.amazon.com", "EventSourceToken": "amzn1.ask.skill.1"},
              {"StringEquals": {"lambda:EventSourceToken": "amzn1.ask.skill.1"}}),
}


@pytest.mark.parametrize("what", PERMISSIONS)
@pytest.mark.parametrize("qualified", [False, True], ids=["unqualified", "of an alias"])
def test_a_permission_is_found_again(provider, function, what, qualified):
    given, condition = PERMISSIONS[what]
    where = {"FunctionName": function}
    if qualified:
        provider.lam.publish_version(FunctionName=function)
        provider.lam.create_alias(FunctionName=function, Name="live", FunctionVersion="1")
        where["Qualifier"] = "live"
    provider.lam.add_permission(StatementId="Allow", Action="lambda:InvokeFunction", **given, **where)
    provider.lam.add_permission(StatementId="Other", Action="lambda:InvokeFunction", Principal="sns.amazonaws.com", **where)
    found = provider.statement("Allow", **where)
    assert found["Action"] == "lambda:InvokeFunction" and found.get("Condition") == condition
    assert found["Resource"] == f"{ARN}:function:{function}{':live' if qualified else ''}"
    provider.lam.remove_permission(StatementId="Allow", **where)
    assert provider.statement("Allow", **where) is None
    provider.lam.remove_permission(StatementId="Other", **where)
    assert refused(provider.lam.get_policy, **where).code == "ResourceNotFoundException"
    assert refused(provider.lam.remove_permission, StatementId="Allow", **where).code == "ResourceNotFoundException"


def test_a_permission_for_a_url_has_its_condition(provider, function):
    options = {"Principal": "*", "FunctionUrlAuthType": "NONE"}
    provider.lam.add_permission(FunctionName=function, StatementId="Url", Action="lambda:InvokeFunctionUrl", **options)
    found = provider.statement("Url", FunctionName=function)
    assert found["Condition"] == {"StringEquals": {"lambda:FunctionUrlAuthType": "NONE"}}
    provider.lam.remove_permission(FunctionName=function, StatementId="Url")


def test_a_function_url(provider, function):
    lam, cors = provider.lam, {"AllowOrigins": ["https://wool.example"], "AllowMethods": ["GET"], "MaxAge": 60}
    created = lam.create_function_url_config(FunctionName=function, AuthType="NONE", Cors=cors, InvokeMode="BUFFERED")
    found = lam.get_function_url_config(FunctionName=function)
    assert found["FunctionUrl"] == created["FunctionUrl"] and found["Cors"] == cors
    assert found["FunctionArn"] == f"{ARN}:function:{function}" and found["InvokeMode"] == "BUFFERED"
    lam.update_function_url_config(FunctionName=function, AuthType="AWS_IAM", Cors={})
    assert lam.get_function_url_config(FunctionName=function)["AuthType"] == "AWS_IAM"
    lam.delete_function_url_config(FunctionName=function)
    assert refused(lam.get_function_url_config, FunctionName=function).code == "ResourceNotFoundException"


def test_an_alias(provider, function):
    lam = provider.lam
    for value in (2, 3):
        provider.deploy(function, archive(value))
        lam.publish_version(FunctionName=function)
    lam.create_alias(FunctionName=function, Name="live", FunctionVersion="1", Description="d")
    found = lam.get_alias(FunctionName=function, Name="live")
    assert found["AliasArn"] == f"{ARN}:function:{function}:live" and "RoutingConfig" not in found
    lam.update_alias(FunctionName=function, Name="live", RoutingConfig={"AdditionalVersionWeights": {"2": 0.1}})
    assert lam.get_alias(FunctionName=function, Name="live")["RoutingConfig"] == {"AdditionalVersionWeights": {"2": 0.1}}
    lam.update_alias(FunctionName=function, Name="live", FunctionVersion="2", Description="", RoutingConfig={})
    found = lam.get_alias(FunctionName=function, Name="live")
    assert (found["FunctionVersion"], found["Description"], found.get("RoutingConfig")) == ("2", "", None)
    lam.delete_alias(FunctionName=function, Name="live")
    assert refused(lam.get_alias, FunctionName=function, Name="live").code == "ResourceNotFoundException"


def test_an_event_source_mapping(provider, function):
    lam = provider.lam
    source = f"arn:aws:sqs:{REGION}:{ACCOUNT}:terraform"
    uuid = lam.create_event_source_mapping(EventSourceArn=source, FunctionName=function, Enabled=True, BatchSize=5)["UUID"]

    def settled():
        state = lam.get_event_source_mapping(UUID=uuid)["State"]
        assert state in ("Creating", "Enabling", "Updating", "Disabling", "Enabled", "Disabled")
        return state in ("Enabled", "Disabled")

    eventually("the mapping is enabled", settled)
    found = lam.get_event_source_mapping(UUID=uuid)
    assert (found["BatchSize"], found["FunctionArn"]) == (5, f"{ARN}:function:{function}")
    lam.update_event_source_mapping(UUID=uuid, FunctionName=function, Enabled=False, BatchSize=7)
    eventually("the mapping is disabled", settled)
    assert lam.get_event_source_mapping(UUID=uuid)["State"] == "Disabled"
    lam.delete_event_source_mapping(UUID=uuid)

    def gone():
        try:
            assert lam.get_event_source_mapping(UUID=uuid)["State"] == "Deleting"
        except lam.exceptions.ResourceNotFoundException:
            return True

    eventually("the mapping is gone", gone)


def test_a_layer_version_and_its_permission(provider):
    lam = provider.lam
    options = {"LayerName": "terraform", "Content": {"ZipFile": archive(1)}, "CompatibleRuntimes": [PYTHON]}
    version = lam.publish_layer_version(**options, LicenseInfo="MIT", Description="d")["Version"]
    where = {"LayerName": "terraform", "VersionNumber": version}
    found = lam.get_layer_version(**where)
    assert found["Content"]["CodeSha256"] == base64.b64encode(hashlib.sha256(archive(1)).digest()).decode()
    assert found["CreatedDate"] and found["Content"]["CodeSize"] == len(archive(1))
    lam.add_layer_version_permission(**where, StatementId="all", Action="lambda:GetLayerVersion", Principal="*")
    policy = json.loads(lam.get_layer_version_policy(**where)["Policy"])
    assert [item["Sid"] for item in policy["Statement"]] == ["all"]
    lam.remove_layer_version_permission(**where, StatementId="all")
    assert refused(lam.get_layer_version_policy, **where).code == "ResourceNotFoundException"
    lam.delete_layer_version(**where)
    assert refused(lam.get_layer_version, **where).code == "ResourceNotFoundException"


def test_an_event_invoke_config(provider, function):
    lam, where = provider.lam, {"FunctionName": function, "Qualifier": "$LATEST"}
    target = {"OnFailure": {"Destination": f"arn:aws:sqs:{REGION}:{ACCOUNT}:failed"}}
    lam.put_function_event_invoke_config(**where, MaximumRetryAttempts=0, MaximumEventAgeInSeconds=60, DestinationConfig=target)
    found = lam.get_function_event_invoke_config(**where)
    assert (found["MaximumRetryAttempts"], found["MaximumEventAgeInSeconds"]) == (0, 60)
    assert found["DestinationConfig"]["OnFailure"] == target["OnFailure"]
    lam.put_function_event_invoke_config(**where, MaximumRetryAttempts=2)
    assert "MaximumEventAgeInSeconds" not in lam.get_function_event_invoke_config(**where)
    lam.delete_function_event_invoke_config(**where)
    assert refused(lam.get_function_event_invoke_config, **where).code == "ResourceNotFoundException"


def test_code_signing_recursion_and_runtime_management(provider, function):
    lam = provider.lam
    profile = f"arn:aws:signer:{REGION}:{ACCOUNT}:/signing-profiles/terraform/abcdefghij"
    publishers = {"SigningProfileVersionArns": [profile]}
    made = lam.create_code_signing_config(AllowedPublishers=publishers, Description="d")["CodeSigningConfig"]
    assert made["CodeSigningPolicies"] == {"UntrustedArtifactOnDeployment": "Warn"}
    arn = made["CodeSigningConfigArn"]
    assert lam.get_code_signing_config(CodeSigningConfigArn=arn)["CodeSigningConfig"] == made
    lam.put_function_code_signing_config(FunctionName=function, CodeSigningConfigArn=arn)
    provider.read(function)
    lam.delete_function_code_signing_config(FunctionName=function)
    lam.delete_code_signing_config(CodeSigningConfigArn=arn)
    assert refused(lam.get_code_signing_config, CodeSigningConfigArn=arn).status == 404
    lam.put_function_recursion_config(FunctionName=function, RecursiveLoop="Allow")
    assert lam.get_function_recursion_config(FunctionName=function)["RecursiveLoop"] == "Allow"
    lam.put_function_recursion_config(FunctionName=function, RecursiveLoop="Terminate")
    lam.put_runtime_management_config(FunctionName=function, UpdateRuntimeOn="FunctionUpdate")
    found = lam.get_runtime_management_config(FunctionName=function)
    assert (found["UpdateRuntimeOn"], found["FunctionArn"]) == ("FunctionUpdate", f"{ARN}:function:{function}")


def test_an_invocation_whose_function_fails_fails_the_apply(provider, function):
    answer = provider.lam.invoke(FunctionName=function, InvocationType="RequestResponse", Payload=b"{}", Qualifier="$LATEST")
    assert json.loads(answer["Payload"].read()) == 1 and "FunctionError" not in answer
    provider.deploy(function, packages.zipped({"guest.py": "def handler(event, context): raise ValueError('no')\n"}))
    assert provider.lam.invoke(FunctionName=function, Payload=b"{}")["FunctionError"] == "Unhandled"


def test_a_log_group(provider):
    group = "/aws/lambda/terraformed"
    logs, arn = provider.logs, f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{group}"
    logs.create_log_group(logGroupName=group, logGroupClass="STANDARD", tags={"Name": "a"})
    logs.put_retention_policy(logGroupName=group, retentionInDays=14)

    def read():
        found = logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]
        assert [(one["logGroupName"], one["retentionInDays"]) for one in found] == [(group, 14)]
        assert found[0]["arn"] == f"{arn}:*"
        return logs.list_tags_for_resource(resourceArn=arn)["tags"]

    assert read() == {"Name": "a"}
    logs.tag_resource(resourceArn=arn, tags={"Name": "b", "Team": "lambs"})
    logs.untag_resource(resourceArn=arn, tagKeys=["Team"])
    assert read() == {"Name": "b"}
    logs.delete_log_group(logGroupName=group)
    assert logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"] == []
