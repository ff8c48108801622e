//! `$.a['b c'][0].*`: which values of a JSON message are meant.

use serde_json::Value;

use crate::pattern::PatternError;
use crate::pattern::scanner::Scanner;

/// The way from the root of a message to a value, or, through a wildcard, to several.
#[derive(Clone, Debug)]
pub(super) struct Selector(Vec<Step>);

#[derive(Clone, Debug)]
enum Step {
    Member(String),
    Element(usize),
    Each,
}

impl Selector {
    pub(super) fn parse(scanner: &mut Scanner<'_>) -> Result<Self, PatternError> {
        scanner.expect("$")?;
        let mut steps = Vec::new();
        loop {
            if scanner.eat(".") {
                steps.push(Step::after_dot(scanner)?);
            } else if scanner.eat("[") {
                steps.push(Step::in_brackets(scanner)?);
                scanner.expect("]")?;
            } else {
                break;
            }
        }
        if steps.is_empty() {
            return Err(scanner.expected("a property"));
        }
        if steps.iter().filter(|step| matches!(step, Step::Each)).count() > 1 {
            return Err(PatternError::TooManyWildcards);
        }
        Ok(Self(steps))
    }

    pub(super) fn select<'v>(&self, message: &'v Value) -> impl Iterator<Item = &'v Value> {
        let mut selected = vec![message];
        for step in &self.0 {
            selected = selected.into_iter().flat_map(|value| step.take(value)).collect();
        }
        selected.into_iter()
    }
}

impl Step {
    fn after_dot(scanner: &mut Scanner<'_>) -> Result<Self, PatternError> {
        if scanner.eat("*") {
            return Ok(Self::Each);
        }
        match scanner.take_while(|c| c.is_alphanumeric() || c == '_' || c == '-') {
            "" => Err(scanner.expected("a property")),
            name => Ok(Self::Member(name.to_owned())),
        }
    }

    fn in_brackets(scanner: &mut Scanner<'_>) -> Result<Self, PatternError> {
        scanner.skip_space();
        match scanner.peek() {
            Some('\'' | '"') => scanner.quoted().map(Self::Member),
            Some('*') => {
                scanner.bump();
                Ok(Self::Each)
            }
            _ => {
                let digits = scanner.take_while(|c| c.is_ascii_digit());
                digits.parse().map(Self::Element).map_err(|_| scanner.expected("an index"))
            }
        }
    }

    fn take<'v>(&self, value: &'v Value) -> Vec<&'v Value> {
        match (self, value) {
            (Self::Member(name), Value::Object(members)) => members.get(name).into_iter().collect(),
            (Self::Element(index), Value::Array(elements)) => {
                elements.get(*index).into_iter().collect()
            }
            (Self::Each, Value::Object(members)) => members.values().collect(),
            (Self::Each, Value::Array(elements)) => elements.iter().collect(),
            _ => Vec::new(),
        }
    }
}
