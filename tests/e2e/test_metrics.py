"""What functions do in numbers, as Prometheus reads them."""

import http.client
import re

from conftest import Functions
from lambkin import eventually
from test_concurrency import MINIMUM, Sleepers, outcome
from test_provisioned import House


def scrape(server):
    """All samples as {(name, labels): value}, the labels without the region."""
    connection = http.client.HTTPConnection(server.endpoint.removeprefix("http://"))
    connection.request("GET", "/_lambkin/metrics")
    answer = connection.getresponse()
    text = answer.read().decode()
    assert answer.status == 200, text
    assert answer.headers["Content-Type"].startswith("application/openmetrics-text")
    found = {}
    for name, labels, value in re.findall(r"^lambkin_(\w+)\{(.*)\} (\S+)$", text, re.MULTILINE):
        pairs = tuple(pair for pair in re.findall(r'(\w+)="([^"]*)"', labels) if pair[0] != "region")
        found[name, pairs] = float(value)
    return found


def test_invocations_errors_and_throttles_are_counted_by_function(start):
    server = start()
    functions = Functions(server.client("lambda"))
    name = functions.create()
    of = (("function", name),)
    for _ in range(3):
        functions.invoke(name, {"do": "echo"})
    assert functions.invoke(name, {"do": "raise"}).error
    functions.client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    reason = outcome(functions, name)
    found = scrape(server)
    assert found["invocations_total", of] == 4
    assert found["errors_total", of] == 1
    assert found["throttles_total", (*of, ("reason", reason))] == 1
    assert found["throttles_total", (*of, ("reason", "ConcurrentInvocationLimitExceeded"))] == 0
    eventually("nothing runs", lambda: scrape(server)["concurrent_executions", of] == 0)
    functions.client.delete_function(FunctionName=name)
    assert not [labels for _, labels in scrape(server) if labels == of]


def test_provisioned_concurrency_is_told_by_version(start):
    house = House(start({"limits": {**MINIMUM, "concurrent-executions": 10}}))
    functions = house.functions
    of = (("function", house.create()),)
    house.put(2)
    house.ready(2)
    sleepers = Sleepers(functions)
    sleepers.occupy(house.name, 1, Qualifier="live")
    found = scrape(house.server)
    version = (*of, ("version", "1"))
    assert found["provisioned_concurrent_executions", version] == 1
    assert found["provisioned_concurrency_utilization", version] == 0.5
    assert found["concurrent_executions", of] == 1
    assert found["unreserved_concurrent_executions", ()] == 1
    sleepers.occupy(house.name, 1, Qualifier="live")
    assert outcome(functions, house.name, Qualifier="live") is None
    found = scrape(house.server)
    assert found["provisioned_concurrency_invocations_total", of] == 2
    assert found["provisioned_concurrency_spillover_invocations_total", of] == 1
    sleepers.join()


def test_whoever_may_not_read_them_is_told_so(start):
    server = start({"metrics": "nobody"})
    connection = http.client.HTTPConnection(server.endpoint.removeprefix("http://"))
    connection.request("GET", "/_lambkin/metrics")
    assert connection.getresponse().status == 403
