"""Stem cells: interpreters started ahead of demand, and that nobody can tell."""

import packages
import pytest
from conftest import NODES, PYTHON, PYTHONS
from lambkin import eventually

# What differs between any two environments.
OWN = [
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "_X_AMZN_TRACE_ID",
    "HOME",
]
# The interpreter looks there for packages when it starts, and so does Node for its options.
ORDINARY = {"python": {"HOME": "/tmp"}, "nodejs": {"NODE_NO_WARNINGS": "0"}}


def family(runtime):
    return "python" if runtime.startswith("python") else "nodejs"


def witness(functions, runtime, **fields):
    ending = {"python": "py", "nodejs": "mjs"}[family(runtime)]
    code = {"ZipFile": packages.guest(f"witness.{ending}", f"guest.{ending}")}
    return functions.create(Runtime=runtime, Code=code, **fields)


def look(functions, name):
    answer = functions.invoke(name, {"own": [*OWN, "NODE_NO_WARNINGS"]})
    assert answer.error is None, answer.raw
    return answer.payload


def from_stem(functions, runtime):
    """What an environment saw that came of a stem cell; until there is one, environments start the ordinary way."""

    def attempt():
        seen = look(functions, witness(functions, runtime))
        return seen if seen["started_ahead"] else None

    return eventually(f"a stem cell of {runtime} is used", attempt)


@pytest.mark.parametrize("runtime", [*PYTHONS, *NODES])
def test_nobody_can_tell_that_the_interpreter_was_started_ahead(functions, runtime):
    ahead = from_stem(functions, runtime)
    ordinary = look(functions, witness(functions, runtime, Environment={"Variables": ORDINARY[family(runtime)]}))
    assert not ordinary["started_ahead"]
    assert ahead["same"] == ordinary["same"]


@pytest.mark.parametrize("runtime", [PYTHON, *NODES])
def test_two_environments_share_no_state_no_credentials_and_no_seeds(functions, runtime):
    seen = [from_stem(functions, runtime) for _ in range(4)]
    for key in seen[0]["own"]:
        values = {one["own"][key] for one in seen}
        assert len(values) == len(seen), f"{key} repeats: {values}"
    for one in seen:
        assert one["same"]["tmp"] == [], "files of another environment"
        assert one["same"]["marks"] == 1, "memory of another environment"


def test_variables_that_the_interpreter_reads_at_its_start_work(functions):
    variables = {"PYTHONHASHSEED": "7", "PYTHONOPTIMIZE": "1"}
    names = [witness(functions, PYTHON, Environment={"Variables": variables}) for _ in range(2)]
    one, two = (look(functions, name) for name in names)
    assert one["own"]["hash"] == two["own"]["hash"]
    assert "optimize=1" in one["same"]["flags"]


def test_a_functions_own_module_wins_over_one_that_was_loaded_ahead(functions):
    code = {
        "guest.py": "import datetime\nimport os\ndef handler(event, context):\n"
        "    return [datetime.__file__, datetime.MINE, os.environ['_HANDLER'], os.getpid()]\n",
        "datetime.py": "MINE = True\n",
    }
    from_stem(functions, PYTHON)
    for _ in range(3):
        name = functions.create(Code={"ZipFile": packages.zipped(code)})
        assert functions.invoke(name).payload[:3] == ["/var/task/datetime.py", True, "guest.handler"]


def test_the_log_format_is_the_functions_own(functions):
    from_stem(functions, PYTHON)
    name = functions.create(LoggingConfig={"LogFormat": "JSON"})
    log = functions.invoke(name, {"do": "log", "lines": []}, LogType="Tail").log
    assert '"message": "a warning"' in log, log


def test_the_log_begins_as_that_of_any_environment(functions):
    from_stem(functions, PYTHON)
    for _ in range(3):
        log = functions.invoke(functions.create(), {"do": "echo"}, LogType="Tail").log
        assert [line.split(" ")[0].split("\t")[0] for line in log.splitlines()] == ["START", "END", "REPORT"], log
        assert "\tInit Duration: " in log


def test_without_stem_cells_every_interpreter_starts_for_its_function(start):
    from conftest import Functions

    server = start({"engine": {"stem-cells-max": 0}})
    functions = Functions(server.client("lambda"))
    for _ in range(3):
        assert not look(functions, witness(functions, PYTHON))["started_ahead"]
