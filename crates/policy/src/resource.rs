//! Patterns of ARNs.

use crate::{
    Context,
    pattern::{Case, Pattern},
};

/// How many parts an ARN has; the last one may hold colons.
const PARTS: usize = 6;

/// A pattern of resources: everything, or an ARN whose parts are matched one by one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ArnPattern {
    Anything,
    Parts(Vec<Pattern>),
}

// === impl ArnPattern ===

impl ArnPattern {
    /// Reads a pattern; `None` if it is neither `*` nor an ARN.
    pub(crate) fn new(text: &str, variables: bool) -> Option<Self> {
        if text == "*" {
            return Some(Self::Anything);
        }
        if !text.starts_with("arn:") {
            return None;
        }
        let mut parts = split(text);
        // An ARN that ends early means all that begins so.
        parts.resize(PARTS, "*");
        Some(Self::Parts(
            parts.into_iter().map(|part| Pattern::new(part, true, variables)).collect(),
        ))
    }

    /// Tells whether an ARN (or `*`, the resource of actions that have none) matches.
    pub(crate) fn matches(&self, arn: &str, context: &Context) -> bool {
        let Self::Parts(patterns) = self else { return true };
        let parts: Vec<&str> = arn.splitn(PARTS, ':').collect();
        parts.len() == PARTS
            && patterns
                .iter()
                .zip(parts)
                .all(|(pattern, part)| pattern.matches(part, context, Case::Matters))
    }
}

/// Splits at the colons, but for those in variables.
fn split(text: &str) -> Vec<&str> {
    let mut parts = Vec::with_capacity(PARTS);
    let (mut start, mut depth) = (0, 0_u32);
    for (at, c) in text.char_indices() {
        match c {
            '{' if text[..at].ends_with('$') => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            ':' if depth == 0 && parts.len() < PARTS - 1 => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_matched_one_by_one() {
        let f = "arn:aws:lambda:us-east-1:000000000000:function:f";
        let prod = "arn:aws:lambda:us-east-1:000000000000:function:f:prod";
        for (pattern, arn, expected) in [
            ("*", "*", true),
            (f, f, true),
            (f, prod, false),
            ("arn:aws:lambda:us-east-1:000000000000:function:f:*", f, false),
            ("arn:aws:lambda:us-east-1:000000000000:function:f:*", prod, true),
            ("arn:aws:lambda:us-east-1:000000000000:function:f*", prod, true),
            ("arn:aws:lambda:*:*:function:f", f, true),
            ("arn:aws:lambda:*:function:f", f, false),
            ("arn:aws:lambda:*", f, true),
            ("arn:aws:s3:*", f, false),
            ("arn:aws:s3:::bucket/*", "arn:aws:s3:::bucket/a:b", true),
            ("arn:aws:s3:::bucket/*", "*", false),
        ] {
            let matched = ArnPattern::new(pattern, true).unwrap().matches(arn, &Context::default());
            assert_eq!(matched, expected, "{pattern} {arn}");
        }
    }

    #[test]
    fn colons_in_variables_part_nothing() {
        let context = Context::default().with("aws:username", "ada");
        let pattern = ArnPattern::new("arn:aws:iam::1:user/${aws:username}", true).unwrap();
        assert!(pattern.matches("arn:aws:iam::1:user/ada", &context));
        assert!(!pattern.matches("arn:aws:iam::1:user/bob", &context));
    }

    #[test]
    fn what_is_no_arn_is_no_pattern() {
        assert!(ArnPattern::new("function:f", true).is_none());
    }
}
