//! Unique ids, access key ids and secrets, made from random numbers.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use engine::Ids;
use sha2::{Digest, Sha256};

/// What a unique id is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdKind {
    /// A user.
    User,
    /// A role.
    Role,
    /// A managed policy.
    Policy,
    /// A long-term access key.
    AccessKey,
    /// A temporary access key.
    SessionKey,
}

const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const SECRET_CHARACTERS: usize = 40;

// === impl IdKind ===

impl IdKind {
    fn prefix(self) -> &'static str {
        match self {
            Self::User => "AIDA",
            Self::Role => "AROA",
            Self::Policy => "ANPA",
            Self::AccessKey => "AKIA",
            Self::SessionKey => "ASIA",
        }
    }
}

/// Makes the unique id of a user, role or policy.
pub fn unique_id(kind: IdKind, ids: &dyn Ids) -> String {
    id(kind, 17, ids.next().as_u128())
}

/// Makes an access key id.
pub fn access_key_id(kind: IdKind, ids: &dyn Ids) -> String {
    id(kind, 16, ids.next().as_u128())
}

/// Gives the id that a role has whom nobody created: always the same one for an ARN.
pub(crate) fn id_of_absent_role(arn: &str) -> String {
    let digest = Sha256::digest(arn.as_bytes());
    let number = digest.iter().take(16).fold(0, |sum, byte| (sum << 8) | u128::from(*byte));
    id(IdKind::Role, 17, number)
}

/// Makes a secret access key.
pub fn secret_access_key(ids: &dyn Ids) -> String {
    let mut bytes = ids.next().into_bytes().to_vec();
    bytes.extend(ids.next().into_bytes());
    secret(&bytes)
}

/// Writes 30 bytes or more as a secret.
pub(crate) fn secret(bytes: &[u8]) -> String {
    let mut text = STANDARD.encode(bytes);
    text.truncate(SECRET_CHARACTERS);
    text
}

fn id(kind: IdKind, length: u32, number: u128) -> String {
    let letters = (0..length).map(|at| {
        let five_bits = (number >> (5 * at)) & 31;
        char::from(ALPHABET[five_bits as usize])
    });
    kind.prefix().chars().chain(letters).collect()
}
