//! The front of a service: its operations as a list, as one trait, and as a switch.

use std::fmt::Write;

use super::head;
use crate::codegen::model::Metadata;
use crate::codegen::names::constant;
use crate::codegen::plan::Plan;

/// More arms than this and the switch is longer than a function may be.
const LONG_SWITCH: usize = 60;

/// Writes `generated.rs`.
pub(super) fn emit(plan: &Plan<'_>) -> String {
    let mut out = head("Operations, shapes, constraints and errors of the service.");
    let visibility = if plan.service.has_more_errors { "pub(super)" } else { "pub" };
    let _ = writeln!(out, "mod constraints;\n{visibility} mod errors;");
    for file in plan.files() {
        let _ = writeln!(out, "pub mod {file};");
    }
    out.push_str("\nuse std::future::Future;\nuse std::pin::Pin;\n\n");
    out.push_str("use wire::{OperationSpec, Protocol, Request, Response, ServiceSpec};\n\nuse crate::{Call, Handle, run, unrouted};\n\n");
    for file in plan.files() {
        let _ = writeln!(out, "pub use {file}::*;");
    }
    service(plan, &mut out);
    operations(plan, &mut out);
    sum_trait(plan, &mut out);
    dispatch(plan, &mut out);
    out
}

fn service(plan: &Plan<'_>, out: &mut String) {
    let metadata = &plan.model.metadata;
    let _ = write!(
        out,
        "\n/// The service.\npub static SERVICE: ServiceSpec = ServiceSpec {{ signing_name: \"{}\", protocol: {}, \
         api_version: \"{}\", target_prefix: \"{}\", validation_code: \"{}\" }};\n\n",
        metadata.signing_name.as_deref().unwrap_or(&metadata.endpoint_prefix),
        protocol(metadata),
        metadata.api_version,
        metadata.target_prefix.as_deref().unwrap_or_default(),
        plan.service.validation_code,
    );
}

fn protocol(metadata: &Metadata) -> String {
    match (metadata.protocol.as_str(), metadata.json_version.as_deref()) {
        ("rest-json", _) => "Protocol::RestJson".into(),
        ("json", Some("1.0")) => "Protocol::AwsJson10".into(),
        ("json", _) => "Protocol::AwsJson11".into(),
        _ => format!(
            "Protocol::Query {{ namespace: \"{}\" }}",
            metadata.xml_namespace.as_deref().unwrap_or_default()
        ),
    }
}

fn operations(plan: &Plan<'_>, out: &mut String) {
    let _ = writeln!(
        out,
        "/// All operations, each at its index.\npub static OPERATIONS: &[&OperationSpec] = &["
    );
    for operation in &plan.operations {
        let _ = writeln!(out, "&{},", constant(operation.name));
    }
    out.push_str("];\n\n");
}

fn sum_trait(plan: &Plan<'_>, out: &mut String) {
    let name = plan.service.trait_name;
    let bounds = plan
        .operations
        .iter()
        .map(|operation| format!("Handle<{}>", operation.name))
        .collect::<Vec<_>>()
        .join(" + ");
    let _ = writeln!(
        out,
        "/// Everything that handles every operation; a missing one is an error that names it."
    );
    let _ = writeln!(
        out,
        "pub trait {name}: {bounds} {{}}\n\nimpl<T> {name} for T where T: {bounds} {{}}\n"
    );
}

fn dispatch(plan: &Plan<'_>, out: &mut String) {
    out.push_str("/// Runs the operation that a request was routed to, and renders its answer or its error.\n");
    if plan.operations.len() > LONG_SWITCH {
        out.push_str(
            "#[expect(clippy::too_many_lines, reason = \"one line for each operation\")]\n",
        );
    }
    let _ = writeln!(
        out,
        "pub fn dispatch<'a, S: {}>(service: &'a S, call: &'a Call, request: Request<'a>) \
         -> Pin<Box<dyn Future<Output = Response> + Send + 'a>> {{\nmatch request.route.spec.index {{",
        plan.service.trait_name
    );
    for operation in &plan.operations {
        let _ = writeln!(
            out,
            "{} => Box::pin(run::<{}, S>(service, call, request)),",
            operation.index, operation.name
        );
    }
    out.push_str("_ => Box::pin(unrouted(call, request)),\n}\n}\n");
}
