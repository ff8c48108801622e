use std::{
    io::{Cursor, Write},
    sync::LazyLock,
    time::Duration,
};

use proptest::prelude::*;
use zip::{ZipWriter, write::SimpleFileOptions};

use super::*;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const NOW_MS: i64 = 10 * 24 * 60 * 60 * 1000;
const LIMIT: u64 = 1_000_000;

static KEY: LazyLock<SigningKey> =
    LazyLock::new(|| SigningKey::generate("Build", DAY, 1000 * DAY).unwrap());

fn statement() -> Statement {
    Statement {
        profile_version: "arn:aws:signer:us-east-1:000000000000:/signing-profiles/Build/abc".into(),
        job: "arn:aws:signer:us-east-1:000000000000:/signing-jobs/1".into(),
        signed_ms: NOW_MS,
        expires_ms: NOW_MS + 1,
    }
}

/// Not compressed, so that a changed bit of a file's content is one of its bytes.
fn package(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (name, content) in files {
        writer.start_file(*name, options).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn signed_by(key: &SigningKey, archive: &[u8]) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    sign(Cursor::new(archive), &mut out, key, &statement()).unwrap();
    out.into_inner()
}

fn read_with(archive: &[u8], roots: &Roots) -> Option<Result<Signature, Integrity>> {
    read(Cursor::new(archive), LIMIT, roots).unwrap()
}

fn hello() -> Vec<u8> {
    package(&[("a.py", b"print('hello')"), ("lib/b.py", b"x = 1")])
}

#[test]
fn what_was_signed_is_read_back() {
    let signature = read_with(&signed_by(&KEY, &hello()), &Roots::default()).unwrap().unwrap();
    let expected = Signature {
        profile_version: statement().profile_version,
        job: statement().job,
        signed_ms: NOW_MS,
        expires_ms: NOW_MS + 1,
        signer: KEY.fingerprint(),
        root: None,
    };
    assert_eq!(signature, expected);
}

#[test]
fn an_unsigned_package_has_no_signature_and_is_not_unpacked() {
    assert_eq!(read(Cursor::new(hello()), 0, &Roots::default()).unwrap(), None);
    let error = read(Cursor::new(signed_by(&KEY, &hello())), 5, &Roots::default()).unwrap_err();
    assert!(matches!(error, ArchiveError::TooLarge { limit_bytes: 5 }), "{error}");
}

#[test]
fn the_hash_is_over_names_and_contents_in_order() {
    let archive = signed_by(&KEY, &hello());
    let signed = archive::digest(Cursor::new(archive), LIMIT).unwrap().unwrap();
    let text = "a.pyprint('hello')lib/b.pyx = 1META_INF/";
    assert_eq!(signed.hash[..], <sha2::Sha384 as sha2::Digest>::digest(text)[..]);
    assert!(signed.signature.starts_with(b"-----BEGIN PKCS7-----\n"));
}

#[test]
fn content_added_under_a_signature_is_noticed() {
    let archive = signed_by(&KEY, &hello());
    let mut writer = ZipWriter::new_append(Cursor::new(archive)).unwrap();
    writer.start_file("c.py", SimpleFileOptions::default()).unwrap();
    let more = writer.finish().unwrap().into_inner();
    assert_eq!(read_with(&more, &Roots::default()), Some(Err(Integrity::Content)));
}

#[test]
fn a_signature_from_another_package_is_noticed() {
    let other = archive::digest(Cursor::new(signed_by(&KEY, &hello())), LIMIT).unwrap().unwrap();
    let archive = package(&[("a.py", b"other"), (SIGNATURE_FILE, &other.signature)]);
    assert_eq!(read_with(&archive, &Roots::default()), Some(Err(Integrity::Content)));
}

#[test]
fn a_root_counts_if_the_operator_trusts_it() {
    let archive = signed_by(&KEY, &hello());
    let mut roots = Roots::default();
    roots.add(&KEY.certificate_pem().unwrap()).unwrap();
    let signature = read_with(&archive, &roots).unwrap().unwrap();
    assert_eq!(signature.root, Some(KEY.fingerprint()));
    let mut others = Roots::default();
    let other = SigningKey::generate("Build", DAY, 1000 * DAY).unwrap();
    others.add(&other.certificate_pem().unwrap()).unwrap();
    assert_eq!(read_with(&archive, &others).unwrap().unwrap().root, None);
    assert!(Roots::default().add("no certificate").is_err());
}

#[test]
fn a_certificate_that_was_not_in_force_counts_for_nothing() {
    let late = SigningKey::generate("Build", 20 * DAY, 1000 * DAY).unwrap();
    let archive = signed_by(&late, &hello());
    assert_eq!(read_with(&archive, &Roots::default()), Some(Err(Integrity::Signer)));
}

#[test]
fn keys_survive_their_text_form_and_do_not_mix() {
    let (key, certificate) = (KEY.key_pem().unwrap(), KEY.certificate_pem().unwrap());
    let again = SigningKey::from_pem(&key, &certificate).unwrap();
    assert_eq!(again.fingerprint(), KEY.fingerprint());
    let other = SigningKey::generate("Other", DAY, 2 * DAY).unwrap().certificate_pem().unwrap();
    assert_eq!(SigningKey::from_pem(&key, &other).unwrap_err(), KeyError::Mismatch);
    assert_eq!(SigningKey::from_pem(&certificate, &other).unwrap_err(), KeyError::Key);
}

#[test]
fn a_signed_package_is_not_signed_again() {
    let archive = signed_by(&KEY, &hello());
    let out = Cursor::new(Vec::new());
    let error = sign(Cursor::new(archive), out, &KEY, &statement()).unwrap_err();
    assert!(matches!(error, SignError::Archive(ArchiveError::Signed)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_flipped_bit_of_the_content_fails(content in prop::collection::vec(any::<u8>(), 1..200), at in any::<prop::sample::Index>(), bit in 0..8_u8) {
        let archive = package(&[("a", &content)]);
        let signed = archive::digest(Cursor::new(signed_by(&KEY, &archive)), LIMIT).unwrap().unwrap();
        let mut changed = content.clone();
        let at = at.index(changed.len());
        changed[at] ^= 1 << bit;
        for (content, expected) in [(content, true), (changed, false)] {
            let files = [("a", content.as_slice()), ("META_INF/", b""), (SIGNATURE_FILE, signed.signature.as_slice())];
            let found = read_with(&package(&files), &Roots::default()).unwrap();
            prop_assert_eq!(found.is_ok(), expected);
            prop_assert!(expected || found == Err(Integrity::Content));
        }
    }

    #[test]
    fn a_changed_signature_is_never_another_valid_one(at in any::<prop::sample::Index>(), bit in 0..8_u8) {
        let signed = archive::digest(Cursor::new(signed_by(&KEY, &hello())), LIMIT).unwrap().unwrap();
        let (label, mut der) = pem_rfc7468::decode_vec(&signed.signature).unwrap();
        prop_assert_eq!(label, "PKCS7");
        let at = at.index(der.len());
        der[at] ^= 1 << bit;
        if let Ok(found) = Signature::verify(&der, &signed.hash, &Roots::default()) {
            prop_assert_eq!(found.profile_version, statement().profile_version);
            prop_assert_eq!(found.expires_ms, statement().expires_ms);
            prop_assert_eq!(found.job, statement().job);
        }
    }

    #[test]
    fn no_bytes_make_the_verifier_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(Signature::verify(&bytes, &[0; 48], &Roots::default()).is_err());
        let _ = read(Cursor::new(&bytes), LIMIT, &Roots::default());
        let archive = package(&[(SIGNATURE_FILE, &bytes)]);
        prop_assert!(matches!(read_with(&archive, &Roots::default()), Some(Err(_))));
    }
}
