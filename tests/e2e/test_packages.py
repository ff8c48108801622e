"""Deployment packages that must be refused, each leaving nothing behind."""

import stat

import packages
import pytest
from conftest import refused

CODE = "def handler(event, context): return 1\n"

HOSTILE = {
    "parent directory": packages.zipped({"../evil.py": CODE}),
    "parent directory inside": packages.zipped({"a/../../evil.py": CODE}),
    "absolute path": packages.zipped({"/etc/evil.py": CODE}),
    "link to an absolute path": packages.special("evil", stat.S_IFLNK, b"/etc/passwd"),
    "link out of the package": packages.special("a/evil", stat.S_IFLNK, b"../../evil"),
    "character device": packages.special("evil", stat.S_IFCHR),
    "block device": packages.special("evil", stat.S_IFBLK),
    "pipe": packages.special("evil", stat.S_IFIFO),
    "socket": packages.special("evil", stat.S_IFSOCK),
}


def nothing_created(lam, name):
    assert refused(lam.get_function, FunctionName=name).status == 404


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_entry_is_refused(lam, functions, what):
    request = functions.request(Code={"ZipFile": HOSTILE[what]})
    error = refused(lam.create_function, **request)
    assert (error.status, error.code) == (400, "InvalidParameterValueException")
    nothing_created(lam, request["FunctionName"])


@pytest.mark.parametrize(
    ("package", "message"),
    [
        (b"this is no zip", "Could not unzip uploaded file. Please check your file, then try to upload again."),
        (packages.zipped({"a.py": CODE})[:-30], "Could not unzip uploaded file. Please check your file, then try to upload again."),
        (packages.EMPTY, "Uploaded file must be a non-empty zip"),
        (packages.bomb(251), "Unzipped size must be smaller than 262144000 bytes"),
    ],
    ids=["no zip", "cut off", "empty", "bomb"],
)
def test_a_bad_package_is_refused_with_its_reason(lam, functions, package, message):
    request = functions.request(Code={"ZipFile": package})
    error = refused(lam.create_function, **request)
    assert (error.status, error.code, error.message) == (400, "InvalidParameterValueException", message)
    nothing_created(lam, request["FunctionName"])


def test_a_bomb_that_lies_about_its_size_is_refused(lam, functions):
    request = functions.request(Code={"ZipFile": packages.lying_bomb(251)})
    error = refused(lam.create_function, **request)
    assert (error.status, error.code) == (400, "InvalidParameterValueException")
    nothing_created(lam, request["FunctionName"])


def test_a_zipped_size_over_the_limit_is_refused(lam, functions):
    request = functions.request(Code={"ZipFile": bytes(52428801)})
    error = refused(lam.create_function, **request)
    assert (error.status, error.code) == (413, "RequestEntityTooLargeException")
    assert error.message == "Zipped size must be smaller than 52428800 bytes"
    nothing_created(lam, request["FunctionName"])


def test_a_request_over_the_limit_is_refused(lam, functions):
    request = functions.request(Code={"ZipFile": bytes(53_000_000)})
    error = refused(lam.create_function, **request)
    assert (error.status, error.code) == (413, "RequestEntityTooLargeException")
    assert error.message == "Request must be smaller than 70167211 bytes for the CreateFunction operation"
    nothing_created(lam, request["FunctionName"])


def test_an_update_with_a_bad_package_keeps_the_old_code(lam, functions):
    name = functions.create(Code={"ZipFile": packages.zipped({"guest.py": CODE})})
    before = lam.get_function_configuration(FunctionName=name)
    for package in (b"this is no zip", HOSTILE["parent directory"]):
        assert refused(lam.update_function_code, FunctionName=name, ZipFile=package).code == "InvalidParameterValueException"
    after = lam.get_function_configuration(FunctionName=name)
    assert (after["RevisionId"], after["CodeSha256"]) == (before["RevisionId"], before["CodeSha256"])
    assert functions.invoke(name).payload == 1


def test_links_inside_the_package_work(lam, functions):
    package = packages.special("module.py", stat.S_IFLNK, b"guest.py")
    name = functions.create(Code={"ZipFile": package}, Handler="module.handler")
    assert functions.invoke(name).payload == 1


def test_folders_and_modes_survive(lam, functions):
    package = packages.zipped(
        {
            "guest.py": "import os\ndef handler(event, context): return oct(os.stat('lib/deep/tool').st_mode & 0o777)\n",
            "lib/deep/tool": "#!/bin/sh\n",
        }
    )
    assert functions.invoke(functions.create(Code={"ZipFile": package})).payload == "0o755"
