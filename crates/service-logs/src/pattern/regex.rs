//! The regular expressions that patterns may hold: no groups, no multi-byte characters.

use regex::{Regex, RegexBuilder};

use super::PatternError;

/// Far more than a pattern of 1,024 characters needs, unless it repeats repetitions.
const MAX_COMPILED_BYTES: usize = 512 * 1024;

const SYMBOLS: &str = ":_#=@/;,-";
const OPERATORS: &str = "^$?[]{}|*+.";
const CLASSES: &str = "dDsSwW";

pub(super) fn compile(source: &str) -> Result<Regex, PatternError> {
    if source.is_empty() {
        return Err(PatternError::Regex);
    }
    RegexBuilder::new(&translated(source)?)
        .size_limit(MAX_COMPILED_BYTES)
        .dfa_size_limit(MAX_COMPILED_BYTES)
        .build()
        .map_err(|_| PatternError::Regex)
}

/// Refuses what is not offered, and writes escapes so that they mean only themselves.
fn translated(source: &str) -> Result<String, PatternError> {
    let mut translated = String::with_capacity(source.len());
    let mut characters = source.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => {
                let escaped = characters.next().ok_or(PatternError::Regex)?;
                translated.push_str(&escape(escaped, &mut characters)?);
            }
            _ if character.is_ascii_alphanumeric() => translated.push(character),
            _ if SYMBOLS.contains(character) || OPERATORS.contains(character) => {
                translated.push(character);
            }
            _ => return Err(PatternError::Regex),
        }
    }
    Ok(translated)
}

fn escape(escaped: char, rest: &mut impl Iterator<Item = char>) -> Result<String, PatternError> {
    match escaped {
        'x' => {
            let digits: String = rest.take(2).collect();
            let code = u32::from_str_radix(&digits, 16).map_err(|_| PatternError::Regex)?;
            Ok(format!("\\x{{{code:x}}}"))
        }
        _ if CLASSES.contains(escaped) => Ok(format!("\\{escaped}")),
        // Some escapes of punctuation have a meaning of their own to the compiler, such as `\<`.
        _ if escaped.is_ascii_punctuation() || escaped == ' ' => {
            Ok(regex::escape(escaped.encode_utf8(&mut [0; 4])))
        }
        _ => Err(PatternError::Regex),
    }
}
