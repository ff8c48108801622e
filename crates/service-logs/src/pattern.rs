//! Filter patterns: which log events are wanted?
//!
//! There are three languages, told apart by how a pattern begins: terms (`ERROR -timeout`), JSON
//! (`{ $.level = "error" }`) and space-delimited fields (`[host, ..., status = 5*]`). Parsing and
//! matching are pure and take time linear in the message; the grammar is that of "Filter pattern
//! syntax" in the user guide of CloudWatch Logs.

mod condition;
mod expression;
mod fields;
mod json;
mod regex;
mod scanner;
mod terms;
#[cfg(test)]
mod tests;
mod wildcard;

use std::str::FromStr;

use self::fields::Fields;
use self::json::Json;
use self::scanner::Scanner;
use self::terms::Terms;

/// A parsed filter pattern.
#[derive(Clone, Debug)]
pub struct Pattern(Language);

#[derive(Clone, Debug)]
enum Language {
    Terms(Terms),
    Json(Json),
    Fields(Fields),
}

/// Why a text is no filter pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// Something else was expected where the pattern goes on so.
    #[error("{expected} expected at byte {at}")]
    Expected {
        /// What would have been right.
        expected: &'static str,
        /// Where in the pattern.
        at: usize,
    },
    /// Parentheses are nested too deep.
    #[error("more than {limit} nested parentheses")]
    TooDeep {
        /// How deep they may be nested.
        limit: usize,
    },
    /// A regular expression uses what is not offered, or is too large.
    #[error("unsupported regular expression")]
    Regex,
    /// The pattern holds too many regular expressions.
    #[error("more than {limit} regular expressions")]
    TooManyRegexes {
        /// How many there may be.
        limit: usize,
    },
    /// A selector has more than one wildcard.
    #[error("a selector with more than one wildcard")]
    TooManyWildcards,
    /// The conditions of one field name different fields.
    #[error("conditions on different fields in one place")]
    MixedFields,
    /// The fields skip words in more than one place.
    #[error("more than one ellipsis")]
    TooManyEllipses,
}

impl Pattern {
    /// Tells whether a message is wanted.
    pub fn matches(&self, message: &str) -> bool {
        match &self.0 {
            Language::Terms(terms) => terms.matches(message),
            Language::Json(json) => json.matches(message),
            Language::Fields(fields) => fields.matches(message),
        }
    }
}

impl FromStr for Pattern {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Self, PatternError> {
        let mut scanner = Scanner::new(text);
        scanner.skip_space();
        let language = match scanner.peek() {
            Some('{') => Language::Json(Json::parse(&mut scanner)?),
            Some('[') => Language::Fields(Fields::parse(&mut scanner)?),
            _ => Language::Terms(Terms::parse(&mut scanner)?),
        };
        scanner.skip_space();
        match scanner.peek() {
            None => Ok(Self(language)),
            Some(_) => Err(scanner.expected("the end")),
        }
    }
}
