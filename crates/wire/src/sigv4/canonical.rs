//! The canonical form of a request, hashed as it is made.

use std::borrow::Cow;

use http::request::Parts;
use percent_encoding::{percent_decode_str, percent_encode, utf8_percent_encode};
use sha2::{Digest, Sha256};

use super::{Refusal, S3};
use crate::percent::{RESERVED, RESERVED_IN_PATH};

/// What of a request goes into its canonical form.
#[derive(Clone, Copy, Debug)]
pub(super) struct Canonical<'a> {
    /// Method, path, query and headers.
    pub(super) parts: &'a Parts,
    /// The service, since S3 encodes paths in a way of its own.
    pub(super) service: &'a str,
    /// The names of the headers that are signed, joined by semicolons.
    pub(super) signed_headers: &'a str,
    /// The hash of the body in hex, or what stands for it.
    pub(super) payload_hash: &'a str,
}

impl Canonical<'_> {
    /// Hashes the canonical form.
    pub(super) fn digest(&self) -> Result<[u8; 32], Refusal> {
        let mut hash = Sha256::new();
        hash.update(self.parts.method.as_str());
        hash.update("\n");
        self.path(&mut hash);
        hash.update("\n");
        self.query(&mut hash);
        hash.update("\n");
        for name in self.signed_headers.split(';') {
            self.header(name, &mut hash)?;
        }
        hash.update("\n");
        hash.update(self.signed_headers);
        hash.update("\n");
        hash.update(self.payload_hash);
        Ok(hash.finalize().into())
    }

    /// The path: S3's is encoded once, that of all others a second time after its dots are resolved.
    fn path(&self, hash: &mut Sha256) {
        let path = self.parts.uri.path();
        if self.service == S3 {
            let decoded = Cow::from(percent_decode_str(path));
            percent_encode(&decoded, RESERVED_IN_PATH).for_each(|chunk| hash.update(chunk));
        } else {
            utf8_percent_encode(&resolved(path), RESERVED_IN_PATH)
                .for_each(|chunk| hash.update(chunk));
        }
    }

    /// The query: decoded and encoded again, since clients encode it as they like, and sorted, but for the signature itself.
    fn query(&self, hash: &mut Sha256) {
        let Some(query) = self.parts.uri.query() else { return };
        let pairs = query
            .split('&')
            .filter(|pair| !pair.is_empty())
            .map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        let mut pairs: Vec<_> = pairs.map(|(key, value)| (recoded(key), recoded(value))).collect();
        pairs.retain(|(key, _)| key != "X-Amz-Signature");
        pairs.sort_unstable();
        for (index, (key, value)) in pairs.iter().enumerate() {
            hash.update(if index > 0 { "&" } else { "" });
            hash.update(key);
            hash.update("=");
            hash.update(value);
        }
    }

    /// One header with all its values, their runs of spaces made one.
    fn header(&self, name: &str, hash: &mut Sha256) -> Result<(), Refusal> {
        hash.update(name);
        let mut separator = ":";
        for value in self.parts.headers.get_all(name) {
            hash.update(separator);
            separator = ",";
            let words =
                value.as_bytes().split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
            for (index, word) in words.enumerate() {
                hash.update(if index > 0 { " " } else { "" });
                hash.update(word);
            }
        }
        if separator == ":" {
            // HTTP/2 has no Host header; its authority is the same thing.
            let authority = self.parts.uri.authority().filter(|_| name == "host");
            let authority = authority.ok_or_else(|| {
                Refusal::Incomplete(format!("the signed header '{name}' is not in the request"))
            })?;
            hash.update(separator);
            hash.update(authority.as_str());
        }
        hash.update("\n");
        Ok(())
    }
}

fn recoded(text: &str) -> String {
    let spaced =
        if text.contains('+') { Cow::Owned(text.replace('+', " ")) } else { Cow::Borrowed(text) };
    let decoded = Cow::from(percent_decode_str(&spaced));
    percent_encode(&decoded, RESERVED).to_string()
}

/// Resolves `.`, `..` and repeated slashes, as SDKs do before they sign.
fn resolved(path: &str) -> Cow<'_, str> {
    if path.is_empty() {
        return Cow::Borrowed("/");
    }
    if !path.contains("//") && !path.contains("/.") {
        return Cow::Borrowed(path);
    }
    let mut kept: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                kept.pop();
            }
            other => kept.push(other),
        }
    }
    let end = if path.ends_with('/') && !kept.is_empty() { "/" } else { "" };
    Cow::Owned(format!("/{}{end}", kept.join("/")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_and_repeated_slashes_are_resolved() {
        for (path, expected) in [
            ("", "/"),
            ("/", "/"),
            ("/a/b", "/a/b"),
            ("//a//b/", "/a/b/"),
            ("/a/./b/../c", "/a/c"),
            ("/../..", "/"),
            ("/a/.hidden", "/a/.hidden"),
        ] {
            assert_eq!(resolved(path), expected, "{path}");
        }
    }

    #[test]
    fn queries_are_encoded_in_one_way() {
        assert_eq!(recoded("a b"), "a%20b");
        assert_eq!(recoded("a+b"), "a%20b");
        assert_eq!(recoded("%24LATEST"), recoded("$LATEST"));
        assert_eq!(recoded("%7e"), "~");
    }
}
