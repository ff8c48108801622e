"""Every runtime on this machine, and the example functions on them."""

import base64
import json
import os
import pathlib
import re

import packages
import pytest
from conftest import NODES, PYTHON, PYTHONS

PACKAGES = pathlib.Path(os.environ["LAMBKIN_PACKAGES"])
EXAMPLES = pathlib.Path(__file__).parents[2] / "examples"


@pytest.mark.parametrize("runtime", PYTHONS)
def test_python_runs_its_own_version(functions, runtime):
    code = (
        "import os, sys\n"
        "def handler(event, context):\n"
        "    return [sys.version_info[0], sys.version_info[1], os.environ['AWS_EXECUTION_ENV'], sys.path]\n"
    )
    name = functions.create(Runtime=runtime, Code={"ZipFile": packages.zipped({"guest.py": code})})
    major, minor, execution, path = functions.invoke(name).payload
    assert f"python{major}.{minor}" == runtime
    assert execution == f"AWS_Lambda_{runtime}"
    assert path[:3] == ["/var/task", f"/opt/python/lib/{runtime}/site-packages", "/opt/python"]
    assert path[-1] == "/var/runtime"


@pytest.mark.parametrize("runtime", NODES)
def test_node_runs_its_own_version(functions, runtime):
    name = functions.create(Runtime=runtime, Code={"ZipFile": packages.guest("kitchen.mjs", "guest.mjs")})
    answer = functions.invoke(name, {"do": "context"})
    assert answer.error is None, answer.raw
    assert answer.payload["name"] == name
    assert re.match(rf"v{runtime.removeprefix('nodejs').removesuffix('.x')}\.", answer.payload["node"])
    assert 0 < answer.payload["remaining"] <= 10_000
    assert functions.invoke(name, {"do": "echo", "value": "grüße"}).payload == "grüße"


def test_any_bootstrap_will_do(functions):
    name = functions.create(
        Runtime="provided.al2023", Handler="anything", Code={"ZipFile": packages.guest("bootstrap.sh", "bootstrap")}
    )
    answers = [functions.invoke(name, {"number": number}).payload for number in range(3)]
    assert [answer["event"] for answer in answers] == [{"number": number} for number in range(3)]
    assert {answer["handler"] for answer in answers} == {"anything"}
    assert len({answer["pid"] for answer in answers}) == 1, "one environment served all three"


def test_the_thumbnail_example_shrinks_a_photograph(functions):
    name = functions.create(
        Handler="handler.handle",
        Runtime=PYTHON,
        # A picture of no known kind makes Pillow compile and load all its plugins: a whole processor's work.
        MemorySize=1769,
        Timeout=60,
        Code={"ZipFile": (PACKAGES / "thumbnail-python.zip").read_bytes()},
    )
    photo = base64.b64encode((EXAMPLES / "thumbnail-python" / "photo.jpg").read_bytes()).decode()
    answer = functions.invoke(name, {"image": photo, "size": 64})
    assert answer.error is None, answer.raw
    assert (answer.payload["width"], answer.payload["height"]) == (64, 43)
    assert base64.b64decode(answer.payload["image"])[:3] == b"\xff\xd8\xff"
    assert functions.invoke(name, {"image": "bm8gcGljdHVyZQ=="}).payload["errorType"] == "UnidentifiedImageError"


def test_the_rust_example_counts_words(functions):
    name = functions.create(
        Handler="bootstrap", Runtime="provided.al2023", Code={"ZipFile": (PACKAGES / "hello-rust.zip").read_bytes()}
    )
    answer = functions.invoke(name, {"name": "Ada", "text": "a b a"})
    assert answer.payload == {
        "message": "Hello, Ada!", "words": 3, "top": [["a", 2], ["b", 1]], "request_id": answer.request_id,
    }
    answer = functions.invoke(name, {"text": "no name"})
    assert answer.error == "Unhandled"
    assert "missing field `name`" in json.dumps(answer.payload)


@pytest.mark.parametrize("runtime", NODES)
def test_the_node_example_makes_slugs(functions, runtime):
    package = (PACKAGES / "slugify-node.zip").read_bytes()
    name = functions.create(Handler="index.handle", Runtime=runtime, Code={"ZipFile": package})
    assert functions.invoke(name, {"titles": ["Ein schöner Tag!"]}).payload == {"slugs": ["ein-schoner-tag"]}
