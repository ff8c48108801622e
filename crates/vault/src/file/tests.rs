use std::io::{Read, Seek, SeekFrom};

use proptest::prelude::*;

use super::*;
use crate::{MasterKey, SealedReader};

const DIGEST: [u8; 32] = [7; 32];

fn sealed(key: &MasterKey, content: &[u8], part_bytes: usize) -> File {
    let mut file = tempfile::tempfile().unwrap();
    let mut draft = Draft::begin(key, &mut file).unwrap();
    for part in content.chunks(part_bytes.max(1)) {
        draft.write(&mut file, part).unwrap();
    }
    draft.finish(&mut file, DIGEST).unwrap();
    file
}

fn content(size_bytes: u64) -> Vec<u8> {
    (0..size_bytes).map(|at| u8::try_from(at % 251).unwrap()).collect()
}

fn whole(key: &MasterKey, file: File) -> Result<Vec<u8>, FileError> {
    let file = SealedFile::open(key, file)?;
    file.read(0..file.info().size_bytes)
}

fn bytes(file: &File) -> Vec<u8> {
    let mut bytes = vec![0; to_memory(file.metadata().unwrap().len())];
    file.read_exact_at(&mut bytes, 0).unwrap();
    bytes
}

fn of(bytes: &[u8]) -> File {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    file
}

#[test]
fn content_of_every_length_around_a_chunk_comes_back() {
    let key = MasterKey::generate();
    let chunk = CHUNK_BYTES;
    for size in [0, 1, chunk - 1, chunk, chunk + 1, 2 * chunk, 3 * chunk + 5] {
        let content = content(size);
        let file = sealed(&key, &content, 1000);
        assert!(whole(&key, file).unwrap() == content, "{size}");
    }
}

#[test]
fn the_content_cannot_be_seen_in_the_file() {
    let key = MasterKey::generate();
    let file = bytes(&sealed(&key, &b"a planted secret ".repeat(100), 17));
    assert!(!file.windows(6).any(|window| window == b"secret"));
}

#[test]
fn another_key_opens_nothing() {
    let file = sealed(&MasterKey::generate(), b"lamb", 4);
    let error = whole(&MasterKey::generate(), file).unwrap_err();
    assert!(matches!(error, FileError::Key(KeyError::Damaged)), "{error}");
}

#[test]
fn chunks_cannot_be_moved_left_out_or_cut_off() {
    let key = MasterKey::generate();
    let whole_file = bytes(&sealed(&key, &content(3 * CHUNK_BYTES), 1000));
    let sealed_chunk = to_memory(SEALED_CHUNK_BYTES);
    let header = whole_file.len() - 3 * sealed_chunk;
    let chunk = |n: usize| &whole_file[header + n * sealed_chunk..header + (n + 1) * sealed_chunk];
    let of_chunks = |order: &[usize]| {
        let chunks: Vec<&[u8]> = order.iter().map(|n| chunk(*n)).collect();
        of(&[&whole_file[..header], &chunks.concat()].concat())
    };
    assert!(whole(&key, of_chunks(&[0, 1, 2])).is_ok());
    for order in [&[1, 0, 2][..], &[0, 2, 1], &[0, 1], &[0, 1, 2, 2], &[2], &[]] {
        assert!(whole(&key, of_chunks(order)).is_err(), "{order:?}");
    }
}

#[test]
fn a_reader_reads_out_of_order() {
    let key = MasterKey::generate();
    let content = content(2 * CHUNK_BYTES + 9);
    let file = SealedFile::open(&key, sealed(&key, &content, 5000)).unwrap();
    let mut reader = SealedReader::new(file);
    let mut read = Vec::new();
    reader.read_to_end(&mut read).unwrap();
    assert!(read == content);
    for (from, length) in
        [(SeekFrom::End(-9), 9), (SeekFrom::Start(3), 10), (SeekFrom::Current(-13), 13)]
    {
        let at = to_memory(reader.seek(from).unwrap());
        let mut part = vec![0; length];
        reader.read_exact(&mut part).unwrap();
        assert!(part == content[at..at + length], "{from:?}");
        reader.seek(SeekFrom::Start(13)).unwrap();
    }
    assert!(reader.seek(SeekFrom::Current(-14)).is_err());
    reader.seek(SeekFrom::End(5)).unwrap();
    assert_eq!(reader.read(&mut [0; 4]).unwrap(), 0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_range_is_exactly_that_part(size in 0..200_000_u64, a in 0..200_000_u64, b in 0..200_000_u64) {
        let key = MasterKey::generate();
        let content = content(size);
        let file = SealedFile::open(&key, sealed(&key, &content, 7001)).unwrap();
        let (start, end) = (a.min(b).min(size), a.max(b).min(size));
        prop_assert!(file.read(start..end).unwrap() == content[to_memory(start)..to_memory(end)]);
    }

    #[test]
    fn any_changed_bit_is_noticed(at in any::<prop::sample::Index>(), bit in 0..8_u8) {
        let key = MasterKey::generate();
        let mut file = bytes(&sealed(&key, &content(1000), 1000));
        let at = at.index(file.len());
        file[at] ^= 1 << bit;
        prop_assert!(whole(&key, of(&file)).is_err(), "at {at}");
    }

    #[test]
    fn no_bytes_make_a_reader_panic(file in prop::collection::vec(any::<u8>(), 0..300)) {
        let magic = [&MAGIC[..], &[0, 60], &file].concat();
        for bytes in [file, magic] {
            prop_assert!(whole(&MasterKey::generate(), of(&bytes)).is_err());
        }
    }
}
