//! Messages of words in fixed places: `[host, ..., status = 5*, bytes > 1000]`.

use super::PatternError;
use super::condition::Condition;
use super::expression::Expression;
use super::scanner::Scanner;

/// What is asked of the words of a message by their places.
#[derive(Clone, Debug)]
pub(super) struct Fields {
    front: Vec<Field>,
    /// After an ellipsis: what the last words must be.
    back: Option<Vec<Field>>,
}

type Field = Expression<Named>;

/// A condition on a field; naming a field without one asks for a word to be there.
#[derive(Clone, Debug)]
struct Named {
    name: String,
    condition: Option<Condition>,
}

impl Fields {
    pub(super) fn parse(scanner: &mut Scanner<'_>) -> Result<Self, PatternError> {
        scanner.expect("[")?;
        let mut fields = Self { front: Vec::new(), back: None };
        loop {
            if !scanner.eat_spaced("...") {
                let field = field(scanner)?;
                fields.back.as_mut().unwrap_or(&mut fields.front).push(field);
            } else if fields.back.replace(Vec::new()).is_some() {
                return Err(PatternError::TooManyEllipses);
            }
            if !scanner.eat_spaced(",") {
                scanner.expect("]")?;
                return Ok(fields);
            }
        }
    }

    pub(super) fn matches(&self, message: &str) -> bool {
        let words = words(message);
        let back = self.back.as_deref().unwrap_or_default();
        let named = self.front.len() + back.len();
        let count_fits =
            if self.back.is_some() { words.len() >= named } else { words.len() == named };
        count_fits
            && all_hold(&self.front, &words)
            && all_hold(back, &words[words.len() - back.len()..])
    }
}

fn field(scanner: &mut Scanner<'_>) -> Result<Field, PatternError> {
    let field = Expression::parse(scanner, Named::parse)?;
    let mut names = Vec::new();
    collect_names(&field, &mut names);
    names.dedup();
    if names.len() > 1 { Err(PatternError::MixedFields) } else { Ok(field) }
}

fn collect_names<'f>(field: &'f Field, names: &mut Vec<&'f str>) {
    match field {
        Expression::Leaf(leaf) => names.push(&leaf.name),
        Expression::All(parts) | Expression::Any(parts) => {
            for part in parts {
                collect_names(part, names);
            }
        }
    }
}

fn all_hold(fields: &[Field], words: &[&str]) -> bool {
    let holds = |field: &Field, word: &str| {
        field.holds(&|named| named.condition.as_ref().is_none_or(|c| c.holds_for_text(word)))
    };
    fields.iter().zip(words).all(|(field, word)| holds(field, word))
}

/// Cuts a message at white space, but keeps together what is in brackets or quotes.
fn words(message: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut rest = message.trim_start();
    while let Some(first) = rest.chars().next() {
        let close = match first {
            '[' => Some(']'),
            '"' => Some('"'),
            _ => None,
        };
        let enclosed = close.and_then(|close| rest[1..].split_once(close));
        let (word, after) = enclosed
            .unwrap_or_else(|| rest.split_at(rest.find(char::is_whitespace).unwrap_or(rest.len())));
        words.push(word);
        rest = after.trim_start();
    }
    words
}

impl Named {
    fn parse(scanner: &mut Scanner<'_>) -> Result<Self, PatternError> {
        scanner.skip_space();
        match scanner.take_while(|c| c.is_alphanumeric() || c == '_' || c == '-') {
            "" => Err(scanner.expected("a field")),
            name => {
                let name = name.to_owned();
                Ok(Self { name, condition: Condition::parse(scanner)? })
            }
        }
    }
}
