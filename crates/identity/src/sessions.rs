//! Temporary credentials, sealed and not stored.
//!
//! The session token says who the session is, until when, and by which access key id, under a seal
//! that only this installation can make; the secret follows from it by another key. Whoever holds a
//! token but not the secret can sign nothing.

use std::{
    collections::HashMap,
    fmt,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use api::RoleSession;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use engine::Ids;
use hmac::{Hmac, Mac};
use parking_lot::RwLock;
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::ids::{self, IdKind};

const SEAL_BYTES: usize = 32;
/// More opened sessions than this are not remembered.
const CAPACITY: usize = 4096;

/// Makes and opens sessions.
pub struct Sessions {
    seal: Hmac<Sha256>,
    secret: Hmac<Sha256>,
    ids: Arc<dyn Ids>,
    /// By access key id; only what has passed the check of its seal gets here.
    opened: RwLock<HashMap<String, (String, Arc<Opened>)>>,
}

/// A session to begin.
#[derive(Clone, Debug)]
pub struct SessionRequest {
    /// Whose it is.
    pub owner: Owner,
    /// When it begins.
    pub now: SystemTime,
    /// How long it lasts.
    pub lifetime: Duration,
}

/// Whose session it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Owner {
    /// The owner of the account.
    Root,
    /// A user.
    User {
        /// The name.
        name: String,
        /// The unique id: a later user of the same name is another one.
        id: String,
    },
    /// Somebody who has taken on a role.
    #[serde(with = "role")]
    Role(Arc<RoleSession>),
}

/// What a client needs to sign.
#[derive(Clone)]
pub struct SessionCredentials {
    /// The access key id, `ASIA…`.
    pub access_key_id: String,
    /// The secret access key.
    pub secret_access_key: String,
    /// The token that goes with every request.
    pub session_token: String,
    /// When they end.
    pub expires_at: SystemTime,
}

/// A session whose token has been read.
#[derive(Clone, Debug)]
pub struct Opened {
    /// Whose it is.
    pub owner: Owner,
    /// When it ends.
    pub expires_at: SystemTime,
    pub(crate) secret: String,
}

#[derive(Serialize, Deserialize)]
struct Claims {
    key: String,
    owner: Owner,
    ends_ms: u64,
}

// === impl Claims ===

impl Claims {
    fn text(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("claims are texts and numbers")
    }
}

// === impl Sessions ===

impl Sessions {
    /// Makes a sealer with the installation's secret.
    pub fn new(installation_secret: &[u8], ids: Arc<dyn Ids>) -> Self {
        Self {
            seal: derived(installation_secret, "session token"),
            secret: derived(installation_secret, "session secret"),
            ids,
            opened: RwLock::default(),
        }
    }

    /// Begins a session.
    pub fn begin(&self, request: &SessionRequest) -> SessionCredentials {
        let expires_at = request.now + request.lifetime;
        let since_epoch = expires_at.duration_since(UNIX_EPOCH).unwrap_or_default();
        let claims = Claims {
            key: ids::access_key_id(IdKind::SessionKey, self.ids.as_ref()),
            owner: request.owner.clone(),
            ends_ms: u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX),
        };
        let text = claims.text();
        let mut sealed = signed(&self.seal, &text).to_vec();
        sealed.extend_from_slice(&text);
        SessionCredentials {
            access_key_id: claims.key,
            secret_access_key: ids::secret(&signed(&self.secret, &text)),
            session_token: STANDARD.encode(sealed),
            expires_at,
        }
    }

    /// Opens a session; `None` if the token is not genuine or of another key.
    ///
    /// Whether it has ended is for the caller to see: the client is told only if it knows the secret.
    pub fn open(&self, access_key_id: &str, token: &str) -> Option<Arc<Opened>> {
        if let Some((known, opened)) = self.opened.read().get(access_key_id)
            && known == token
        {
            return Some(Arc::clone(opened));
        }
        let sealed = STANDARD.decode(token).ok()?;
        let (seal, text) = sealed.split_at_checked(SEAL_BYTES)?;
        let mut check = self.seal.clone();
        check.update(text);
        check.verify_slice(seal).ok()?;
        let claims: Claims = serde_json::from_slice(text).ok()?;
        if claims.key != access_key_id {
            return None;
        }
        let opened = Arc::new(Opened {
            owner: claims.owner,
            expires_at: UNIX_EPOCH + Duration::from_millis(claims.ends_ms),
            secret: ids::secret(&signed(&self.secret, text)),
        });
        let mut remembered = self.opened.write();
        if remembered.len() >= CAPACITY {
            remembered.clear();
        }
        remembered.insert(claims.key, (token.to_owned(), Arc::clone(&opened)));
        Some(opened)
    }
}

impl fmt::Debug for Sessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sessions").finish_non_exhaustive()
    }
}

impl fmt::Debug for SessionCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionCredentials")
            .field("access_key_id", &self.access_key_id)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

fn keyed(key: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("an HMAC takes a key of any length")
}

fn derived(secret: &[u8], purpose: &str) -> Hmac<Sha256> {
    keyed(&signed(&keyed(secret), purpose.as_bytes()))
}

fn signed(key: &Hmac<Sha256>, text: &[u8]) -> [u8; SEAL_BYTES] {
    let mut mac = key.clone();
    mac.update(text);
    mac.finalize().into_bytes().into()
}

/// A role's session as it is sealed.
mod role {
    use std::sync::Arc;

    use api::RoleSession;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    struct Sealed {
        role: String,
        id: String,
        name: String,
        policies: Option<Vec<String>>,
        tags: Vec<(String, String)>,
        source: Option<String>,
    }

    pub(super) fn serialize<S: Serializer>(
        session: &Arc<RoleSession>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let session = RoleSession::clone(session);
        Sealed {
            role: session.role_arn,
            id: session.role_id,
            name: session.name,
            policies: session.policies,
            tags: session.tags,
            source: session.source_identity,
        }
        .serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Arc<RoleSession>, D::Error> {
        let sealed = Sealed::deserialize(deserializer)?;
        Ok(Arc::new(RoleSession {
            role_arn: sealed.role,
            role_id: sealed.id,
            name: sealed.name,
            policies: sealed.policies,
            tags: sealed.tags,
            source_identity: sealed.source,
        }))
    }
}
