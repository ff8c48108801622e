//! Whole requests on a store in memory.

mod fixture;
mod multipart;
mod versions;

use store::BlobUse;

use self::fixture::{Fixture, between};

#[tokio::test]
async fn an_object_comes_back_as_it_was_put() {
    let s3 = Fixture::with_bucket().await;
    let put = s3.put("k", "hello").await;
    assert_eq!(put.header("etag"), "\"5d41402abc4b2a76b9719d911017c592\"");
    assert_eq!(put.header("x-amz-checksum-type"), "FULL_OBJECT");
    let got = s3.send("GET", "/bbb/k", &[], "").await;
    assert_eq!((got.status, got.text.as_str()), (200, "hello"));
    assert_eq!(got.header("content-type"), "binary/octet-stream");
    assert_eq!(got.header("x-amz-version-id"), "");
    let head = s3.send("HEAD", "/bbb/k", &[("x-amz-checksum-mode", "ENABLED")], "").await;
    assert_eq!((head.header("content-length"), head.text.as_str()), ("5", ""));
    assert!(!head.header("x-amz-checksum-crc64nvme").is_empty());
}

#[tokio::test]
async fn what_is_not_there_is_named() {
    let s3 = Fixture::with_bucket().await;
    for (method, target, status, code) in [
        ("GET", "/nobucket/k", 404, "NoSuchBucket"),
        ("PUT", "/nobucket/k", 404, "NoSuchBucket"),
        ("GET", "/bbb/k", 404, "NoSuchKey"),
        ("GET", "/bbb/k?versionId=7", 404, "NoSuchVersion"),
        ("GET", "/bbb?tagging", 404, "NoSuchTagSet"),
        ("GET", "/bbb?policy", 404, "NoSuchBucketPolicy"),
        ("GET", "/bbb?publicAccessBlock", 404, "NoSuchPublicAccessBlockConfiguration"),
        ("DELETE", "/bbb/k?uploadId=u", 404, "NoSuchUpload"),
        ("GET", "/bbb?acl", 501, "NotImplemented"),
    ] {
        let answer = s3.send(method, target, &[], "").await;
        assert_eq!((answer.status, answer.code().as_str()), (status, code), "{method} {target}");
    }
    // What was not there can be deleted all the same.
    assert_eq!(s3.send("DELETE", "/bbb/k", &[], "").await.status, 204);
}

#[tokio::test]
async fn ranges_and_conditions_shape_the_answer() {
    let s3 = Fixture::with_bucket().await;
    let etag = s3.put("k", "0123456789").await.header("etag").to_owned();
    let part = s3.send("GET", "/bbb/k", &[("range", "bytes=2-4")], "").await;
    assert_eq!((part.status, part.text.as_str()), (206, "234"));
    assert_eq!(part.header("content-range"), "bytes 2-4/10");
    let beyond = s3.send("GET", "/bbb/k", &[("range", "bytes=10-")], "").await;
    assert_eq!((beyond.status, beyond.code().as_str()), (416, "InvalidRange"));
    let same = s3.send("GET", "/bbb/k", &[("if-none-match", &etag)], "").await;
    assert_eq!((same.status, same.text.as_str(), same.header("etag")), (304, "", etag.as_str()));
    let other = s3.send("GET", "/bbb/k", &[("if-match", "\"x\"")], "").await;
    assert_eq!(other.status, 412);
    let taken = s3.send("PUT", "/bbb/k", &[("if-none-match", "*")], "new").await;
    assert_eq!(taken.code(), "PreconditionFailed");
    let named = s3.send("GET", "/bbb/k?response-content-type=text/x", &[], "").await;
    assert_eq!(named.header("content-type"), "text/x");
}

#[tokio::test]
async fn only_an_empty_bucket_can_be_deleted() {
    let s3 = Fixture::with_bucket().await;
    s3.put("k", "x").await;
    assert_eq!(s3.send("DELETE", "/bbb", &[], "").await.code(), "BucketNotEmpty");
    s3.send("DELETE", "/bbb/k", &[], "").await;
    assert_eq!(s3.send("DELETE", "/bbb", &[], "").await.status, 204);
    assert_eq!(s3.send("HEAD", "/bbb", &[], "").await.status, 404);
}

#[tokio::test]
async fn a_bucket_may_be_made_twice_in_the_first_region_only() {
    let s3 = Fixture::with_bucket().await;
    assert_eq!(s3.send("PUT", "/bbb", &[], "").await.status, 200);
    let body = "<C><LocationConstraint>eu-west-1</LocationConstraint></C>";
    assert_eq!(s3.send("PUT", "/eub", &[], body).await.status, 200);
    assert_eq!(s3.send("PUT", "/eub", &[], body).await.code(), "BucketAlreadyOwnedByYou");
    let location = s3.send("GET", "/eub?location", &[], "").await;
    assert!(location.text.contains(">eu-west-1</LocationConstraint>"));
}

#[tokio::test]
async fn everything_is_there_after_a_restart_and_nothing_is_called_unused() {
    let s3 = Fixture::with_bucket().await;
    s3.put("k", "hello").await;
    s3.put("k", "again").await;
    let again = s3.reopened().await;
    assert_eq!(again.send("GET", "/bbb/k", &[], "").await.text, "again");
    let mut used = std::collections::HashSet::new();
    again.s3.collect(&mut used);
    assert_eq!(used.len(), 1);
}

#[tokio::test]
async fn a_blob_that_was_removed_meanwhile_is_noticed() {
    let s3 = Fixture::with_bucket().await;
    let paused = s3.s3.pause().await;
    let (put, ()) = tokio::join!(s3.put("k", "hello"), async {
        // The content is stored, and named by nothing yet.
        while s3.blobs.list().await.unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
        for blob in s3.blobs.list().await.unwrap() {
            s3.blobs.delete(&blob.digest).await.unwrap();
        }
        drop(paused);
    });
    assert_eq!((put.status, put.code().as_str()), (503, "SlowDown"));
    assert_eq!(s3.send("GET", "/bbb/k", &[], "").await.code(), "NoSuchKey");
}

#[tokio::test]
async fn a_copy_takes_or_replaces_what_is_said_of_the_content() {
    let s3 = Fixture::with_bucket().await;
    let headers = [("x-amz-meta-a", "1"), ("x-amz-tagging", "t=1")];
    s3.send("PUT", "/bbb/k", &headers, "hello").await;
    let source = ("x-amz-copy-source", "/bbb/k");
    let copy = s3.send("PUT", "/bbb/c", &[source], "").await;
    assert_eq!(between(&copy.text, "ETag"), "&quot;5d41402abc4b2a76b9719d911017c592&quot;");
    let got = s3.send("GET", "/bbb/c", &[], "").await;
    assert_eq!((got.text.as_str(), got.header("x-amz-meta-a")), ("hello", "1"));
    assert_eq!(got.header("x-amz-tagging-count"), "1");
    let replaced =
        [source, ("x-amz-metadata-directive", "REPLACE"), ("x-amz-tagging-directive", "REPLACE")];
    s3.send("PUT", "/bbb/c", &replaced, "").await;
    let got = s3.send("GET", "/bbb/c", &[], "").await;
    assert_eq!((got.header("x-amz-meta-a"), got.header("x-amz-tagging-count")), ("", ""));
    assert_eq!(s3.send("PUT", "/bbb/k", &[source], "").await.code(), "InvalidRequest");
    let nothing = s3.send("PUT", "/bbb/k", &[("x-amz-copy-source", "/bbb/none")], "").await;
    assert_eq!(nothing.code(), "NoSuchKey");
}

#[tokio::test]
async fn settings_are_stored_and_shown() {
    let s3 = Fixture::with_bucket().await;
    let policy = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::bbb/*"}}"#;
    assert_eq!(s3.send("PUT", "/bbb?policy", &[], policy).await.status, 204);
    assert_eq!(s3.send("GET", "/bbb?policy", &[], "").await.text, policy);
    assert_eq!(s3.send("PUT", "/bbb?policy", &[], "{}").await.code(), "MalformedPolicy");
    let tags = "<Tagging><TagSet><Tag><Key>a</Key><Value>1</Value></Tag></TagSet></Tagging>";
    assert_eq!(s3.send("PUT", "/bbb?tagging", &[], tags).await.status, 204);
    assert!(
        s3.send("GET", "/bbb?tagging", &[], "").await.text.contains("<Key>a</Key><Value>1</Value>")
    );
    let block = "<P><BlockPublicAcls>true</BlockPublicAcls></P>";
    assert_eq!(s3.send("PUT", "/bbb?publicAccessBlock", &[], block).await.status, 200);
    let shown = s3.send("GET", "/bbb?publicAccessBlock", &[], "").await.text;
    assert_eq!(between(&shown, "BlockPublicAcls"), "true");
    assert_eq!(between(&shown, "BlockPublicPolicy"), "false");
    let shown = s3.send("GET", "/bbb?encryption", &[], "").await.text;
    assert_eq!(between(&shown, "SSEAlgorithm"), "AES256");
}

#[tokio::test]
async fn several_keys_are_deleted_with_one_request() {
    let s3 = Fixture::with_bucket().await;
    s3.put("a", "x").await;
    s3.put("b&b", "x").await;
    let body = "<Delete><Object><Key>a</Key></Object><Object><Key>b&amp;b</Key></Object></Delete>";
    let unchecked = s3.send("POST", "/bbb?delete", &[], body).await;
    assert_eq!(unchecked.code(), "InvalidRequest");
    let answer =
        s3.send("POST", "/bbb?delete", &[("content-md5", &fixture::md5(body))], body).await;
    assert!(answer.text.contains("<Deleted><Key>b&amp;b</Key></Deleted>"), "{}", answer.text);
    assert_eq!(between(&s3.send("GET", "/bbb?list-type=2", &[], "").await.text, "KeyCount"), "0");
}
