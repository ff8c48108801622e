//! The defaults that the code gives, to hold the documented ones against.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Result, ensure};
use syn::{Expr, ExprStruct, ImplItem, Item, Lit, Stmt, Type};

use super::source;

/// The values that `Default` gives to the fields of a struct, as far as they are plain.
#[derive(Debug)]
pub(super) struct Defaults(BTreeMap<String, Value>);

/// A plain value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Value {
    Number(u128),
    Switch(bool),
    Time(Duration),
}

// === impl Defaults ===

impl Defaults {
    /// Reads the implementation of `Default` for `name`.
    pub(super) fn of(name: &str, file: &syn::File) -> Self {
        let constants = constants(file);
        let given = default_of(name, file);
        let values = given.into_iter().flat_map(|given| &given.fields).filter_map(|field| {
            let syn::Member::Named(name) = &field.member else { return None };
            Some((name.to_string(), value(&field.expr, &constants)?))
        });
        Self(values.collect())
    }

    /// Fails if the documented default of a field is another than the one in the code.
    pub(super) fn agree(&self, field: &str, documented: &str) -> Result<()> {
        let Some(real) = self.0.get(field) else { return Ok(()) };
        let documented_value = documented.split(',').next().unwrap_or(documented);
        ensure!(
            parsed(documented_value) == Some(*real),
            "{field} is documented with the default {documented}, and the code says {real:?}"
        );
        Ok(())
    }
}

fn constants(file: &syn::File) -> BTreeMap<String, Value> {
    let mut constants = BTreeMap::new();
    for item in &file.items {
        if let Item::Const(constant) = item
            && let Some(value) = value(&constant.expr, &constants)
        {
            constants.insert(constant.ident.to_string(), value);
        }
    }
    constants
}

fn default_of<'a>(name: &str, file: &'a syn::File) -> Option<&'a ExprStruct> {
    let block = file.items.iter().find_map(|item| match item {
        Item::Impl(block) => {
            let is_default =
                block.trait_.as_ref().is_some_and(|(_, path, _)| path.is_ident("Default"));
            let is_for_it = matches!(&*block.self_ty, Type::Path(of) if of.path.is_ident(name));
            (is_default && is_for_it).then_some(block)
        }
        _ => None,
    })?;
    let [ImplItem::Fn(default)] = &block.items[..] else { return None };
    match default.block.stmts.last()? {
        Stmt::Expr(Expr::Struct(given), None) => Some(given),
        _ => None,
    }
}

fn value(expression: &Expr, constants: &BTreeMap<String, Value>) -> Option<Value> {
    match expression {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Int(number) => number.base10_parse().ok().map(Value::Number),
            Lit::Bool(switch) => Some(Value::Switch(switch.value)),
            _ => None,
        },
        Expr::Path(path) => constants.get(&source::path(&path.path)).copied(),
        Expr::Binary(sum) => {
            let left = number(&sum.left, constants)?;
            let right = number(&sum.right, constants)?;
            match sum.op {
                syn::BinOp::Add(_) => Some(Value::Number(left + right)),
                syn::BinOp::Mul(_) => Some(Value::Number(left * right)),
                _ => None,
            }
        }
        Expr::Call(call) => {
            let Expr::Path(function) = &*call.func else { return None };
            let number = u64::try_from(number(call.args.first()?, constants)?).ok()?;
            match source::path(&function.path).as_str() {
                "Duration::from_secs" => Some(Value::Time(Duration::from_secs(number))),
                "Duration::from_millis" => Some(Value::Time(Duration::from_millis(number))),
                _ => None,
            }
        }
        _ => None,
    }
}

fn number(expression: &Expr, constants: &BTreeMap<String, Value>) -> Option<u128> {
    match value(expression, constants)? {
        Value::Number(number) => Some(number),
        Value::Switch(_) | Value::Time(_) => None,
    }
}

/// Reads a default as comments write it: `4096`, `true`, `10ms`, `2h`.
fn parsed(text: &str) -> Option<Value> {
    if let Ok(switch) = text.parse() {
        return Some(Value::Switch(switch));
    }
    let unit_at = text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(unit_at);
    let number: u64 = number.parse().ok()?;
    match unit {
        "" => Some(Value::Number(number.into())),
        "ms" => Some(Value::Time(Duration::from_millis(number))),
        "s" => Some(Value::Time(Duration::from_secs(number))),
        "m" => Some(Value::Time(Duration::from_secs(number * 60))),
        "h" => Some(Value::Time(Duration::from_secs(number * 60 * 60))),
        "d" => Some(Value::Time(Duration::from_secs(number * 24 * 60 * 60))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::Defaults;

    const FILE: &str = "
        const KIB: u64 = 1024;
        impl Default for Other { fn default() -> Self { Self { size: 1 } } }
        impl Default for Config {
            fn default() -> Self {
                Self { size: 2 * KIB + 1, wait: Duration::from_secs(2 * 60), on: true, place: find() }
            }
        }";

    #[test]
    fn documented_defaults_are_held_against_the_code() {
        let defaults = Defaults::of("Config", &syn::parse_file(FILE).unwrap());
        for (field, right, wrong) in
            [("size", "2049, which is odd", "1"), ("wait", "2m", "2s"), ("on", "true", "false")]
        {
            defaults.agree(field, right).unwrap();
            assert!(defaults.agree(field, wrong).is_err(), "{field}");
        }
        defaults.agree("place", "wherever it is").unwrap();
    }
}
