//! Tags of buckets and objects.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use wire::{ApiError, query_pairs};

use crate::error;
use crate::xml::{self, Xml};

/// How many tags a bucket and an object may have.
pub(crate) const OF_BUCKET: usize = 50;
pub(crate) const OF_OBJECT: usize = 10;

const KEY_CHARACTERS: usize = 128;
const VALUE_CHARACTERS: usize = 256;

/// A tag.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Tag {
    pub(crate) key: String,
    #[serde(default)]
    pub(crate) value: String,
}

#[derive(Deserialize)]
struct Tagging {
    #[serde(rename = "TagSet")]
    set: TagSet,
}

#[derive(Deserialize)]
struct TagSet {
    #[serde(rename = "Tag", default)]
    tags: Vec<Tag>,
}

/// Reads a `Tagging` document.
pub(crate) fn read(text: &[u8], limit: usize) -> Result<Vec<Tag>, ApiError> {
    let Tagging { set } = xml::read(text)?;
    checked(set.tags, limit)
}

/// Reads the header `x-amz-tagging`.
pub(crate) fn from_header(text: &str) -> Result<Vec<Tag>, ApiError> {
    let tags = query_pairs(text)
        .map(|(key, value)| Tag { key: key.into_owned(), value: value.into_owned() });
    checked(tags.collect(), OF_OBJECT)
}

/// Writes tags into a `Tagging` document.
pub(crate) fn document(tags: &[Tag]) -> Xml {
    let mut document = Xml::new("Tagging");
    document.begin("TagSet");
    for tag in tags {
        document.begin("Tag").text("Key", &tag.key).text("Value", &tag.value).end();
    }
    document.end();
    document
}

fn checked(tags: Vec<Tag>, limit: usize) -> Result<Vec<Tag>, ApiError> {
    if tags.len() > limit {
        let bucket = limit == OF_BUCKET;
        return Err(if bucket {
            error::invalid_tag("Bucket tag count cannot be greater than 50")
        } else {
            ApiError::new(
                "BadRequest",
                http::StatusCode::BAD_REQUEST,
                "Object tags cannot be greater than 10",
            )
        });
    }
    let mut seen = HashSet::new();
    for tag in &tags {
        let length = tag.key.chars().count();
        if length == 0 || length > KEY_CHARACTERS {
            return Err(error::invalid_tag("The TagKey you have provided is invalid"));
        }
        if tag.value.chars().count() > VALUE_CHARACTERS {
            return Err(error::invalid_tag("The TagValue you have provided is invalid"));
        }
        if tag.key.starts_with("aws:") {
            return Err(error::invalid_tag("System tags cannot be added/updated by requester"));
        }
        if !seen.insert(tag.key.as_str()) {
            return Err(error::invalid_tag("Cannot provide multiple Tags with the same key"));
        }
    }
    Ok(tags)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document_of(tags: &[(&str, &str)]) -> String {
        let tags: Vec<_> = tags
            .iter()
            .map(|(key, value)| Tag { key: (*key).into(), value: (*value).into() })
            .collect();
        let answer = document(&tags).answer();
        String::from_utf8(answer.body().bytes().unwrap().to_vec()).unwrap()
    }

    #[test]
    fn what_is_written_reads_back() {
        let text = document_of(&[("a", "1"), ("b", "")]);
        let read = read(text.as_bytes(), OF_OBJECT).unwrap();
        assert_eq!(read.iter().map(|tag| tag.key.as_str()).collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(from_header("a=1&b=").unwrap(), read);
    }

    #[test]
    fn bad_tags_are_refused() {
        let long = "x".repeat(129);
        for tags in
            [&[("a", "1"), ("a", "2")][..], &[("", "1")], &[("aws:x", "1")], &[(&long, "1")]]
        {
            assert_eq!(
                read(document_of(tags).as_bytes(), OF_OBJECT).unwrap_err().code(),
                "InvalidTag"
            );
        }
        let many: Vec<_> = (0..11).map(|number| format!("k{number}=v")).collect();
        assert_eq!(from_header(&many.join("&")).unwrap_err().code(), "BadRequest");
    }
}
