//! Which operations there are, and which of them are offered.

use std::collections::BTreeSet;
use std::fs;

use anyhow::{Context, Result, ensure};
use proc_macro2::TokenTree;
use syn::punctuated::Punctuated;
use syn::{Expr, ExprStruct, Ident, Item, Lit, Member, Token, Type};

use super::source;
use crate::checkout::Checkout;

const S3: &str = "crates/api/src/s3/operation.rs";
const UNSUPPORTED: &str = "crates/control/src/unsupported.rs";

/// An operation as the generated code has it.
#[derive(Debug)]
pub(super) struct Operation {
    index: u32,
    /// AWS's name.
    pub(super) name: String,
    /// The resource that it works on.
    pub(super) resource: String,
}

/// Reads all operations of a service, in the order of their indexes.
pub(super) fn of(checkout: &Checkout, service: &str) -> Result<Vec<Operation>> {
    let folder = checkout.path("crates/api/src").join(service).join("generated");
    let mut operations = Vec::new();
    for entry in fs::read_dir(&folder).with_context(|| format!("reading {}", folder.display()))? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "rs") {
            let items = source::parse(&path)?.items;
            operations.extend(items.iter().filter_map(spec).filter_map(operation));
        }
    }
    operations.sort_by_key(|operation| operation.index);
    ensure!(
        operations.iter().zip(0..).all(|(operation, index)| operation.index == index),
        "the operations of {service} are not numbered without gaps"
    );
    ensure!(!operations.is_empty(), "{service} has no operations");
    Ok(operations)
}

/// Reads the operations of S3, which are written by hand: groups of them, each with its name first.
pub(super) fn of_s3(checkout: &Checkout) -> Result<Vec<Operation>> {
    let file = source::parse(&checkout.path(S3))?;
    let list = file.items.into_iter().find_map(|item| match item {
        Item::Macro(call) if call.mac.path.is_ident("operations") => Some(call.mac.tokens),
        _ => None,
    });
    let list = list.with_context(|| format!("{S3} lists nothing"))?;
    let mut operations = Vec::new();
    let mut resource = String::new();
    for token in list {
        match token {
            TokenTree::Ident(name) => resource = name.to_string(),
            TokenTree::Group(group) => {
                let mut before = None;
                for token in group.stream() {
                    match (&before, &token) {
                        (Some(name), TokenTree::Punct(sign)) if sign.as_char() == '=' => {
                            let index = u32::try_from(operations.len())?;
                            let (name, resource) = (String::clone(name), resource.clone());
                            operations.push(Operation { index, name, resource });
                        }
                        _ => {}
                    }
                    before = match token {
                        TokenTree::Ident(name) => Some(name.to_string()),
                        _ => None,
                    };
                }
            }
            _ => {}
        }
    }
    ensure!(!operations.is_empty(), "S3 has no operations");
    Ok(operations)
}

fn spec(item: &Item) -> Option<&ExprStruct> {
    let Item::Static(item) = item else { return None };
    match (&*item.ty, &*item.expr) {
        (Type::Path(of), Expr::Struct(spec)) if of.path.is_ident("OperationSpec") => Some(spec),
        _ => None,
    }
}

fn operation(spec: &ExprStruct) -> Option<Operation> {
    let field = |wanted: &str| {
        let is_it = |member: &Member| matches!(member, Member::Named(name) if name == wanted);
        spec.fields.iter().find(|field| is_it(&field.member)).map(|field| &field.expr)
    };
    let index = match field("index")? {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Int(index) => index.base10_parse().ok()?,
            _ => return None,
        },
        _ => return None,
    };
    let text = |wanted| field(wanted).and_then(source::string);
    Some(Operation { index, name: text("name")?, resource: text("resource")? })
}

/// Reads the names of Lambda's operations that are not offered.
pub(super) fn unsupported(checkout: &Checkout) -> Result<BTreeSet<String>> {
    let file = source::parse(&checkout.path(UNSUPPORTED))?;
    let list = file.items.into_iter().find_map(|item| match item {
        Item::Macro(call) if call.mac.path.is_ident("unsupported") => Some(call.mac),
        _ => None,
    });
    let list = list.with_context(|| format!("{UNSUPPORTED} lists nothing"))?;
    let names = list.parse_body_with(Punctuated::<Ident, Token![,]>::parse_terminated)?;
    Ok(names.iter().map(Ident::to_string).collect())
}
