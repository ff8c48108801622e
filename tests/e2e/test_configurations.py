"""What is attached to functions: tags, reserved concurrency, policies, and what becomes of events and runtimes."""

import json

from conftest import ACCOUNT, REGION, refused

ARN = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:"


def test_tags_are_merged_and_shown(lam, functions):
    name = functions.create(Tags={"team": "a"})
    before = lam.get_function_configuration(FunctionName=name)["RevisionId"]
    answer = lam.tag_resource(Resource=ARN + name, Tags={"team": "b", "stage": "é/test"})
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert lam.list_tags(Resource=ARN + name)["Tags"] == {"team": "b", "stage": "é/test"}
    assert lam.get_function(FunctionName=name)["Tags"] == {"team": "b", "stage": "é/test"}
    assert lam.get_function_configuration(FunctionName=name)["RevisionId"] != before
    lam.untag_resource(Resource=ARN + name, TagKeys=["team", "stage", "absent"])
    assert lam.list_tags(Resource=ARN + name)["Tags"] == {}
    assert "Tags" not in lam.get_function(FunctionName=name)
    error = refused(lam.untag_resource, Resource=ARN + name, TagKeys=[])
    assert error.message == (
        "1 validation error detected: Value null at 'tagKeys' failed to satisfy constraint: Member must not be null"
    )


def test_concurrency_is_reserved_from_the_account(lam, functions):
    name = functions.create()
    whole = lam.get_account_settings()["AccountLimit"]["UnreservedConcurrentExecutions"]
    assert "ReservedConcurrentExecutions" not in lam.get_function_concurrency(FunctionName=name)
    put = lam.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=7)
    assert put["ReservedConcurrentExecutions"] == 7
    assert lam.get_function(FunctionName=name)["Concurrency"] == {"ReservedConcurrentExecutions": 7}
    assert lam.get_account_settings()["AccountLimit"]["UnreservedConcurrentExecutions"] == whole - 7
    error = refused(lam.put_function_concurrency, FunctionName=name, ReservedConcurrentExecutions=whole - 99)
    assert (error.status, error.code, error.answer.get("Type")) == (400, "InvalidParameterValueException", None)
    assert error.message.endswith("decreases account's UnreservedConcurrentExecution below its minimum value of [100].")
    assert lam.delete_function_concurrency(FunctionName=name)["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert "Concurrency" not in lam.get_function(FunctionName=name)


def test_a_policy_is_what_terraform_reads(lam, functions):
    name = functions.create(Publish=True)
    lam.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    answer = lam.add_permission(
        FunctionName=name,
        Qualifier="live",
        StatementId="s3",
        Action="lambda:InvokeFunction",
        Principal="s3.amazonaws.com",
        SourceArn="arn:aws:s3:::b",
        SourceAccount="111111111111",
    )
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 201
    statement = json.loads(answer["Statement"])
    assert list(statement) == ["Sid", "Effect", "Principal", "Action", "Resource", "Condition"]
    policy = lam.get_policy(FunctionName=name, Qualifier="live")
    assert json.loads(policy["Policy"]) == {"Version": "2012-10-17", "Id": "default", "Statement": [statement]}
    assert statement["Resource"] == f"{ARN}{name}:live"
    assert statement["Condition"] == {
        "StringEquals": {"AWS:SourceAccount": "111111111111"},
        "ArnLike": {"AWS:SourceArn": "arn:aws:s3:::b"},
    }
    assert policy["RevisionId"] == lam.get_alias(FunctionName=name, Name="live")["RevisionId"]
    error = refused(lam.get_policy, FunctionName=name)
    assert (error.status, error.message) == (404, "The resource you requested does not exist.")
    stale = {"FunctionName": name, "Qualifier": "live", "StatementId": "s3", "RevisionId": "x"}
    assert refused(lam.remove_permission, **stale).status == 412
    lam.remove_permission(**{**stale, "RevisionId": policy["RevisionId"]})
    assert refused(lam.get_policy, FunctionName=name, Qualifier="live").status == 404


def test_what_becomes_of_events_is_put_merged_and_listed(lam, functions):
    name = functions.create(Publish=True)
    queue = f"arn:aws:sqs:{REGION}:{ACCOUNT}:q"
    put = lam.put_function_event_invoke_config(
        FunctionName=name, MaximumRetryAttempts=1, DestinationConfig={"OnFailure": {"Destination": queue}}
    )
    assert put["FunctionArn"] == f"{ARN}{name}:$LATEST"
    assert put["DestinationConfig"] == {"OnFailure": {"Destination": queue}, "OnSuccess": {}}
    assert "MaximumEventAgeInSeconds" not in put
    updated = lam.update_function_event_invoke_config(FunctionName=name, MaximumEventAgeInSeconds=60)
    assert (updated["MaximumRetryAttempts"], updated["MaximumEventAgeInSeconds"]) == (1, 60)
    assert updated["DestinationConfig"]["OnFailure"] == {"Destination": queue}
    lam.put_function_event_invoke_config(FunctionName=name, Qualifier="1", MaximumRetryAttempts=0)
    listed = lam.list_function_event_invoke_configs(FunctionName=name)["FunctionEventInvokeConfigs"]
    assert [config["FunctionArn"] for config in listed] == [f"{ARN}{name}:$LATEST", f"{ARN}{name}:1"]
    assert lam.delete_function_event_invoke_config(FunctionName=name)["ResponseMetadata"]["HTTPStatusCode"] == 204
    error = refused(lam.get_function_event_invoke_config, FunctionName=name)
    assert error.message == f"The function {ARN}{name}:$LATEST doesn't have an EventInvokeConfig"


def test_recursion_and_runtime_updates_are_kept(lam, functions):
    name = functions.create()
    assert lam.get_function_recursion_config(FunctionName=name)["RecursiveLoop"] == "Terminate"
    assert lam.put_function_recursion_config(FunctionName=name, RecursiveLoop="Allow")["RecursiveLoop"] == "Allow"
    assert lam.get_function_recursion_config(FunctionName=name)["RecursiveLoop"] == "Allow"
    version = lam.get_function_configuration(FunctionName=name)["RuntimeVersionConfig"]["RuntimeVersionArn"]
    put = lam.put_runtime_management_config(FunctionName=name, UpdateRuntimeOn="Manual", RuntimeVersionArn=version)
    assert (put["FunctionArn"], put["RuntimeVersionArn"]) == (ARN + name, version)
    got = lam.get_runtime_management_config(FunctionName=name)
    assert (got["UpdateRuntimeOn"], got["RuntimeVersionArn"]) == ("Manual", version)


def test_everything_is_there_after_kill_and_goes_with_the_function(start):
    server = start()
    lam = server.client("lambda")
    from conftest import Functions

    functions = Functions(lam)
    name = functions.create(Publish=True)
    lam.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    permission = {"StatementId": "s", "Action": "lambda:InvokeFunction", "Principal": "*"}
    for qualifier in ({}, {"Qualifier": "1"}, {"Qualifier": "live"}):
        lam.add_permission(FunctionName=name, **permission, **qualifier)
    lam.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=3)
    server.kill()
    server.start()
    lam = server.client("lambda")
    for qualifier in ({}, {"Qualifier": "1"}, {"Qualifier": "live"}):
        assert '"Sid":"s"' in lam.get_policy(FunctionName=name, **qualifier)["Policy"]
    assert lam.get_function_concurrency(FunctionName=name)["ReservedConcurrentExecutions"] == 3
    lam.delete_function(FunctionName=name)
    Functions(lam).create(FunctionName=name, Publish=True)
    assert refused(lam.get_policy, FunctionName=name).status == 404
    assert refused(lam.get_policy, FunctionName=name, Qualifier="2").status == 404
    assert lam.list_aliases(FunctionName=name)["Aliases"] == []
    assert "ReservedConcurrentExecutions" not in lam.get_function_concurrency(FunctionName=name)


def test_function_urls_are_made_changed_and_listed(lam, functions, server):
    name = functions.create(Publish=True)
    lam.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    cors = {"AllowOrigins": ["https://example.com"], "MaxAge": 10}
    made = lam.create_function_url_config(FunctionName=name, Qualifier="live", AuthType="NONE", Cors=cors)
    port = server.endpoint.rsplit(":", 1)[1]
    assert made["FunctionUrl"].endswith(f".lambda-url.{REGION}.localhost:{port}/")
    assert (made["FunctionArn"], made["Cors"], "InvokeMode" in made) == (f"{ARN}{name}:live", cors, False)
    got = lam.get_function_url_config(FunctionName=name, Qualifier="live")
    assert (got["FunctionUrl"], got["InvokeMode"]) == (made["FunctionUrl"], "BUFFERED")
    changed = lam.update_function_url_config(FunctionName=name, Qualifier="live", AuthType="AWS_IAM")
    assert (changed["AuthType"], changed["Cors"]) == ("AWS_IAM", cors)
    assert [url["FunctionArn"] for url in lam.list_function_url_configs(FunctionName=name)["FunctionUrlConfigs"]] == [
        f"{ARN}{name}:live"
    ]
    error = refused(lam.create_function_url_config, FunctionName=name, Qualifier="1", AuthType="NONE")
    assert error.code == "ValidationException"
    lam.delete_function_url_config(FunctionName=name, Qualifier="live")
    error = refused(lam.get_function_url_config, FunctionName=name, Qualifier="live")
    assert (error.status, error.message) == (404, "The resource you requested does not exist.")


def test_code_signing_configurations_are_attached(lam, functions):
    profile = f"arn:aws:signer:{REGION}:{ACCOUNT}:/signing-profiles/p/0123456789"
    made = lam.create_code_signing_config(AllowedPublishers={"SigningProfileVersionArns": [profile]}, Tags={"a": "1"})
    config = made["CodeSigningConfig"]
    arn = config["CodeSigningConfigArn"]
    assert config["CodeSigningPolicies"] == {"UntrustedArtifactOnDeployment": "Warn"}
    assert lam.list_tags(Resource=arn)["Tags"] == {"a": "1"}
    name = functions.create(CodeSigningConfigArn=arn)
    assert lam.get_function_code_signing_config(FunctionName=name)["CodeSigningConfigArn"] == arn
    assert lam.list_functions_by_code_signing_config(CodeSigningConfigArn=arn)["FunctionArns"] == [ARN + name]
    assert refused(lam.delete_code_signing_config, CodeSigningConfigArn=arn).status == 409
    lam.delete_function_code_signing_config(FunctionName=name)
    assert "CodeSigningConfigArn" not in lam.get_function_code_signing_config(FunctionName=name)
    lam.delete_code_signing_config(CodeSigningConfigArn=arn)
    error = refused(lam.get_code_signing_config, CodeSigningConfigArn=arn)
    assert (error.status, error.message) == (404, f"The Lambda code signing configuration {arn} can not be found.")


def test_networks_file_systems_and_dead_letters_are_kept(lam, functions):
    queue = f"arn:aws:sqs:{REGION}:{ACCOUNT}:dead"
    name = functions.create(
        DeadLetterConfig={"TargetArn": queue}, VpcConfig={"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}
    )
    config = lam.get_function_configuration(FunctionName=name)
    assert config["DeadLetterConfig"] == {"TargetArn": queue}
    assert (config["VpcConfig"]["SubnetIds"], config["VpcConfig"]["SecurityGroupIds"]) == (["subnet-1"], ["sg-1"])
    lam.update_function_configuration(
        FunctionName=name, DeadLetterConfig={"TargetArn": ""}, VpcConfig={"SubnetIds": [], "SecurityGroupIds": []}
    )
    config = functions.settled(name)
    assert "DeadLetterConfig" not in config
    assert config["VpcConfig"] == {
        "SubnetIds": [],
        "SecurityGroupIds": [],
        "VpcId": "",
        "Ipv6AllowedForDualStack": False,
    }
    assert "VpcConfig" not in lam.get_function_configuration(FunctionName=functions.create())


def test_snap_start_is_shown_on_published_versions_which_run(lam, functions):
    name = functions.create(SnapStart={"ApplyOn": "PublishedVersions"})
    latest = lam.get_function_configuration(FunctionName=name)["SnapStart"]
    assert latest == {"ApplyOn": "PublishedVersions", "OptimizationStatus": "Off"}
    assert lam.publish_version(FunctionName=name)["SnapStart"]["OptimizationStatus"] == "On"
    lam.get_waiter("published_version_active").wait(FunctionName=name, Qualifier="1")
    assert functions.invoke(name, {"do": "echo"}, Qualifier="1").status == 200
    update = lam.update_function_configuration
    error = refused(update, FunctionName=name, EphemeralStorage={"Size": 600})
    assert error.message == "Ephemeral storage larger than 512 MB is not supported for SnapStart enabled functions."
    update(FunctionName=name, SnapStart={"ApplyOn": "None"}, EphemeralStorage={"Size": 600})
    assert functions.settled(name)["SnapStart"] == {"ApplyOn": "None", "OptimizationStatus": "Off"}
