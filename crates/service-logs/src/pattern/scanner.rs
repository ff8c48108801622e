//! Going through the text of a pattern.

use ::regex::Regex;

use super::{PatternError, regex};

const MAX_REGEXES: usize = 2;

/// A place in the text of a pattern.
#[derive(Debug)]
pub(super) struct Scanner<'p> {
    text: &'p str,
    at: usize,
    regexes: usize,
}

impl<'p> Scanner<'p> {
    pub(super) fn new(text: &'p str) -> Self {
        Self { text, at: 0, regexes: 0 }
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub(super) fn bump(&mut self) -> Option<char> {
        let character = self.peek()?;
        self.at += character.len_utf8();
        Some(character)
    }

    pub(super) fn skip_space(&mut self) {
        self.take_while(char::is_whitespace);
    }

    pub(super) fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> &'p str {
        let rest = self.rest();
        let end = rest.find(|character| !wanted(character)).unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    /// Passes over `token`, without regard to the case of its letters, and tells whether it was there.
    pub(super) fn eat(&mut self, token: &str) -> bool {
        let start = self.rest().get(..token.len());
        let found = start.is_some_and(|start| start.eq_ignore_ascii_case(token));
        if found {
            self.at += token.len();
        }
        found
    }

    /// Passes over white space and then over `token`, and tells whether it was there.
    pub(super) fn eat_spaced(&mut self, token: &str) -> bool {
        self.skip_space();
        self.eat(token)
    }

    pub(super) fn expect(&mut self, token: &'static str) -> Result<(), PatternError> {
        if self.eat_spaced(token) { Ok(()) } else { Err(self.expected(token)) }
    }

    pub(super) fn expected(&self, expected: &'static str) -> PatternError {
        PatternError::Expected { expected, at: self.at }
    }

    /// Reads text in quotes of the kind it starts with; a backslash takes the next character as it is.
    pub(super) fn quoted(&mut self) -> Result<String, PatternError> {
        let quote = self.bump();
        let mut text = String::new();
        loop {
            match self.bump() {
                None => return Err(self.expected("a closing quote")),
                character if character == quote => return Ok(text),
                Some('\\') => text.extend(self.bump()),
                Some(character) => text.push(character),
            }
        }
    }

    /// Reads a regular expression between percent signs.
    pub(super) fn regex(&mut self) -> Result<Regex, PatternError> {
        self.regexes += 1;
        if self.regexes > MAX_REGEXES {
            return Err(PatternError::TooManyRegexes { limit: MAX_REGEXES });
        }
        self.bump();
        let start = self.at;
        loop {
            let end = self.at;
            match self.bump() {
                None => return Err(self.expected("a closing %")),
                Some('%') => return regex::compile(&self.text[start..end]),
                Some('\\') => drop(self.bump()),
                Some(_) => {}
            }
        }
    }

    fn rest(&self) -> &'p str {
        &self.text[self.at..]
    }
}
