//! The promises of [`store::Blobs`].

use std::io::{self, Read, Seek, SeekFrom};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::{StreamExt, stream};
use store::{BlobsError, Clock, Content, Digest};

use crate::Subject;

const NO_LIMIT: u64 = u64::MAX;

/// Content of which no two parts are alike.
fn content(length_bytes: u32) -> Bytes {
    let words =
        (0..length_bytes.div_ceil(4)).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes());
    let mut whole: BytesMut = words.collect();
    whole.truncate(length_bytes as usize);
    whole.freeze()
}

fn in_chunks(whole: &Bytes, chunk_bytes: usize) -> Content {
    let chunks: Vec<io::Result<Bytes>> =
        whole.chunks(chunk_bytes).map(|chunk| Ok(Bytes::copy_from_slice(chunk))).collect();
    stream::iter(chunks).boxed()
}

/// What is put comes back, the empty blob too.
pub async fn content_comes_back_under_its_digest(subject: &Subject) {
    let blobs = &*subject.stores.blobs;
    for whole in [Bytes::new(), Bytes::from_static(b"lamb"), content(1000)] {
        let digest = blobs.put_bytes(whole.clone()).await.unwrap();
        assert_eq!(digest, Digest::of(&whole));
        assert_eq!(blobs.get_bytes(&digest, NO_LIMIT).await.unwrap(), whole);
        let info = blobs.info(&digest).await.unwrap().unwrap();
        assert_eq!(info.size_bytes, whole.len() as u64);
        assert_eq!(info.stored_ms, subject.clock.now_ms());
    }
}

/// Streaming, with chunk borders that do not match the store's own.
pub async fn large_content_streams_in_and_out_in_chunks(subject: &Subject) {
    let blobs = &*subject.stores.blobs;
    let whole = content(3_000_017);
    let digest = blobs.put(in_chunks(&whole, 70_001)).await.unwrap();
    assert_eq!(digest, Digest::of(&whole));
    let mut blob = blobs.get(&digest, None).await.unwrap();
    assert_eq!(blob.size_bytes, whole.len() as u64);
    let mut read = BytesMut::new();
    while let Some(chunk) = blob.content.next().await {
        read.extend_from_slice(&chunk.unwrap());
    }
    assert!(read == whole, "content differs");
}

/// Ranges.
pub async fn a_range_is_exactly_the_asked_for_bytes(subject: &Subject) {
    let blobs = &*subject.stores.blobs;
    let whole = content(600_000);
    let digest = blobs.put_bytes(whole.clone()).await.unwrap();
    for (start, end) in [(0, 0), (0, 1), (599_999, 600_000), (100, 500_001), (0, 600_000)] {
        let blob = blobs.get(&digest, Some(start..end)).await.unwrap();
        assert_eq!(blob.size_bytes, 600_000);
        let part = blob.into_bytes(NO_LIMIT).await.unwrap();
        let expected = whole.slice(usize::try_from(start).unwrap()..usize::try_from(end).unwrap());
        assert!(part == expected, "range {start}..{end} differs");
    }
    let error = blobs.get(&digest, Some(5..600_001)).await.unwrap_err();
    assert!(matches!(error, BlobsError::Range { size_bytes: 600_000, .. }));
}

/// An upload that breaks off leaves nothing behind.
pub async fn failing_content_stores_nothing(subject: &Subject) {
    let blobs = &*subject.stores.blobs;
    let broken = stream::iter([
        Ok(Bytes::from_static(b"half")),
        Err(io::Error::new(io::ErrorKind::ConnectionReset, "gone")),
    ]);
    let error = blobs.put(broken.boxed()).await.unwrap_err();
    assert!(matches!(error, BlobsError::Content(_)));
    assert!(!error.retryable());
    assert!(blobs.list().await.unwrap().is_empty());
}

/// Absence.
pub async fn a_missing_blob_is_not_found(subject: &Subject) {
    let blobs = &*subject.stores.blobs;
    let digest = Digest::of(b"never put");
    let missing =
        |error| matches!(error, BlobsError::NotFound { digest: found } if found == digest);
    assert!(missing(blobs.get(&digest, None).await.unwrap_err()));
    assert!(missing(blobs.open(&digest).await.err().unwrap()));
    assert!(!blobs.exists(&digest).await.unwrap());
    assert!(!blobs.delete(&digest).await.unwrap());
}

/// Files for those who must seek.
pub async fn an_opened_blob_can_be_read_out_of_order(subject: &Subject) {
    let blobs = &*subject.stores.blobs;
    let whole = content(100_000);
    let digest = blobs.put_bytes(whole.clone()).await.unwrap();
    let mut file = blobs.open(&digest).await.unwrap();
    let mut read = Vec::new();
    file.read_to_end(&mut read).unwrap();
    assert!(read == whole, "content differs");
    let mut tail = [0; 22];
    file.seek(SeekFrom::End(-22)).unwrap();
    file.read_exact(&mut tail).unwrap();
    assert_eq!(tail[..], whole[whole.len() - 22..]);
}

/// Listing and deleting.
pub async fn blobs_are_listed_until_deleted(subject: &Subject) {
    let blobs = &*subject.stores.blobs;
    let mut digests = Vec::new();
    for length_bytes in 1..=20 {
        digests.push(blobs.put_bytes(content(length_bytes)).await.unwrap());
    }
    digests.sort();
    let listed = blobs.list().await.unwrap();
    assert!(listed.iter().map(|info| info.digest).eq(digests.iter().copied()));
    assert!(blobs.delete(&digests[7]).await.unwrap());
    assert!(!blobs.exists(&digests[7]).await.unwrap());
    assert_eq!(blobs.list().await.unwrap().len(), 19);
}

/// Whoever removes unreferenced blobs sees that this one was wanted again.
pub async fn putting_again_renews_the_time(subject: &Subject) {
    let blobs = &*subject.stores.blobs;
    let digest = blobs.put_bytes(content(10)).await.unwrap();
    let first = blobs.info(&digest).await.unwrap().unwrap();
    subject.clock.advance(Duration::from_secs(60));
    assert_eq!(blobs.put_bytes(content(10)).await.unwrap(), digest);
    let second = blobs.info(&digest).await.unwrap().unwrap();
    assert_eq!(second.stored_ms - first.stored_ms, 60_000);
    assert_eq!(blobs.list().await.unwrap(), [second]);
}

/// The limit of a read into memory.
pub async fn more_than_the_limit_is_not_read_into_memory(subject: &Subject) {
    let blobs = &*subject.stores.blobs;
    let digest = blobs.put_bytes(content(100)).await.unwrap();
    assert_eq!(blobs.get_bytes(&digest, 100).await.unwrap().len(), 100);
    let error = blobs.get_bytes(&digest, 99).await.unwrap_err();
    assert!(matches!(error, BlobsError::TooLarge { size_bytes: 100, limit_bytes: 99 }));
}
