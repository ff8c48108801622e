//! How a row is named and encoded.

use std::fmt::{self, Debug};
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::{Key, NameError, Revision};

/// A type whose stored form may change from one release to the next.
///
/// Every stored value carries the version of its form. Values of older versions are upgraded when
/// they are read and written back in the newest form by whoever next writes them.
pub trait Migrate: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The version that values are written with; starts at 1.
    const VERSION: u32;

    /// Turns the form of version `from` into that of version `from + 1`.
    ///
    /// Called once for each version from the stored one up to [`Self::VERSION`]. The default serves
    /// versions that differ only by fields with defaults.
    fn upgrade(from: u32, value: Value) -> Value {
        let _ = from;
        value
    }
}

/// A type that has a table of its own.
pub trait Row: Migrate {
    /// The name of the table and first segment of its keys: visible ASCII without `/`, never reused
    /// for another type.
    const NAME: &'static str;

    /// Calls `each` with every name under which the row is found besides its key. No two rows have
    /// the same name.
    fn names(&self, each: &mut dyn FnMut(&str)) {
        let _ = each;
    }

    /// What the row counts for in [`View::weight`](crate::View::weight).
    fn weight(&self) -> u64 {
        0
    }

    /// Whether something is still to be done about the row, so that
    /// [`View::unsettled`](crate::View::unsettled) has to find it.
    fn is_unsettled(&self) -> bool {
        false
    }
}

/// A row as it is in the table; cheap to clone.
pub struct Stored<T> {
    /// The key of the row within its table.
    pub key: Arc<str>,
    /// The change that wrote the row; the expectation for replacing it.
    pub revision: Revision,
    /// The row itself.
    pub value: Arc<T>,
}

/// Why a stored value cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// It was written by a newer release.
    #[error("version {found} is newer than {known}, the newest this release knows")]
    TooNew {
        /// The version of the stored value.
        found: u32,
        /// The version that this release writes.
        known: u32,
    },
    /// It is not what its version says.
    #[error("the value does not have the form of its version")]
    Json(#[from] serde_json::Error),
}

#[derive(Serialize, Deserialize)]
struct Envelope<T> {
    v: u32,
    d: T,
}

// === impl Stored ===

impl<T> Stored<T> {
    pub(super) fn new(key: &str, revision: Revision, value: T) -> Self {
        Self { key: key.into(), revision, value: Arc::new(value) }
    }
}

impl<T> Clone for Stored<T> {
    fn clone(&self) -> Self {
        Self { key: Arc::clone(&self.key), revision: self.revision, value: Arc::clone(&self.value) }
    }
}

impl<T: Debug> Debug for Stored<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stored")
            .field("key", &self.key)
            .field("revision", &self.revision)
            .field("value", &self.value)
            .finish()
    }
}

pub(super) fn record_prefix<T: Row>() -> String {
    format!("{}/", T::NAME)
}

pub(super) fn record_key<T: Row>(key: &str) -> Result<Key, NameError> {
    Key::new(format!("{}/{key}", T::NAME))
}

pub(super) fn encode<T: Migrate>(value: &T) -> Result<Vec<u8>, serde_json::Error> {
    serde_json::to_vec(&Envelope { v: T::VERSION, d: value })
}

pub(super) fn decode<T: Migrate>(bytes: &[u8]) -> Result<T, DecodeError> {
    let Envelope { v, d }: Envelope<&RawValue> = serde_json::from_slice(bytes)?;
    if v > T::VERSION {
        return Err(DecodeError::TooNew { found: v, known: T::VERSION });
    }
    if v == T::VERSION {
        return Ok(serde_json::from_str(d.get())?);
    }
    let stored = serde_json::from_str(d.get())?;
    let newest = (v..T::VERSION).fold(stored, |value, from| T::upgrade(from, value));
    Ok(serde_json::from_value(newest)?)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Lamb {
        full_name: String,
        age_days: u32,
    }

    impl Migrate for Lamb {
        const VERSION: u32 = 3;

        fn upgrade(from: u32, mut value: Value) -> Value {
            match from {
                1 => value["full_name"] = value["name"].take(),
                2 => value["age_days"] = json!(value["age_weeks"].as_u64().unwrap_or(0) * 7),
                _ => {}
            }
            value
        }
    }

    #[test]
    fn a_value_comes_back_as_it_was_encoded() {
        let lamb = Lamb { full_name: "Ada".into(), age_days: 3 };
        assert_eq!(decode::<Lamb>(&encode(&lamb).unwrap()).unwrap(), lamb);
    }

    #[test]
    fn an_old_value_is_upgraded_through_every_version() {
        let old = json!({ "v": 1, "d": { "name": "Ada", "age_weeks": 2 } });
        let lamb = decode::<Lamb>(old.to_string().as_bytes()).unwrap();
        assert_eq!(lamb, Lamb { full_name: "Ada".into(), age_days: 14 });
    }

    #[test]
    fn a_value_of_a_newer_release_is_refused_rather_than_misread() {
        let newer = json!({ "v": 4, "d": { "full_name": "Ada", "age_days": 3 } });
        let error = decode::<Lamb>(newer.to_string().as_bytes()).unwrap_err();
        assert!(matches!(error, DecodeError::TooNew { found: 4, known: 3 }));
    }
}
