//! Operations: their tables and the two conversions of each.

use std::fmt::Write;

use anyhow::{Result, bail};

use super::{Content, content};
use crate::codegen::names::{constant, field, snake, type_name};
use crate::codegen::plan::{Operation, Plan, SHARED};

/// The largest body of most requests, in bytes.
const DEFAULT_BODY_LIMIT: usize = 1 << 20;
/// The largest form: a role's policy of 10,240 characters, each encoded as three or more, and its tags.
const QUERY_BODY_LIMIT: usize = 256 << 10;
/// The largest synchronous payload, and so the largest body of what carries payloads.
const PAYLOAD_LIMIT: usize = 6_291_456;
/// The largest body of a request that carries a zip of up to 50 MB in base64.
const ZIP_BODY_LIMIT: usize = 70_167_211;

/// Writes the operations that land in one file.
pub(super) fn emit(plan: &Plan<'_>, file: &str) -> Result<String> {
    let mut out = String::new();
    if file == SHARED {
        return Ok(out);
    }
    out.push_str("use wire::{ApiError, OperationSpec, Payload, Request, Response};\n\nuse super::constraints;\n\n");
    for operation in plan.operations.iter().filter(|operation| operation.resource == file) {
        emit_operation(plan, operation, &mut out)?;
    }
    Ok(out)
}

fn emit_operation(plan: &Plan<'_>, operation: &Operation<'_>, out: &mut String) -> Result<()> {
    let name = operation.name;
    let Some(input) = &operation.model.input else { bail!("{name} has no input") };
    let output = operation.model.output.as_ref().map(|output| output.shape.as_str());
    writeln!(out, "/// `{} {}`", operation.model.http.method, operation.model.http.request_uri)?;
    writeln!(out, "#[derive(Debug)]\npub enum {name} {{}}\n")?;
    writeln!(out, "impl crate::Operation for {name} {{")?;
    let at = |shape: &str| match plan.structures.get(shape) {
        Some(home) if *home == operation.resource => type_name(shape),
        _ => format!("super::{SHARED}::{}", type_name(shape)),
    };
    writeln!(out, "type Input = {};", at(&input.shape))?;
    writeln!(out, "type Output = {};", output.map_or_else(|| "()".into(), at))?;
    writeln!(out, "const SPEC: &'static OperationSpec = &{};\n", constant(name))?;
    out.push_str("fn decode(request: &Request<'_>) -> Result<Self::Input, ApiError> {\n");
    decode(plan, &input.shape, out);
    out.push_str("}\n\n");
    encode(plan, output, out);
    out.push_str("}\n\n");
    spec(plan, operation, &input.shape, out)
}

/// A body of raw bytes goes into the struct as it is; everything else becomes a document first.
fn decode(plan: &Plan<'_>, input: &str, out: &mut String) {
    let shape = plan.model.shape(input);
    let Content::Raw(payload) = content(plan, shape) else {
        out.push_str("wire::decode(request)\n");
        return;
    };
    out.push_str(
        "let mut fields = wire::rest_json::Fields::new(request);\nlet input = Self::Input {\n",
    );
    // Violations are reported in the order of reading, which is to be that of `wire::shape::violations`.
    let mut members: Vec<_> = shape.members.iter().filter(|(name, _)| *name != payload).collect();
    members.reverse();
    for (name, _) in members {
        let take = if shape.required.iter().any(|required| required == name) {
            "required"
        } else {
            "optional"
        };
        let _ = writeln!(out, "{}: fields.{take}(\"{name}\"),", field(name));
    }
    let _ = writeln!(
        out,
        "{}: request.body.clone(),\n}};\nfields.finish()?;\nOk(input)",
        field(payload)
    );
}

fn encode(plan: &Plan<'_>, output: Option<&str>, out: &mut String) {
    let signature = |argument: &str| {
        format!("fn encode({argument}: Self::Output) -> Result<Response, ApiError> {{\n")
    };
    let Some(name) = output else {
        out.push_str(&signature("()"));
        out.push_str("Ok(wire::encode_empty(Self::SPEC))\n}\n");
        return;
    };
    let shape = plan.model.shape(name);
    let bound: Vec<_> =
        shape.members.iter().filter(|(_, member)| member.location.is_some()).collect();
    out.push_str(&signature("output"));
    if bound.is_empty() {
        out.push_str("wire::encode(Self::SPEC, &output)\n}\n");
        return;
    }
    out.push_str("let answer = wire::rest_json::Answer::new(Self::SPEC)");
    for (name, member) in bound {
        let header = member.location_name.as_deref().unwrap_or(name).to_lowercase();
        let _ = match member.location.as_deref() {
            Some("statusCode") => write!(out, ".status(output.{})", field(name)),
            _ => write!(out, ".header(\"{header}\", output.{})", field(name)),
        };
    }
    let body = match content(plan, shape) {
        Content::Raw(name) | Content::Stream(name) => format!("output.{}", snake(name)),
        _ => "wire::Body::Empty".into(),
    };
    let _ = writeln!(out, ";\nOk(answer.body({body}))\n}}");
}

fn spec(plan: &Plan<'_>, operation: &Operation<'_>, input: &str, out: &mut String) -> Result<()> {
    let name = operation.name;
    let http = &operation.model.http;
    let (path, query) = http.request_uri.split_once('?').unwrap_or((&http.request_uri, ""));
    let query =
        query.split_once('=').map_or_else(|| "None".into(), |pair| format!("Some({pair:?})"));
    let payload = match content(plan, plan.model.shape(input)) {
        Content::None => "Payload::None".into(),
        Content::Json => "Payload::Json".into(),
        Content::Member(name) => format!("Payload::Member(\"{name}\")"),
        Content::Raw(name) => format!("Payload::Raw(\"{name}\")"),
        Content::Stream(name) => bail!("{name}: requests that are event streams are not supported"),
    };
    let (limit, event_limit) = body_limits(plan.service.name, name);
    let event_limit = event_limit
        .map_or_else(|| "None".into(), |limit| format!("Some({})", super::grouped(&limit)));
    let Some(home) = plan.inputs.get(input) else { bail!("{input} has no file") };
    writeln!(out, "pub(super) static {}: OperationSpec = OperationSpec {{", constant(name))?;
    writeln!(out, "index: {}, service: &super::SERVICE, name: \"{name}\",", operation.index)?;
    writeln!(
        out,
        "resource: \"{}\", action: \"{}\",",
        operation.resource.replace('_', " "),
        action(name)
    )?;
    writeln!(
        out,
        "method: \"{}\", path: \"{path}\", query: {query}, status: {},",
        http.method, http.response_code
    )?;
    writeln!(out, "input: &constraints::{home}::{}, payload: {payload},", constant(input))?;
    let wrapper =
        operation.model.output.as_ref().map_or("", |output| output.result_wrapper.as_str());
    writeln!(
        out,
        "result_wrapper: \"{wrapper}\", body_limit: {}, event_body_limit: {event_limit},",
        super::grouped(&limit)
    )?;
    writeln!(out, "deprecated: {},\n}};\n", operation.model.deprecated)?;
    Ok(())
}

/// The IAM action that an operation needs, where it is not the operation's own name.
fn action(name: &str) -> &str {
    match name {
        "Invoke" | "InvokeWithResponseStream" => "InvokeFunction",
        "GetLayerVersionByArn" => "GetLayerVersion",
        other => other,
    }
}

/// The largest body of a request, and of one that asks for asynchronous work.
fn body_limits(service: &str, name: &str) -> (usize, Option<usize>) {
    match name {
        "Invoke" => (PAYLOAD_LIMIT, Some(1 << 20)),
        "InvokeWithResponseStream" | "CheckpointDurableExecution" => (PAYLOAD_LIMIT, None),
        "CreateFunction" | "UpdateFunctionCode" | "PublishLayerVersion" => (ZIP_BODY_LIMIT, None),
        "UpdateFunctionConfiguration" => (5120, None),
        // A batch of 1 MB of messages may need six times that when JSON escapes every character.
        "PutLogEvents" => (8 << 20, None),
        _ if matches!(service, "sts" | "iam") => (QUERY_BODY_LIMIT, None),
        _ => (DEFAULT_BODY_LIMIT, None),
    }
}
