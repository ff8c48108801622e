//! Credentials as the operations answer them.

use api::sts::Credentials;
use identity::SessionCredentials;

pub(crate) fn credentials(made: SessionCredentials) -> Credentials {
    Credentials {
        access_key_id: made.access_key_id,
        secret_access_key: made.secret_access_key,
        session_token: made.session_token,
        expiration: made.expires_at.into(),
    }
}
