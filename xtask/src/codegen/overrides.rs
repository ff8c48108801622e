//! Where the real service differs from its published model, with the reason for each difference.

use anyhow::{Context, Result};

use super::model::{MemberModel, Model, ShapeModel};

/// One difference.
enum Change {
    /// The greatest value of a shape.
    Max(&'static str, f64),
    /// The values of an enum in the order in which the service prints them.
    Order(&'static str, &'static [&'static str]),
    /// A member whose constraints the operation checks itself, with words of its own.
    Unchecked(&'static str, &'static str),
    /// A list that reports a bad element with the element's own constraint.
    PlainElements(&'static str),
    /// A member that an answer may lack, although the model requires it.
    Optional(&'static str, &'static str),
    /// The status of a successful answer.
    Status(&'static str, u16),
}

use Change::{Max, Optional, Order, PlainElements, Status, Unchecked};

/// Each change with its reason.
const LAMBDA: &[(Change, &str)] = &[
    (Max("Timeout", 900.0), "more than 15 minutes is for Lambda Managed Instances only"),
    (Max("MemorySize", 10240.0), "more than 10 GB is for Lambda Managed Instances only"),
    (Max("EphemeralStorageSize", 10240.0), "more than 10 GB needs an AcceleratorConfig"),
    (
        Unchecked("CreateFunctionRequest", "Runtime"),
        "an unknown runtime is an InvalidParameterValueException",
    ),
    (
        Unchecked("UpdateFunctionConfigurationRequest", "Runtime"),
        "an unknown runtime is an InvalidParameterValueException",
    ),
    (
        PlainElements("CompatibleRuntimes"),
        "the message names the values allowed, without `Member must satisfy constraint`",
    ),
    (Order("RecursiveLoop", &["Terminate", "Allow"]), "the service prints its own order"),
    (
        Order("EventSourcePosition", &["LATEST", "AT_TIMESTAMP", "TRIM_HORIZON"]),
        "the service prints its own order",
    ),
    (Order("InvokeMode", &["RESPONSE_STREAM", "BUFFERED"]), "the service prints its own order"),
    (
        Optional("GetFunctionCodeSigningConfigResponse", "CodeSigningConfigArn"),
        "a function without a configuration has an empty answer",
    ),
    (
        Optional("GetFunctionCodeSigningConfigResponse", "FunctionName"),
        "a function without a configuration has an empty answer",
    ),
    (Status("DeleteFunction", 204), "the model says 200; the service answers 204"),
];

/// Applies the changes of one service to its model; a change that no longer fits the model is an error.
pub(super) fn apply(service: &str, model: &mut Model) -> Result<()> {
    let changes = if service == "lambda" { LAMBDA } else { &[] };
    changes.iter().try_for_each(|(change, reason)| {
        make(change, model).with_context(|| format!("override: {reason}"))
    })
}

fn make(change: &Change, model: &mut Model) -> Result<()> {
    match *change {
        Max(name, max) => shape(model, name)?.max = Some(max),
        Order(name, values) => {
            shape(model, name)?.values = values.iter().map(|&value| value.into()).collect();
        }
        Unchecked(name, member) => self::member(model, name, member)?.shape = "String".into(),
        Optional(name, member) => {
            shape(model, name)?.required.retain(|required| required != member);
        }
        PlainElements(name) => shape(model, name)?.plain_elements = true,
        Status(name, status) => {
            let operation =
                model.operations.get_mut(name).with_context(|| format!("no operation {name}"))?;
            operation.http.response_code = status;
        }
    }
    Ok(())
}

fn shape<'m>(model: &'m mut Model, name: &str) -> Result<&'m mut ShapeModel> {
    model.shapes.get_mut(name).with_context(|| format!("no shape {name}"))
}

fn member<'m>(model: &'m mut Model, name: &str, member: &str) -> Result<&'m mut MemberModel> {
    shape(model, name)?
        .members
        .get_mut(member)
        .with_context(|| format!("no member {name}.{member}"))
}
