"""Whether an answer has the form that the model gives it."""

# The model requires more than the service answers.
OPTIONAL = {
    ("GetFunctionCodeSigningConfigResponse", "CodeSigningConfigArn"),
    ("GetFunctionCodeSigningConfigResponse", "FunctionName"),
}
JSON = {
    "string": str,
    "blob": str,
    "integer": int,
    "long": int,
    "double": (int, float),
    "float": (int, float),
    "boolean": bool,
    "list": list,
    "map": dict,
    "structure": dict,
}
# The service answers values that its model does not have.
MORE = {"LastUpdateStatusReasonCode": ["Creating"]}
# These moments are numbers; all others of Lambda's are text.
NUMBERS = {"Date", "ExecutionTimestamp"}


def wrong(operation, answer):
    """What is not as the model says of a successful answer."""
    shape = operation.output
    if not 200 <= answer.status < 300 or shape is None or shape.payload:
        return []
    inside = [name for name, member in shape.members.items() if member.location == "body"]
    if not inside:
        return [f"has a body: {answer.body[:200]}"] if answer.body else []
    document = answer.json()
    return [f"is no JSON: {answer.body[:200]}"] if document is None else list(differences(shape, document, ""))


def differences(shape, value, path):
    if value is None:
        yield f"{path} is null"
    elif shape.kind == "timestamp":
        kind = (int, float) if shape.name in NUMBERS else str
        if not isinstance(value, kind):
            yield f"{path} is {value!r}"
    elif not isinstance(value, JSON[shape.kind]) or (shape.kind in ("integer", "long") and isinstance(value, bool)):
        yield f"{path} is {value!r} and no {shape.kind}"
    elif shape.kind == "list":
        for index, item in enumerate(value):
            yield from differences(shape.part("member"), item, f"{path}[{index}]")
    elif shape.kind == "map":
        for name, item in value.items():
            yield from differences(shape.part("value"), item, f"{path}.{name}")
    elif shape.kind == "structure":
        yield from members(shape, value, path)
    elif shape.values and value not in [*shape.values, *MORE.get(shape.name, [])]:
        yield f"{path} is {value!r}, which is none of the model's values"


def members(shape, value, path):
    known = {member.key: member for member in shape.members.values() if member.location == "body"}
    for name in value.keys() - known.keys():
        yield f"{path}.{name} is in no model"
    for name, member in known.items():
        if name in value:
            yield from differences(member.shape, value[name], f"{path}.{name}")
        elif member.required and (shape.name, member.name) not in OPTIONAL:
            yield f"{path}.{name} is missing"
