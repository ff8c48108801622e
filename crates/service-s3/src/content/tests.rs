//! Content that is, and is not, what its headers say.

use futures_util::stream;
use http::HeaderValue;
use http_body::Frame;
use http_body_util::StreamBody;
use store::{Clock, SystemClock};

use super::*;

fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
    pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
}

fn upload(chunks: &[&str], trailer: Option<(&'static str, &str)>) -> Upload {
    let mut frames: Vec<Result<Frame<Bytes>, ApiError>> =
        chunks.iter().map(|chunk| Ok(Frame::data(Bytes::from((*chunk).to_owned())))).collect();
    if let Some((name, value)) = trailer {
        let mut trailers = HeaderMap::new();
        trailers.insert(name, HeaderValue::from_str(value).unwrap());
        frames.push(Ok(Frame::trailers(trailers)));
    }
    Box::pin(StreamBody::new(stream::iter(frames)))
}

async fn received(pairs: &[(&'static str, &str)], upload: Upload) -> Result<Received, String> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let blobs = store::memory::open(&clock).blobs;
    let code = |error: ApiError| error.code().to_owned();
    let expected = Expected::read(&headers(pairs), Algorithm::DEFAULT, 100).map_err(code)?;
    let received = receive(blobs.as_ref(), upload, expected).await.map_err(code);
    assert_eq!(blobs.list().await.unwrap().is_empty(), received.is_err());
    received
}

#[tokio::test]
async fn content_is_stored_with_what_was_computed_of_it() {
    let found = received(&[("content-length", "9")], upload(&["1234", "56789"], None)).await;
    let found = found.unwrap();
    assert_eq!(found.piece.1, 9);
    assert_eq!(hex::encode(found.md5), "25f9e794323b453885f5181f1b624d0b");
    assert_eq!(
        (found.checksum.algorithm, found.checksum.value.as_str()),
        (Algorithm::Crc64Nvme, "rosUhgp5mIg=")
    );
}

#[tokio::test]
async fn a_checksum_may_come_before_or_after_the_content() {
    let length = ("content-length", "9");
    let decoded = ("x-amz-decoded-content-length", "9");
    let announced = ("x-amz-trailer", "x-amz-checksum-crc32");
    for (pairs, trailer, expected) in [
        (vec![length, ("x-amz-checksum-crc32", "y/Q5Jg==")], None, Ok("y/Q5Jg==")),
        (vec![length, ("x-amz-checksum-crc32", "AAAAAA==")], None, Err("BadDigest")),
        (vec![length, ("x-amz-checksum-crc32", "AAAA")], None, Err("InvalidRequest")),
        (
            vec![length, ("x-amz-checksum-crc32", "y/Q5Jg=="), ("x-amz-checksum-sha1", "x")],
            None,
            Err("InvalidRequest"),
        ),
        (vec![decoded, announced], Some(("x-amz-checksum-crc32", "y/Q5Jg==")), Ok("y/Q5Jg==")),
        (vec![decoded, announced], Some(("x-amz-checksum-crc32", "AAAAAA==")), Err("BadDigest")),
        (vec![decoded, announced], None, Err("InvalidRequest")),
        (vec![length, ("content-md5", "JfnnlDI7RTiF9RgfG2JNCw==")], None, Ok("rosUhgp5mIg=")),
        (vec![length, ("content-md5", "AAAAAAAAAAAAAAAAAAAAAA==")], None, Err("BadDigest")),
        (vec![length, ("content-md5", "AAAA")], None, Err("InvalidDigest")),
        (vec![length, ("x-amz-sdk-checksum-algorithm", "crc32")], None, Ok("y/Q5Jg==")),
        (vec![length, ("x-amz-sdk-checksum-algorithm", "no")], None, Err("InvalidRequest")),
    ] {
        let found = received(&pairs, upload(&["123456789"], trailer)).await;
        let found = found.as_ref().map(|found| found.checksum.value.as_str());
        assert_eq!(found.map_err(String::as_str), expected, "{pairs:?}");
    }
}

#[tokio::test]
async fn the_length_has_to_be_right_and_within_the_limit() {
    for (pairs, chunks, expected) in [
        (vec![("content-length", "4")], vec!["abc"], "IncompleteBody"),
        (vec![("content-length", "2")], vec!["abc"], "IncompleteBody"),
        (vec![("content-length", "101")], vec![], "EntityTooLarge"),
        (vec![("transfer-encoding", "chunked")], vec!["abc"], "MissingContentLength"),
        (
            vec![
                ("content-length", "9"),
                ("x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"),
            ],
            vec![],
            "MissingContentLength",
        ),
    ] {
        let found = received(&pairs, upload(&chunks, None)).await;
        assert_eq!(found.map(drop), Err(expected.to_owned()), "{pairs:?}");
    }
    assert_eq!(received(&[], upload(&[], None)).await.unwrap().piece.1, 0);
}
