"""KMS: keys that are made, used, disabled, deleted and denied, and functions whose variables they seal."""

import base64
import json
import uuid

import packages
import pytest
from conftest import ACCOUNT, REGION, ROLE, Functions, refused
from lambkin import eventually
from test_cli import CLIS, Cli
from test_encryption import holding
from test_identity import as_session, policy, user

SECRET = "a-planted-secret-9d41"
CONFIGURE = (
    "Lambda was unable to configure access to your environment variables because the KMS key is invalid for CreateGrant. "
    "Please check your KMS key settings. KMS Exception: {} KMS Message: {}"
)
START = (
    "Lambda was unable to decrypt the environment variables because {}. "
    "Please check the function's KMS key settings. KMS Exception: {}KMS Message: {}"
)
# What it answers is in the variables; what it is asked for keeps an environment busy.
CODE = packages.zipped({"guest.py": "import os\ndef handler(event, context): return os.environ.get('SECRET')\n"})


def key_arn(key):
    return f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{key}"


@pytest.fixture(scope="module")
def kms(server):
    return server.client("kms")


@pytest.fixture(scope="module")
def iam(server):
    return server.client("iam")


@pytest.fixture
def key(kms):
    return kms.create_key()["KeyMetadata"]["KeyId"]


@pytest.fixture
def name():
    return f"n{uuid.uuid4().hex[:12]}"


@pytest.fixture
def sealed(functions, key):
    """A function whose variables are sealed under a key."""
    return functions.create(KMSKeyArn=key_arn(key), Code={"ZipFile": CODE}, Environment={"Variables": {"SECRET": SECRET}})


def cold(lam, name):
    """Makes sure that the next invocation needs a new environment, and leaves the variables as they are."""
    memory = lam.get_function_configuration(FunctionName=name)["MemorySize"]
    lam.update_function_configuration(FunctionName=name, MemorySize=memory + 1)
    Functions(lam).settled(name)


def test_a_key_shows_itself_as_on_aws(kms):
    made = kms.create_key(Description="d", Tags=[{"TagKey": "a", "TagValue": "1"}])["KeyMetadata"]
    assert made.pop("CreationDate").timestamp() > 1_700_000_000
    current = made.pop("CurrentKeyMaterialId")
    assert len(current) == 64
    arn = key_arn(made["KeyId"])
    assert made == {
        "AWSAccountId": ACCOUNT,
        "KeyId": made["KeyId"],
        "Arn": arn,
        "Enabled": True,
        "Description": "d",
        "KeyUsage": "ENCRYPT_DECRYPT",
        "KeyState": "Enabled",
        "Origin": "AWS_KMS",
        "KeyManager": "CUSTOMER",
        "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT",
        "KeySpec": "SYMMETRIC_DEFAULT",
        "EncryptionAlgorithms": ["SYMMETRIC_DEFAULT"],
        "MultiRegion": False,
    }
    assert kms.describe_key(KeyId=arn)["KeyMetadata"]["KeyId"] == made["KeyId"]
    listed = [key for page in kms.get_paginator("list_keys").paginate(PaginationConfig={"PageSize": 2}) for key in page["Keys"]]
    assert {"KeyId": made["KeyId"], "KeyArn": arn} in listed
    kms.update_key_description(KeyId=arn, Description="e")
    assert kms.describe_key(KeyId=arn)["KeyMetadata"]["Description"] == "e"
    kms.tag_resource(KeyId=arn, Tags=[{"TagKey": "b", "TagValue": "2"}])
    kms.untag_resource(KeyId=arn, TagKeys=["a"])
    assert kms.list_resource_tags(KeyId=arn)["Tags"] == [{"TagKey": "b", "TagValue": "2"}]


def test_what_is_not_there_is_not_found(kms, key):
    absent = str(uuid.uuid4())
    for named, code, message in [
        (absent, "NotFoundException", f"Key '{key_arn(absent)}' does not exist"),
        ("alias/absent", "NotFoundException", f"Alias arn:aws:kms:{REGION}:{ACCOUNT}:alias/absent is not found."),
        ("nonsense", "NotFoundException", "Invalid keyId 'nonsense'"),
        (key_arn(key).replace(REGION, "eu-west-1"), "NotFoundException", "Invalid arn eu-west-1"),
    ]:
        error = refused(kms.describe_key, KeyId=named)
        assert (error.status, error.code, error.message) == (400, code, message)


def test_other_kinds_of_keys_are_not_offered(kms):
    for options in [
        {"KeySpec": "RSA_2048", "KeyUsage": "SIGN_VERIFY"},
        {"KeyUsage": "GENERATE_VERIFY_MAC"},
        {"Origin": "EXTERNAL"},
        {"MultiRegion": True},
    ]:
        assert refused(kms.create_key, **options).code == "UnsupportedOperationException", options


def test_the_life_of_a_key(kms, key):
    arn = key_arn(key)
    blob = kms.encrypt(KeyId=key, Plaintext=b"p")["CiphertextBlob"]
    kms.disable_key(KeyId=key)
    error = refused(kms.encrypt, KeyId=key, Plaintext=b"p")
    assert (error.code, error.message) == ("DisabledException", f"{arn} is disabled.")
    assert refused(kms.decrypt, CiphertextBlob=blob).code == "DisabledException"
    kms.enable_key(KeyId=key)
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"p"
    error = refused(kms.schedule_key_deletion, KeyId=key, PendingWindowInDays=6)
    assert error.code == "ValidationException"
    answer = kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    assert (answer["KeyId"], answer["KeyState"], answer["PendingWindowInDays"]) == (arn, "PendingDeletion", 7)
    metadata = kms.describe_key(KeyId=key)["KeyMetadata"]
    assert (metadata["KeyState"], metadata["Enabled"], metadata["DeletionDate"]) == ("PendingDeletion", False, answer["DeletionDate"])
    for call in (
        lambda **key: kms.encrypt(Plaintext=b"p", **key),
        kms.enable_key,
        kms.schedule_key_deletion,
        lambda KeyId: kms.create_alias(AliasName="alias/late", TargetKeyId=KeyId),
    ):
        error = refused(call, KeyId=key)
        assert (error.code, error.message) == ("KMSInvalidStateException", f"{arn} is pending deletion.")
    assert kms.cancel_key_deletion(KeyId=key)["KeyId"] == arn
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "Disabled"
    assert refused(kms.cancel_key_deletion, KeyId=key).code == "KMSInvalidStateException"


def test_a_key_is_deleted_after_its_waiting_period(start):
    server = start({"kms": {"day": "1ms"}})
    kms = server.client("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.create_alias(AliasName="alias/doomed", TargetKeyId=key)
    blob = kms.encrypt(KeyId=key, Plaintext=b"p")["CiphertextBlob"]
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)

    def gone():
        return all(listed["KeyId"] != key for listed in kms.list_keys()["Keys"])

    eventually("the key is deleted", gone)
    assert refused(kms.describe_key, KeyId=key).code == "NotFoundException"
    assert refused(kms.describe_key, KeyId="alias/doomed").code == "NotFoundException"
    error = refused(kms.decrypt, CiphertextBlob=blob)
    assert error.code == "AccessDeniedException"
    assert error.message.startswith("The ciphertext refers to a customer master key that does not exist")
    assert [alias["AliasName"] for alias in kms.list_aliases()["Aliases"]] == ["alias/aws/lambda"]


def test_aliases_lead_to_keys(kms, key, name):
    alias, other = f"alias/{name}", kms.create_key()["KeyMetadata"]["KeyId"]
    arn = f"arn:aws:kms:{REGION}:{ACCOUNT}:{alias}"
    kms.create_alias(AliasName=alias, TargetKeyId=key)
    blob = kms.encrypt(KeyId=alias, Plaintext=b"p")["CiphertextBlob"]
    assert kms.describe_key(KeyId=arn)["KeyMetadata"]["KeyId"] == key
    error = refused(kms.create_alias, AliasName=alias, TargetKeyId=other)
    assert (error.code, error.message) == ("AlreadyExistsException", f"An alias with the name {arn} already exists")
    (listed,) = kms.list_aliases(KeyId=key)["Aliases"]
    assert (listed["AliasName"], listed["AliasArn"], listed["TargetKeyId"]) == (alias, arn, key)
    kms.update_alias(AliasName=alias, TargetKeyId=key_arn(other))
    assert kms.describe_key(KeyId=alias)["KeyMetadata"]["KeyId"] == other
    # What was encrypted knows its key, wherever the alias leads now.
    assert kms.decrypt(CiphertextBlob=blob)["KeyId"] == key_arn(key)
    assert refused(kms.decrypt, CiphertextBlob=blob, KeyId=alias).code == "IncorrectKeyException"
    kms.delete_alias(AliasName=alias)
    assert refused(kms.delete_alias, AliasName=alias).code == "NotFoundException"
    assert refused(kms.enable_key, KeyId=alias).code == "NotFoundException"
    assert refused(kms.create_alias, AliasName="alias/aws/mine", TargetKeyId=key).code == "NotAuthorizedException"
    assert refused(kms.create_alias, AliasName="mine", TargetKeyId=key).code == "ValidationException"


def test_the_key_of_lambda_is_there_without_being_made(kms):
    assert "alias/aws/lambda" in [alias["AliasName"] for alias in kms.list_aliases()["Aliases"]]
    metadata = kms.describe_key(KeyId="alias/aws/lambda")["KeyMetadata"]
    assert (metadata["KeyManager"], metadata["Enabled"]) == ("AWS", True)
    assert metadata["Description"] == "Default key that protects my Lambda functions when no other key is defined"
    assert kms.get_key_rotation_status(KeyId=metadata["KeyId"])["KeyRotationEnabled"]
    for call in (kms.disable_key, kms.schedule_key_deletion, lambda KeyId: kms.encrypt(KeyId=KeyId, Plaintext=b"p")):
        assert refused(call, KeyId=metadata["KeyId"]).code == "AccessDeniedException"


def test_the_key_of_lambda_is_there_for_whoever_uses_lambda(server, kms, iam, functions, name):
    arn = kms.describe_key(KeyId="alias/aws/lambda")["KeyMetadata"]["Arn"]
    theirs = user(server, iam, name, policy(["lambda:*", "iam:PassRole", "kms:*"]))
    lam = as_session(server, "lambda", theirs)
    request = functions.request(KMSKeyArn=arn, Code={"ZipFile": CODE}, Environment={"Variables": {"SECRET": SECRET}})
    functions.made.append(lam.create_function(**request)["FunctionName"])
    functions.settled(functions.made[-1])
    assert functions.invoke(functions.made[-1]).payload == SECRET
    error = refused(as_session(server, "kms", theirs).encrypt, KeyId=arn, Plaintext=b"p")
    assert error.message.endswith("because no resource-based policy allows the kms:Encrypt action")


def test_a_ciphertext_is_bound_to_its_context(kms, key):
    context = {"project": "one", "stage": "test"}
    blob = kms.encrypt(KeyId=key, Plaintext=b"p", EncryptionContext=context)["CiphertextBlob"]
    answer = kms.decrypt(CiphertextBlob=blob, EncryptionContext=context)
    assert (answer["Plaintext"], answer["KeyId"], answer["EncryptionAlgorithm"]) == (b"p", key_arn(key), "SYMMETRIC_DEFAULT")
    bent = blob[:-1] + bytes([blob[-1] ^ 1])
    for options in [
        {"CiphertextBlob": blob},
        {"CiphertextBlob": blob, "EncryptionContext": {"project": "one"}},
        {"CiphertextBlob": blob, "EncryptionContext": {**context, "more": "1"}},
        {"CiphertextBlob": bent, "EncryptionContext": context},
        {"CiphertextBlob": b"nothing of the kind"},
    ]:
        assert refused(kms.decrypt, **options).code == "InvalidCiphertextException", options
    other = kms.create_key()["KeyMetadata"]["KeyId"]
    moved = kms.re_encrypt(CiphertextBlob=blob, SourceEncryptionContext=context, DestinationKeyId=other)
    assert (moved["SourceKeyId"], moved["KeyId"]) == (key_arn(key), key_arn(other))
    assert kms.decrypt(CiphertextBlob=moved["CiphertextBlob"])["Plaintext"] == b"p"
    assert refused(kms.encrypt, KeyId=key, Plaintext=b"p", DryRun=True).code == "DryRunOperationException"


def test_data_keys_open_to_themselves(kms, key):
    for options, length in [({"KeySpec": "AES_256"}, 32), ({"KeySpec": "AES_128"}, 16), ({"NumberOfBytes": 64}, 64)]:
        made = kms.generate_data_key(KeyId=key, EncryptionContext={"a": "b"}, **options)
        assert len(made["Plaintext"]) == length
        assert kms.decrypt(CiphertextBlob=made["CiphertextBlob"], EncryptionContext={"a": "b"})["Plaintext"] == made["Plaintext"]
        without = kms.generate_data_key_without_plaintext(KeyId=key, **options)
        assert "Plaintext" not in without
        assert len(kms.decrypt(CiphertextBlob=without["CiphertextBlob"])["Plaintext"]) == length
    for options in [{}, {"KeySpec": "AES_256", "NumberOfBytes": 32}]:
        error = refused(kms.generate_data_key, KeyId=key, **options)
        assert (error.code, error.message) == ("ValidationException", "Please specify either number of bytes or key spec.")
    one, two = (kms.generate_random(NumberOfBytes=32)["Plaintext"] for _ in range(2))
    assert len(one) == 32 and one != two


def test_a_key_that_is_rotated_opens_what_it_has_sealed_before(kms, key):
    before = kms.encrypt(KeyId=key, Plaintext=b"before")["CiphertextBlob"]
    material = kms.describe_key(KeyId=key)["KeyMetadata"]["CurrentKeyMaterialId"]
    assert kms.rotate_key_on_demand(KeyId=key)["KeyId"] == key_arn(key)
    after = kms.encrypt(KeyId=key, Plaintext=b"after")["CiphertextBlob"]
    opened = [kms.decrypt(CiphertextBlob=blob) for blob in (before, after)]
    assert [answer["Plaintext"] for answer in opened] == [b"before", b"after"]
    assert opened[0]["KeyMaterialId"] == material != opened[1]["KeyMaterialId"]
    (rotation,) = kms.list_key_rotations(KeyId=key)["Rotations"]
    assert rotation["RotationType"] == "ON_DEMAND"
    assert not kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"]
    kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=90)
    status = kms.get_key_rotation_status(KeyId=key)
    assert (status["KeyRotationEnabled"], status["RotationPeriodInDays"]) == (True, 90)
    kms.disable_key_rotation(KeyId=key)
    assert not kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"]


def test_keys_rotate_themselves_when_they_are_due(start):
    kms = start({"kms": {"day": "1ms"}}).client("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    before = kms.encrypt(KeyId=key, Plaintext=b"before")["CiphertextBlob"]
    kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=90)
    eventually("the key is rotated", lambda: kms.list_key_rotations(KeyId=key)["Rotations"])
    kms.disable_key_rotation(KeyId=key)
    assert kms.list_key_rotations(KeyId=key)["Rotations"][0]["RotationType"] == "AUTOMATIC"
    assert kms.decrypt(CiphertextBlob=before)["Plaintext"] == b"before"


def statement(effect, who, action, **more):
    return {"Effect": effect, "Principal": {"AWS": who}, "Action": action, "Resource": "*", **more}


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


ADMINISTRATION = statement("Allow", f"arn:aws:iam::{ACCOUNT}:root", "kms:*")


def test_the_default_policy_leaves_it_to_the_account(server, kms, iam, key, name):
    default = json.loads(kms.get_key_policy(KeyId=key)["Policy"])
    assert (default["Id"], default["Statement"][0]["Sid"]) == ("key-default-1", "Enable IAM User Permissions")
    assert kms.list_key_policies(KeyId=key)["PolicyNames"] == ["default"]
    theirs = as_session(server, "kms", user(server, iam, name, policy("kms:Encrypt", key_arn(key))))
    blob = theirs.encrypt(KeyId=key, Plaintext=b"p")["CiphertextBlob"]
    error = refused(theirs.decrypt, CiphertextBlob=blob)
    assert (error.status, error.code) == (400, "AccessDeniedException")
    assert error.message == (
        f"User: arn:aws:iam::{ACCOUNT}:user/{name} is not authorized to perform: kms:Decrypt on resource: {key_arn(key)} "
        "because no identity-based policy allows the kms:Decrypt action"
    )
    assert refused(theirs.list_keys).code == "AccessDeniedException"


def test_a_key_policy_has_the_last_word(server, kms, iam, key, name):
    theirs = as_session(server, "kms", user(server, iam, name, policy("kms:*")))
    me = f"arn:aws:iam::{ACCOUNT}:user/{name}"
    blob = theirs.encrypt(KeyId=key, Plaintext=b"p")["CiphertextBlob"]
    # Without the account in it, their own policies mean nothing.
    kms.put_key_policy(KeyId=key, Policy=document(statement("Allow", me, "kms:Encrypt")), BypassPolicyLockoutSafetyCheck=True)
    theirs.encrypt(KeyId=key, Plaintext=b"p")
    error = refused(theirs.decrypt, CiphertextBlob=blob)
    assert error.message.endswith("because no resource-based policy allows the kms:Decrypt action")
    kms.put_key_policy(KeyId=key, Policy=document(ADMINISTRATION, statement("Deny", me, "kms:Decrypt")))
    assert refused(theirs.decrypt, CiphertextBlob=blob).message.endswith("with an explicit deny in a resource-based policy")
    condition = {"StringEquals": {"kms:EncryptionContext:a": "1"}}
    kms.put_key_policy(KeyId=key, Policy=document(ADMINISTRATION, statement("Deny", me, "kms:Encrypt", Condition=condition)))
    theirs.encrypt(KeyId=key, Plaintext=b"p")
    assert refused(theirs.encrypt, KeyId=key, Plaintext=b"p", EncryptionContext={"a": "1"}).code == "AccessDeniedException"
    error = refused(kms.put_key_policy, KeyId=key, Policy=document(statement("Allow", me, "kms:Encrypt")))
    assert (error.code, error.message) == (
        "MalformedPolicyDocumentException",
        "The new key policy will not allow you to update the key policy in the future.",
    )
    assert refused(kms.put_key_policy, KeyId=key, Policy="{").code == "MalformedPolicyDocumentException"


def test_a_grant_lets_somebody_in(server, kms, iam, key, name):
    me = f"arn:aws:iam::{ACCOUNT}:user/{name}"
    theirs = as_session(server, "kms", user(server, iam, name))
    blob = kms.encrypt(KeyId=key, Plaintext=b"p", EncryptionContext={"a": "1"})["CiphertextBlob"]
    request = {
        "KeyId": key,
        "Name": "g",
        "GranteePrincipal": me,
        "Operations": ["Decrypt", "RetireGrant"],
        "Constraints": {"EncryptionContextSubset": {"a": "1"}},
    }
    made = kms.create_grant(**request)
    assert kms.create_grant(**request)["GrantId"] == made["GrantId"]
    (grant,) = kms.list_grants(KeyId=key)["Grants"]
    assert (grant["GrantId"], grant["GranteePrincipal"], grant["Operations"]) == (made["GrantId"], me, request["Operations"])
    assert theirs.decrypt(CiphertextBlob=blob, EncryptionContext={"a": "1"})["Plaintext"] == b"p"
    assert refused(theirs.decrypt, CiphertextBlob=blob).code == "AccessDeniedException"
    assert refused(theirs.encrypt, KeyId=key, Plaintext=b"p").code == "AccessDeniedException"
    theirs.retire_grant(GrantToken=made["GrantToken"])
    assert refused(theirs.decrypt, CiphertextBlob=blob, EncryptionContext={"a": "1"}).code == "AccessDeniedException"
    again = kms.create_grant(**request)
    kms.revoke_grant(KeyId=key, GrantId=again["GrantId"])
    assert kms.list_grants(KeyId=key)["Grants"] == []
    assert refused(kms.revoke_grant, KeyId=key, GrantId=again["GrantId"]).code == "NotFoundException"
    assert refused(kms.create_grant, KeyId=key, GranteePrincipal="x", Operations=["Decrypt"]).code == "InvalidArnException"


def test_a_function_gets_its_variables_from_its_key(lam, functions, kms, key, sealed):
    assert lam.get_function_configuration(FunctionName=sealed)["KMSKeyArn"] == key_arn(key)
    assert functions.invoke(sealed).payload == SECRET
    (grant,) = kms.list_grants(KeyId=key)["Grants"]
    assert grant["GranteePrincipal"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/{ROLE.rpartition('/')[2]}/{sealed}"
    assert grant["Operations"] == ["Decrypt", "RetireGrant"]
    function = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{sealed}"
    assert grant["Constraints"] == {"EncryptionContextSubset": {"aws:lambda:FunctionArn": function}}
    lam.update_function_configuration(FunctionName=sealed, KMSKeyArn="")
    functions.settled(sealed)
    kms.disable_key(KeyId=key)
    assert functions.invoke(sealed).payload == SECRET


def test_a_disabled_key_stops_new_environments_and_nothing_else(lam, functions, kms, key, sealed):
    assert functions.invoke(sealed).payload == SECRET
    kms.disable_key(KeyId=key)
    assert functions.invoke(sealed).payload == SECRET, "a warm environment goes on"
    shown = lam.get_function_configuration(FunctionName=sealed)["Environment"]
    assert shown == {
        "Error": {
            "ErrorCode": "DisabledException",
            "Message": "Lambda was unable to decrypt your environment variables because the KMS key is disabled. Please check "
            f"your KMS key settings. KMS Exception: DisabledException KMS Message: {key_arn(key)} is disabled.",
        }
    }
    cold(lam, sealed)
    error = refused(lam.invoke, FunctionName=sealed)
    message = START.format("the KMS key used is disabled", "DisabledException", f"{key_arn(key)} is disabled.")
    assert (error.status, error.code, error.message) == (502, "KMSDisabledException", message)
    kms.enable_key(KeyId=key)
    assert functions.invoke(sealed).payload == SECRET


def test_an_event_waits_until_its_functions_key_can_be_used(lam, logs, functions, kms, key):
    code = packages.zipped({"guest.py": "def handler(event, context): print('has run')\n"})
    variables = {"Variables": {"SECRET": SECRET}}
    name = functions.create(KMSKeyArn=key_arn(key), Code={"ZipFile": code}, Environment=variables)
    kms.disable_key(KeyId=key)
    assert functions.invoke(name, InvocationType="Event").status == 202
    assert refused(lam.invoke, FunctionName=name).code == "KMSDisabledException"
    kms.enable_key(KeyId=key)

    def ran():
        groups = logs.describe_log_groups(logGroupNamePrefix=f"/aws/lambda/{name}")["logGroups"]
        return groups and logs.filter_log_events(logGroupName=f"/aws/lambda/{name}", filterPattern='"has run"')["events"]

    eventually("the event is handled", ran)


def test_a_key_that_waits_for_its_deletion_opens_nothing(lam, functions, kms, key, sealed):
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    error = refused(lam.invoke, FunctionName=sealed)
    cause = f"{key_arn(key)} is pending deletion."
    message = START.format("the KMS key used is in an invalid state for Decrypt", "KMSInvalidStateException", cause)
    assert (error.status, error.code, error.message) == (502, "KMSInvalidStateException", message)
    assert lam.get_function(FunctionName=sealed)["Configuration"]["Environment"]["Error"]["ErrorCode"] == "KMSInvalidStateException"
    kms.cancel_key_deletion(KeyId=key)
    kms.enable_key(KeyId=key)
    assert functions.invoke(sealed).payload == SECRET


def test_a_key_that_is_gone_is_not_found(start):
    server = start({"kms": {"day": "1ms"}})
    kms, functions = server.client("kms"), Functions(server.client("lambda"))
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    name = functions.create(KMSKeyArn=key_arn(key), Environment={"Variables": {"SECRET": SECRET}})
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    eventually("the key is deleted", lambda: not kms.list_keys()["Keys"])
    error = refused(functions.client.invoke, FunctionName=name)
    cause = f"Key '{key_arn(key)}' does not exist"
    assert (error.status, error.code) == (502, "KMSNotFoundException")
    assert error.message == START.format("the KMS key was not found", "NotFoundException", cause)
    # The way out: other variables, under no key.
    functions.client.update_function_configuration(FunctionName=name, KMSKeyArn="", Environment={"Variables": {"NAME": "b"}})
    functions.settled(name)
    assert functions.client.get_function_configuration(FunctionName=name)["Environment"] == {"Variables": {"NAME": "b"}}


def test_a_grant_that_was_revoked_denies(lam, functions, kms, key, sealed):
    (grant,) = kms.list_grants(KeyId=key)["Grants"]
    kms.revoke_grant(KeyId=key, GrantId=grant["GrantId"])
    error = refused(lam.invoke, FunctionName=sealed)
    assert (error.status, error.code) == (502, "KMSAccessDeniedException")
    who = grant["GranteePrincipal"]
    cause = (
        f"User: {who} is not authorized to perform: kms:Decrypt on resource: {key_arn(key)} "
        "because no identity-based policy allows the kms:Decrypt action"
    )
    assert error.message == START.format("KMS access was denied", "AccessDeniedException", cause)
    # Configuring the key again grants it again.
    lam.update_function_configuration(FunctionName=sealed, KMSKeyArn=key_arn(key))
    functions.settled(sealed)
    assert functions.invoke(sealed).payload == SECRET


def test_a_role_may_have_the_key_by_itself(server, lam, functions, kms, iam, key, name):
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    variables = {"Variables": {"SECRET": SECRET}}
    function = functions.create(Role=role, KMSKeyArn=key_arn(key), Code={"ZipFile": CODE}, Environment=variables)
    (grant,) = kms.list_grants(KeyId=key)["Grants"]
    kms.revoke_grant(KeyId=key, GrantId=grant["GrantId"])
    assert refused(lam.invoke, FunctionName=function).code == "KMSAccessDeniedException"
    iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=policy("kms:Decrypt", key_arn(key)))
    assert functions.invoke(function).payload == SECRET
    kms.put_key_policy(KeyId=key, Policy=document(ADMINISTRATION, statement("Deny", role, "kms:Decrypt")))
    cold(lam, function)
    error = refused(lam.invoke, FunctionName=function)
    assert error.code == "KMSAccessDeniedException"
    assert "with an explicit deny in a resource-based policy" in error.message


def test_functions_are_refused_keys_that_cannot_be_used(lam, functions, kms, key):
    variables = {"Variables": {"SECRET": SECRET}}
    absent = key_arn(uuid.uuid4())
    disabled = kms.create_key()["KeyMetadata"]["Arn"]
    kms.disable_key(KeyId=disabled)
    kms.create_alias(AliasName=f"alias/{uuid.uuid4().hex}", TargetKeyId=key)
    alias = kms.list_aliases(KeyId=key)["Aliases"][0]["AliasArn"]
    pending = kms.create_key()["KeyMetadata"]["Arn"]
    kms.schedule_key_deletion(KeyId=pending)
    name = functions.create(Environment=variables)
    for arn, exception, cause in [
        (absent, "NotFoundException", f"Key '{absent}' does not exist"),
        (disabled, "DisabledException", f"{disabled} is disabled."),
        (pending, "KMSInvalidStateException", f"{pending} is pending deletion."),
        (alias, "InvalidArnException", "Key Aliases are not supported for this operation."),
    ]:
        request = functions.request(KMSKeyArn=arn, Environment=variables)
        for error in (
            refused(lam.create_function, **request),
            refused(lam.update_function_configuration, FunctionName=name, KMSKeyArn=arn),
        ):
            message = CONFIGURE.format(exception, cause)
            assert (error.status, error.code, error.message) == (400, "InvalidParameterValueException", message)
        assert refused(lam.get_function, FunctionName=request["FunctionName"]).code == "ResourceNotFoundException"
    assert lam.get_function_configuration(FunctionName=name)["Environment"] == variables


def test_whoever_may_not_decrypt_sees_why_and_whoever_may_not_grant_configures_nothing(server, lam, iam, functions, key, name, sealed):
    theirs = as_session(server, "lambda", user(server, iam, name, policy(["lambda:*", "iam:PassRole"])))
    shown = theirs.get_function_configuration(FunctionName=sealed)
    me = f"arn:aws:iam::{ACCOUNT}:user/{name}"
    denied = f"User: {me} is not authorized to perform: {{}} on resource: {key_arn(key)} because no identity-based policy allows the {{}} action"
    assert shown["Environment"] == {
        "Error": {
            "ErrorCode": "AccessDeniedException",
            "Message": "Lambda was unable to decrypt your environment variables because the KMS access was denied. Please check "
            "your KMS key settings. KMS Exception: AccessDeniedException KMS Message: " + denied.format("kms:Decrypt", "kms:Decrypt"),
        }
    }
    listed = {entry["FunctionName"]: entry for entry in theirs.list_functions()["Functions"]}
    assert listed[sealed]["Environment"] == shown["Environment"]
    assert functions.invoke(sealed).payload == SECRET, "the function may, all the same"
    for call, options in [
        (theirs.create_function, functions.request(KMSKeyArn=key_arn(key))),
        (theirs.update_function_configuration, {"FunctionName": sealed, "Environment": {"Variables": {"NAME": "b"}}}),
    ]:
        error = refused(call, **options)
        assert error.code == "InvalidParameterValueException"
        assert error.message == CONFIGURE.format("AccessDeniedException", denied.format("kms:CreateGrant", "kms:CreateGrant"))
    iam.put_user_policy(UserName=name, PolicyName="kms", PolicyDocument=policy(["kms:CreateGrant", "kms:Encrypt"]))
    theirs.update_function_configuration(FunctionName=sealed, Environment={"Variables": {"SECRET": "other"}})
    functions.settled(sealed)
    assert functions.invoke(sealed).payload == "other"


def test_keys_and_what_they_seal_outlive_the_server(start):
    server = start()
    kms, functions = server.client("kms"), Functions(server.client("lambda"))
    key = kms.create_key(Description="kept")["KeyMetadata"]["KeyId"]
    kms.create_alias(AliasName="alias/kept", TargetKeyId=key)
    context = {"context": "c"}
    blob = kms.encrypt(KeyId=key, Plaintext=SECRET.encode(), EncryptionContext=context)["CiphertextBlob"]
    data_key = kms.generate_data_key(KeyId=key, KeySpec="AES_256")
    name = functions.create(KMSKeyArn=key_arn(key), Code={"ZipFile": CODE}, Environment={"Variables": {"SECRET": SECRET}})
    version = functions.client.publish_version(FunctionName=name)["Version"]
    kms.rotate_key_on_demand(KeyId=key)
    for end in (server.kill, server.stop):
        end()
        assert holding(server.data, SECRET, outside=()) == []
        for form in (data_key["Plaintext"], base64.b64encode(data_key["Plaintext"]), data_key["Plaintext"].hex().encode()):
            files = (path for path in server.data.rglob("*") if path.is_file())
            assert not any(form in path.read_bytes() for path in files)
        server.start()
        kms, functions = server.client("kms"), Functions(server.client("lambda"))
        assert kms.describe_key(KeyId="alias/kept")["KeyMetadata"]["Description"] == "kept"
        assert kms.decrypt(CiphertextBlob=blob, EncryptionContext=context)["Plaintext"] == SECRET.encode()
        assert kms.decrypt(CiphertextBlob=data_key["CiphertextBlob"])["Plaintext"] == data_key["Plaintext"]
        functions.settled(name)
        assert functions.invoke(name).payload == SECRET
        assert functions.invoke(name, Qualifier=version).payload == SECRET


def test_the_aws_cli_makes_a_key_and_a_function_with_it(server, functions, tmp_path):
    run = Cli(CLIS["version 1"](), server, tmp_path)
    key = run("kms", "create-key", "--description", "by hand")["KeyMetadata"]["Arn"]
    run("kms", "create-alias", "--alias-name", "alias/by-hand", "--target-key-id", key)
    (tmp_path / "plain").write_bytes(b"plain")
    sealed = run("kms", "encrypt", "--key-id", "alias/by-hand", "--plaintext", "fileb://plain", "--encryption-context", "a=b")
    (tmp_path / "sealed").write_bytes(base64.b64decode(sealed["CiphertextBlob"]))
    opened = run("kms", "decrypt", "--ciphertext-blob", "fileb://sealed", "--encryption-context", "a=b")
    assert (base64.b64decode(opened["Plaintext"]), opened["KeyId"]) == (b"plain", key)
    (tmp_path / "code.zip").write_bytes(CODE)
    request = functions.request()
    name = request["FunctionName"]
    functions.made.append(name)
    run(
        *("lambda", "create-function", "--function-name", name, "--runtime", request["Runtime"], "--role", ROLE),
        *("--handler", "guest.handler", "--zip-file", "fileb://code.zip", "--kms-key-arn", key),
        *("--environment", "Variables={SECRET=hush}"),
    )
    functions.settled(name)
    assert functions.invoke(name).payload == "hush"
    assert run("kms", "schedule-key-deletion", "--key-id", key, "--pending-window-in-days", "7")["KeyState"] == "PendingDeletion"
