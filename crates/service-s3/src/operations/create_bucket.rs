//! `CreateBucket`.

use std::net::Ipv4Addr;

use http::StatusCode;
use serde::Deserialize;
use store::{Expect, RecordsError, TableError};
use wire::{ApiError, Response, Upload};

use super::render::{self, DOCUMENT_BYTES};
use crate::ask::Ask;
use crate::bucket::Bucket;
use crate::tags::Tag;
use crate::{S3, about, error, xml};

/// The region whose name is not a location.
const FIRST_REGION: &str = "us-east-1";

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Configuration {
    location_constraint: Option<String>,
    tags: Tags,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Tags {
    tag: Vec<Tag>,
}

impl S3 {
    pub(crate) async fn create_bucket(
        &self,
        ask: &Ask<'_>,
        upload: Upload,
    ) -> Result<Response, ApiError> {
        let name = ask.bucket();
        about::check(ask.headers)?;
        if ask.header("x-amz-bucket-object-lock-enabled").is_some_and(|it| it != "false") {
            return Err(error::not_implemented());
        }
        check_name(name)?;
        let body = ask.document(upload, DOCUMENT_BYTES).await?;
        let wanted = if body.is_empty() { Configuration::default() } else { xml::read(&body)? };
        let region = region(&ask.call.region, wanted.location_constraint.as_deref())?;
        if self.buckets.table().view().len() >= self.config.buckets {
            return Err(error::too_many_buckets());
        }
        let bucket = Bucket {
            name: name.to_owned(),
            region,
            created_ms: self.clock.now_ms(),
            versioning: None,
            tags: (!wanted.tags.tag.is_empty()).then_some(wanted.tags.tag),
            policy: None,
            public_access_block: None,
            encryption: None,
        };
        match self.buckets.table().put(name, &bucket, Expect::Absent).await {
            Ok(_) => {}
            // In its first region S3 takes a repetition for what was meant.
            Err(TableError::Records(RecordsError::Conflict { .. }))
                if bucket.region == FIRST_REGION
                    && self.buckets.find(name)?.value.region == FIRST_REGION => {}
            Err(TableError::Records(RecordsError::Conflict { .. })) => {
                return Err(error::bucket_is_yours(name));
            }
            Err(other) => return Err(error::table(other)),
        }
        let mut response = xml::empty(StatusCode::OK);
        render::set(response.headers_mut(), "location", &format!("/{name}"));
        Ok(response)
    }
}

/// Decides where the bucket is.
fn region(called: &str, constraint: Option<&str>) -> Result<String, ApiError> {
    let illegal = |what: &str| {
        let message = format!(
            "The {what} location constraint is incompatible for the region specific endpoint this request was sent to."
        );
        ApiError::new("IllegalLocationConstraintException", StatusCode::BAD_REQUEST, message)
    };
    match constraint {
        None | Some("") if called == FIRST_REGION => Ok(called.to_owned()),
        None | Some("") => Err(illegal("unspecified")),
        Some(FIRST_REGION) => Err(ApiError::new(
            "InvalidLocationConstraint",
            StatusCode::BAD_REQUEST,
            "The specified location-constraint is not valid",
        )),
        // The first region's endpoint makes buckets anywhere.
        Some(region) if called == FIRST_REGION || region == called => Ok(region.to_owned()),
        Some(region) => Err(illegal(region)),
    }
}

/// Source: S3 User Guide, "General purpose bucket naming rules".
fn check_name(name: &str) -> Result<(), ApiError> {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.';
    let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    let good = (3..=63).contains(&name.len())
        && name.chars().all(fits)
        && edge(name.chars().next())
        && edge(name.chars().next_back())
        && !name.contains("..")
        && name.parse::<Ipv4Addr>().is_err()
        && !["xn--", "sthree-", "amzn-s3-demo-"].iter().any(|start| name.starts_with(start))
        && !["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"]
            .iter()
            .any(|end| name.ends_with(end));
    if good { Ok(()) } else { Err(error::invalid_bucket_name(name)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_hosts() {
        for good in ["abc", "a.b-c", "0ab", "a".repeat(63).as_str()] {
            assert!(check_name(good).is_ok(), "{good}");
        }
        let long = "a".repeat(64);
        for bad in [
            "ab",
            &long,
            "Abc",
            "a_b",
            "-ab",
            "ab-",
            ".ab",
            "a..b",
            "192.168.0.1",
            "xn--a",
            "a--x-s3",
        ] {
            assert!(check_name(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_bucket_is_where_it_was_asked_for() {
        for (called, constraint, expected) in [
            ("us-east-1", None, Ok("us-east-1")),
            ("us-east-1", Some("eu-west-1"), Ok("eu-west-1")),
            ("eu-west-1", Some("eu-west-1"), Ok("eu-west-1")),
            ("eu-west-1", None, Err("IllegalLocationConstraintException")),
            ("eu-west-1", Some("eu-west-2"), Err("IllegalLocationConstraintException")),
            ("us-east-1", Some("us-east-1"), Err("InvalidLocationConstraint")),
        ] {
            let found = region(called, constraint).map_err(|error| error.code().to_owned());
            assert_eq!(found.as_deref().map_err(String::as_str), expected);
        }
    }
}
