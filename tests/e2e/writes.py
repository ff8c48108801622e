"""Every kind of thing that is written, as keys with values: how each is made, changed, deleted and seen."""

import base64
import hashlib
import json
import time
import urllib.request

import packages
from conftest import ACCOUNT, REGION
from lambkin import eventually

QUEUE = f"arn:aws:sqs:{REGION}:{ACCOUNT}:"
DOCUMENT = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}


class Kind:
    """One kind of thing; `keys` are those that may come to be, and None where the service makes them up."""

    keys = ["one", "two", "three"]
    changes = True

    def __init__(self, clients, function):
        self.use(clients)
        self.function = function

    def use(self, clients):
        self.lam, self.iam, self.logs, self.kms = (clients[name] for name in ("lambda", "iam", "logs", "kms"))

    def prepare(self):
        """Makes what the writes need, once."""

    def value(self, number):
        return str(number)


class Aliases(Kind):
    def make(self, key, value):
        self.lam.create_alias(FunctionName=self.function, Name=key, FunctionVersion="1", Description=value)

    def change(self, key, value):
        self.lam.update_alias(FunctionName=self.function, Name=key, Description=value)

    def delete(self, key):
        self.lam.delete_alias(FunctionName=self.function, Name=key)

    def seen(self):
        aliases = self.lam.list_aliases(FunctionName=self.function)["Aliases"]
        return {item["Name"]: item["Description"] for item in aliases if item["Name"] in self.keys}


class Permissions(Kind):
    changes = False

    def value(self, number):
        return f"arn:aws:iam::{number % 10**12:012}:root"

    def make(self, key, value):
        options = {"StatementId": key, "Action": "lambda:InvokeFunction", "Principal": value}
        self.lam.add_permission(FunctionName=self.function, **options)

    def delete(self, key):
        self.lam.remove_permission(FunctionName=self.function, StatementId=key)

    def seen(self):
        try:
            policy = json.loads(self.lam.get_policy(FunctionName=self.function)["Policy"])
        except self.lam.exceptions.ResourceNotFoundException:
            return {}
        return {item["Sid"]: item["Principal"]["AWS"] for item in policy["Statement"]}


class Layers(Kind):
    keys, changes = None, False

    def make(self, _, value):
        content = {"ZipFile": packages.zipped({"value": value})}
        return self.lam.publish_layer_version(LayerName="written", Content=content, Description=value)["Version"]

    def delete(self, key):
        self.lam.delete_layer_version(LayerName="written", VersionNumber=key)

    def seen(self):
        seen = {}
        for item in self.lam.list_layer_versions(LayerName="written")["LayerVersions"]:
            content = self.lam.get_layer_version(LayerName="written", VersionNumber=item["Version"])["Content"]
            archive = urllib.request.urlopen(content["Location"]).read()
            digest = base64.b64encode(hashlib.sha256(archive).digest()).decode()
            assert digest == content["CodeSha256"], f"layer {item['Version']} has other content"
            seen[item["Version"]] = item["Description"]
        return seen


class OfQualifiers(Kind):
    """What a function has for each of its aliases."""

    keys = ["blue", "green"]

    def prepare(self):
        for key in self.keys:
            try:
                self.lam.create_alias(FunctionName=self.function, Name=key, FunctionVersion="1")
            except self.lam.exceptions.ResourceConflictException:
                pass


class Urls(OfQualifiers):
    def value(self, number):
        return number % 86_400

    def make(self, key, value):
        options = {"AuthType": "AWS_IAM", "Cors": {"MaxAge": value}}
        self.lam.create_function_url_config(FunctionName=self.function, Qualifier=key, **options)

    def change(self, key, value):
        self.lam.update_function_url_config(FunctionName=self.function, Qualifier=key, Cors={"MaxAge": value})

    def delete(self, key):
        self.lam.delete_function_url_config(FunctionName=self.function, Qualifier=key)

    def seen(self):
        configs = self.lam.list_function_url_configs(FunctionName=self.function)["FunctionUrlConfigs"]
        return {item["FunctionArn"].rpartition(":")[2]: item["Cors"]["MaxAge"] for item in configs}


class EventInvokeConfigs(OfQualifiers):
    def value(self, number):
        return 60 + number % 21_000

    def make(self, key, value):
        options = {"MaximumEventAgeInSeconds": value, "MaximumRetryAttempts": 1}
        self.lam.put_function_event_invoke_config(FunctionName=self.function, Qualifier=key, **options)

    def change(self, key, value):
        options = {"MaximumEventAgeInSeconds": value}
        self.lam.update_function_event_invoke_config(FunctionName=self.function, Qualifier=key, **options)

    def delete(self, key):
        self.lam.delete_function_event_invoke_config(FunctionName=self.function, Qualifier=key)

    def seen(self):
        configs = self.lam.list_function_event_invoke_configs(FunctionName=self.function)
        items = configs["FunctionEventInvokeConfigs"]
        assert all(item["MaximumRetryAttempts"] == 1 for item in items)
        return {item["FunctionArn"].rpartition(":")[2]: item["MaximumEventAgeInSeconds"] for item in items}


class Mappings(Kind):
    keys = None

    def value(self, number):
        return 1 + number % 10

    def make(self, _, value):
        self.made = getattr(self, "made", 0) + 1
        source = f"{QUEUE}q{self.made}"
        options = {"FunctionName": self.function, "EventSourceArn": source, "BatchSize": value}
        return self.lam.create_event_source_mapping(**options)["UUID"]

    def change(self, key, value):
        self.settle(key)
        self.lam.update_event_source_mapping(UUID=key, BatchSize=value)

    def delete(self, key):
        self.settle(key)
        self.lam.delete_event_source_mapping(UUID=key)

    def settle(self, key):
        eventually("the mapping is settled", lambda: self.lam.get_event_source_mapping(UUID=key)["State"] == "Enabled")

    def seen(self):
        mappings = self.lam.list_event_source_mappings(FunctionName=self.function)["EventSourceMappings"]
        return {item["UUID"]: item["BatchSize"] for item in mappings if item["State"] != "Deleting"}


class Tags(Kind):
    @property
    def arn(self):
        return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{self.function}"

    def make(self, key, value):
        self.lam.tag_resource(Resource=self.arn, Tags={key: value})

    change = make

    def delete(self, key):
        self.lam.untag_resource(Resource=self.arn, TagKeys=[key])

    def seen(self):
        return self.lam.list_tags(Resource=self.arn)["Tags"]


class Concurrency(Kind):
    keys = ["reserved"]

    def value(self, number):
        return number % 100

    def make(self, _, value):
        self.lam.put_function_concurrency(FunctionName=self.function, ReservedConcurrentExecutions=value)

    change = make

    def delete(self, _):
        self.lam.delete_function_concurrency(FunctionName=self.function)

    def seen(self):
        answer = self.lam.get_function_concurrency(FunctionName=self.function)
        found = answer.get("ReservedConcurrentExecutions")
        return {} if found is None else {"reserved": found}


class CodeSigningConfigs(Kind):
    keys = None

    def make(self, _, value):
        profile = f"arn:aws:signer:{REGION}:{ACCOUNT}:/signing-profiles/probe/abcdefghij"
        options = {"AllowedPublishers": {"SigningProfileVersionArns": [profile]}, "Description": value}
        return self.lam.create_code_signing_config(**options)["CodeSigningConfig"]["CodeSigningConfigArn"]

    def change(self, key, value):
        self.lam.update_code_signing_config(CodeSigningConfigArn=key, Description=value)

    def delete(self, key):
        self.lam.delete_code_signing_config(CodeSigningConfigArn=key)

    def seen(self):
        configs = self.lam.get_paginator("list_code_signing_configs").paginate().build_full_result()
        return {item["CodeSigningConfigArn"]: item["Description"] for item in configs["CodeSigningConfigs"]}


class Users(Kind):
    def make(self, key, value):
        self.iam.create_user(UserName=key, Tags=[{"Key": "value", "Value": value}])

    def change(self, key, value):
        self.iam.tag_user(UserName=key, Tags=[{"Key": "value", "Value": value}])

    def delete(self, key):
        self.iam.delete_user(UserName=key)

    def seen(self):
        names = [user["UserName"] for user in self.iam.list_users()["Users"] if user["UserName"] in self.keys]
        return {name: self.iam.list_user_tags(UserName=name)["Tags"][0]["Value"] for name in names}


class Roles(Kind):
    def make(self, key, value):
        self.iam.create_role(RoleName=key, AssumeRolePolicyDocument=json.dumps(TRUST), Description=value)

    def change(self, key, value):
        self.iam.update_role(RoleName=key, Description=value)

    def delete(self, key):
        self.iam.delete_role(RoleName=key)

    def seen(self):
        return {item["RoleName"]: item["Description"] for item in self.iam.list_roles()["Roles"] if item["RoleName"] in self.keys}


class UserPolicies(Kind):
    def prepare(self):
        try:
            self.iam.create_user(UserName="holder")
        except self.iam.exceptions.EntityAlreadyExistsException:
            pass

    def make(self, key, value):
        document = json.dumps({**DOCUMENT, "Id": value})
        self.iam.put_user_policy(UserName="holder", PolicyName=key, PolicyDocument=document)

    change = make

    def delete(self, key):
        self.iam.delete_user_policy(UserName="holder", PolicyName=key)

    def seen(self):
        names = self.iam.list_user_policies(UserName="holder")["PolicyNames"]
        answers = {name: self.iam.get_user_policy(UserName="holder", PolicyName=name) for name in names}
        return {name: answer["PolicyDocument"]["Id"] for name, answer in answers.items()}


class ManagedPolicies(Kind):
    keys, changes = None, False

    def make(self, _, value):
        document = json.dumps({**DOCUMENT, "Id": value})
        return self.iam.create_policy(PolicyName=f"policy-{value}", PolicyDocument=document)["Policy"]["Arn"]

    def delete(self, key):
        self.iam.delete_policy(PolicyArn=key)

    def seen(self):
        policies = self.iam.list_policies(Scope="Local")["Policies"]
        return {item["Arn"]: item["PolicyName"].removeprefix("policy-") for item in policies}


class AccessKeys(Kind):
    keys = None

    def prepare(self):
        self.owner = "keyholder"
        try:
            self.iam.create_user(UserName=self.owner)
        except self.iam.exceptions.EntityAlreadyExistsException:
            pass

    def value(self, number):
        return ["Active", "Inactive"][number % 2]

    def make(self, _, value):
        held = self.iam.list_access_keys(UserName=self.owner)["AccessKeyMetadata"]
        if len(held) == 2:
            return None
        key = self.iam.create_access_key(UserName=self.owner)["AccessKey"]["AccessKeyId"]
        return key, "Active"

    def change(self, key, value):
        self.iam.update_access_key(UserName=self.owner, AccessKeyId=key, Status=value)

    def delete(self, key):
        self.iam.delete_access_key(UserName=self.owner, AccessKeyId=key)

    def seen(self):
        keys = self.iam.list_access_keys(UserName=self.owner)["AccessKeyMetadata"]
        return {item["AccessKeyId"]: item["Status"] for item in keys}


class LogGroups(Kind):
    keys = ["/written/one", "/written/two"]

    def value(self, number):
        return [1, 3, 5, 7, 14, 30][number % 6]

    def make(self, key, value):
        self.logs.create_log_group(logGroupName=key)
        return key, None

    def change(self, key, value):
        self.logs.put_retention_policy(logGroupName=key, retentionInDays=value)

    def delete(self, key):
        self.logs.delete_log_group(logGroupName=key)

    def seen(self):
        groups = self.logs.describe_log_groups(logGroupNamePrefix="/written")["logGroups"]
        return {item["logGroupName"]: item.get("retentionInDays") for item in groups}


class LogEvents(Kind):
    """Events only ever come, and each is its own key."""

    keys, changes = None, False

    def prepare(self):
        for call, options in (
            (self.logs.create_log_group, {"logGroupName": "/events"}),
            (self.logs.create_log_stream, {"logGroupName": "/events", "logStreamName": "all"}),
        ):
            try:
                call(**options)
            except self.logs.exceptions.ResourceAlreadyExistsException:
                pass

    def make(self, _, value):
        events = [{"timestamp": int(time.time() * 1000), "message": value}]
        self.logs.put_log_events(logGroupName="/events", logStreamName="all", logEvents=events)
        return value

    delete = None

    def seen(self):
        pages = self.logs.get_paginator("filter_log_events").paginate(logGroupName="/events")
        return {event["message"]: event["message"] for page in pages for event in page["events"]}


class Keys(Kind):
    keys = None

    def make(self, _, value):
        return self.kms.create_key(Description=value)["KeyMetadata"]["KeyId"]

    def change(self, key, value):
        self.kms.update_key_description(KeyId=key, Description=value)

    def delete(self, key):
        self.kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)

    def seen(self):
        listed = self.kms.get_paginator("list_keys").paginate().build_full_result()["Keys"]
        keys = [self.kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"] for key in listed]
        # The others are those of other kinds.
        return {key["KeyId"]: key["Description"] for key in keys if key["Enabled"] and key["Description"]}


class KeyAliases(Kind):
    keys = ["alias/one", "alias/two", "alias/three"]

    def prepare(self):
        self.targets = [self.kms.create_key()["KeyMetadata"]["KeyId"] for _ in range(2)]

    def value(self, number):
        return self.targets[number % 2]

    def make(self, key, value):
        self.kms.create_alias(AliasName=key, TargetKeyId=value)

    def change(self, key, value):
        self.kms.update_alias(AliasName=key, TargetKeyId=value)

    def delete(self, key):
        self.kms.delete_alias(AliasName=key)

    def seen(self):
        aliases = self.kms.list_aliases()["Aliases"]
        return {item["AliasName"]: item["TargetKeyId"] for item in aliases if item["AliasName"] in self.keys}


class Grants(Kind):
    keys, changes = None, False

    def prepare(self):
        self.key = self.kms.create_key()["KeyMetadata"]["KeyId"]

    def make(self, _, value):
        principal = f"arn:aws:iam::{ACCOUNT}:root"
        request = {"KeyId": self.key, "GranteePrincipal": principal, "Operations": ["Decrypt"], "Name": value}
        return self.kms.create_grant(**request)["GrantId"]

    def delete(self, key):
        self.kms.revoke_grant(KeyId=self.key, GrantId=key)

    def seen(self):
        grants = self.kms.get_paginator("list_grants").paginate(KeyId=self.key).build_full_result()["Grants"]
        return {grant["GrantId"]: grant["Name"] for grant in grants}


KINDS = [
    Aliases,
    Permissions,
    Layers,
    Urls,
    EventInvokeConfigs,
    Mappings,
    Tags,
    Concurrency,
    CodeSigningConfigs,
    Users,
    Roles,
    UserPolicies,
    ManagedPolicies,
    AccessKeys,
    LogGroups,
    LogEvents,
    Keys,
    KeyAliases,
    Grants,
]
