"""Hundreds of everything, listed by the paginators of boto3 and of both versions of the AWS CLI."""

import json
from concurrent.futures import ThreadPoolExecutor

import packages
import pytest
from conftest import ACCOUNT, REGION, Functions
from lambkin import Lambkin
from test_cli import CLIS, Cli

FUNCTIONS, VERSIONS, ALIASES, LAYERS, MAPPINGS, POLICIES = 320, 120, 130, 110, 230, 210
CODE = packages.zipped({"guest.py": "def handler(event, context): return event\n"})
DOCUMENT = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]})


class Many:
    """A server that holds as many of each as the constants say; `names` has what a complete list must have."""

    def __init__(self, server):
        self.server = server
        self.lam, self.iam = server.client("lambda"), server.client("iam")
        self.functions = Functions(self.lam)
        self.names = {}
        with ThreadPoolExecutor(8) as self.pool:
            first = self.make("functions", self.function, FUNCTIONS)[0]
            self.functions.settled(first)
            self.publish(first)
            self.make("aliases", lambda n: self.alias(first, n), ALIASES)
            self.make("layers", self.layer, LAYERS)
            self.names["layer-versions"] = [self.layer(0, version) for version in range(1, LAYERS)]
            self.make("mappings", lambda n: self.mapping(first, n), MAPPINGS)
            self.make("policies", self.policy, POLICIES)
        self.first = first

    def make(self, what, one, count):
        self.names[what] = list(self.pool.map(one, range(count)))
        return self.names[what]

    def function(self, number):
        request = self.functions.request(FunctionName=f"many-{number:04}", Code={"ZipFile": CODE})
        return self.lam.create_function(**request)["FunctionName"]

    def publish(self, name):
        published = []
        for number in range(VERSIONS):
            self.lam.update_function_configuration(FunctionName=name, Description=str(number))
            self.functions.settled(name)
            published.append(self.lam.publish_version(FunctionName=name)["Version"])
        self.names["versions"] = ["$LATEST", *published]

    def alias(self, name, number):
        version = str(1 + number % VERSIONS)
        return self.lam.create_alias(FunctionName=name, Name=f"alias-{number:04}", FunctionVersion=version)["Name"]

    def layer(self, number, version=0):
        answer = self.lam.publish_layer_version(LayerName=f"layer-{number:04}", Content={"ZipFile": CODE})
        return answer["Version"] if version else answer["LayerArn"].rpartition(":")[2]

    def mapping(self, name, number):
        source = f"arn:aws:sqs:{REGION}:{ACCOUNT}:queue-{number}"
        return self.lam.create_event_source_mapping(FunctionName=name, EventSourceArn=source)["UUID"]

    def policy(self, number):
        return self.iam.create_policy(PolicyName=f"policy-{number:04}", PolicyDocument=DOCUMENT)["Policy"]["PolicyName"]


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    server = Lambkin(tmp_path_factory.mktemp("many"), {"engine": {"outbound-network": False}}).start()
    yield Many(server)
    assert server.stop() == 0, server.tail()


# Service, operation, what narrows it, the key of the answer, and the name of an entry.
LISTS = {
    "functions": ("lambda", "list-functions", {}, "Functions", "FunctionName"),
    "versions": ("lambda", "list-versions-by-function", {"function-name": "many-0000"}, "Versions", "Version"),
    "aliases": ("lambda", "list-aliases", {"function-name": "many-0000"}, "Aliases", "Name"),
    "layers": ("lambda", "list-layers", {}, "Layers", "LayerName"),
    "layer-versions": ("lambda", "list-layer-versions", {"layer-name": "layer-0000"}, "LayerVersions", "Version"),
    "mappings": ("lambda", "list-event-source-mappings", {}, "EventSourceMappings", "UUID"),
    "policies": ("iam", "list-policies", {"scope": "Local"}, "Policies", "PolicyName"),
}
# The CLI takes its time to start; these have pages of each length.
OF_THE_CLI = ["functions", "versions", "mappings", "policies"]
ORDERED = {"functions", "versions", "aliases"}


def check(many, what, found):
    wanted = many.names[what]
    if what == "layer-versions":
        wanted = [1, *wanted]
    assert len(found) == len(set(found)), "an entry is on two pages"
    assert sorted(found) == sorted(wanted)
    if what in ORDERED:
        assert found == wanted


@pytest.mark.parametrize("what", LISTS)
@pytest.mark.parametrize("size", [None, 7], ids=["pages as they come", "small pages"])
def test_boto3_goes_through_all_pages(many, what, size):
    service, operation, options, key, name = LISTS[what]
    client = many.server.client(service)
    options = {"".join(word.title() for word in option.split("-")): value for option, value in options.items()}
    paginator = client.get_paginator(operation.replace("-", "_"))
    pages = list(paginator.paginate(**options, PaginationConfig={"PageSize": size} if size else {}))
    assert len(pages) > 1
    assert not size or all(len(page[key]) == size for page in pages[:-1])
    check(many, what, [entry[name] for page in pages for entry in page[key]])


@pytest.mark.parametrize("what", OF_THE_CLI)
@pytest.mark.parametrize("version", CLIS)
def test_the_cli_goes_through_all_pages(many, tmp_path, version, what):
    aws = Cli(CLIS[version](), many.server, tmp_path)
    service, operation, options, key, name = LISTS[what]
    arguments = [part for option, value in options.items() for part in (f"--{option}", value)]
    check(many, what, [entry[name] for entry in aws(service, operation, *arguments)[key]])


def test_a_list_that_was_cut_short_goes_on_where_it_ended(many, tmp_path):
    aws = Cli(CLIS["version 2"](), many.server, tmp_path)
    found, token = [], []
    while True:
        page = aws("lambda", "list-functions", "--max-items", "120", *token)
        found += [entry["FunctionName"] for entry in page["Functions"]]
        if "NextToken" not in page:
            break
        token = ["--starting-token", page["NextToken"]]
    check(many, "functions", found)


def test_functions_deleted_and_made_meanwhile_disturb_no_page(many):
    """Whatever was there all the time is listed once, whatever happens around it."""
    pages = many.lam.get_paginator("list_functions").paginate(PaginationConfig={"PageSize": 20})
    doomed, found = "many-0039", []
    for number, page in enumerate(pages):
        found += [entry["FunctionName"] for entry in page["Functions"]]
        if number == 1:
            assert found[-1] == doomed
            many.lam.delete_function(FunctionName=doomed)
    assert found == many.names["functions"]
    many.lam.create_function(**many.functions.request(FunctionName=doomed, Code={"ZipFile": CODE}))


@pytest.mark.parametrize("version", CLIS)
def test_every_waiter_of_the_cli_is_content(many, tmp_path, version):
    aws = Cli(CLIS[version](), many.server, tmp_path)
    last = many.names["functions"][-1]
    for waiter in ("function-exists", "function-active", "function-active-v2", "function-updated", "function-updated-v2"):
        aws("lambda", "wait", waiter, "--function-name", last)
    qualified = ("--function-name", many.first, "--qualifier", str(VERSIONS))
    aws("lambda", "wait", "published-version-active", *qualified)
