//! Messages that are JSON: `{ $.level = "error" && $.items[*].price > 10 }`.

mod selector;

use serde_json::Value;

use self::selector::Selector;
use super::PatternError;
use super::condition::Condition;
use super::expression::Expression;
use super::scanner::Scanner;

/// What is asked of the values in a JSON message.
#[derive(Clone, Debug)]
pub(super) struct Json(Expression<Question>);

#[derive(Clone, Debug)]
struct Question {
    selector: Selector,
    check: Check,
}

#[derive(Clone, Debug)]
enum Check {
    Condition(Condition),
    Is(Value),
    Exists,
    NotExists,
}

impl Json {
    pub(super) fn parse(scanner: &mut Scanner<'_>) -> Result<Self, PatternError> {
        scanner.expect("{")?;
        let expression = Expression::parse(scanner, Question::parse)?;
        scanner.expect("}")?;
        Ok(Self(expression))
    }

    pub(super) fn matches(&self, message: &str) -> bool {
        match serde_json::from_str(message) {
            Ok(value) => self.0.holds(&|question| question.holds(&value)),
            Err(_) => false,
        }
    }
}

impl Question {
    fn parse(scanner: &mut Scanner<'_>) -> Result<Self, PatternError> {
        let selector = Selector::parse(scanner)?;
        let check = match Condition::parse(scanner)? {
            Some(condition) => Check::Condition(condition),
            None => Check::parse_words(scanner)?,
        };
        Ok(Self { selector, check })
    }

    fn holds(&self, message: &Value) -> bool {
        let mut selected = self.selector.select(message);
        match &self.check {
            Check::Condition(condition) => selected.any(|value| holds(condition, value)),
            Check::Is(wanted) => selected.any(|value| value == wanted),
            Check::Exists => selected.next().is_some(),
            Check::NotExists => selected.next().is_none(),
        }
    }
}

impl Check {
    fn parse_words(scanner: &mut Scanner<'_>) -> Result<Self, PatternError> {
        if scanner.eat_spaced("NOT") {
            return scanner.expect("EXISTS").map(|()| Self::NotExists);
        }
        if scanner.eat_spaced("EXISTS") {
            return Ok(Self::Exists);
        }
        scanner.expect("IS")?;
        for (word, value) in
            [("NULL", Value::Null), ("TRUE", Value::Bool(true)), ("FALSE", Value::Bool(false))]
        {
            if scanner.eat_spaced(word) {
                return Ok(Self::Is(value));
            }
        }
        Err(scanner.expected("NULL, TRUE or FALSE"))
    }
}

fn holds(condition: &Condition, value: &Value) -> bool {
    match value {
        Value::String(text) => condition.holds_for_text(text),
        Value::Bool(flag) => condition.holds_for_text(if *flag { "true" } else { "false" }),
        Value::Number(number) => {
            let text = number.to_string();
            condition.holds_for_number(number.as_f64().unwrap_or(f64::NAN), &text)
        }
        Value::Null | Value::Array(_) | Value::Object(_) => condition.holds_for_other(),
    }
}
