//! The tables of what requests may hold.

use std::fmt::{Display, Write};

use anyhow::{Result, bail};

use super::head;
use crate::codegen::files::Generated;
use crate::codegen::model::{MemberModel, ShapeModel};
use crate::codegen::names::constant;
use crate::codegen::plan::Plan;

/// Writes the tables, a file for each resource.
pub(super) fn emit(plan: &Plan<'_>, files: &mut Generated) -> Result<()> {
    let mut homes: Vec<_> = plan.inputs.values().copied().collect();
    homes.sort_unstable();
    homes.dedup();
    let mut list = head("The constraints that requests are held to.");
    for home in homes {
        let mut text = head("Constraints of requests.");
        let mut body = String::new();
        for (name, _) in plan.inputs.iter().filter(|(_, file)| **file == home) {
            let (table, sensitive) = (table(plan, home, name)?, plan.model.shape(name).sensitive);
            let sensitive = if sensitive { ".sensitive()" } else { "" };
            writeln!(body, "pub(crate) static {}: Shape = {table}{sensitive};\n", constant(name))?;
        }
        let used: Vec<_> = ["Kind", "Member", "Range", "Shape"]
            .into_iter()
            .filter(|name| body.contains(&format!("{name}::")) || *name == "Shape")
            .collect();
        writeln!(text, "use wire::shape::{{{}}};\n\n{body}", used.join(", "))?;
        files.insert(format!("generated/constraints/{home}.rs"), text);
        writeln!(list, "pub(super) mod {home};")?;
    }
    files.insert("generated/constraints.rs".into(), list);
    Ok(())
}

fn table(plan: &Plan<'_>, home: &str, name: &str) -> Result<String> {
    let shape = plan.model.shape(name);
    let at = |name: &str| match plan.inputs.get(name) {
        Some(file) if *file == home => format!("&{}", constant(name)),
        Some(file) => format!("&super::{file}::{}", constant(name)),
        None => format!("&{}", constant(name)),
    };
    let element = |reference: &Option<crate::codegen::model::Reference>| match reference {
        Some(reference) => Ok(at(&reference.shape)),
        None => bail!("{name} lacks its element"),
    };
    let length = range(shape, |n| super::grouped(&format!("{n:.0}")));
    Ok(match shape.kind.as_str() {
        "string" => {
            let pattern = shape
                .pattern
                .as_ref()
                .map_or_else(|| "None".into(), |pattern| format!("Some({})", raw(pattern)));
            format!("Shape::text({length}, {pattern}, &{:?})", shape.values)
        }
        "integer" => format!("Shape::of(Kind::Integer({length}))"),
        "long" => format!("Shape::of(Kind::Long({length}))"),
        "double" | "float" => {
            format!("Shape::of(Kind::Float({}))", range(shape, |n| format!("{n:?}")))
        }
        "boolean" => "Shape::of(Kind::Boolean)".into(),
        "blob" => format!("Shape::of(Kind::Blob({length}))"),
        "timestamp" => "Shape::of(Kind::Timestamp)".into(),
        "list" => {
            let make = if shape.plain_elements { "plain_list" } else { "list" };
            format!("Shape::{make}({}, {length})", element(&shape.member)?)
        }
        "map" => {
            format!("Shape::map({}, {}, {length})", element(&shape.key)?, element(&shape.value)?)
        }
        "structure" => {
            let members = shape
                .members
                .iter()
                .map(|(name, member)| self::member(shape, name, member, &at(&member.shape)));
            format!("Shape::of(Kind::Structure(&[{}]))", members.collect::<Vec<_>>().join(", "))
        }
        other => bail!("{name} is of the unknown kind {other}"),
    })
}

fn member(shape: &ShapeModel, name: &str, member: &MemberModel, at: &str) -> String {
    let key = member.location_name.as_deref().unwrap_or(name);
    let required =
        if shape.required.iter().any(|required| required == name) { ".required()" } else { "" };
    match member.location.as_deref() {
        Some("uri") => format!("Member::label(\"{name}\", \"{key}\", {at}){required}"),
        Some("querystring") => format!("Member::query(\"{name}\", \"{key}\", {at}){required}"),
        Some("header") => {
            format!("Member::header(\"{name}\", \"{}\", {at}){required}", key.to_lowercase())
        }
        _ => format!("Member::body(\"{name}\", {at}){required}"),
    }
}

fn range<T: Display>(shape: &ShapeModel, number: impl Fn(f64) -> T) -> String {
    match (shape.min, shape.max) {
        (None, None) => "Range::OPEN".into(),
        (Some(min), None) => format!("Range::at_least({})", number(min)),
        (None, Some(max)) => format!("Range::at_most({})", number(max)),
        (Some(min), Some(max)) => format!("Range::between({}, {})", number(min), number(max)),
    }
}

/// A pattern as a raw string, with as many hashes as its quotes need.
fn raw(pattern: &str) -> String {
    if !pattern.contains(['\\', '"']) {
        return format!("{pattern:?}");
    }
    let hashes = if pattern.contains('"') { "#" } else { "" };
    format!("r{hashes}\"{pattern}\"{hashes}")
}
