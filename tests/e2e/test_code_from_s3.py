"""Functions and layers whose code is in S3, as the tools put it there."""

import base64
import hashlib
import json
import subprocess
import urllib.request
import uuid

import packages
import pytest
from conftest import PYTHON, ROLE, Functions, refused
from test_cli import CLIS, Cli
from test_identity import as_session, policy, user
from test_s3 import client, empty


@pytest.fixture(scope="module")
def s3(server):
    return client(server)


@pytest.fixture(scope="module")
def bucket(s3):
    name = f"code-{uuid.uuid4().hex[:12]}"
    s3.create_bucket(Bucket=name)
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    yield name
    empty(s3, name)


def code(value):
    return packages.zipped({"guest.py": f"def handler(event, context): return {value}\n"})


def test_a_function_is_made_of_an_object_and_keeps_its_code(s3, bucket, functions, lam):
    archive = code(1)
    s3.put_object(Bucket=bucket, Key="dir/f.zip", Body=archive)
    name = functions.create(Code={"S3Bucket": bucket, "S3Key": "dir/f.zip"})
    s3.delete_object(Bucket=bucket, Key="dir/f.zip")
    found = lam.get_function(FunctionName=name)
    digest = base64.b64encode(hashlib.sha256(archive).digest()).decode()
    assert (found["Configuration"]["CodeSha256"], found["Configuration"]["CodeSize"]) == (digest, len(archive))
    assert found["Code"]["RepositoryType"] == "S3"
    assert urllib.request.urlopen(found["Code"]["Location"]).read() == archive
    assert functions.invoke(name).payload == 1


def test_an_update_may_name_a_version_of_the_object(s3, bucket, functions, lam):
    old = s3.put_object(Bucket=bucket, Key="g.zip", Body=code(1))["VersionId"]
    s3.put_object(Bucket=bucket, Key="g.zip", Body=code(2))
    name = functions.create(Code={"S3Bucket": bucket, "S3Key": "g.zip"})
    assert functions.invoke(name).payload == 2
    dry = lam.update_function_code(FunctionName=name, S3Bucket=bucket, S3Key="g.zip", S3ObjectVersion=old, DryRun=True)
    assert dry["CodeSize"] == len(code(1)) and functions.invoke(name).payload == 2
    lam.update_function_code(FunctionName=name, S3Bucket=bucket, S3Key="g.zip", S3ObjectVersion=old)
    functions.settled(name)
    assert functions.invoke(name).payload == 1
    gone = refused(lam.update_function_code, FunctionName=name, S3Bucket=bucket, S3Key="g.zip", S3ObjectVersion="0" * 32)
    assert "S3 Error Code: NoSuchVersion" in gone.message


def test_an_object_that_came_in_parts_is_as_good(s3, bucket, functions):
    large = packages.zipped({"guest.py": "def handler(event, context): return 3\n", "fill": b"\0" * 100})
    upload = s3.create_multipart_upload(Bucket=bucket, Key="h.zip")["UploadId"]
    place = {"Bucket": bucket, "Key": "h.zip", "UploadId": upload}
    part = s3.upload_part(**place, PartNumber=1, Body=large)
    s3.complete_multipart_upload(**place, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]})
    assert functions.invoke(functions.create(Code={"S3Bucket": bucket, "S3Key": "h.zip"})).payload == 3


def test_what_cannot_be_read_is_told_as_aws_tells_it(server, s3, bucket, functions, lam):
    def create(where, **source):
        return refused(where.create_function, **functions.request(Code=source))

    missing = create(lam, S3Bucket=bucket, S3Key="none.zip")
    assert (missing.status, missing.code, missing.message) == (
        400,
        "InvalidParameterValueException",
        "Error occurred while GetObject. S3 Error Code: NoSuchKey. S3 Error Message: The specified key does not exist.",
    )
    nowhere = create(lam, S3Bucket="no-such-bucket-here", S3Key="f.zip")
    assert nowhere.message == (
        "Error occurred while GetObject. S3 Error Code: NoSuchBucket. S3 Error Message: The specified bucket does not exist"
    )
    far = f"far-{uuid.uuid4().hex[:12]}"
    s3.create_bucket(Bucket=far, CreateBucketConfiguration={"LocationConstraint": "us-east-2"})
    s3.put_object(Bucket=far, Key="f.zip", Body=code(1))
    elsewhere = create(lam, S3Bucket=far, S3Key="f.zip")
    assert elsewhere.message == (
        "Error occurred while GetObject. S3 Error Code: PermanentRedirect. S3 Error Message: The bucket is in this region: "
        "us-east-2. Please use this region to retry the request"
    )
    empty(s3, far)
    s3.put_object(Bucket=bucket, Key="text", Body=b"no zip")
    assert create(lam, S3Bucket=bucket, S3Key="text").message.startswith("Could not unzip uploaded file.")
    iam, name = server.client("iam"), f"n{uuid.uuid4().hex[:12]}"
    keys = user(server, iam, name, policy(["lambda:*", "iam:PassRole"]))
    theirs = as_session(server, "lambda", keys)
    denied = create(theirs, S3Bucket=bucket, S3Key="text")
    assert (denied.status, denied.code) == (403, "AccessDeniedException")
    assert f"have permission to GetObject for {bucket}/text. S3 Error Code: AccessDenied" in denied.message


def test_another_lambkin_serves_as_the_store_of_code(server, s3, bucket, start, monkeypatch):
    s3.put_object(Bucket=bucket, Key="far.zip", Body=code(7))
    env = server.environment()
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", env["AWS_ACCESS_KEY_ID"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", env["AWS_SECRET_ACCESS_KEY"])
    other = start({"s3": {"endpoint": server.endpoint}})
    functions = Functions(other.client("lambda"))
    name = functions.create(Code={"S3Bucket": bucket, "S3Key": "far.zip"})
    assert functions.invoke(name).payload == 7
    request = functions.request(Code={"S3Bucket": bucket, "S3Key": "none.zip"})
    missing = refused(functions.client.create_function, **request)
    assert missing.message.endswith("S3 Error Code: NoSuchKey. S3 Error Message: The specified key does not exist.")


@pytest.mark.parametrize("version", CLIS)
def test_the_cli_deploys_from_a_bucket(version, server, s3, bucket, lam, tmp_path):
    aws = Cli(CLIS[version](), server, tmp_path)
    (tmp_path / "f.zip").write_bytes(code(4))
    (tmp_path / "layer.zip").write_bytes(packages.zipped({"python/extra.py": "value = 5\n"}))
    key = f"cli/{uuid.uuid4().hex}"
    for name in ("f.zip", "layer.zip"):
        command = aws.arguments(["s3", "cp", name, f"s3://{bucket}/{key}/{name}"])
        subprocess.run(command, cwd=tmp_path, env=aws.env, check=True, capture_output=True, timeout=60)
    content = f"S3Bucket={bucket},S3Key={key}/layer.zip"
    layer = aws("lambda", "publish-layer-version", "--layer-name", "from-s3", "--content", content)
    name = f"s3-{uuid.uuid4().hex[:8]}"
    create = ["lambda", "create-function", "--function-name", name, "--runtime", PYTHON, "--role", ROLE]
    create += ["--handler", "guest.handler", "--code", f"S3Bucket={bucket},S3Key={key}/f.zip"]
    aws(*create, "--layers", layer["LayerVersionArn"])
    functions = Functions(lam)
    functions.made.append(name)
    functions.settled(name)
    assert functions.invoke(name).payload == 4
    update = packages.zipped({"guest.py": "import extra\ndef handler(event, context): return extra.value\n"})
    s3.put_object(Bucket=bucket, Key=f"{key}/f.zip", Body=update)
    aws("lambda", "update-function-code", "--function-name", name, "--s3-bucket", bucket, "--s3-key", f"{key}/f.zip")
    functions.settled(name)
    assert functions.invoke(name).payload == 5
    functions.delete_all()


def test_the_calls_of_cdk_sam_and_serverless(s3, functions):
    """What the tools ask of the bucket that holds their artifacts, in their order."""
    name = f"cdk-assets-{uuid.uuid4().hex[:12]}"
    s3.create_bucket(Bucket=name)
    # CDK: a file asset.
    assert s3.get_bucket_location(Bucket=name)["LocationConstraint"] is None
    assert "ServerSideEncryptionConfiguration" in s3.get_bucket_encryption(Bucket=name)
    archive = code(8)
    key = hashlib.sha256(archive).hexdigest() + ".zip"
    assert s3.list_objects_v2(Bucket=name, Prefix=key, MaxKeys=1)["KeyCount"] == 0
    s3.put_object(Bucket=name, Key=key, Body=archive, ContentType="application/zip", ChecksumAlgorithm="SHA256")
    assert s3.list_objects_v2(Bucket=name, Prefix=key, MaxKeys=1)["Contents"][0]["Key"] == key
    # SAM: upload unless it is there, and look at the tags when verifying.
    assert refused(s3.head_object, Bucket=name, Key="sam").status == 404
    s3.put_object(Bucket=name, Key="sam", Body=archive)
    assert s3.head_object(Bucket=name, Key="sam")["ContentLength"] == len(archive)
    assert s3.get_object_tagging(Bucket=name, Key="sam")["TagSet"] == []
    # Serverless: the bucket's policy, the state of the last deployment, and clearing up.
    s3.head_bucket(Bucket=name)
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [f"arn:aws:s3:::{name}/*", f"arn:aws:s3:::{name}"],
        "Condition": {"Bool": {"aws:SecureTransport": False}},
    }
    s3.put_bucket_policy(Bucket=name, Policy=json.dumps({"Version": "2008-10-17", "Statement": [statement]}))
    assert json.loads(s3.get_bucket_policy(Bucket=name)["Policy"])["Statement"] == [statement]
    s3.put_object(Bucket=name, Key="serverless/state.json", Body=b"{}")
    assert s3.get_object(Bucket=name, Key="serverless/state.json")["Body"].read() == b"{}"
    made = functions.create(Code={"S3Bucket": name, "S3Key": key})
    assert functions.invoke(made).payload == 8
    found = s3.list_object_versions(Bucket=name)["Versions"]
    s3.delete_objects(Bucket=name, Delete={"Objects": [{"Key": one["Key"]} for one in found]})
    s3.delete_bucket(Bucket=name)
