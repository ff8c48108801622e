"""Every operation of Lambda's model, with every request that differs from a valid one in one respect."""

import base64
import collections
import json
import time
import urllib.parse

import packages
import pytest
from conftest import ACCOUNT, PYTHON, REGION, ROLE, Functions
from lambkin import Lambkin, eventually
from probe import state
from probe.companions import Companion
from probe.driver import FAILURES_KEPT, Probe, drive
from probe.model import service

LAMBDA = f"arn:aws:lambda:{REGION}:{ACCOUNT}"
QUEUE = f"arn:aws:sqs:{REGION}:{ACCOUNT}:probe"
IMAGE = "localhost:5000/probe:1"
CODE = packages.zipped({"guest.py": "def handler(event, context): return event\n"})


class Subject:
    """A server with one of everything that Lambda keeps, so that a probe has something to spoil."""

    def __init__(self, server):
        self.server = server
        self.client = server.client("lambda")
        functions = Functions(self.client)
        self.name = functions.create(FunctionName="probe", Code={"ZipFile": CODE}, Tags={"a": "1"})
        version = self.client.publish_version(FunctionName=self.name)["Version"]
        self.client.create_alias(FunctionName=self.name, Name="live", FunctionVersion=version)
        permission = {"Action": "lambda:InvokeFunction", "Principal": ACCOUNT}
        self.client.add_permission(FunctionName=self.name, StatementId="stands", **permission)
        self.client.create_function_url_config(FunctionName=self.name, Qualifier="live", AuthType="AWS_IAM")
        self.client.put_function_event_invoke_config(FunctionName=self.name, MaximumRetryAttempts=1)
        self.client.put_function_concurrency(FunctionName=self.name, ReservedConcurrentExecutions=5)
        signing = {"AllowedPublishers": {"SigningProfileVersionArns": [self.profile]}}
        self.signing = self.client.create_code_signing_config(**signing)["CodeSigningConfig"]["CodeSigningConfigArn"]
        layer = {"LayerName": "probe-layer", "Content": {"ZipFile": CODE}}
        self.layer = self.client.publish_layer_version(**layer)["LayerVersionArn"]
        statement = {"StatementId": "stands", "Action": "lambda:GetLayerVersion", "Principal": "*"}
        self.client.add_layer_version_permission(LayerName="probe-layer", VersionNumber=1, **statement)
        mapping = {"FunctionName": self.name, "EventSourceArn": QUEUE, "Tags": {"b": "2"}}
        self.mapping = self.client.create_event_source_mapping(**mapping)["UUID"]
        image = {"Runtime": None, "Handler": None, "PackageType": "Image", "Code": {"ImageUri": IMAGE}}
        self.client.create_function(**functions.request(FunctionName="probe-image", **image))
        self.settle()

    profile = f"arn:aws:signer:{REGION}:{ACCOUNT}:/signing-profiles/probe/abcdefghij"

    def settle(self):
        def quiet():
            mapping = self.client.get_event_source_mapping(UUID=self.mapping)
            config = self.client.get_function_configuration(FunctionName=self.name)
            image = self.client.get_function_configuration(FunctionName="probe-image")
            quiet = mapping["State"] in ("Enabled", "Disabled") and image["State"] == "Failed"
            return quiet and config["LastUpdateStatus"] == "Successful"

        eventually("nothing is under way", quiet)

    def probe(self):
        archive = base64.b64encode(CODE).decode()
        function = f"{LAMBDA}:function:{self.name}"
        everywhere = {
            "FunctionName": self.name,
            "Name": "live",
            "FunctionVersion": "1",
            "UUID": self.mapping,
            "CodeSigningConfigArn": self.signing,
            "LayerName": "probe-layer",
            "VersionNumber": 1,
            "StatementId": "stands",
            "Resource": function,
            "ResourceArn": function,
            "Arn": self.layer,
            "Role": ROLE,
            "Code": {"ZipFile": archive},
            "Content": {"ZipFile": archive},
            "Payload": b"{}",
        }
        special = {
            "CreateFunction": {"FunctionName": "probe-new", "Runtime": PYTHON, "Handler": "guest.handler"},
            "CreateAlias": {"Name": "probe-new"},
            "AddPermission": {"StatementId": "probe-new", "Action": "lambda:InvokeFunction"},
            "AddLayerVersionPermission": {"StatementId": "probe-new", "Principal": "*"},
            "CreateEventSourceMapping": {"EventSourceArn": QUEUE + "2"},
            "CreateFunctionUrlConfig": {"AuthType": "NONE"},
            "UpdateFunctionCode": {"ZipFile": archive},
        }
        address = urllib.parse.urlsplit(self.server.endpoint)
        shapes = {"SigningProfileVersionArns": [self.profile], "RoleArn": ROLE}
        return Probe("lambda", (address.hostname, address.port), {"*": everywhere, **special}, shapes)

    def image_probe(self):
        """The same, with a function that is a container image in the place of the other."""
        probe = self.probe()
        probe.known_members["*"] |= {"FunctionName": "probe-image", "Code": {"ImageUri": IMAGE}}
        probe.known_members["CreateFunction"] = {"FunctionName": "probe-image-new", "PackageType": "Image"}
        probe.known_members["UpdateFunctionCode"] = {"ImageUri": IMAGE}
        return probe

    def snapshot(self):
        return state.snapshot({"lambda": self.client})


@pytest.fixture(scope="module")
def subject(tmp_path_factory):
    server = Lambkin(tmp_path_factory.mktemp("probe"), {"auth": "off"}).start()
    yield Subject(server)
    assert server.stop() == 0, server.tail()


DOCUMENT = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]})
KEY_POLICY = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "kms:*", "Resource": "*"}]}
)
TRUST = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}]}
)


# The operations to which it makes a difference what kind of package a function has.
OF_IMAGES = {
    "CreateFunction",
    "GetFunction",
    "GetFunctionCodeSigningConfig",
    "GetFunctionConfiguration",
    "GetRuntimeManagementConfig",
    "Invoke",
    "InvokeWithResponseStream",
    "ListFunctions",
    "ListVersionsByFunction",
    "PublishVersion",
    "PutFunctionCodeSigningConfig",
    "PutRuntimeManagementConfig",
    "UpdateFunctionCode",
    "UpdateFunctionConfiguration",
}


@pytest.fixture(scope="module")
def companions(subject):
    """A user, a role, a policy, a log group and a key, and the probes that may not change them."""
    iam, logs, kms = (subject.server.client(name) for name in ("iam", "logs", "kms"))
    iam.create_user(UserName="probe", Tags=[{"Key": "a", "Value": "1"}])
    iam.put_user_policy(UserName="probe", PolicyName="stands", PolicyDocument=DOCUMENT)
    iam.create_access_key(UserName="probe")
    iam.create_role(RoleName="probe", AssumeRolePolicyDocument=TRUST)
    policy = iam.create_policy(PolicyName="probe", PolicyDocument=DOCUMENT)["Policy"]["Arn"]
    iam.attach_role_policy(RoleName="probe", PolicyArn=policy)
    logs.create_log_group(logGroupName="/probe")
    logs.create_log_stream(logGroupName="/probe", logStreamName="stands")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.create_alias(AliasName="alias/probe", TargetKeyId=key)
    grantee = f"arn:aws:iam::{ACCOUNT}:role/probe"
    grant = kms.create_grant(KeyId=key, GranteePrincipal=grantee, Operations=["Decrypt"])["GrantId"]
    sealed = base64.b64encode(kms.encrypt(KeyId=key, Plaintext=b"probe")["CiphertextBlob"]).decode()
    known = {
        "KeyId": key,
        "TargetKeyId": key,
        "DestinationKeyId": key,
        "AliasName": "alias/probe",
        "GranteePrincipal": grantee,
        "GrantId": grant,
        "CiphertextBlob": sealed,
        "Policy": KEY_POLICY,
        "UserName": "probe",
        "RoleName": "probe",
        "PolicyName": "stands",
        "PolicyArn": policy,
        "PolicyDocument": DOCUMENT,
        "AssumeRolePolicyDocument": TRUST,
        "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/probe",
        "logGroupName": "/probe",
        "logStreamName": "stands",
    }
    address = urllib.parse.urlsplit(subject.server.endpoint)
    probes = [Companion(name, (address.hostname, address.port), known) for name in ("iam", "sts", "logs", "kms")]
    return {"iam": iam, "logs": logs, "kms": kms}, probes


def report(what, counts, failures, began):
    seconds = time.monotonic() - began
    print(f"{what}: {sum(counts.values())} probes in {seconds:.1f} s ({dict(sorted(counts.items()))})")
    operations = collections.Counter(failure.split(":")[0] for failure in failures)
    shown = "\n".join(failures[:FAILURES_KEPT])
    assert not failures, f"{len(failures)} probes ({dict(operations)}) were answered otherwise than AWS does:\n{shown}"


def test_whatever_breaks_the_model_is_refused_in_its_words_and_changes_nothing(subject):
    before, began = subject.snapshot(), time.monotonic()
    counts, failures = drive(subject.probe(), "refusals", service("lambda").operations)
    report("refused", counts, failures, began)
    assert state.difference(before, subject.snapshot()) == []
    assert sum(counts.values()) > 20_000


def test_paths_and_methods_of_no_operation_are_refused(subject):
    before, began = subject.snapshot(), time.monotonic()
    counts, failures = drive(subject.probe(), "elsewhere", ["-"])
    report("elsewhere", counts, failures, began)
    assert state.difference(before, subject.snapshot()) == []


def test_whatever_keeps_to_the_model_is_done_or_refused_for_a_documented_reason(subject):
    began = time.monotonic()
    operations = set(service("lambda").operations)
    last = {name for name in operations if name.startswith(("Delete", "Remove"))}
    counts, failures = drive(subject.probe(), "acceptances", operations - last)
    more, others = drive(subject.probe(), "acceptances", last)
    report("allowed", counts + more, failures + others, began)


def test_images_are_handled_or_refused_for_a_documented_reason(subject):
    began = time.monotonic()
    assert set(service("lambda").operations) >= OF_IMAGES
    counts, failures = drive(subject.image_probe(), "acceptances", OF_IMAGES)
    report("images", counts, failures, began)


def test_the_companion_services_refuse_what_their_models_forbid(companions):
    clients, probes = companions
    before = state.snapshot(clients)
    for probe in probes:
        began = time.monotonic()
        counts, failures = drive(probe, "refusals", probe.operations())
        report(f"{probe.name} refused", counts, failures, began)
    assert state.difference(before, state.snapshot(clients)) == []


def test_the_companion_services_never_fail(companions):
    for probe in companions[1]:
        began = time.monotonic()
        counts, failures = drive(probe, "acceptances", probe.operations())
        report(f"{probe.name} allowed", counts, failures, began)
