"""Code signing, enforced: keys and packages of `lambkin sign`, profiles and revocations of the unmodified AWS CLI."""

import datetime
import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import types
import zipfile

import packages
import pytest
from conftest import Functions, refused
from lambkin import BINARY

PLATFORM = "AWSLambda-SHA384-ECDSA"
SOURCE = "def handler(event, context): return 'signed'\n"
REFUSED = "CodeVerificationFailedException"


def run(*arguments):
    """Runs `lambkin sign` as a user would."""
    ended = subprocess.run([BINARY, "sign", *map(str, arguments)], capture_output=True, text=True, timeout=60)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def failing(*arguments):
    ended = subprocess.run([BINARY, "sign", *map(str, arguments)], capture_output=True, text=True, timeout=60)
    assert ended.returncode != 0
    return ended.stderr


def aws(server, *arguments):
    """Runs the unmodified AWS CLI."""
    environment = {**os.environ, **server.environment(), "AWS_PAGER": "", "AWS_CONFIG_FILE": "/nonexistent"}
    command = [sys.executable, "-m", "awscli", *arguments, "--output", "json"]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout) if ended.stdout.strip() else None


class Signer:
    """A key with a signing profile of its own."""

    def __init__(self, server, home, name):
        self.server = server
        self.home = home
        self.name = name
        self.key = home / f"{name}.pem"
        self.fingerprint = re.search(r"^sha-256 +([0-9a-f]{64})$", run("new-key", self.key), re.MULTILINE)[1]
        self.register()

    def register(self):
        profile = aws(
            self.server,
            *("signer", "put-signing-profile", "--profile-name", self.name, "--platform-id", PLATFORM),
            *("--signing-parameters", f"certificate={self.fingerprint}"),
        )
        self.version, self.arn = profile["profileVersion"], profile["profileVersionArn"]

    def sign(self, package, *options, profile=None):
        """Signs a package; returns the signed one and the ARN of the job."""
        source, target = self.home / "in.zip", self.home / "out.zip"
        source.write_bytes(package)
        job = run("--key", self.key, "--profile", profile or self.arn, *options, source, target).strip()
        return target.read_bytes(), job


def config(server, signer, policy):
    client = server.client("lambda")
    made = client.create_code_signing_config(
        AllowedPublishers={"SigningProfileVersionArns": [signer.arn]},
        CodeSigningPolicies={"UntrustedArtifactOnDeployment": policy},
    )
    return made["CodeSigningConfig"]["CodeSigningConfigArn"]


@pytest.fixture
def house(start, tmp_path):
    server = start()
    signer = Signer(server, tmp_path, "Build")
    functions = Functions(server.client("lambda"))
    return types.SimpleNamespace(server=server, signer=signer, functions=functions, client=functions.client)


def package(text=SOURCE):
    return packages.stored({"guest.py": text})


def test_a_signed_package_is_deployed_and_shows_who_signed_it(house):
    enforce = config(house.server, house.signer, "Enforce")
    signed, job = house.signer.sign(package())
    name = house.functions.create(Code={"ZipFile": signed}, CodeSigningConfigArn=enforce)
    found = house.client.get_function_configuration(FunctionName=name)
    assert (found["SigningProfileVersionArn"], found["SigningJobArn"]) == (house.signer.arn, job)
    assert house.functions.invoke(name).payload == "signed"
    house.server.kill()
    house.server.start()
    client = house.server.client("lambda")
    error = refused(client.update_function_code, FunctionName=name, ZipFile=package())
    assert (error.status, error.code) == (400, REFUSED)
    assert error.message == (
        "Lambda cannot deploy the function. The function or layer might be signed using a signature that the client "
        f"is not configured to accept. Check the provided signature for {name}."
    )
    assert client.get_function_configuration(FunctionName=name)["SigningJobArn"] == job


def test_what_is_not_signed_by_an_allowed_publisher_is_refused_or_only_told(house, tmp_path):
    enforce, warn = (config(house.server, house.signer, policy) for policy in ("Enforce", "Warn"))
    (tmp_path / "other").mkdir()
    other = Signer(house.server, tmp_path / "other", "Other")
    bad = {
        "unsigned": package(),
        "of another profile": other.sign(package())[0],
        "of another key in the name of the profile": other.sign(package(), profile=house.signer.arn)[0],
        "expired": house.signer.sign(package(), "--validity", "0s")[0],
    }
    for what, archive in bad.items():
        request = house.functions.request(Code={"ZipFile": archive}, CodeSigningConfigArn=enforce)
        assert refused(house.client.create_function, **request).code == REFUSED, what
        request["CodeSigningConfigArn"] = warn
        made = house.client.create_function(**request)
        assert "SigningJobArn" not in made, what
        house.functions.settled(made["FunctionName"])
    log = (house.server.home / "lambkin.log").read_text()
    assert log.count("SignatureValidationErrors") == 2 * len(bad)


def test_changed_content_is_refused_whatever_the_policy(house):
    signed, _ = house.signer.sign(package())
    # The archive itself has to be sound.
    source, out = zipfile.ZipFile(io.BytesIO(signed)), io.BytesIO()
    with zipfile.ZipFile(out, "w") as target:
        for entry in source.infolist():
            target.writestr(entry, source.read(entry).replace(b"'signed'", b"'forged'"))
    for policy in ("Warn", "Enforce"):
        request = house.functions.request(
            Code={"ZipFile": out.getvalue()}, CodeSigningConfigArn=config(house.server, house.signer, policy)
        )
        error = refused(house.client.create_function, **request)
        assert (error.status, error.code) == (400, "InvalidCodeSignatureException")
    del request["CodeSigningConfigArn"]
    house.functions.settled(house.client.create_function(**request)["FunctionName"])


def test_layers_have_to_be_signed_as_well(house):
    enforce = config(house.server, house.signer, "Enforce")
    library = packages.stored({"python/library.py": "X = 1\n"})
    signed, job = house.signer.sign(library)
    layers = {}
    for name, content in (("good", signed), ("bad", library)):
        made = house.client.publish_layer_version(LayerName=name, Content={"ZipFile": content})
        layers[name] = made["LayerVersionArn"]
        assert made["Content"].get("SigningJobArn") == (job if name == "good" else None)
    code, _ = house.signer.sign(package())
    name = house.functions.create(Code={"ZipFile": code}, CodeSigningConfigArn=enforce, Layers=[layers["good"]])
    shown = house.client.get_function_configuration(FunctionName=name)["Layers"][0]
    assert (shown["SigningJobArn"], shown["SigningProfileVersionArn"]) == (job, house.signer.arn)
    update = house.client.update_function_configuration
    assert refused(update, FunctionName=name, Layers=[layers["bad"]]).code == REFUSED
    update(FunctionName=name, Description="no layers are changed")
    house.functions.settled(name)


def test_a_profile_and_a_signature_are_revoked_with_the_cli(house):
    enforce = config(house.server, house.signer, "Enforce")
    code, job = house.signer.sign(package())
    name = house.functions.create(Code={"ZipFile": code}, CodeSigningConfigArn=enforce)
    revoke = ("--reason", "lost", "--job-id", job.rsplit("/", 1)[1])
    aws(house.server, "signer", "revoke-signature", *revoke)
    update = house.client.update_function_code
    assert refused(update, FunctionName=name, ZipFile=code).code == REFUSED
    assert house.functions.invoke(name).payload == "signed", "what is deployed goes on"
    again, _ = house.signer.sign(package())
    update(FunctionName=name, ZipFile=again)
    house.functions.settled(name)
    past = "2020-01-01T00:00:00Z"
    aws(
        house.server,
        *("signer", "revoke-signing-profile", "--profile-name", "Build", "--profile-version", house.signer.version),
        *("--reason", "stolen", "--effective-time", past),
    )
    assert refused(update, FunctionName=name, ZipFile=again).code == REFUSED
    shown = aws(house.server, "signer", "get-signing-profile", "--profile-name", "Build")
    assert (shown["status"], shown["statusReason"]) == ("Revoked", "stolen")
    status = house.server.client("signer", inject_host_prefix=False).get_revocation_status(
        signatureTimestamp=datetime.datetime.now(datetime.UTC),
        platformId=PLATFORM,
        profileVersionArn=house.signer.arn,
        jobArn=job,
        certificateHashes=["00"],
    )
    assert status["revokedEntities"] == [house.signer.arn, job]
    house.server.kill()
    house.server.start()
    update = house.server.client("lambda").update_function_code
    assert refused(update, FunctionName=name, ZipFile=again).code == REFUSED
    old = house.signer.arn
    house.signer.register()
    assert house.signer.arn != old
    listed = aws(house.server, "signer", "list-signing-profiles")["profiles"]
    assert [profile["profileVersionArn"] for profile in listed] == [house.signer.arn]


def test_a_trusted_root_vouches_for_profiles_that_are_not_here(start, tmp_path):
    key = tmp_path / "root.pem"
    run("new-key", key)
    server = start({"code-signing": {"trusted-certificates": [str(tmp_path / "root.crt.pem")]}})
    arn = "arn:aws:signer:eu-west-1:111122223333:/signing-profiles/Elsewhere/abcdefghij"
    signer = types.SimpleNamespace(arn=arn)
    signed = Signer.sign(types.SimpleNamespace(home=tmp_path, key=key, arn=arn), package())[0]
    functions = Functions(server.client("lambda"))
    functions.create(Code={"ZipFile": signed}, CodeSigningConfigArn=config(server, signer, "Enforce"))


@pytest.mark.skipif(not shutil.which("openssl"), reason="nobody else here can read signatures")
def test_openssl_agrees_with_the_signature(house, tmp_path):
    signed, _ = house.signer.sign(package())
    archive = zipfile.ZipFile(io.BytesIO(signed))
    *signed_names, last = archive.namelist()
    assert last == "META_INF/aws_signer_signature_v1.0.SF"
    hashed = hashlib.sha384(b"".join(name.encode() + archive.read(name) for name in signed_names))
    (tmp_path / "content").write_bytes(hashed.digest())
    (tmp_path / "signature").write_bytes(archive.read(last))
    certificate = tmp_path / "Build.crt.pem"
    subprocess.run(
        ["openssl", "cms", "-verify", "-binary", "-inform", "PEM", "-in", tmp_path / "signature"]
        + ["-content", tmp_path / "content", "-CAfile", certificate, "-purpose", "any", "-out", os.devnull],
        check=True,
        capture_output=True,
    )


def test_the_command_explains_itself(tmp_path):
    text = run("--help")
    for step in ("new-key", "put-signing-profile", "create-code-signing-config", "revoke-signing-profile"):
        assert step in text
    key = tmp_path / "k.pem"
    run("new-key", key)
    assert key.stat().st_mode & 0o777 == 0o600
    assert "cannot make" in failing("new-key", key)
    assert "has to be the ARN" in failing("--key", key, "--profile", "Build", "in.zip", "out.zip")
