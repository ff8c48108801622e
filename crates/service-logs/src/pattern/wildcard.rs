//! Text in which `*` stands for any characters.

/// Text in which `*` stands for any characters, or none.
#[derive(Clone, Debug)]
pub(super) struct Wildcard {
    first: String,
    /// What follows each `*`.
    others: Vec<String>,
}

impl Wildcard {
    pub(super) fn new(text: &str) -> Self {
        let mut parts = text.split('*').map(str::to_owned);
        Self { first: parts.next().unwrap_or_default(), others: parts.collect() }
    }

    /// Tells whether any text at all matches.
    pub(super) fn is_anything(&self) -> bool {
        !self.others.is_empty() && self.first.is_empty() && self.others.iter().all(String::is_empty)
    }

    pub(super) fn matches(&self, text: &str) -> bool {
        let Some((last, middle)) = self.others.split_last() else { return text == self.first };
        let Some(mut rest) = text.strip_prefix(self.first.as_str()) else { return false };
        // The leftmost place of each part leaves the most for those that follow.
        for part in middle {
            let Some(at) = rest.find(part.as_str()) else { return false };
            rest = &rest[at + part.len()..];
        }
        rest.ends_with(last.as_str())
    }
}
