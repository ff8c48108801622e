//! The checksums of S3: what they are called, and how they are computed and joined.
//!
//! Source: S3 User Guide, "Checking object integrity".

use base64::{Engine as _, engine::general_purpose::STANDARD};
use crc::{CRC_32_ISCSI, CRC_32_ISO_HDLC, CRC_64_NVME, Crc, Table};
use serde::{Deserialize, Serialize};
use sha1::Sha1;
use sha2::{Digest as _, Sha256};

static CRC32: Crc<u32, Table<16>> = Crc::<u32, Table<16>>::new(&CRC_32_ISO_HDLC);
static CRC32C: Crc<u32, Table<16>> = Crc::<u32, Table<16>>::new(&CRC_32_ISCSI);
static CRC64NVME: Crc<u64, Table<16>> = Crc::<u64, Table<16>>::new(&CRC_64_NVME);

/// A way to compute a checksum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Algorithm {
    Crc32,
    Crc32c,
    Crc64Nvme,
    Sha1,
    Sha256,
}

/// What a checksum is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Kind {
    /// The whole content.
    Full,
    /// The checksums of the parts.
    Composite,
}

/// A checksum of something stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Checksum {
    pub(crate) algorithm: Algorithm,
    pub(crate) kind: Kind,
    /// In base64, for a composite one followed by the number of parts.
    pub(crate) value: String,
}

/// A checksum being computed.
pub(crate) enum Hasher {
    Crc32(crc::Digest<'static, u32, Table<16>>),
    Crc64(crc::Digest<'static, u64, Table<16>>),
    Sha1(Sha1),
    Sha256(Sha256),
}

// === impl Algorithm ===

impl Algorithm {
    const ALL: [Self; 5] = [Self::Crc32, Self::Crc32c, Self::Crc64Nvme, Self::Sha1, Self::Sha256];

    /// What content without any other gets.
    pub(crate) const DEFAULT: Self = Self::Crc64Nvme;

    /// Gives the header that carries it.
    pub(crate) fn header(self) -> &'static str {
        match self {
            Self::Crc32 => "x-amz-checksum-crc32",
            Self::Crc32c => "x-amz-checksum-crc32c",
            Self::Crc64Nvme => "x-amz-checksum-crc64nvme",
            Self::Sha1 => "x-amz-checksum-sha1",
            Self::Sha256 => "x-amz-checksum-sha256",
        }
    }

    /// Gives its name, as `x-amz-checksum-algorithm` has it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Crc32 => "CRC32",
            Self::Crc32c => "CRC32C",
            Self::Crc64Nvme => "CRC64NVME",
            Self::Sha1 => "SHA1",
            Self::Sha256 => "SHA256",
        }
    }

    /// Gives the element that carries it.
    pub(crate) fn element(self) -> &'static str {
        match self {
            Self::Crc32 => "ChecksumCRC32",
            Self::Crc32c => "ChecksumCRC32C",
            Self::Crc64Nvme => "ChecksumCRC64NVME",
            Self::Sha1 => "ChecksumSHA1",
            Self::Sha256 => "ChecksumSHA256",
        }
    }

    /// Finds the one of a name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.name().eq_ignore_ascii_case(name))
    }

    /// Finds the one of a header.
    pub(crate) fn of_header(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.header() == name)
    }

    /// Gives what a multipart upload makes of the parts if it says nothing else.
    pub(crate) fn usual_kind(self) -> Kind {
        if self == Self::Crc64Nvme { Kind::Full } else { Kind::Composite }
    }

    /// Tells whether checksums of parts can be joined to one of the whole, and if, how wide they are.
    fn polynomial(self) -> Option<(u32, u64)> {
        match self {
            Self::Crc32 => Some((32, 0xedb8_8320)),
            Self::Crc32c => Some((32, 0x82f6_3b78)),
            Self::Crc64Nvme => Some((64, 0x9a6c_9329_ac4b_c9b5)),
            Self::Sha1 | Self::Sha256 => None,
        }
    }

    /// Tells whether a multipart upload may have this kind of it.
    pub(crate) fn permits(self, kind: Kind) -> bool {
        match kind {
            Kind::Full => self.polynomial().is_some(),
            Kind::Composite => self != Self::Crc64Nvme,
        }
    }

    /// Begins to compute one.
    pub(crate) fn hasher(self) -> Hasher {
        match self {
            Self::Crc32 => Hasher::Crc32(CRC32.digest()),
            Self::Crc32c => Hasher::Crc32(CRC32C.digest()),
            Self::Crc64Nvme => Hasher::Crc64(CRC64NVME.digest()),
            Self::Sha1 => Hasher::Sha1(Sha1::new()),
            Self::Sha256 => Hasher::Sha256(Sha256::new()),
        }
    }

    /// Tells whether a text can be the value of one.
    pub(crate) fn fits(self, value: &str) -> bool {
        let length = match self {
            Self::Crc32 | Self::Crc32c => 4,
            Self::Crc64Nvme => 8,
            Self::Sha1 => 20,
            Self::Sha256 => 32,
        };
        STANDARD.decode(value).is_ok_and(|bytes| bytes.len() == length)
    }

    /// Makes the checksum of a multipart upload from those of its parts, each with its length.
    pub(crate) fn join(self, kind: Kind, parts: &[(String, u64)]) -> Option<Checksum> {
        let decoded = parts.iter().map(|(value, size)| Some((STANDARD.decode(value).ok()?, *size)));
        let decoded: Vec<(Vec<u8>, u64)> = decoded.collect::<Option<_>>()?;
        let value = match kind {
            Kind::Composite => {
                let mut hasher = self.hasher();
                for (bytes, _) in &decoded {
                    hasher.update(bytes);
                }
                format!("{}-{}", hasher.finish(), parts.len())
            }
            Kind::Full => {
                let (width, polynomial) = self.polynomial()?;
                let join = |sum: u64, (bytes, size): &(Vec<u8>, u64)| {
                    combine(width, polynomial, (sum, number(bytes)), *size)
                };
                let sum = decoded.iter().fold(0, join);
                let bytes = sum.to_be_bytes();
                STANDARD.encode(&bytes[bytes.len() - width as usize / 8..])
            }
        };
        Some(Checksum { algorithm: self, kind, value })
    }
}

// === impl Kind ===

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Full => "FULL_OBJECT",
            Self::Composite => "COMPOSITE",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        [Self::Full, Self::Composite].into_iter().find(|kind| kind.name() == name)
    }
}

// === impl Hasher ===

impl Hasher {
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Crc32(digest) => digest.update(bytes),
            Self::Crc64(digest) => digest.update(bytes),
            Self::Sha1(hash) => hash.update(bytes),
            Self::Sha256(hash) => hash.update(bytes),
        }
    }

    /// Gives the checksum in base64.
    pub(crate) fn finish(self) -> String {
        match self {
            Self::Crc32(digest) => STANDARD.encode(digest.finalize().to_be_bytes()),
            Self::Crc64(digest) => STANDARD.encode(digest.finalize().to_be_bytes()),
            Self::Sha1(hash) => STANDARD.encode(hash.finalize()),
            Self::Sha256(hash) => STANDARD.encode(hash.finalize()),
        }
    }
}

fn number(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}

/// Joins the checksums of two pieces of content, the second of which is `length` bytes long.
///
/// To append zeros to content is a linear map of its checksum over the field of two elements; the
/// map for `length` zero bytes is made by squaring that for one.
fn combine(width: u32, polynomial: u64, (first, second): (u64, u64), length: u64) -> u64 {
    let width = width as usize;
    let mut one_bit = [0; 64];
    one_bit[0] = polynomial;
    for (at, row) in one_bit.iter_mut().enumerate().take(width).skip(1) {
        *row = 1 << (at - 1);
    }
    let mut map = square(&square(&square(&one_bit, width), width), width);
    let (mut sum, mut left) = (first, length);
    while left > 0 {
        if left & 1 == 1 {
            sum = apply(&map, sum);
        }
        map = square(&map, width);
        left >>= 1;
    }
    sum ^ second
}

fn apply(map: &[u64; 64], vector: u64) -> u64 {
    map.iter()
        .enumerate()
        .filter(|(at, _)| vector >> at & 1 == 1)
        .fold(0, |sum, (_, row)| sum ^ row)
}

fn square(map: &[u64; 64], width: usize) -> [u64; 64] {
    let mut squared = [0; 64];
    for (row, of) in squared.iter_mut().zip(map).take(width) {
        *row = apply(map, *of);
    }
    squared
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(algorithm: Algorithm, content: &[u8]) -> String {
        let mut hasher = algorithm.hasher();
        hasher.update(content);
        hasher.finish()
    }

    #[test]
    fn the_check_values_of_the_algorithms_are_right() {
        for (algorithm, check) in [
            (Algorithm::Crc32, "y/Q5Jg=="),
            (Algorithm::Crc32c, "4waSgw=="),
            (Algorithm::Crc64Nvme, "rosUhgp5mIg="),
            (Algorithm::Sha1, "98O8HYCOBHMq32eZZczDTKeuNEE="),
            (Algorithm::Sha256, "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU="),
        ] {
            let found = of(algorithm, b"123456789");
            assert_eq!(found, check, "{algorithm:?}");
            assert!(algorithm.fits(&found));
            assert!(!algorithm.fits("AAAA"));
            assert_eq!(Algorithm::named(algorithm.name()), Some(algorithm));
            assert_eq!(Algorithm::of_header(algorithm.header()), Some(algorithm));
        }
    }

    #[test]
    fn composites_tell_how_many_parts_there_were() {
        let parts = [(of(Algorithm::Crc32, b"a"), 1), (of(Algorithm::Crc32, b"b"), 1)];
        let joined = Algorithm::Crc32.join(Kind::Composite, &parts).unwrap();
        assert!(joined.value.ends_with("==-2"), "{}", joined.value);
        assert!(Algorithm::Sha1.join(Kind::Full, &parts).is_none());
    }

    proptest! {
        #[test]
        fn checksums_of_parts_join_to_that_of_the_whole(
            parts in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..300), 1..6),
        ) {
            for algorithm in [Algorithm::Crc32, Algorithm::Crc32c, Algorithm::Crc64Nvme] {
                let sums: Vec<_> =
                    parts.iter().map(|part| (of(algorithm, part), part.len() as u64)).collect();
                let joined = algorithm.join(Kind::Full, &sums).unwrap();
                prop_assert_eq!(joined.value, of(algorithm, &parts.concat()));
            }
        }
    }
}
