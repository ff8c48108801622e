//! Which settings and values of offered operations the code refuses as not offered.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use syn::visit::{self, Visit};
use syn::{Expr, ExprCall, ImplItemFn, ItemFn, ItemMod};

use super::source;
use crate::checkout::Checkout;

const CONTROL: &str = "crates/control/src";

/// The operations that each function with refusals speaks for, by file and name.
const PLACES: &[(&str, &str, &[&str])] = &[
    ("functions/offered.rs", "check_create", &["CreateFunction"]),
    ("functions/offered.rs", "check_configuration", &["UpdateFunctionConfiguration"]),
    ("functions/offered.rs", "check_code", &["UpdateFunctionCode"]),
    ("functions/code.rs", "package", &["CreateFunction", "UpdateFunctionCode"]),
    ("versions/publish_version.rs", "publish_version", &["PublishVersion"]),
    ("invocation/invoke.rs", "check_offered", &["Invoke"]),
    (
        "invocation/invoke_with_response_stream.rs",
        "invoke_streaming",
        &["InvokeWithResponseStream"],
    ),
];

/// Settings and values by name, each with the operations that refuse it.
pub(super) type Refusals = BTreeMap<String, Vec<&'static str>>;

/// Collects every refusal of a setting.
pub(super) fn read(checkout: &Checkout) -> Result<Refusals> {
    let mut refusals = Refusals::new();
    let mut met = Vec::new();
    for file in files(&checkout.path(CONTROL), Path::new(""))? {
        for (function, setting) in settings(&source::parse(&checkout.path(CONTROL).join(&file))?) {
            let place = PLACES.iter().find(|(of, name, _)| *of == file && *name == function);
            let (_, _, operations) = place.with_context(|| {
                format!("{CONTROL}/{file}: {function} refuses {setting}; say for which operations in refusals.rs")
            })?;
            met.push(place);
            refusals.entry(setting).or_default().extend(*operations);
        }
    }
    for place @ (file, function, _) in PLACES {
        ensure!(
            met.contains(&Some(place)),
            "{CONTROL}/{file}: {function} refuses nothing any more"
        );
    }
    Ok(refusals)
}

fn files(root: &Path, below: &Path) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(root.join(below))? {
        let entry = entry?;
        let path = below.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            found.extend(files(root, &path)?);
        } else if !path.ends_with("tests.rs") && !path.ends_with("unsupported.rs") {
            found.push(path.to_str().context("file names are text")?.to_owned());
        }
    }
    found.sort();
    Ok(found)
}

/// Returns what is refused by literal name, with the function that does so.
fn settings(file: &syn::File) -> Vec<(String, String)> {
    let mut search = Search::default();
    search.visit_file(file);
    search.found
}

#[derive(Default)]
struct Search {
    function: String,
    found: Vec<(String, String)>,
}

// === impl Search ===

impl Search {
    fn found(&mut self, setting: Option<String>) {
        let function = &self.function;
        self.found.extend(setting.map(|setting| (function.clone(), setting)));
    }
}

impl<'a> Visit<'a> for Search {
    fn visit_item_mod(&mut self, item: &'a ItemMod) {
        if !source::is_for_tests(&item.attrs) {
            visit::visit_item_mod(self, item);
        }
    }

    fn visit_item_fn(&mut self, item: &'a ItemFn) {
        self.function = item.sig.ident.to_string();
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'a ImplItemFn) {
        self.function = item.sig.ident.to_string();
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_expr_call(&mut self, call: &'a ExprCall) {
        if let Expr::Path(callee) = &*call.func {
            match source::path(&callee.path).as_str() {
                "Refusal::NotOffered" => self.found(call.args.first().and_then(source::string)),
                "refuse" => listed(call).for_each(|setting| self.found(setting)),
                _ => {}
            }
        }
        visit::visit_expr_call(self, call);
    }
}

/// The names in `refuse(&[("Name", condition), …])`.
fn listed(call: &ExprCall) -> impl Iterator<Item = Option<String>> {
    let list = match call.args.first() {
        Some(Expr::Reference(list)) => match &*list.expr {
            Expr::Array(list) => Some(&list.elems),
            _ => None,
        },
        _ => None,
    };
    list.into_iter().flatten().map(|pair| match pair {
        Expr::Tuple(pair) => pair.elems.first().and_then(source::string),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::settings;

    #[test]
    fn refusals_are_found_where_they_are_made_but_not_in_tests() {
        let file = "
            fn check() { refuse(&[(\"A\", a()), (\"B\", true)]) }
            impl C { fn go() -> R { if x { return Err(Refusal::NotOffered(\"C\")); } Err(Refusal::Other(\"D\")) } }
            fn given(name: N) -> R { Err(Refusal::NotOffered(name)) }
            #[cfg(test)]
            mod tests { fn f() { Refusal::NotOffered(\"E\") } }";
        let found = settings(&syn::parse_file(file).unwrap());
        let expected = [("check", "A"), ("check", "B"), ("go", "C")];
        assert_eq!(found, expected.map(|(f, s)| (f.to_owned(), s.to_owned())));
    }
}
