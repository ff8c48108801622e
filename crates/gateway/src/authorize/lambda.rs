//! Lambda.

use model::FunctionReference;
use serde_json::Value;

use super::{Asked, Need};

/// Operations that no resource is named for, though some of them filter by one.
const WITHOUT_RESOURCE: &[&str] = &[
    "CreateCodeSigningConfig",
    "CreateEventSourceMapping",
    "GetAccountSettings",
    "ListCapacityProviders",
    "ListCodeSigningConfigs",
    "ListEventSourceMappings",
    "ListFunctions",
    "ListLayerVersions",
    "ListLayers",
];

pub(crate) fn needs(asked: &Asked<'_>) -> Vec<Need> {
    let name = asked.spec.name;
    let resource = if WITHOUT_RESOURCE.contains(&name) { "*".to_owned() } else { resource(asked) };
    let mut need = asked.need(resource);
    if name == "InvokeAsync" {
        "lambda:InvokeFunction".clone_into(&mut need.action);
    }
    let pass =
        asked.text("Role").filter(|role| !role.is_empty()).map(|role| pass_role(role, &need));
    let tag = tagging(asked);
    let own = std::iter::once(with_conditions(asked, need));
    own.chain(tag).chain(pass).chain(layers(asked)).collect()
}

/// Whoever makes something with tags has to be allowed to tag it (Developer Guide, "Using tags on
/// Lambda functions"). What gets its id only when it is made stands for all of its kind.
fn tagging(asked: &Asked<'_>) -> Option<Need> {
    let resource = match asked.spec.name {
        "CreateFunction" | "CreateCapacityProvider" => resource(asked),
        "CreateEventSourceMapping" => asked.arn("lambda", "event-source-mapping:*"),
        "CreateCodeSigningConfig" => asked.arn("lambda", "code-signing-config:*"),
        _ => return None,
    };
    let tags = asked.value("Tags")?;
    tags.as_object().filter(|tags| !tags.is_empty())?;
    let need = Need { action: "lambda:TagResource".into(), resource, conditions: Vec::new() };
    Some(need.with_tags(Some(tags)))
}

/// Whoever gives a function a layer has to be allowed to read it.
fn layers<'a>(asked: &'a Asked<'_>) -> impl Iterator<Item = Need> + 'a {
    let layers = asked.value("Layers").and_then(Value::as_array).into_iter().flatten();
    layers.filter_map(Value::as_str).map(|layer| Need {
        action: "lambda:GetLayerVersion".into(),
        resource: layer.into(),
        conditions: Vec::new(),
    })
}

/// Whoever gives a function its role has to be allowed to give it.
fn pass_role(role: &str, need: &Need) -> Need {
    let pass =
        Need { action: "iam:PassRole".into(), resource: role.into(), conditions: Vec::new() };
    pass.with("iam:PassedToService", Some("lambda.amazonaws.com"))
        .with("iam:AssociatedResourceArn", Some(&need.resource))
}

fn with_conditions(asked: &Asked<'_>, need: Need) -> Need {
    let auth_type = match asked.spec.name {
        "CreateFunctionUrlConfig" | "UpdateFunctionUrlConfig" => asked.text("AuthType"),
        _ => asked.text("FunctionUrlAuthType"),
    };
    let mut need = need
        .with_tags(asked.value("Tags"))
        .with("lambda:Principal", asked.text("Principal"))
        .with("lambda:FunctionUrlAuthType", auth_type);
    if asked.spec.name == "CreateEventSourceMapping" {
        let function = asked.text("FunctionName").map(|name| function(asked, name));
        need = need.with("lambda:FunctionArn", function.as_deref());
    }
    if asked.spec.name != "GetCodeSigningConfig" {
        need = need.with("lambda:CodeSigningConfigArn", asked.text("CodeSigningConfigArn"));
    }
    for layer in asked.value("Layers").and_then(Value::as_array).into_iter().flatten() {
        need = need.with("lambda:Layer", layer.as_str());
    }
    for (member, key) in
        [("SubnetIds", "lambda:SubnetIds"), ("SecurityGroupIds", "lambda:SecurityGroupIds")]
    {
        let ids =
            asked.value("VpcConfig").and_then(|vpc| vpc.get(member)).and_then(Value::as_array);
        for id in ids.into_iter().flatten() {
            need = need.with(key, id.as_str());
        }
    }
    need
}

/// Gives the ARN that the request names, by whichever member this operation has for it.
fn resource(asked: &Asked<'_>) -> String {
    if let Some(name) = asked.text("FunctionName") {
        return function(asked, name);
    }
    if let Some(layer) = asked.text("LayerName") {
        return layer_arn(asked, layer);
    }
    if let Some(uuid) = asked.text("UUID") {
        return asked.arn("lambda", &format!("event-source-mapping:{uuid}"));
    }
    if let Some(name) = asked.text("CapacityProviderName") {
        return own_or_made(asked, "capacity-provider", name);
    }
    let members = ["CodeSigningConfigArn", "Resource", "ResourceArn", "Arn", "DurableExecutionArn"];
    let arn = members.iter().find_map(|member| asked.text(member));
    arn.unwrap_or("*").to_owned()
}

/// Gives the ARN of a function with the qualifier of the call: permission for the one is not
/// permission for the other.
fn function(asked: &Asked<'_>, name: &str) -> String {
    let Ok(reference) = name.parse::<FunctionReference>() else {
        return asked.arn("lambda", &format!("function:{name}"));
    };
    let call = asked.call;
    let region = reference.region.as_ref().map_or(&*call.region, |region| region.as_str());
    let account = reference.account.as_ref().map_or(&*call.account_id, |account| account.as_str());
    let arn = format!("arn:aws:lambda:{region}:{account}:function:{}", reference.name);
    let own = reference.qualifier.map(|qualifier| qualifier.to_string());
    match own.as_deref().or_else(|| asked.text("Qualifier")) {
        Some(qualifier) => format!("{arn}:{qualifier}"),
        None => arn,
    }
}

/// Gives an ARN as it is, and makes one of a name.
fn own_or_made(asked: &Asked<'_>, kind: &str, name: &str) -> String {
    if name.starts_with("arn:") {
        return name.to_owned();
    }
    asked.arn("lambda", &format!("{kind}:{name}"))
}

fn layer_arn(asked: &Asked<'_>, layer: &str) -> String {
    let arn = own_or_made(asked, "layer", layer);
    match asked.value("VersionNumber").and_then(Value::as_i64) {
        Some(version) => format!("{arn}:{version}"),
        None => arn,
    }
}
