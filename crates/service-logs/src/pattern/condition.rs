//! `= 4*`, `!= %re%`, `>= 1e3`: what is asked of one value.

use std::cmp::Ordering;

use regex::Regex;

use super::PatternError;
use super::scanner::Scanner;
use super::wildcard::Wildcard;

/// What ends a value that is not in quotes.
const DELIMITERS: &str = "(){}[]\"%&|=<>!,";

/// What is asked of one value.
#[derive(Clone, Debug)]
pub(super) struct Condition {
    comparison: Comparison,
    operand: Operand,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

#[derive(Clone, Debug)]
enum Operand {
    Text(Wildcard),
    Number(f64),
    Regex(Regex),
}

impl Condition {
    /// Reads a condition if there is one.
    pub(super) fn parse(scanner: &mut Scanner<'_>) -> Result<Option<Self>, PatternError> {
        let Some(comparison) = Comparison::parse(scanner) else { return Ok(None) };
        scanner.skip_space();
        let operand = match scanner.peek() {
            Some('"') => Operand::Text(Wildcard::new(&scanner.quoted()?)),
            Some('%') => Operand::Regex(scanner.regex()?),
            _ => Operand::bare(scanner)?,
        };
        let ordered = !matches!(comparison, Comparison::Equal | Comparison::NotEqual);
        if ordered && !matches!(operand, Operand::Number(_)) {
            return Err(scanner.expected("a number"));
        }
        Ok(Some(Self { comparison, operand }))
    }

    pub(super) fn holds_for_text(&self, text: &str) -> bool {
        match &self.operand {
            Operand::Text(wildcard) => self.equality(wildcard.matches(text)),
            Operand::Regex(regex) => self.equality(regex.is_match(text)),
            Operand::Number(_) => match text.parse() {
                Ok(number) => self.holds_for_number(number, text),
                Err(_) => self.equality(false),
            },
        }
    }

    /// Decides for a number, which `text` is the written form of.
    pub(super) fn holds_for_number(&self, number: f64, text: &str) -> bool {
        match &self.operand {
            Operand::Number(operand) => self.comparison.accepts(number.partial_cmp(operand)),
            _ => self.holds_for_text(text),
        }
    }

    /// Decides for a value that is neither text nor a number, of which `*` only asks to be there.
    pub(super) fn holds_for_other(&self) -> bool {
        match &self.operand {
            Operand::Text(wildcard) => self.equality(wildcard.is_anything()),
            Operand::Regex(_) | Operand::Number(_) => self.equality(false),
        }
    }

    fn equality(&self, equal: bool) -> bool {
        match self.comparison {
            Comparison::Equal => equal,
            Comparison::NotEqual => !equal,
            _ => false,
        }
    }
}

impl Comparison {
    fn parse(scanner: &mut Scanner<'_>) -> Option<Self> {
        // Longer operators come before those that they start with.
        const OPERATORS: [(&str, Comparison); 6] = [
            ("!=", Comparison::NotEqual),
            ("<=", Comparison::LessOrEqual),
            (">=", Comparison::GreaterOrEqual),
            ("<", Comparison::Less),
            (">", Comparison::Greater),
            ("=", Comparison::Equal),
        ];
        scanner.skip_space();
        OPERATORS.into_iter().find(|(operator, _)| scanner.eat(operator)).map(|(_, found)| found)
    }

    fn accepts(self, ordering: Option<Ordering>) -> bool {
        match self {
            Self::Equal => ordering == Some(Ordering::Equal),
            Self::NotEqual => ordering != Some(Ordering::Equal),
            Self::Less => ordering == Some(Ordering::Less),
            Self::LessOrEqual => ordering.is_some_and(Ordering::is_le),
            Self::Greater => ordering == Some(Ordering::Greater),
            Self::GreaterOrEqual => ordering.is_some_and(Ordering::is_ge),
        }
    }
}

impl Operand {
    fn bare(scanner: &mut Scanner<'_>) -> Result<Self, PatternError> {
        let word = scanner.take_while(|c| !c.is_whitespace() && !DELIMITERS.contains(c));
        if word.is_empty() {
            return Err(scanner.expected("a value"));
        }
        // `inf` and `nan` are words here, although they parse as numbers.
        match word.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(Self::Number(number)),
            _ => Ok(Self::Text(Wildcard::new(word))),
        }
    }
}
