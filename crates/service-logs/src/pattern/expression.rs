//! Conditions joined by `&&`, `||` and parentheses.

use super::PatternError;
use super::scanner::Scanner;

/// Bounds the stack that parsing takes.
const MAX_DEPTH: usize = 32;

/// Conditions joined by `&&`, which binds tighter, and `||`.
#[derive(Clone, Debug)]
pub(super) enum Expression<L> {
    Leaf(L),
    All(Vec<Self>),
    Any(Vec<Self>),
}

/// Reads one condition.
pub(super) type ParseLeaf<L> = fn(&mut Scanner<'_>) -> Result<L, PatternError>;

impl<L> Expression<L> {
    pub(super) fn parse(
        scanner: &mut Scanner<'_>,
        leaf: ParseLeaf<L>,
    ) -> Result<Self, PatternError> {
        Self::any(scanner, leaf, 0)
    }

    pub(super) fn holds(&self, leaf: &impl Fn(&L) -> bool) -> bool {
        match self {
            Self::Leaf(condition) => leaf(condition),
            Self::All(parts) => parts.iter().all(|part| part.holds(leaf)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(leaf)),
        }
    }

    fn any(
        scanner: &mut Scanner<'_>,
        leaf: ParseLeaf<L>,
        depth: usize,
    ) -> Result<Self, PatternError> {
        let mut parts = vec![Self::all(scanner, leaf, depth)?];
        while scanner.eat_spaced("||") {
            parts.push(Self::all(scanner, leaf, depth)?);
        }
        Ok(Self::Any(parts))
    }

    fn all(
        scanner: &mut Scanner<'_>,
        leaf: ParseLeaf<L>,
        depth: usize,
    ) -> Result<Self, PatternError> {
        let mut parts = vec![Self::one(scanner, leaf, depth)?];
        while scanner.eat_spaced("&&") {
            parts.push(Self::one(scanner, leaf, depth)?);
        }
        Ok(Self::All(parts))
    }

    fn one(
        scanner: &mut Scanner<'_>,
        leaf: ParseLeaf<L>,
        depth: usize,
    ) -> Result<Self, PatternError> {
        if !scanner.eat_spaced("(") {
            return leaf(scanner).map(Self::Leaf);
        }
        if depth == MAX_DEPTH {
            return Err(PatternError::TooDeep { limit: MAX_DEPTH });
        }
        let inner = Self::any(scanner, leaf, depth + 1)?;
        scanner.expect(")")?;
        Ok(inner)
    }
}
