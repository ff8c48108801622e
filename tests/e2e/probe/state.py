"""Everything that the service shows of what it keeps, as one document that can be compared."""

import json

from botocore.exceptions import ClientError

LISTS = {
    "lambda": ["list_functions", "list_layers", "list_event_source_mappings", "list_code_signing_configs"],
    "iam": ["list_users", "list_roles", "list_policies"],
    "logs": ["describe_log_groups"],
    "kms": ["list_keys", "list_aliases"],
}
OF_A_FUNCTION = [
    "get_function",
    "get_function_concurrency",
    "get_function_recursion_config",
    "get_function_code_signing_config",
    "get_runtime_management_config",
    "get_policy",
    "list_versions_by_function",
    "list_aliases",
    "list_function_event_invoke_configs",
    "list_function_url_configs",
    "list_provisioned_concurrency_configs",
]
OF_A_USER = ["get_user", "list_user_policies", "list_attached_user_policies", "list_access_keys", "list_user_tags"]
OF_A_KEY = ["describe_key", "get_key_policy", "list_grants", "list_resource_tags", "get_key_rotation_status", "list_key_rotations"]
OF_A_ROLE = ["get_role", "list_role_policies", "list_attached_role_policies", "list_role_tags"]


def ask(client, call, **options):
    """All pages of a list, or one answer; an error is an answer as well."""
    try:
        if client.can_paginate(call):
            answer = client.get_paginator(call).paginate(**options).build_full_result()
        else:
            answer = getattr(client, call)(**options)
    except ClientError as error:
        return error.response["Error"]
    answer.pop("ResponseMetadata", None)
    # A link is made anew for each answer.
    for part in ("Code", "Content"):
        answer.get(part, {}).pop("Location", None)
    return answer


def snapshot(clients):
    """What there is, by the operation that shows it and what it was asked for."""
    state = {}
    for service, client in clients.items():
        for call in LISTS[service]:
            state[call] = ask(client, call)
    if "lambda" in clients:
        of_lambda(clients["lambda"], state)
    if "iam" in clients:
        of_iam(clients["iam"], state)
    if "kms" in clients:
        for key in state["list_keys"]["Keys"]:
            for call in OF_A_KEY:
                state[f"{call} of {key['KeyArn']}"] = ask(clients["kms"], call, KeyId=key["KeyId"])
    if "logs" in clients:
        for group in state["describe_log_groups"]["logGroups"]:
            name = group["logGroupName"]
            state[f"streams of {name}"] = ask(clients["logs"], "describe_log_streams", logGroupName=name)
    return {name: json.dumps(value, default=str, sort_keys=True, indent=1) for name, value in state.items()}


def of_lambda(client, state):
    state["versions"] = ask(client, "list_functions", FunctionVersion="ALL")
    state["account"] = ask(client, "get_account_settings")
    for function in state["list_functions"]["Functions"]:
        name = function["FunctionName"]
        for call in OF_A_FUNCTION:
            state[f"{call} of {name}"] = ask(client, call, FunctionName=name)
        for alias in state[f"list_aliases of {name}"].get("Aliases", []):
            qualified = {"FunctionName": name, "Qualifier": alias["Name"]}
            state[f"policy of {alias['AliasArn']}"] = ask(client, "get_policy", **qualified)
    for layer in state["list_layers"]["Layers"]:
        name = layer["LayerName"]
        versions = state[f"versions of {name}"] = ask(client, "list_layer_versions", LayerName=name)
        for version in versions["LayerVersions"]:
            options = {"LayerName": name, "VersionNumber": version["Version"]}
            state[f"policy of {version['LayerVersionArn']}"] = ask(client, "get_layer_version_policy", **options)
    mappings = state["list_event_source_mappings"]["EventSourceMappings"]
    for arn in [item.get("EventSourceMappingArn") for item in mappings]:
        state[f"tags of {arn}"] = ask(client, "list_tags", Resource=arn)


def of_iam(client, state):
    for kind, calls, key in (("Users", OF_A_USER, "UserName"), ("Roles", OF_A_ROLE, "RoleName")):
        for item in state[f"list_{kind.lower()}"][kind]:
            for call in calls:
                state[f"{call} of {item['Arn']}"] = ask(client, call, **{key: item[key]})


def difference(before, after):
    """The names of what is not as it was, with both states of the first few."""
    names = [name for name in sorted(before.keys() | after.keys()) if before.get(name) != after.get(name)]
    return [f"{name}:\n{before.get(name)}\n--- became ---\n{after.get(name)}" for name in names[:5]] + names[5:]
