//! Small secrets: a text with the wrapped data key that opens it.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::{KeyError, KeyService, cipher::Cipher};

/// A sealed text, to be kept in a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedText {
    /// The data key, wrapped; Base64.
    pub data_key: String,
    /// Nonce, ciphertext and tag; Base64.
    pub sealed: String,
}

// === impl SealedText ===

impl SealedText {
    /// Seals `plain` under a new data key of `key`, so that it opens in `context` only.
    pub fn seal(
        service: &dyn KeyService,
        key: Option<&str>,
        context: &str,
        plain: &[u8],
    ) -> Result<Self, KeyError> {
        let data_key = service.generate_data_key(key, context)?;
        let sealed = Cipher::new(&data_key.plain).seal(context, plain)?;
        Ok(Self { data_key: STANDARD.encode(&data_key.wrapped), sealed: STANDARD.encode(sealed) })
    }

    /// Opens it.
    pub fn open(
        &self,
        service: &dyn KeyService,
        key: Option<&str>,
        context: &str,
    ) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let decode = |text: &str| STANDARD.decode(text).map_err(|_| KeyError::Damaged);
        let data_key = service.decrypt(key, &decode(&self.data_key)?, context)?;
        Cipher::new(&data_key).open(context, &decode(&self.sealed)?).map(Zeroizing::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MasterKey;

    #[test]
    fn a_text_opens_with_its_key_in_its_context_and_unchanged() {
        let key = MasterKey::generate();
        let text = SealedText::seal(&key, None, "f", b"secret").unwrap();
        assert_eq!(text.open(&key, None, "f").unwrap().as_slice(), b"secret");
        assert_eq!(text.open(&key, None, "g"), Err(KeyError::Damaged));
        assert_eq!(text.open(&MasterKey::generate(), None, "f"), Err(KeyError::Damaged));
        let other = SealedText::seal(&key, None, "f", b"other").unwrap();
        let mixed = SealedText { data_key: other.data_key, ..text };
        assert_eq!(mixed.open(&key, None, "f"), Err(KeyError::Damaged));
    }

    #[test]
    fn equal_texts_look_different() {
        let key = MasterKey::generate();
        let seal = || SealedText::seal(&key, None, "f", b"secret").unwrap();
        assert_ne!(seal().sealed, seal().sealed);
    }

    proptest::proptest! {
        #[test]
        fn nothing_that_is_not_sealed_opens(data_key in ".{0,80}", sealed in ".{0,80}") {
            let text = SealedText { data_key, sealed };
            proptest::prop_assert!(text.open(&MasterKey::generate(), None, "f").is_err());
        }
    }
}
