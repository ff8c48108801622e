//! Objects that come in parts.

use std::fmt::Write as _;

use super::fixture::{Answer, Fixture, between};

async fn begin(s3: &Fixture, headers: &[(&str, &str)]) -> String {
    let answer = s3.send("POST", "/bbb/k?uploads", headers, "").await;
    between(&answer.text, "UploadId").to_owned()
}

async fn part(s3: &Fixture, id: &str, number: u32, content: &str) -> String {
    let target = format!("/bbb/k?partNumber={number}&uploadId={id}");
    s3.send("PUT", &target, &[], content).await.header("etag").to_owned()
}

async fn complete(s3: &Fixture, id: &str, parts: &[(u32, &str)]) -> Answer {
    let mut named = String::new();
    for (number, etag) in parts {
        let etag = etag.replace('"', "&quot;");
        write!(named, "<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag></Part>").unwrap();
    }
    let body = format!("<CompleteMultipartUpload>{named}</CompleteMultipartUpload>");
    s3.send("POST", &format!("/bbb/k?uploadId={id}"), &[], &body).await
}

#[tokio::test]
async fn parts_become_one_object_in_the_order_of_their_numbers() {
    let s3 = Fixture::with_bucket().await;
    let id = begin(&s3, &[("x-amz-meta-a", "1")]).await;
    let second = part(&s3, &id, 7, "world").await;
    part(&s3, &id, 1, "wrong").await;
    let first = part(&s3, &id, 1, "hello").await;
    part(&s3, &id, 9, "left out").await;
    let done = complete(&s3, &id, &[(1, &first), (7, &second)]).await;
    let etag = between(&done.text, "ETag").to_owned();
    assert!(etag.ends_with("-2&quot;"), "{}", done.text);
    assert_eq!(between(&done.text, "ChecksumType"), "FULL_OBJECT");
    let whole = s3.put("other", "helloworld").await;
    assert_eq!(between(&done.text, "ChecksumCRC64NVME"), whole.header("x-amz-checksum-crc64nvme"));
    // The answer may have been lost: the same request gets it again.
    assert_eq!(between(&complete(&s3, &id, &[(1, &first)]).await.text, "ETag"), etag);
    let again = s3.reopened().await;
    let got = again.send("GET", "/bbb/k", &[], "").await;
    assert_eq!((got.text.as_str(), got.header("x-amz-meta-a")), ("helloworld", "1"));
    let across = again.send("GET", "/bbb/k", &[("range", "bytes=3-6")], "").await;
    assert_eq!(across.text, "lowo");
    let numbered = again.send("GET", "/bbb/k?partNumber=2", &[], "").await;
    assert_eq!((numbered.status, numbered.text.as_str()), (206, "world"));
    assert_eq!(numbered.header("x-amz-mp-parts-count"), "2");
    let uploads = again.send("GET", "/bbb?uploads", &[], "").await;
    assert!(!uploads.text.contains("<Upload>"));
}

#[tokio::test]
async fn parts_that_are_not_as_named_are_refused() {
    let s3 = Fixture::with_bucket().await;
    let id = begin(&s3, &[]).await;
    let small = part(&s3, &id, 1, "abc").await;
    let large = part(&s3, &id, 2, "abcd").await;
    for (parts, code) in [
        (vec![], "MalformedXML"),
        (vec![(2, large.as_str()), (1, &small)], "InvalidPartOrder"),
        (vec![(1, &small), (1, &small)], "InvalidPartOrder"),
        (vec![(1, &large)], "InvalidPart"),
        (vec![(3, &small)], "InvalidPart"),
        (vec![(1, &small), (2, &large)], "EntityTooSmall"),
    ] {
        assert_eq!(complete(&s3, &id, &parts).await.code(), code, "{parts:?}");
    }
    assert_eq!(complete(&s3, &id, &[(1, &small)]).await.status, 200);
    let number = s3.send("PUT", "/bbb/k?partNumber=0&uploadId=u", &[], "").await;
    assert_eq!(number.code(), "InvalidArgument");
}

#[tokio::test]
async fn an_aborted_upload_leaves_nothing() {
    let s3 = Fixture::with_bucket().await;
    let id = begin(&s3, &[]).await;
    let etag = part(&s3, &id, 1, "abcd").await;
    for number in 2..6 {
        part(&s3, &id, number, "abcd").await;
    }
    let page = s3.send("GET", &format!("/bbb/k?uploadId={id}"), &[], "").await.text;
    assert_eq!(page.matches("<Part>").count(), 3);
    let next = between(&page, "NextPartNumberMarker").to_owned();
    let rest = format!("/bbb/k?uploadId={id}&part-number-marker={next}");
    assert_eq!(s3.send("GET", &rest, &[], "").await.text.matches("<Part>").count(), 2);
    assert_eq!(s3.send("DELETE", &format!("/bbb/k?uploadId={id}"), &[], "").await.status, 204);
    assert_eq!(complete(&s3, &id, &[(1, &etag)]).await.code(), "NoSuchUpload");
    let mut used = std::collections::HashSet::new();
    store::BlobUse::collect(&s3.s3, &mut used);
    assert!(used.is_empty());
}

#[tokio::test]
async fn a_part_may_be_copied_from_another_object() {
    let s3 = Fixture::with_bucket().await;
    s3.put("source", "0123456789").await;
    let id = begin(&s3, &[]).await;
    let target = format!("/bbb/k?partNumber=1&uploadId={id}");
    let headers = [("x-amz-copy-source", "bbb/source"), ("x-amz-copy-source-range", "bytes=2-6")];
    let copied = s3.send("PUT", &target, &headers, "").await;
    let etag = between(&copied.text, "ETag").replace("&quot;", "\"");
    assert_eq!(complete(&s3, &id, &[(1, &etag)]).await.status, 200);
    assert_eq!(s3.send("GET", "/bbb/k", &[], "").await.text, "23456");
}

#[tokio::test]
async fn an_upload_of_a_chosen_checksum_takes_no_other() {
    let s3 = Fixture::with_bucket().await;
    let id = begin(&s3, &[("x-amz-checksum-algorithm", "CRC32")]).await;
    let target = format!("/bbb/k?partNumber=1&uploadId={id}");
    let sha1 = [("x-amz-checksum-sha1", "qZk+NkcGgWq6PiVxeFDCbJzQ2J0=")];
    assert_eq!(s3.send("PUT", &target, &sha1, "abc").await.code(), "InvalidRequest");
    let etag = part(&s3, &id, 1, "abcd").await;
    let done = complete(&s3, &id, &[(1, &etag)]).await;
    assert_eq!(between(&done.text, "ChecksumType"), "COMPOSITE");
    assert!(between(&done.text, "ChecksumCRC32").ends_with("-1"));
    let wrong = [("x-amz-checksum-algorithm", "SHA1"), ("x-amz-checksum-type", "FULL_OBJECT")];
    assert_eq!(s3.send("POST", "/bbb/k?uploads", &wrong, "").await.code(), "InvalidRequest");
}
