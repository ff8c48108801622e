//! A constructor for each exception that the model knows.

use std::fmt::Write;

use super::head;
use crate::codegen::model::ShapeModel;
use crate::codegen::names::snake;
use crate::codegen::plan::Plan;

/// Writes the constructors of a service's exceptions.
pub(super) fn emit(plan: &Plan<'_>) -> String {
    let mut out = head(
        "The exceptions that the service's model knows, each with its status and the spelling of its message.",
    );
    let errors: Vec<_> = plan.errors.iter().copied().collect();
    if errors.is_empty() {
        return out;
    }
    let rest = plan.model.metadata.protocol == "rest-json";
    out.push_str("use std::borrow::Cow;\n\nuse http::StatusCode;\n");
    let upper = |name: &&str| plan.model.shape(name).members.get("Message").is_some();
    out.push_str(match rest {
        true if errors.iter().any(upper) => "use wire::{ApiError, Fault, MessageKey};\n\n",
        true => "use wire::{ApiError, Fault};\n\n",
        false => "use wire::ApiError;\n\n",
    });
    for name in errors {
        constructor(name, plan.model.shape(name), rest, &mut out);
    }
    out
}

fn constructor(name: &str, shape: &ShapeModel, rest: bool, out: &mut String) {
    let default = if shape.fault { 500 } else { 400 };
    let status = shape.error.as_ref().map_or(default, |error| error.http_status_code);
    let code = shape.error.as_ref().and_then(|error| error.code.as_deref()).unwrap_or(name);
    let function = snake(name.strip_suffix("Exception").unwrap_or(name));
    let status = status_name(status);
    let _ = writeln!(out, "/// `{code}`");
    let _ =
        writeln!(out, "pub fn {function}(message: impl Into<Cow<'static, str>>) -> ApiError {{");
    let _ = write!(out, "ApiError::new(\"{code}\", {status}, message)");
    if rest {
        let fault = if shape.fault { "Service" } else { "User" };
        let _ = write!(out, ".with_fault(Fault::{fault})");
        if shape.members.get("Message").is_some() {
            out.push_str(".with_message_key(MessageKey::Upper)");
        }
    }
    out.push_str("\n}\n\n");
}

fn status_name(status: u16) -> String {
    let name = match status {
        400 => "BAD_REQUEST",
        402 => "PAYMENT_REQUIRED",
        403 => "FORBIDDEN",
        404 => "NOT_FOUND",
        408 => "REQUEST_TIMEOUT",
        409 => "CONFLICT",
        410 => "GONE",
        412 => "PRECONDITION_FAILED",
        413 => "PAYLOAD_TOO_LARGE",
        415 => "UNSUPPORTED_MEDIA_TYPE",
        429 => "TOO_MANY_REQUESTS",
        502 => "BAD_GATEWAY",
        503 => "SERVICE_UNAVAILABLE",
        _ => "INTERNAL_SERVER_ERROR",
    };
    format!("StatusCode::{name}")
}
