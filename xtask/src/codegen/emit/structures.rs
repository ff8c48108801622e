//! Structures with their members, as serde reads and writes them.

use std::fmt::Write;

use anyhow::{Result, bail};

use super::{Content, content};
use crate::codegen::model::{MemberModel, ShapeModel};
use crate::codegen::names::{field, renamed, snake, type_name};
use crate::codegen::plan::Plan;

/// Writes the structures that land in one file.
pub(super) fn emit(plan: &Plan<'_>, file: &str) -> Result<String> {
    let mut out = String::new();
    for (name, _) in plan.structures.iter().filter(|(_, home)| **home == file) {
        structure(plan, file, name, &mut out)?;
    }
    Ok(out)
}

/// How one structure is written.
struct Style {
    /// Read by serde.
    read: bool,
    /// Written by serde.
    written: bool,
    /// Its members are spelled in camel case, not Pascal case.
    camel: bool,
}

fn structure(plan: &Plan<'_>, file: &str, name: &str, out: &mut String) -> Result<()> {
    let shape = plan.model.shape(name);
    let content = content(plan, shape);
    let camel = shape
        .members
        .iter()
        .next()
        .is_some_and(|(member, _)| member.starts_with(|c: char| c.is_ascii_lowercase()));
    let raw = matches!(content, Content::Raw(_) | Content::Stream(_));
    let all_bound = content == Content::None
        && !shape.members.iter().any(|(_, member)| member.location.is_none());
    let style = Style {
        read: plan.inputs.contains_key(name) && !raw,
        written: plan.outputs.contains(name)
            && !raw
            && !(all_bound && shape.members.iter().next().is_some()),
        camel,
    };
    derives(plan, shape, content, &style, out);
    writeln!(out, "pub struct {} {{", type_name(name))?;
    for (member_name, member) in shape.members.iter() {
        let required = shape.required.iter().any(|required| required == member_name);
        let rust = member_type(plan, file, content, (member_name, member), required)?;
        attributes(plan, &style, (member_name, member), rust.starts_with("Option"), out);
        writeln!(out, "    pub {}: {rust},", field(member_name))?;
    }
    out.push_str("}\n\n");
    if shape.members.iter().any(|(_, member)| is_secret(plan, member)) {
        guarded_debug(plan, name, shape, out);
    }
    Ok(())
}

fn derives(
    plan: &Plan<'_>,
    shape: &ShapeModel,
    content: Content<'_>,
    style: &Style,
    out: &mut String,
) {
    let mut derives = vec!["Default"];
    if !matches!(content, Content::Stream(_)) {
        derives.extend(["Clone", "PartialEq"]);
    }
    if !shape.members.iter().any(|(_, member)| is_secret(plan, member)) {
        derives.push("Debug");
    }
    if style.read {
        derives.push("serde::Deserialize");
    }
    if style.written {
        derives.push("serde::Serialize");
    }
    let _ = writeln!(out, "#[derive({})]", derives.join(", "));
    if (style.read || style.written) && shape.members.iter().next().is_some() {
        let case = if style.camel { "camelCase" } else { "PascalCase" };
        let default = if style.read { ", default" } else { "" };
        let _ = writeln!(out, "#[serde(rename_all = \"{case}\"{default})]");
    }
}

fn attributes(
    plan: &Plan<'_>,
    style: &Style,
    (name, member): (&str, &MemberModel),
    optional: bool,
    out: &mut String,
) {
    if !style.read && !style.written {
        return;
    }
    let mut attributes = Vec::new();
    if renamed(&snake(name), style.camel) != name {
        attributes.push(format!("rename = \"{name}\""));
    }
    if plan.model.shape(&member.shape).kind == "blob" {
        attributes.push(format!("with = \"wire::blob{}\"", if optional { "::option" } else { "" }));
    }
    if style.written
        && plan.model.shape(&member.shape).kind == "timestamp"
        && plan.model.metadata.protocol == "query"
    {
        // XML carries dates, JSON seconds.
        let module = if optional { "wire::iso_date::option" } else { "wire::iso_date" };
        attributes.push(format!("serialize_with = \"{module}::serialize\""));
    }
    if style.written && optional {
        attributes.push("skip_serializing_if = \"Option::is_none\"".into());
    }
    if !attributes.is_empty() {
        let _ = writeln!(out, "    #[serde({})]", attributes.join(", "));
    }
}

/// The Rust type of a member.
fn member_type(
    plan: &Plan<'_>,
    file: &str,
    content: Content<'_>,
    (name, member): (&str, &MemberModel),
    required: bool,
) -> Result<String> {
    match content {
        Content::Raw(payload) if payload == name => return Ok("bytes::Bytes".into()),
        Content::Stream(payload) if payload == name => return Ok("wire::Body".into()),
        _ => {}
    }
    let rust = shape_type(plan, file, &member.shape)?;
    Ok(if required { rust } else { format!("Option<{rust}>") })
}

fn shape_type(plan: &Plan<'_>, file: &str, name: &str) -> Result<String> {
    let shape = plan.model.shape(name);
    let of = |reference: &Option<crate::codegen::model::Reference>| match reference {
        Some(reference) => shape_type(plan, file, &reference.shape),
        None => bail!("{name} lacks its element"),
    };
    Ok(match shape.kind.as_str() {
        "string" => "String".into(),
        "integer" => "i32".into(),
        "long" => "i64".into(),
        "double" | "float" => "f64".into(),
        "boolean" => "bool".into(),
        "blob" => "bytes::Bytes".into(),
        "timestamp" => "wire::Timestamp".into(),
        "list" => format!("Vec<{}>", of(&shape.member)?),
        "map" => format!("std::collections::BTreeMap<String, {}>", of(&shape.value)?),
        "structure" => match plan.structures.get(name) {
            Some(home) if *home == file => type_name(name),
            Some(home) => format!("super::{home}::{}", type_name(name)),
            None => bail!("the structure {name} has no file"),
        },
        other => bail!("{name} is of the unknown kind {other}"),
    })
}

fn is_secret(plan: &Plan<'_>, member: &MemberModel) -> bool {
    plan.model.shape(&member.shape).sensitive
}

/// A `Debug` that shows that secret members are there, but not what they hold.
fn guarded_debug(plan: &Plan<'_>, name: &str, shape: &ShapeModel, out: &mut String) {
    let name = type_name(name);
    let _ = writeln!(out, "impl std::fmt::Debug for {name} {{");
    out.push_str("fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {\n");
    let _ = write!(out, "f.debug_struct(\"{name}\")");
    let mut hidden = false;
    for (member_name, member) in shape.members.iter() {
        if is_secret(plan, member) {
            hidden = true;
        } else {
            let _ = write!(out, ".field(\"{}\", &self.{})", snake(member_name), field(member_name));
        }
    }
    out.push_str(if hidden { ".finish_non_exhaustive()\n}\n}\n\n" } else { ".finish()\n}\n}\n\n" });
}
