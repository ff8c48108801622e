//! Texts with wildcards and policy variables.

use std::str::Chars;

use crate::Context;

/// A text that other texts are matched against.
///
/// `*` stands for any run of characters and `?` for any one; `${key}` for the value of a condition
/// key, `${key, 'default'}` for that or the default, and `${*}`, `${?}`, `${$}` for the characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pattern {
    tokens: Vec<Token>,
    /// Whether a token is a variable, so that matching has to look it up first.
    variable: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Char(char),
    One,
    Run,
    Variable { key: String, default: Option<String> },
}

/// Whether upper and lower case are the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Case {
    Matters,
    Ignored,
}

// === impl Pattern ===

impl Pattern {
    /// Reads a pattern; variables have a meaning from version 2012-10-17 on only.
    pub(crate) fn new(text: &str, wildcards: bool, variables: bool) -> Self {
        let mut tokens = Vec::with_capacity(text.len());
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            let after = &rest[c.len_utf8()..];
            let (token, next) = match c {
                '*' if wildcards => (Token::Run, after),
                '?' if wildcards => (Token::One, after),
                '$' if variables => variable(after).unwrap_or((Token::Char('$'), after)),
                c => (Token::Char(c), after),
            };
            // Runs beside each other are one run.
            if token != Token::Run || tokens.last() != Some(&Token::Run) {
                tokens.push(token);
            }
            rest = next;
        }
        let variable = tokens.iter().any(|token| matches!(token, Token::Variable { .. }));
        Self { tokens, variable }
    }

    /// Tells whether the text matches; a variable that has no value matches nothing.
    ///
    /// Takes at most as many steps as the text has characters times the pattern's tokens.
    pub(crate) fn matches(&self, text: &str, context: &Context, case: Case) -> bool {
        if !self.variable {
            return matches(&self.tokens, text, case);
        }
        self.resolved(context).is_some_and(|tokens| matches(&tokens, text, case))
    }

    /// Gives the text that the pattern stands for, wildcards standing for themselves.
    pub(crate) fn text(&self, context: &Context) -> Option<String> {
        let tokens = if self.variable { self.resolved(context)? } else { self.tokens.clone() };
        let character = |token: &Token| match token {
            Token::Char(c) => Some(*c),
            Token::One => Some('?'),
            Token::Run => Some('*'),
            Token::Variable { .. } => None,
        };
        Some(tokens.iter().filter_map(character).collect())
    }

    /// Puts values in the place of variables; what is a wildcard in a value is an ordinary character.
    fn resolved(&self, context: &Context) -> Option<Vec<Token>> {
        let mut tokens = Vec::with_capacity(self.tokens.len());
        for token in &self.tokens {
            match token {
                Token::Variable { key, default } => {
                    let value = context.single(key).or(default.as_deref())?;
                    tokens.extend(value.chars().map(Token::Char));
                }
                other => tokens.push(other.clone()),
            }
        }
        Some(tokens)
    }
}

/// Reads what follows a dollar sign: the variable and the rest of the text.
fn variable(text: &str) -> Option<(Token, &str)> {
    let (inside, rest) = text.strip_prefix('{')?.split_once('}')?;
    let token = match inside {
        "*" => Token::Char('*'),
        "?" => Token::Char('?'),
        "$" => Token::Char('$'),
        _ => {
            let (key, default) = match inside.split_once(',') {
                Some((key, default)) => (key, Some(default.trim().trim_matches('\'').to_owned())),
                None => (inside, None),
            };
            Token::Variable { key: key.trim().to_ascii_lowercase(), default }
        }
    };
    Some((token, rest))
}

fn matches(tokens: &[Token], text: &str, case: Case) -> bool {
    let mut at = 0;
    let mut text = text.chars();
    // After a mismatch only the last run can take one character more: earlier ones gain nothing.
    let mut last_run: Option<(usize, Chars<'_>)> = None;
    loop {
        let mut after = text.clone();
        match (tokens.get(at), after.next()) {
            (Some(Token::Run), _) => {
                at += 1;
                if at == tokens.len() {
                    return true;
                }
                last_run = Some((at, text.clone()));
            }
            (Some(Token::One), Some(_)) => (at, text) = (at + 1, after),
            (Some(Token::Char(wanted)), Some(found)) if same(*wanted, found, case) => {
                (at, text) = (at + 1, after);
            }
            (None, None) => return true,
            _ => match &mut last_run {
                Some((back, from)) => {
                    if from.next().is_none() {
                        return false;
                    }
                    (at, text) = (*back, from.clone());
                }
                None => return false,
            },
        }
    }
}

fn same(one: char, other: char, case: Case) -> bool {
    one == other || (case == Case::Ignored && one.eq_ignore_ascii_case(&other))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn glob(pattern: &str, text: &str) -> bool {
        Pattern::new(pattern, true, false).matches(text, &Context::default(), Case::Matters)
    }

    #[test]
    fn a_star_is_any_run_and_a_question_mark_any_one() {
        for (pattern, text, expected) in [
            ("", "", true),
            ("", "a", false),
            ("*", "", true),
            ("*", "anything", true),
            ("?", "", false),
            ("?", "é", true),
            ("a*c", "abbbc", true),
            ("a*c", "abbb", false),
            ("*ab*ab", "abaab", true),
            ("*ab*ab", "ab", false),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("**a**", "bab", true),
            ("lambda:Get*", "lambda:GetFunction", true),
            ("f-?*", "f-", false),
        ] {
            assert_eq!(glob(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn many_stars_do_not_take_exponential_time() {
        let (pattern, text) = ("*a".repeat(200) + "b", "a".repeat(5000));
        assert!(!glob(&pattern, &text));
    }

    #[test]
    fn variables_take_the_value_of_their_key() {
        let context =
            Context::default().with("aws:UserName", "ada").with("aws:PrincipalTag/t", "*");
        let variable = |pattern: &str, text: &str| {
            Pattern::new(pattern, true, true).matches(text, &context, Case::Matters)
        };
        assert!(variable("home/${aws:username}/*", "home/ada/x"));
        assert!(!variable("home/${aws:username}/*", "home/bob/x"));
        assert!(!variable("home/${aws:userid}/*", "home/ada/x"));
        assert!(variable("${aws:userid, 'none'}", "none"));
        assert!(variable("a${*}b${?}${$}", "a*b?$"));
        assert!(!variable("${aws:PrincipalTag/t}", "anything"));
        assert!(variable("${aws:PrincipalTag/t}", "*"));
        assert!(variable("${unclosed", "${unclosed"));
    }

    proptest::proptest! {
        #[test]
        fn the_matcher_agrees_with_a_plain_one(pattern in "[ab*?]{0,8}", text in "[ab]{0,8}") {
            fn plain(pattern: &[u8], text: &[u8]) -> bool {
                match (pattern, text) {
                    ([], []) => true,
                    ([b'*', rest @ ..], _) => {
                        plain(rest, text) || (!text.is_empty() && plain(pattern, &text[1..]))
                    }
                    ([b'?', rest @ ..], [_, more @ ..]) => plain(rest, more),
                    ([one, rest @ ..], [other, more @ ..]) => one == other && plain(rest, more),
                    _ => false,
                }
            }
            proptest::prop_assert_eq!(glob(&pattern, &text), plain(pattern.as_bytes(), text.as_bytes()));
        }
    }
}
