//! Validated names: what the weaker backend can carry as part of a subject or key.

/// Why a string is not a valid name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// The name has no characters.
    #[error("a {kind} must not be empty")]
    Empty {
        /// Which kind of name was wanted.
        kind: &'static str,
    },
    /// The name is longer than its kind allows.
    #[error("a {kind} of {length_bytes} bytes exceeds {limit_bytes}")]
    TooLong {
        /// Which kind of name was wanted.
        kind: &'static str,
        /// How long the refused name is.
        length_bytes: usize,
        /// How long it may be.
        limit_bytes: usize,
    },
    /// The name holds a character that its kind does not allow.
    #[error("a {kind} must not contain {character:?}")]
    Character {
        /// Which kind of name was wanted.
        kind: &'static str,
        /// The first refused character.
        character: char,
    },
}

/// The greatest character; kept out of names so that it can end a prefix range.
pub(crate) const LAST_CHARACTER: char = char::MAX;

pub(crate) fn check(
    kind: &'static str,
    name: &str,
    limit_bytes: usize,
    allowed: fn(char) -> bool,
) -> Result<(), NameError> {
    if name.is_empty() {
        return Err(NameError::Empty { kind });
    }
    if name.len() > limit_bytes {
        return Err(NameError::TooLong { kind, length_bytes: name.len(), limit_bytes });
    }
    match name.chars().find(|c| !allowed(*c)) {
        Some(character) => Err(NameError::Character { kind, character }),
        None => Ok(()),
    }
}

pub(crate) fn visible_ascii(character: char) -> bool {
    character.is_ascii_graphic()
}

pub(crate) fn any_text(character: char) -> bool {
    !character.is_control() && character != LAST_CHARACTER
}

/// Defines a string newtype that is validated on construction and cheap to clone.
macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $kind:literal, $limit_bytes:expr, $allowed:path) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(std::sync::Arc<str>);

        impl $name {
            /// Checks and wraps a name.
            pub fn new(name: impl AsRef<str>) -> Result<Self, $crate::NameError> {
                let name = name.as_ref();
                $crate::name::check($kind, name, $limit_bytes, $allowed)?;
                Ok(Self(name.into()))
            }

            /// Wraps a name that is known to be valid: this store made it or checked it before.
            pub(crate) fn stored(name: &str) -> Self {
                Self(name.into())
            }

            /// Returns the name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::NameError;

            fn from_str(name: &str) -> Result<Self, Self::Err> {
                Self::new(name)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

pub(crate) use name;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{GroupName, Key};

    #[test]
    fn a_key_is_visible_ascii_of_bounded_length() {
        assert!(Key::new("function/000000000000/us-east-1/name:$LATEST").is_ok());
        assert_eq!(Key::new(""), Err(NameError::Empty { kind: "key" }));
        assert!(matches!(Key::new("a b"), Err(NameError::Character { character: ' ', .. })));
        assert!(matches!(Key::new("é"), Err(NameError::Character { .. })));
        assert!(matches!(Key::new("k".repeat(513)), Err(NameError::TooLong { .. })));
    }

    #[test]
    fn a_group_name_may_hold_any_text_but_the_character_that_ends_ranges() {
        assert!(GroupName::new("/aws/lambda/größe").is_ok());
        assert!(GroupName::new("a\u{10ffff}").is_err());
        assert!(GroupName::new("a\n").is_err());
    }
}
