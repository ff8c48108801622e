//! Opaque pagination tokens.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;
use wire::ApiError;

use crate::error::invalid_token;

/// Hides from clients what a token is made of.
pub(crate) fn encode<T: Serialize>(place: &T) -> String {
    let json = serde_json::to_vec(place).expect("places hold only text and numbers");
    URL_SAFE_NO_PAD.encode(json)
}

/// Reads back what [`encode`] wrote.
pub(crate) fn decode<T: DeserializeOwned>(token: &str) -> Result<T, ApiError> {
    let json = URL_SAFE_NO_PAD.decode(token).map_err(|_| invalid_token())?;
    serde_json::from_slice(&json).map_err(|_| invalid_token())
}
