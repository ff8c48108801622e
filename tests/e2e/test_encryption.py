"""Encryption at rest: what is on the disk tells nothing, and without its key the server does not start."""

import base64
import hashlib
import json
import shutil
import sqlite3
import subprocess
import sys

import packages
import pytest
from conftest import Functions
from lambkin import BINARY, PATIENCE_SECONDS, Lambkin

VARIABLE = "a-planted-variable-5c1f"
CODE = "a_planted_line_of_code_77ab"

SOURCE = f"""
import os
def handler(event, context):
    return [os.environ.get("SECRET"), "{CODE}"]
"""


def package():
    """Not compressed, so that its content could be found."""
    return packages.stored({"guest.py": SOURCE})


def holding(data, secret, outside=("code",)):
    """The files below the data directory in which a secret can be read; unpacked packages are in the clear."""
    files = (path for path in data.rglob("*") if path.is_file() and path.relative_to(data).parts[0] not in outside)
    return [str(path) for path in files if secret.encode() in path.read_bytes()]


def refusal(server):
    """What a server says that does not start."""
    command = [BINARY, "start", "--listen", "127.0.0.1:0", "--data-dir", server.data, "--config", server.config]
    ended = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE_SECONDS)
    assert ended.returncode == 1, ended
    return ended.stderr


@pytest.fixture
def sealed(start):
    """A server with a function that has secrets, and the function's name."""
    server = start()
    functions = Functions(server.client("lambda"))
    name = functions.create(Code={"ZipFile": package()}, Environment={"Variables": {"SECRET": VARIABLE}})
    return server, name


def again(server, name):
    """Starts a server once more and invokes the function that it had."""
    functions = Functions(server.start().client("lambda"))
    functions.settled(name)
    return functions.invoke(name).payload


def test_planted_secrets_are_nowhere_on_the_disk(sealed):
    server, name = sealed
    client = server.client("lambda")
    functions = Functions(client)
    assert functions.invoke(name).payload == [VARIABLE, CODE]
    for number in range(3):
        variables = {"SECRET": VARIABLE, "NUMBER": str(number)}
        client.update_function_configuration(FunctionName=name, Environment={"Variables": variables})
        functions.settled(name)
        client.publish_version(FunctionName=name)
    client.update_function_code(FunctionName=name, ZipFile=packages.stored({"guest.py": SOURCE + "# two\n"}))
    server.kill()
    assert (server.data / "store.db-wal").exists(), "the log of the database is among what is searched"
    assert holding(server.data, VARIABLE, outside=()) == []
    assert holding(server.data, CODE) == []
    assert again(server, name) == [VARIABLE, CODE]
    assert client_of(server).get_function_configuration(FunctionName=name)["Environment"] == {"Variables": variables}
    assert holding(server.data, VARIABLE, outside=()) == []


def client_of(server):
    return server.client("lambda")


def test_the_same_variables_are_no_change(sealed):
    server, name = sealed
    client = server.client("lambda")
    functions = Functions(client)
    assert client.publish_version(FunctionName=name)["Version"] == "1"
    client.update_function_configuration(FunctionName=name, Environment={"Variables": {"SECRET": VARIABLE}})
    functions.settled(name)
    assert client.publish_version(FunctionName=name)["Version"] == "1"


def test_without_its_key_the_server_says_what_to_do_and_touches_nothing(sealed):
    server, name = sealed
    server.kill()
    key, backup = server.data / "master-key", server.home / "backup"
    assert key.stat().st_mode & 0o777 == 0o600
    shutil.move(key, backup)
    said = refusal(server)
    assert "put it back from your backup" in said and str(key) in said, said
    assert not key.exists(), "no other key is made in its place"
    key.write_text(base64.b64encode(bytes(32)).decode())
    said = refusal(server)
    assert "nothing was changed" in said and "master-key-file" in said, said
    shutil.move(backup, key)
    assert again(server, name) == [VARIABLE, CODE]


def test_the_key_can_be_kept_elsewhere_or_come_from_a_program(tmp_path):
    home = tmp_path / "server"
    home.mkdir()
    key = tmp_path / "key"
    server = Lambkin(home, {"encryption": {"master-key-file": str(key)}})
    assert "is not there" in refusal(server)
    key.write_text("ab" * 32 + "\n")
    name = Functions(server.start().client("lambda")).create(Environment={"Variables": {"SECRET": VARIABLE}})
    server.kill()
    assert not (server.data / "master-key").exists()
    program = [sys.executable, "-c", f"print(open({str(key)!r}).read())"]
    by_program = Lambkin(home, {"encryption": {"master-key-command": program}})
    functions = Functions(by_program.start().client("lambda"))
    variables = functions.client.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    by_program.stop()
    assert variables == {"SECRET": VARIABLE}
    failing = Lambkin(home, {"encryption": {"master-key-command": ["false"]}})
    assert "master-key-command ended with" in refusal(failing)


def test_what_an_earlier_release_left_in_the_clear_is_sealed_and_wiped(sealed):
    server, name = sealed
    client = server.client("lambda")
    client.publish_version(FunctionName=name)
    server.stop()
    make_older(server.data, package())
    assert holding(server.data, VARIABLE) and holding(server.data, CODE)
    assert again(server, name) == [VARIABLE, CODE]
    version = client_of(server).get_function_configuration(FunctionName=name, Qualifier="1")
    assert version["Environment"]["Variables"] == {"SECRET": VARIABLE}
    server.kill()
    assert holding(server.data, VARIABLE) == [] and holding(server.data, CODE) == []


def make_older(data, archive):
    """Turns a data directory into what the release before sealing would have left."""
    for gone in ("master-key", "encryption.json"):
        (data / gone).unlink()
    digest = hashlib.sha256(archive).hexdigest()
    blob = data / "blobs" / digest[:2] / digest
    blob.with_name(digest + ".sealed").unlink()
    blob.write_bytes(archive)

    def plain(settings):
        if settings and settings.get("environment"):
            settings["environment"] = {"SECRET": VARIABLE}

    database = sqlite3.connect(data / "store.db")
    for key, value in database.execute("SELECT key, value FROM records").fetchall():
        record = json.loads(value)
        if key.startswith("functions/"):
            plain(record["d"]["Live"]["latest"]["settings"])
            plain(record["d"]["Live"]["serving"])
        elif key.startswith("function-versions/"):
            plain(record["d"]["settings"])
        else:
            continue
        record["v"] = 1
        database.execute("UPDATE records SET value = ? WHERE key = ?", (json.dumps(record).encode(), key))
    database.execute("PRAGMA user_version = 2")
    database.commit()
    database.close()


def test_a_key_of_the_customers_is_kept_and_the_function_gets_its_variables(server, lam, functions):
    key = server.client("kms").create_key()["KeyMetadata"]["Arn"]
    code = {"ZipFile": packages.zipped({"guest.py": "import os\ndef handler(event, context): return os.environ['SECRET']\n"}), "SourceKMSKeyArn": key}
    name = functions.create(KMSKeyArn=key, Code=code, Environment={"Variables": {"SECRET": "hush"}})
    found = lam.get_function(FunctionName=name)
    assert found["Configuration"]["KMSKeyArn"] == found["Code"]["SourceKMSKeyArn"] == key
    assert functions.invoke(name).payload == "hush"
    lam.update_function_configuration(FunctionName=name, KMSKeyArn="")
    assert "KMSKeyArn" not in functions.settled(name)
    assert functions.invoke(name).payload == "hush"
