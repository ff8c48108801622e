//! SPECIFICATION.md: every test that a promise rests on must exist.

use std::fs;

use anyhow::{Result, ensure};

use crate::checkout::Checkout;

/// Looks up every `path::name` in the document, and returns how many there are.
pub(super) fn check(checkout: &Checkout) -> Result<usize> {
    let text = fs::read_to_string(checkout.path("SPECIFICATION.md"))?;
    let mut missing = Vec::new();
    let mut found = 0;
    for (path, name) in tests(&text) {
        let file = fs::read_to_string(checkout.path(path)).unwrap_or_default();
        if declares(&file, name) {
            found += 1;
        } else {
            missing.push(format!("{path}::{name}"));
        }
    }
    ensure!(missing.is_empty(), "SPECIFICATION.md names no test:\n  {}", missing.join("\n  "));
    Ok(found)
}

/// The tests that a document names, each as `` `path::name` ``.
fn tests(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let quoted = text.split('`').skip(1).step_by(2);
    quoted.filter_map(|quoted| quoted.split_once("::")).filter(|(path, _)| path.contains('/'))
}

/// Tells whether a file has a test: a function, or its name in a list of tests that need a harness of their own.
fn declares(file: &str, name: &str) -> bool {
    ["fn ", "def "].iter().any(|word| file.contains(&format!("{word}{name}(")))
        || file.contains(&format!("(\"{name}\","))
}

#[cfg(test)]
mod tests {
    use super::{declares, tests};

    #[test]
    fn only_tests_are_looked_up() {
        let text =
            "As `a/b.rs::it_holds` and `c/d.py::test_it` show; see `Type::new` and `e/f.rs`.";
        assert_eq!(
            tests(text).collect::<Vec<_>>(),
            [("a/b.rs", "it_holds"), ("c/d.py", "test_it")]
        );
    }

    #[test]
    fn a_test_is_a_function_or_a_line_of_a_list() {
        assert!(declares("    async fn it_holds() {", "it_holds"));
        assert!(declares("def test_it(server):", "test_it"));
        assert!(declares("    (\"it_holds\", holds),", "it_holds"));
        assert!(!declares("// it_holds() fn it_holds_not(", "it_holds"));
    }
}
