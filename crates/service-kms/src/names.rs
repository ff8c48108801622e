//! How a request names a key: by id, by ARN, by alias, or by the ARN of an alias.

use std::fmt;

use api::kms::errors;
use wire::ApiError;

/// Where keys of this account are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Here<'a> {
    pub(crate) region: &'a str,
    pub(crate) account: &'a str,
}

/// What a text names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Named {
    /// A key, by its id.
    Key(String),
    /// An alias, by its name with the prefix `alias/`.
    Alias(String),
}

/// Why a text names nothing here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unnamed {
    /// It is no id, no alias and no ARN.
    KeyId(String),
    /// It is the ARN of something else, or of something elsewhere.
    Arn(String),
}

const ALIAS: &str = "alias/";

// === impl Here ===

impl Here<'_> {
    pub(crate) fn key_arn(self, id: &str) -> String {
        format!("arn:aws:kms:{}:{}:key/{id}", self.region, self.account)
    }

    pub(crate) fn alias_arn(self, name: &str) -> String {
        format!("arn:aws:kms:{}:{}:{name}", self.region, self.account)
    }

    /// Understands what a request names.
    pub(crate) fn read(self, text: &str) -> Result<Named, Unnamed> {
        if !text.starts_with("arn:") {
            return named(text).ok_or_else(|| Unnamed::KeyId(text.to_owned()));
        }
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        let ["arn", "aws", "kms", region, account, resource] = parts[..] else {
            return Err(Unnamed::Arn(text.to_owned()));
        };
        if region != self.region {
            return Err(Unnamed::Arn(region.to_owned()));
        }
        if account != self.account {
            return Err(Unnamed::Arn(text.to_owned()));
        }
        let found = match resource.strip_prefix("key/") {
            Some(id) => is_id(id).then(|| Named::Key(id.to_owned())),
            None => named(resource).filter(|named| matches!(named, Named::Alias(_))),
        };
        found.ok_or_else(|| Unnamed::Arn(text.to_owned()))
    }
}

// === impl Unnamed ===

impl fmt::Display for Unnamed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::KeyId(text) => write!(f, "Invalid keyId '{text}'"),
            Self::Arn(text) => write!(f, "Invalid arn {text}"),
        }
    }
}

impl From<Unnamed> for ApiError {
    fn from(unnamed: Unnamed) -> Self {
        errors::not_found(unnamed.to_string())
    }
}

/// Gives the region of an ARN.
pub(crate) fn region_of(arn: &str) -> Option<&str> {
    arn.split(':').nth(3)
}

fn named(text: &str) -> Option<Named> {
    if text.len() > ALIAS.len() && text.starts_with(ALIAS) {
        let known = text.bytes().all(|b| b.is_ascii_alphanumeric() || b"/_-".contains(&b));
        return known.then(|| Named::Alias(text.to_owned()));
    }
    is_id(text).then(|| Named::Key(text.to_owned()))
}

/// Ids of keys are UUIDs as they are usually written.
fn is_id(text: &str) -> bool {
    let dashes = [8, 13, 18, 23];
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| {
            if dashes.contains(&at) { byte == b'-' } else { byte.is_ascii_hexdigit() }
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: Here<'_> = Here { region: "us-east-1", account: "000000000000" };
    const ID: &str = "1234abcd-12ab-34cd-56ef-1234567890ab";

    #[test]
    fn a_key_is_named_in_four_ways() {
        let alias = Named::Alias("alias/team/one".into());
        for (text, expected) in [
            (ID.to_owned(), Named::Key(ID.into())),
            (HERE.key_arn(ID), Named::Key(ID.into())),
            ("alias/team/one".to_owned(), alias.clone()),
            (HERE.alias_arn("alias/team/one"), alias),
        ] {
            assert_eq!(HERE.read(&text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn anything_else_names_nothing() {
        for (text, message) in [
            ("x", "Invalid keyId 'x'"),
            ("alias/", "Invalid keyId 'alias/'"),
            ("alias/a b", "Invalid keyId 'alias/a b'"),
            (
                "1234abcd-12ab-34cd-56ef-1234567890aX",
                "Invalid keyId '1234abcd-12ab-34cd-56ef-1234567890aX'",
            ),
            (
                "1234abcd012ab-34cd-56ef-1234567890ab",
                "Invalid keyId '1234abcd012ab-34cd-56ef-1234567890ab'",
            ),
            ("arn:aws:kms:eu-west-1:000000000000:alias/a", "Invalid arn eu-west-1"),
            (
                "arn:aws:kms:us-east-1:111111111111:alias/a",
                "Invalid arn arn:aws:kms:us-east-1:111111111111:alias/a",
            ),
            (
                "arn:aws:kms:us-east-1:000000000000:key/x",
                "Invalid arn arn:aws:kms:us-east-1:000000000000:key/x",
            ),
            ("arn:aws:s3:::b", "Invalid arn arn:aws:s3:::b"),
            ("arn:aws:kms", "Invalid arn arn:aws:kms"),
        ] {
            assert_eq!(HERE.read(text).unwrap_err().to_string(), message);
        }
    }
}
