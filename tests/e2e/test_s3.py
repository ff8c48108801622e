"""S3 as the SDK and both AWS CLIs use it."""

import hashlib
import io
import itertools
import json
import os
import random
import subprocess
import threading
import urllib.error
import urllib.request
import uuid

import boto3
import pytest
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from conftest import ACCOUNT, REGION, refused
from test_cli import CLIS, Cli
from test_identity import policy, user

MIB = 1024 * 1024


def client(server, key=None, secret=None, style="path", **options):
    """A client as users have it, with the SDK's own checksums; only links are signed as S3 wants them since 2014."""
    options.setdefault("signature_version", "s3v4")
    env = server.environment()
    return boto3.client(
        "s3",
        endpoint_url=options.pop("endpoint", server.endpoint),
        region_name=options.pop("region", REGION),
        aws_access_key_id=key or env["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=secret or env["AWS_SECRET_ACCESS_KEY"],
        config=Config(retries={"total_max_attempts": 1}, s3={"addressing_style": style}, **options),
    )


@pytest.fixture(scope="module")
def s3(server):
    return client(server)


def empty(s3, bucket):
    """Deletes a bucket with all that is in it."""
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
        for version in page.get("Versions", []) + page.get("DeleteMarkers", []):
            s3.delete_object(Bucket=bucket, Key=version["Key"], VersionId=version["VersionId"])
    s3.delete_bucket(Bucket=bucket)


@pytest.fixture
def bucket(s3):
    name = f"b-{uuid.uuid4().hex[:12]}"
    s3.create_bucket(Bucket=name)
    yield name
    empty(s3, name)


def content(s3, bucket, key, **options):
    return s3.get_object(Bucket=bucket, Key=key, **options)["Body"].read()


def test_an_object_keeps_its_content_and_what_is_said_of_it(s3, bucket):
    put = s3.put_object(
        Bucket=bucket,
        Key="a b/ü+&?#.txt",
        Body=b"hello",
        ContentType="text/plain",
        CacheControl="no-store",
        Metadata={"owner": "ada"},
        Tagging="team=one&env=test",
    )
    assert put["ETag"] == '"5d41402abc4b2a76b9719d911017c592"'
    assert put["ChecksumType"] == "FULL_OBJECT"
    got = s3.get_object(Bucket=bucket, Key="a b/ü+&?#.txt", ChecksumMode="ENABLED")
    assert got["Body"].read() == b"hello"
    assert (got["ContentType"], got["CacheControl"]) == ("text/plain", "no-store")
    assert (got["Metadata"], got["TagCount"]) == ({"owner": "ada"}, 2)
    assert got["ChecksumCRC32"] == put["ChecksumCRC32"]
    head = s3.head_object(Bucket=bucket, Key="a b/ü+&?#.txt")
    assert (head["ContentLength"], head["LastModified"]) == (5, got["LastModified"])
    tags = s3.get_object_tagging(Bucket=bucket, Key="a b/ü+&?#.txt")["TagSet"]
    assert {tag["Key"]: tag["Value"] for tag in tags} == {"team": "one", "env": "test"}
    assert refused(s3.head_object, Bucket=bucket, Key="other").status == 404


@pytest.mark.parametrize("algorithm", ["CRC32", "SHA1", "SHA256"])
def test_every_checksum_of_the_sdk_is_accepted(s3, bucket, algorithm):
    put = s3.put_object(Bucket=bucket, Key="k", Body=io.BytesIO(b"x" * 100_000), ChecksumAlgorithm=algorithm)
    attributes = s3.get_object_attributes(Bucket=bucket, Key="k", ObjectAttributes=["Checksum", "ObjectSize", "ETag"])
    assert attributes["Checksum"][f"Checksum{algorithm}"] == put[f"Checksum{algorithm}"]
    assert attributes["ObjectSize"] == 100_000
    error = refused(s3.put_object, Bucket=bucket, Key="k", Body=b"y", **{f"Checksum{algorithm}": put[f"Checksum{algorithm}"]})
    assert error.code == "BadDigest"


def test_content_that_is_not_what_was_signed_is_not_stored(server, s3, bucket):
    url = s3.generate_presigned_url("put_object", {"Bucket": bucket, "Key": "k"})
    request = urllib.request.Request(url, b"by a link", method="PUT")
    assert urllib.request.urlopen(request).status == 200
    assert content(s3, bucket, "k") == b"by a link"
    link = s3.generate_presigned_url("get_object", {"Bucket": bucket, "Key": "k"})
    assert urllib.request.urlopen(link).read() == b"by a link"
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(link.replace("/k?", "/l?"))
    assert caught.value.code == 403 and b"<Code>SignatureDoesNotMatch</Code>" in caught.value.read()
    old = client(server, signature_version="s3").generate_presigned_url("get_object", {"Bucket": bucket, "Key": "k"})
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(old)
    assert caught.value.code == 400 and b"Please use AWS4-HMAC-SHA256." in caught.value.read()
    wrong = client(server, secret="wrong")
    error = refused(wrong.list_buckets)
    assert (error.status, error.code) == (403, "SignatureDoesNotMatch")
    assert refused(client(server, key="AKIANOBODY").list_buckets).code == "InvalidAccessKeyId"


def test_ranges_and_conditions(s3, bucket):
    etag = s3.put_object(Bucket=bucket, Key="k", Body=b"0123456789")["ETag"]
    part = s3.get_object(Bucket=bucket, Key="k", Range="bytes=-3")
    assert (part["Body"].read(), part["ContentRange"]) == (b"789", "bytes 7-9/10")
    assert refused(s3.get_object, Bucket=bucket, Key="k", Range="bytes=10-").code == "InvalidRange"
    assert refused(s3.get_object, Bucket=bucket, Key="k", IfNoneMatch=etag).status == 304
    assert refused(s3.get_object, Bucket=bucket, Key="k", IfMatch='"x"').code == "PreconditionFailed"
    assert refused(s3.put_object, Bucket=bucket, Key="k", Body=b"", IfNoneMatch="*").code == "PreconditionFailed"
    s3.put_object(Bucket=bucket, Key="k", Body=b"new", IfMatch=etag)


def test_more_than_a_thousand_keys_are_paged(s3, bucket):
    keys = [f"{number % 7}/{number:04}" for number in range(1203)]
    work = iter(keys)
    lock = threading.Lock()

    def put():
        while True:
            with lock:
                key = next(work, None)
            if key is None:
                return
            s3.put_object(Bucket=bucket, Key=key, Body=b"")

    threads = [threading.Thread(target=put) for _ in range(8)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    pages = list(s3.get_paginator("list_objects_v2").paginate(Bucket=bucket))
    assert [page["KeyCount"] for page in pages] == [1000, 203]
    assert [item["Key"] for page in pages for item in page["Contents"]] == sorted(keys)
    old = s3.get_paginator("list_objects").paginate(Bucket=bucket, PaginationConfig={"PageSize": 500})
    assert [item["Key"] for page in old for item in page["Contents"]] == sorted(keys)
    folders = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Delimiter="/", PaginationConfig={"PageSize": 3})
    assert [one["Prefix"] for page in folders for one in page["CommonPrefixes"]] == [f"{number}/" for number in range(7)]
    names = [{"Key": key} for key in keys[:1000]]
    assert len(s3.delete_objects(Bucket=bucket, Delete={"Objects": names})["Deleted"]) == 1000
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 203


def test_versions_are_kept_and_can_be_had_back(s3, bucket):
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    ids = [s3.put_object(Bucket=bucket, Key="k", Body=str(n).encode())["VersionId"] for n in range(3)]
    assert content(s3, bucket, "k", VersionId=ids[0]) == b"0"
    marker = s3.delete_object(Bucket=bucket, Key="k")
    assert marker["DeleteMarker"]
    assert refused(s3.get_object, Bucket=bucket, Key="k").code == "NoSuchKey"
    listed = s3.list_object_versions(Bucket=bucket)
    assert [version["VersionId"] for version in listed["Versions"]] == ids[::-1]
    assert [one["VersionId"] for one in listed["DeleteMarkers"]] == [marker["VersionId"]]
    s3.delete_object(Bucket=bucket, Key="k", VersionId=marker["VersionId"])
    s3.copy_object(Bucket=bucket, Key="k", CopySource={"Bucket": bucket, "Key": "k", "VersionId": ids[0]})
    assert content(s3, bucket, "k") == b"0"


def test_a_large_object_goes_in_parts(s3, bucket):
    body = random.Random(1).randbytes(21 * MIB + 7)
    config = TransferConfig(multipart_threshold=8 * MIB, multipart_chunksize=8 * MIB)
    s3.upload_fileobj(io.BytesIO(body), bucket, "large", Config=config)
    head = s3.head_object(Bucket=bucket, Key="large")
    assert head["ContentLength"] == len(body) and head["ETag"].endswith('-3"')
    out = io.BytesIO()
    s3.download_fileobj(bucket, "large", out, Config=config)
    assert hashlib.sha256(out.getvalue()).digest() == hashlib.sha256(body).digest()
    across = content(s3, bucket, "large", Range=f"bytes={8 * MIB - 2}-{8 * MIB + 1}")
    assert across == body[8 * MIB - 2 : 8 * MIB + 2]
    s3.copy({"Bucket": bucket, "Key": "large"}, bucket, "copy", Config=config)
    assert content(s3, bucket, "copy") == body


def test_buckets_are_addressed_by_host_as_well(server, s3, bucket):
    port = server.endpoint.rsplit(":", 1)[1]
    s3.put_object(Bucket=bucket, Key="k", Body=b"by host")
    for host in (f"{bucket}.localhost", f"{bucket}.s3.{REGION}.localhost"):
        link = client(server, endpoint=f"http://{host}:{port}", style="path").generate_presigned_url(
            "get_object", {"Bucket": "unused", "Key": "k"}
        )
        assert host in link
    by_host = client(server, endpoint=f"http://localhost:{port}", style="virtual")
    assert by_host.generate_presigned_url("get_object", {"Bucket": bucket, "Key": "k"}).startswith(f"http://{bucket}.localhost")
    request = urllib.request.Request(by_host.generate_presigned_url("get_object", {"Bucket": bucket, "Key": "k"}))
    # Not every machine resolves names below localhost.
    request.full_url, request.host = request.full_url.replace(f"{bucket}.localhost", "127.0.0.1", 1), f"127.0.0.1:{port}"
    request.add_header("Host", f"{bucket}.localhost:{port}")
    assert urllib.request.urlopen(request).read() == b"by host"


def test_settings_of_a_bucket(s3, bucket):
    assert s3.get_bucket_location(Bucket=bucket)["LocationConstraint"] is None
    assert s3.head_bucket(Bucket=bucket)["BucketRegion"] == REGION
    s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": [{"Key": "a", "Value": "1"}]})
    assert s3.get_bucket_tagging(Bucket=bucket)["TagSet"] == [{"Key": "a", "Value": "1"}]
    block = {"BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": True, "RestrictPublicBuckets": True}
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=block)
    assert s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"] == block
    rules = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rules[0]["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
    assert refused(s3.get_bucket_acl, Bucket=bucket).code == "NotImplemented"
    assert bucket in [one["Name"] for one in s3.list_buckets()["Buckets"]]
    error = refused(s3.create_bucket, Bucket="Not_A_Name")
    assert error.code == "InvalidBucketName"


def test_a_user_may_read_what_its_policies_or_the_buckets_allow(server, s3, bucket):
    s3.put_object(Bucket=bucket, Key="open/k", Body=b"open")
    s3.put_object(Bucket=bucket, Key="closed/k", Body=b"closed")
    iam, name = server.client("iam"), f"n{uuid.uuid4().hex[:12]}"
    arn = f"arn:aws:s3:::{bucket}"
    keys = user(server, iam, name, policy("s3:GetObject", f"{arn}/open/*"))
    theirs = client(server, key=keys["AccessKeyId"], secret=keys["SecretAccessKey"])
    assert content(theirs, bucket, "open/k") == b"open"
    error = refused(theirs.get_object, Bucket=bucket, Key="closed/k")
    assert (error.status, error.code) == (403, "AccessDenied")
    assert f"is not authorized to perform: s3:GetObject on resource: {arn}/closed/k" in error.message.replace('"', "")
    # Who may not list must not learn which keys there are.
    assert refused(theirs.get_object, Bucket=bucket, Key="open/none").code == "AccessDenied"
    assert refused(theirs.put_object, Bucket=bucket, Key="open/k", Body=b"").code == "AccessDenied"
    deleted = refused(theirs.delete_object, Bucket=bucket, Key="open/k")
    assert deleted.code == "AccessDenied"
    several = theirs.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "open/k"}]})
    assert several["Errors"][0]["Code"] == "AccessDenied"
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:user/{name}"},
        "Action": ["s3:GetObject", "s3:ListBucket"],
        "Resource": [arn, f"{arn}/*"],
    }
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    assert content(theirs, bucket, "closed/k") == b"closed"
    assert refused(theirs.get_object, Bucket=bucket, Key="open/none").code == "NoSuchKey"


@pytest.fixture(params=CLIS)
def aws(request, server, tmp_path):
    cli = Cli(CLIS[request.param](), server, tmp_path)
    (tmp_path / "config").write_text("[default]\ns3 =\n    signature_version = s3v4\n")
    cli.env["AWS_CONFIG_FILE"] = str(tmp_path / "config")

    def run(*command):
        done = subprocess.run(cli.arguments(command), cwd=tmp_path, env=cli.env, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run


def test_the_cli_copies_lists_synchronises_and_removes(aws, s3, bucket, tmp_path):
    body = random.Random(2).randbytes(9 * MIB)
    (tmp_path / "large").write_bytes(body)
    aws("s3", "cp", "large", f"s3://{bucket}/large")
    assert s3.head_object(Bucket=bucket, Key="large")["ETag"].endswith('-2"')
    aws("s3", "cp", f"s3://{bucket}/large", "back")
    assert (tmp_path / "back").read_bytes() == body
    folder = tmp_path / "folder" / "below"
    folder.mkdir(parents=True)
    for number in range(5):
        (folder / f"{number} x.txt").write_text(f"file {number}")
    aws("s3", "sync", "folder", f"s3://{bucket}/folder")
    assert "PRE folder/" in aws("s3", "ls", f"s3://{bucket}/")
    assert aws("s3", "sync", "folder", f"s3://{bucket}/folder") == ""
    listed = aws("s3", "ls", f"s3://{bucket}/folder/", "--recursive")
    assert len(listed.splitlines()) == 5 and "folder/below/3 x.txt" in listed
    aws("s3", "mv", f"s3://{bucket}/folder/below/0 x.txt", f"s3://{bucket}/moved")
    link = aws("s3", "presign", f"s3://{bucket}/moved").strip()
    assert urllib.request.urlopen(link).read() == b"file 0"
    aws("s3", "rm", f"s3://{bucket}", "--recursive")
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)
    other = f"c-{uuid.uuid4().hex[:12]}"
    aws("s3", "mb", f"s3://{other}")
    aws("s3", "rb", f"s3://{other}")


def test_what_was_acknowledged_survives_a_kill(start):
    server = start()
    s3 = client(server)
    s3.create_bucket(Bucket="durable")
    known, rounds = {}, 3
    for round in range(rounds):
        s3 = client(server, connect_timeout=2, read_timeout=10)
        doubt = stream(s3, server, known, seed=round)
        server.start()
        s3 = client(server)
        listed = {
            item["Key"]: item["ETag"]
            for page in s3.get_paginator("list_objects_v2").paginate(Bucket="durable")
            for item in page.get("Contents", [])
        }
        for key in set(known) | set(listed):
            if key not in doubt:
                assert (listed.get(key) is None) == (known.get(key) is None), key
        for key in listed:
            body = content(s3, "durable", key)
            assert body in ({known.get(key)} | set(doubt.get(key, []))), key
            known[key] = body
        for key in [key for key in known if key not in listed]:
            assert known[key] is None or key in doubt, key
            del known[key]


def stream(s3, server, known, seed):
    """Puts and deletes from several threads until the server is killed; returns what was under way."""
    doubt, done = {}, threading.Event()
    count = itertools.count()

    def work(worker):
        chance = random.Random(f"{seed}/{worker}")
        while True:
            key = f"{worker}/{chance.randrange(6)}"
            body = None if chance.random() < 0.2 else chance.randbytes(chance.choice([0, 10, 5_000, 300_000]))
            doubt[key] = [body]
            try:
                if body is None:
                    s3.delete_object(Bucket="durable", Key=key)
                else:
                    s3.put_object(Bucket="durable", Key=key, Body=body)
            except (BotoCoreError, ClientError, ConnectionError):
                return
            known[key] = body
            del doubt[key]
            if next(count) == 150:
                done.set()

    threads = [threading.Thread(target=work, args=(worker,)) for worker in range(4)]
    [thread.start() for thread in threads]
    assert done.wait(60), "no puts succeed"
    server.kill()
    [thread.join() for thread in threads]
    return doubt

