//! Words and phrases that a message holds: `ERROR "timed out" -retried`.

use regex::Regex;

use super::PatternError;
use super::scanner::Scanner;

/// Words and phrases that a message must, may or must not hold.
#[derive(Clone, Debug, Default)]
pub(super) struct Terms {
    required: Vec<Term>,
    optional: Vec<Term>,
    excluded: Vec<Term>,
}

#[derive(Clone, Debug)]
enum Term {
    Text(String),
    Regex(Regex),
}

impl Terms {
    pub(super) fn parse(scanner: &mut Scanner<'_>) -> Result<Self, PatternError> {
        let mut terms = Self::default();
        loop {
            scanner.skip_space();
            let kind = match scanner.peek() {
                None => return Ok(terms),
                Some('?') => {
                    scanner.bump();
                    &mut terms.optional
                }
                Some('-') => {
                    scanner.bump();
                    &mut terms.excluded
                }
                Some(_) => &mut terms.required,
            };
            kind.push(Term::parse(scanner)?);
            if scanner.peek().is_some_and(|next| !next.is_whitespace()) {
                return Err(scanner.expected("a space"));
            }
        }
    }

    pub(super) fn matches(&self, message: &str) -> bool {
        let holds = |term: &Term| term.is_in(message);
        if self.excluded.iter().any(holds) {
            return false;
        }
        // CloudWatch Logs ignores optional terms beside required ones.
        if self.required.is_empty() {
            self.optional.is_empty() || self.optional.iter().any(holds)
        } else {
            self.required.iter().all(holds)
        }
    }
}

impl Term {
    fn parse(scanner: &mut Scanner<'_>) -> Result<Self, PatternError> {
        match scanner.peek() {
            Some('"') => scanner.quoted().map(Self::Text),
            Some('%') => scanner.regex().map(Self::Regex),
            _ => match scanner.take_while(|c| c.is_alphanumeric() || c == '_') {
                "" => Err(scanner.expected("a term")),
                word => Ok(Self::Text(word.to_owned())),
            },
        }
    }

    fn is_in(&self, message: &str) -> bool {
        match self {
            Self::Text(text) => message.contains(text.as_str()),
            Self::Regex(regex) => regex.is_match(message),
        }
    }
}
