//! Names of AWS's things, valid by construction.

use std::{fmt, str::FromStr, sync::Arc};

use serde::{Deserialize, Serialize};

/// The longest bare function name (Lambda API Reference, `CreateFunction`, `FunctionName`).
pub const FUNCTION_NAME_MAX: usize = 64;

/// Says why a text is not the name it should be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a valid {what}")]
pub struct NameError {
    what: &'static str,
    text: String,
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $what:literal, $valid:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Arc<str>);

        impl $name {
            /// Gives the name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = NameError;

            fn from_str(text: &str) -> Result<Self, NameError> {
                let valid: fn(&str) -> bool = $valid;
                if valid(text) {
                    Ok(Self(text.into()))
                } else {
                    Err(NameError { what: $what, text: text.to_owned() })
                }
            }
        }

        impl TryFrom<Arc<str>> for $name {
            type Error = NameError;

            fn try_from(text: Arc<str>) -> Result<Self, NameError> {
                let valid: fn(&str) -> bool = $valid;
                if valid(&text) {
                    Ok(Self(text))
                } else {
                    Err(NameError { what: $what, text: text.as_ref().to_owned() })
                }
            }
        }

        impl TryFrom<String> for $name {
            type Error = NameError;

            fn try_from(text: String) -> Result<Self, NameError> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0.as_ref().to_owned()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

name!(
    /// A bare function name, without ARN parts.
    FunctionName,
    "function name",
    |text| !text.is_empty() && text.len() <= FUNCTION_NAME_MAX && text.bytes().all(is_name_byte)
);

name!(
    /// Twelve digits.
    AccountId,
    "account id",
    |text| text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
);

name!(
    /// A region such as `us-east-1`.
    Region,
    "region",
    |text| {
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        text.len() >= 5
            && text.len() <= 32
            && text.bytes().all(plain)
            && text.starts_with(|c: char| c.is_ascii_lowercase())
    }
);

name!(
    /// The name of an alias: not all digits.
    AliasName,
    "alias name",
    |text| {
        !text.is_empty()
            && text.len() <= 128
            && text.bytes().all(is_name_byte)
            && !text.bytes().all(|b| b.is_ascii_digit())
    }
);

name!(
    /// The name of a layer.
    LayerName,
    "layer name",
    |text| !text.is_empty() && text.len() <= 140 && text.bytes().all(is_name_byte)
);

/// What a qualifier names: the unpublished version, a published one, or an alias.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Qualifier {
    /// `$LATEST`.
    Latest,
    /// A published version's number.
    Version(VersionNumber),
    /// An alias.
    Alias(AliasName),
}

/// The number of a published version, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct VersionNumber(pub u64);

// === impl Qualifier ===

impl FromStr for Qualifier {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        if text == "$LATEST" {
            return Ok(Self::Latest);
        }
        if text.bytes().all(|b| b.is_ascii_digit())
            && let Ok(number) = text.parse()
        {
            return Ok(Self::Version(VersionNumber(number)));
        }
        text.parse().map(Self::Alias)
    }
}

impl fmt::Display for Qualifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Latest => f.write_str("$LATEST"),
            Self::Version(VersionNumber(number)) => write!(f, "{number}"),
            Self::Alias(name) => name.fmt(f),
        }
    }
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_name_has_at_most_64_plain_characters() {
        assert!("my-function_1".parse::<FunctionName>().is_ok());
        assert!("a".repeat(64).parse::<FunctionName>().is_ok());
        for bad in ["", "a b", "a.b", "ä", &"a".repeat(65)] {
            assert!(bad.parse::<FunctionName>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_qualifier_is_latest_a_number_or_an_alias() {
        assert_eq!("$LATEST".parse(), Ok(Qualifier::Latest));
        assert_eq!("12".parse(), Ok(Qualifier::Version(VersionNumber(12))));
        assert!(matches!("2024-01-02".parse(), Ok(Qualifier::Alias(_))));
        assert!("$latest".parse::<Qualifier>().is_err());
        assert!("99999999999999999999999".parse::<Qualifier>().is_err());
    }

    proptest::proptest! {
        #[test]
        fn what_parses_prints_back_the_same_up_to_leading_zeros(text in "[$a-zA-Z0-9-_]{1,20}") {
            if let Ok(qualifier) = text.parse::<Qualifier>() {
                let again: Qualifier = qualifier.to_string().parse().unwrap();
                proptest::prop_assert_eq!(again, qualifier);
            }
        }
    }
}
