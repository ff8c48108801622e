//! Conditions: an operator, a key, and the values to compare with.

mod compare;

use crate::{Context, condition::compare::Operator, json::Json, pattern::Pattern};

/// One key of one operator of a `Condition` element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Condition {
    test: Test,
    /// In lower case.
    key: String,
    values: Vec<Pattern>,
}

/// An operator as it is written: `ForAnyValue:StringNotLikeIfExists`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Test {
    quantifier: Quantifier,
    operator: Operator,
    negated: bool,
    if_exists: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Quantifier {
    None,
    ForAllValues,
    ForAnyValue,
}

// === impl Condition ===

impl Condition {
    /// Reads one operator with its keys; `None` if it is none or its values are no values.
    pub(crate) fn read(name: &str, keys: &Json, variables: bool) -> Option<Vec<Self>> {
        let test = Test::read(name)?;
        let Json::Object(keys) = keys else { return None };
        keys.iter()
            .map(|(key, values)| {
                let values = match values {
                    Json::List(values) => values.iter().map(value).collect::<Option<Vec<_>>>()?,
                    one => vec![value(one)?],
                };
                let pattern = |text: &&str| test.operator.pattern(text, variables);
                Some(Self {
                    test,
                    key: key.to_ascii_lowercase(),
                    values: values.iter().map(pattern).collect::<Option<_>>()?,
                })
            })
            .collect()
    }

    /// Tells whether the condition is met.
    pub(crate) fn holds(&self, context: &Context) -> bool {
        let found = context.get(&self.key);
        if self.test.operator == Operator::Null {
            let wanted = |pattern: &Pattern| pattern.text(context).as_deref() == Some("true");
            return self.values.iter().any(|value| wanted(value) == found.is_none());
        }
        let Some(found) = found else {
            return self.test.if_exists
                || match self.test.quantifier {
                    Quantifier::ForAllValues => true,
                    Quantifier::ForAnyValue => false,
                    Quantifier::None => self.test.negated,
                };
        };
        let matches = |value: &String| {
            self.values.iter().any(|wanted| self.test.operator.matches(wanted, value, context))
        };
        let satisfies = |value: &String| matches(value) != self.test.negated;
        match self.test.quantifier {
            Quantifier::ForAllValues => found.iter().all(satisfies),
            Quantifier::ForAnyValue => found.iter().any(satisfies),
            // A key that should have one value and has more: one match is a match.
            Quantifier::None => found.iter().any(matches) != self.test.negated,
        }
    }
}

// === impl Test ===

impl Test {
    fn read(name: &str) -> Option<Self> {
        let (quantifier, rest) = match name.split_once(':') {
            Some(("ForAllValues", rest)) => (Quantifier::ForAllValues, rest),
            Some(("ForAnyValue", rest)) => (Quantifier::ForAnyValue, rest),
            Some(_) => return None,
            None => (Quantifier::None, name),
        };
        let (rest, if_exists) =
            rest.strip_suffix("IfExists").map_or((rest, false), |rest| (rest, true));
        let (operator, negated) = Operator::read(rest)?;
        // Whether a key exists cannot depend on the key existing.
        let sound = operator != Operator::Null || (!if_exists && quantifier == Quantifier::None);
        sound.then_some(Self { quantifier, operator, negated, if_exists })
    }
}

fn value(json: &Json) -> Option<&str> {
    match json {
        Json::Text(text) | Json::Scalar(text) => Some(text),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
