//! The examples of the S3 API Reference, and bodies that are not what they should be.

use proptest::prelude::*;

use super::*;
use crate::sigv4::Secret;

const SIGNED: &[(usize, &str)] = &[
    (65_536, "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648"),
    (1024, "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497"),
    (0, "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9"),
];
const SIGNED_SEED: &str = "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9";

const TRAILED: &[(usize, &str)] = &[
    (65_536, "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2"),
    (1024, "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7"),
    (0, "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992"),
];
const TRAILED_SEED: &str = "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e";
const TRAILER: &str = "x-amz-checksum-crc32c:sOO8/Q==\r\nx-amz-trailer-signature:\
                       d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n";

fn signed(seed: &str) -> BodyReader {
    let scope = Scope {
        access_key_id: "AKIAIOSFODNN7EXAMPLE",
        date: "20130524",
        region: "us-east-1",
        service: "s3",
    };
    let secret = Secret::from("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
    let mut bytes = [0; 32];
    hex::decode_to_slice(seed, &mut bytes).unwrap();
    let declared = Some(SIGNED_CHUNKS);
    let key = key::derive(&secret, &scope);
    let claim = BodyClaim::read(declared, false).unwrap();
    let signer = ChunkSigner::new(key, "20130524T000000Z", &scope, bytes);
    claim.signed(declared, signer).reader()
}

fn wire(chunks: &[(usize, &str)], trailer: &str) -> Vec<u8> {
    let mut body = Vec::new();
    for (length, signature) in chunks {
        body.extend(format!("{length:x};chunk-signature={signature}\r\n").bytes());
        body.extend(std::iter::repeat_n(b'a', *length));
        if *length > 0 {
            body.extend(b"\r\n");
        }
    }
    body.extend(trailer.bytes());
    body.extend(b"\r\n");
    body
}

/// Reads a body that arrives in pieces of one size.
fn read(
    mut reader: BodyReader,
    body: &[u8],
    piece: usize,
) -> Result<(Vec<u8>, HeaderMap), BodyRefusal> {
    let mut content = Vec::new();
    for piece in body.chunks(piece) {
        reader.read(Bytes::copy_from_slice(piece), &mut |data| content.extend_from_slice(&data))?;
    }
    Ok((content, reader.finish()?))
}

fn chunked() -> BodyReader {
    BodyClaim::read(Some(UNSIGNED_CHUNKS), false).unwrap().reader()
}

#[test]
fn the_signed_chunks_of_the_reference_are_accepted_however_they_arrive() {
    for piece in [1, 7, 4096, usize::MAX] {
        let (content, trailers) = read(signed(SIGNED_SEED), &wire(SIGNED, ""), piece).unwrap();
        assert_eq!((content, trailers.len()), (vec![b'a'; 66_560], 0));
    }
}

#[test]
fn the_signed_trailer_of_the_reference_is_accepted() {
    let (content, trailers) = read(signed(TRAILED_SEED), &wire(TRAILED, TRAILER), 999).unwrap();
    assert_eq!(content.len(), 66_560);
    assert_eq!(trailers["x-amz-checksum-crc32c"], "sOO8/Q==");
    let other = TRAILER.replace("sOO8", "sOO9");
    let refused = read(signed(TRAILED_SEED), &wire(TRAILED, &other), 999);
    assert_eq!(refused.unwrap_err(), BodyRefusal::Signature);
    let unsigned = "x-amz-checksum-crc32c:sOO8/Q==\r\n";
    let refused = read(signed(TRAILED_SEED), &wire(TRAILED, unsigned), 999);
    assert_eq!(refused.unwrap_err(), BodyRefusal::Signature);
}

#[test]
fn a_chunk_that_was_changed_moved_or_left_out_is_noticed() {
    let mut changed = wire(SIGNED, "");
    changed[200] = b'b';
    let moved = wire(&[SIGNED[1], SIGNED[0], SIGNED[2]], "");
    let left_out = wire(&[SIGNED[0], SIGNED[2]], "");
    let unsigned = b"1\r\na\r\n0\r\n\r\n".to_vec();
    for body in [changed, moved, left_out, unsigned] {
        assert_eq!(read(signed(SIGNED_SEED), &body, 4096).unwrap_err(), BodyRefusal::Signature);
    }
    let cut = wire(&SIGNED[..2], "");
    assert!(read(signed(SIGNED_SEED), &cut[..cut.len() - 2], 4096).is_err());
}

#[test]
fn unsigned_chunks_may_be_followed_by_headers() {
    let body = b"3\r\nabc\r\n2\r\nde\r\n0\r\nx-amz-checksum-crc32: AAAAAA==\r\n\r\n";
    for piece in 1..body.len() {
        let (content, trailers) = read(chunked(), body, piece).unwrap();
        assert_eq!(content, b"abcde");
        assert_eq!(trailers["x-amz-checksum-crc32"], "AAAAAA==");
    }
}

#[test]
fn what_is_no_chunk_is_refused() {
    let long = format!("{}\r\n", "0".repeat(2000));
    for (body, expected) in [
        ("", BodyRefusal::Incomplete),
        ("3\r\nab", BodyRefusal::Incomplete),
        ("3\r\nabc\r\n", BodyRefusal::Incomplete),
        ("3\r\nabcd\r\n", BodyRefusal::Malformed),
        ("3\nabc\r\n", BodyRefusal::Malformed),
        ("+3\r\nabc\r\n", BodyRefusal::Malformed),
        ("\r\n", BodyRefusal::Malformed),
        ("0\r\n\r\nmore", BodyRefusal::Malformed),
        ("0\r\nno header\r\n\r\n", BodyRefusal::Malformed),
        ("ffffffffffffffffff\r\n", BodyRefusal::Malformed),
        (&long, BodyRefusal::Malformed),
    ] {
        assert_eq!(read(chunked(), body.as_bytes(), 64).unwrap_err(), expected, "{body:?}");
    }
}

#[test]
fn a_declared_hash_is_checked_at_the_end() {
    let hash = hex::encode(Sha256::digest(b"abc"));
    let reader = || BodyClaim::read(Some(&hash), false).unwrap().reader();
    assert_eq!(read(reader(), b"abc", 2).unwrap().0, b"abc");
    assert_eq!(read(reader(), b"abd", 2).unwrap_err(), BodyRefusal::Hash);
}

#[test]
fn a_head_must_say_what_its_body_is() {
    assert!(matches!(BodyClaim::read(None, false), Err(Refusal::Incomplete(_))));
    assert!(matches!(BodyClaim::read(Some("abc"), true), Err(Refusal::Incomplete(_))));
    assert!(BodyClaim::read(None, true).is_ok());
}

proptest! {
    #[test]
    fn any_layout_of_chunks_gives_the_content(
        chunks in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 1..50), 0..8),
        piece in 1..60_usize,
    ) {
        let mut body = Vec::new();
        for chunk in &chunks {
            body.extend(format!("{:X}\r\n", chunk.len()).bytes());
            body.extend(chunk);
            body.extend(b"\r\n");
        }
        body.extend(b"0\r\n\r\n");
        prop_assert_eq!(read(chunked(), &body, piece).unwrap().0, chunks.concat());
    }

    #[test]
    fn no_bytes_make_it_panic(body in proptest::collection::vec(any::<u8>(), 0..200), piece in 1..60_usize) {
        let _ = read(chunked(), &body, piece);
        let _ = read(signed(SIGNED_SEED), &body, piece);
    }
}
