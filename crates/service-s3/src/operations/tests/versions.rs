//! Buckets that keep what is overwritten and deleted.

use super::fixture::{Fixture, between};

async fn versioned(s3: &Fixture, status: &str) {
    let body =
        format!("<VersioningConfiguration><Status>{status}</Status></VersioningConfiguration>");
    assert_eq!(s3.send("PUT", "/bbb?versioning", &[], &body).await.status, 200);
    let shown = s3.send("GET", "/bbb?versioning", &[], "").await;
    assert_eq!(between(&shown.text, "Status"), status);
}

async fn content(s3: &Fixture, query: &str) -> String {
    s3.send("GET", &format!("/bbb/k{query}"), &[], "").await.text
}

#[tokio::test]
async fn every_version_can_be_read_until_it_is_deleted_itself() {
    let s3 = Fixture::with_bucket().await;
    s3.put("k", "zero").await;
    versioned(&s3, "Enabled").await;
    let first = s3.put("k", "one").await.header("x-amz-version-id").to_owned();
    let second = s3.put("k", "two").await.header("x-amz-version-id").to_owned();
    assert_eq!(content(&s3, "").await, "two");
    assert_eq!(content(&s3, &format!("?versionId={first}")).await, "one");
    assert_eq!(content(&s3, "?versionId=null").await, "zero");
    let deleted = s3.send("DELETE", "/bbb/k", &[], "").await;
    assert_eq!(deleted.header("x-amz-delete-marker"), "true");
    let marker = deleted.header("x-amz-version-id").to_owned();
    let gone = s3.send("GET", "/bbb/k", &[], "").await;
    assert_eq!((gone.status, gone.header("x-amz-delete-marker")), (404, "true"));
    let on_marker = s3.send("GET", &format!("/bbb/k?versionId={marker}"), &[], "").await;
    assert_eq!(on_marker.code(), "MethodNotAllowed");
    s3.send("DELETE", &format!("/bbb/k?versionId={marker}"), &[], "").await;
    assert_eq!(content(&s3, "").await, "two");
    s3.send("DELETE", &format!("/bbb/k?versionId={second}"), &[], "").await;
    let again = s3.reopened().await;
    assert_eq!(content(&again, "").await, "one");
}

#[tokio::test]
async fn a_suspended_bucket_overwrites_the_null_version_only() {
    let s3 = Fixture::with_bucket().await;
    versioned(&s3, "Enabled").await;
    let kept = s3.put("k", "kept").await.header("x-amz-version-id").to_owned();
    versioned(&s3, "Suspended").await;
    assert_eq!(s3.put("k", "one").await.header("x-amz-version-id"), "null");
    s3.put("k", "two").await;
    let list = s3.send("GET", "/bbb?versions", &[], "").await.text;
    assert_eq!(list.matches("<Version>").count(), 2);
    let deleted = s3.send("DELETE", "/bbb/k", &[], "").await;
    assert_eq!(deleted.header("x-amz-version-id"), "null");
    assert_eq!(s3.send("GET", "/bbb/k?versionId=null", &[], "").await.code(), "MethodNotAllowed");
    assert_eq!(content(&s3, &format!("?versionId={kept}")).await, "kept");
}

#[tokio::test]
async fn the_list_of_versions_pages_through_them_all() {
    let s3 = Fixture::with_bucket().await;
    versioned(&s3, "Enabled").await;
    for key in ["a", "k", "k", "k", "z"] {
        s3.put(key, "x").await;
    }
    s3.send("DELETE", "/bbb/k", &[], "").await;
    let (mut marker, mut found, mut pages) = (String::new(), Vec::new(), 0);
    loop {
        let page = s3.send("GET", &format!("/bbb?versions{marker}"), &[], "").await.text;
        found.extend(page.split("<Key>").skip(1).map(|rest| rest[..1].to_owned()));
        pages += 1;
        if between(&page, "IsTruncated") == "false" {
            break;
        }
        let (key, id) = (between(&page, "NextKeyMarker"), between(&page, "NextVersionIdMarker"));
        marker = format!("&key-marker={key}&version-id-marker={id}");
    }
    assert_eq!((found.join(""), pages), ("akkkkz".to_owned(), 2));
}

#[tokio::test]
async fn tags_belong_to_a_version_and_do_not_make_it_the_newest() {
    let s3 = Fixture::with_bucket().await;
    versioned(&s3, "Enabled").await;
    let old = s3.put("k", "one").await.header("x-amz-version-id").to_owned();
    s3.put("k", "two").await;
    let tags = "<Tagging><TagSet><Tag><Key>a</Key><Value>1</Value></Tag></TagSet></Tagging>";
    let target = format!("/bbb/k?tagging&versionId={old}");
    assert_eq!(s3.send("PUT", &target, &[], tags).await.status, 200);
    assert!(s3.send("GET", &target, &[], "").await.text.contains("<Key>a</Key>"));
    assert!(!s3.send("GET", "/bbb/k?tagging", &[], "").await.text.contains("<Key>"));
    assert_eq!(content(&s3, "").await, "two");
    assert_eq!(content(&s3.reopened().await, "").await, "two");
}
