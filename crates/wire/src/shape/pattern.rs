//! Regular expressions as the models write them: Java's dialect, matched against the whole text.

use std::sync::OnceLock;

use fancy_regex::Regex;

/// A regular expression that is compiled when it is first needed.
#[derive(Debug)]
pub struct Pattern {
    source: &'static str,
    compiled: OnceLock<Option<Regex>>,
}

impl Pattern {
    /// Makes a pattern from the model's text.
    pub const fn new(source: &'static str) -> Self {
        Self { source, compiled: OnceLock::new() }
    }

    /// Returns the model's text, which is what messages quote.
    pub fn source(&self) -> &'static str {
        self.source
    }

    /// Tells whether the whole text matches.
    ///
    /// A text on which the engine gives up (a look-around that backtracks too far) does not match, nor does anything
    /// match a pattern that cannot be compiled; a test in `api` proves that every generated pattern compiles.
    pub fn matches(&self, text: &str) -> bool {
        self.regex().is_some_and(|regex| regex.is_match(text).unwrap_or(false))
    }

    /// Tells whether the pattern compiles.
    pub fn compiles(&self) -> bool {
        self.regex().is_some()
    }

    fn regex(&self) -> Option<&Regex> {
        self.compiled.get_or_init(|| Regex::new(&anchored(self.source)).ok()).as_ref()
    }
}

/// Anchors a Java expression on the whole text and narrows its classes to ASCII, which is what they mean in Java.
fn anchored(source: &str) -> String {
    let mut out = String::with_capacity(source.len() + 16);
    out.push_str(r"\A(?:");
    let mut in_class = false;
    let mut chars = source.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => push_escape(chars.next(), in_class, &mut out),
            '[' => {
                in_class = true;
                out.push('[');
            }
            ']' => {
                in_class = false;
                out.push(']');
            }
            other => out.push(other),
        }
    }
    out.push_str(r")\z");
    out
}

fn push_escape(escaped: Option<char>, in_class: bool, out: &mut String) {
    let class = match escaped {
        Some('d') => "0-9",
        Some('w') => "A-Za-z0-9_",
        Some('s') => r"\t\n\x0B\x0C\r\x20",
        Some(other) => {
            out.push('\\');
            out.push(other);
            return;
        }
        None => return out.push_str(r"\\"),
    };
    if in_class {
        out.push_str(class);
    } else {
        out.push('[');
        out.push_str(class);
        out.push(']');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_text_must_match_and_not_just_a_part() {
        let pattern = Pattern::new("[a-z]+");
        assert!(pattern.matches("abc"));
        for text in ["", "abc1", "1abc", "abc\n", "a\nb"] {
            assert!(!pattern.matches(text), "{text:?}");
        }
    }

    #[test]
    fn alternatives_are_anchored_together() {
        let pattern = Pattern::new(r"\$(LATEST(\.PUBLISHED)?)|[a-zA-Z0-9-_$]+");
        for text in ["$LATEST", "$LATEST.PUBLISHED", "prod", "7", "a-b_c"] {
            assert!(pattern.matches(text), "{text}");
        }
        for text in ["invalid!", "$LATEST.X", ""] {
            assert!(!pattern.matches(text), "{text}");
        }
    }

    #[test]
    fn look_around_works() {
        let alias = Pattern::new("(?!^[0-9]+$)([a-zA-Z0-9-_]+)");
        assert!(alias.matches("v1") && !alias.matches("1"));
        let bucket = Pattern::new(r"[0-9A-Za-z\.\-_]*(?<!\.)");
        assert!(bucket.matches("b.c") && !bucket.matches("b."));
    }

    #[test]
    fn classes_are_ascii_as_in_java() {
        let account = Pattern::new(r"\d{3}");
        assert!(account.matches("123") && !account.matches("\u{663}\u{663}\u{663}"));
        let no_space = Pattern::new(r"[^\s]+");
        assert!(no_space.matches("a\u{a0}b") && !no_space.matches("a b"));
    }
}
