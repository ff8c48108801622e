//! The generated tables keep their promises.

use http::HeaderMap;
use wire::OperationSpec;
use wire::shape::{Kind, Shape};

fn all() -> impl Iterator<Item = &'static OperationSpec> {
    let services = [api::lambda::OPERATIONS, api::logs::OPERATIONS, api::sts::OPERATIONS];
    services.into_iter().flatten().copied()
}

/// Calls a function with every shape below one.
fn each(shape: &'static Shape, visit: &mut dyn FnMut(&'static Shape)) {
    visit(shape);
    match &shape.kind {
        Kind::List { member, .. } => each(member, visit),
        Kind::Map { key, value, .. } => {
            each(key, visit);
            each(value, visit);
        }
        Kind::Structure(members) => members.iter().for_each(|member| each(member.shape, visit)),
        _ => {}
    }
}

#[test]
fn every_pattern_compiles() {
    let mut patterns = 0;
    for spec in all() {
        each(spec.input, &mut |shape| {
            if let Kind::Text(text) = &shape.kind
                && let Some(pattern) = &text.pattern
            {
                patterns += 1;
                assert!(pattern.compiles(), "{}", pattern.source());
            }
        });
    }
    assert!(patterns > 200, "only {patterns} patterns were seen");
}

#[test]
fn every_operation_stands_at_its_index() {
    for operations in [api::lambda::OPERATIONS, api::logs::OPERATIONS, api::sts::OPERATIONS] {
        for (index, spec) in operations.iter().enumerate() {
            assert_eq!(usize::from(spec.index), index, "{}", spec.name);
        }
    }
}

#[test]
fn bodies_have_the_documented_limits() {
    let limit = |name: &str| {
        let spec = all().find(|spec| spec.name == name).unwrap();
        spec.too_large(&HeaderMap::new()).message().unwrap().to_owned()
    };
    for (name, expected) in [
        ("Invoke", "Request must be smaller than 6291456 bytes for the InvokeFunction operation"),
        (
            "CreateFunction",
            "Request must be smaller than 70167211 bytes for the CreateFunction operation",
        ),
        (
            "UpdateFunctionCode",
            "Request must be smaller than 70167211 bytes for the UpdateFunctionCode operation",
        ),
        (
            "UpdateFunctionConfiguration",
            "Request must be smaller than 5120 bytes for the UpdateFunctionConfiguration operation",
        ),
    ] {
        assert_eq!(limit(name), expected);
    }
}
