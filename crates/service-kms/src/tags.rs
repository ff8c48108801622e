//! Tags of keys.

mod list_resource_tags;
mod tag_resource;
mod untag_resource;

use std::collections::BTreeMap;

use api::kms::{errors, shared::Tag};
use wire::ApiError;

/// Adds tags to those that there are.
pub(crate) fn add(
    tags: &mut BTreeMap<String, String>,
    new: &[Tag],
    most: usize,
) -> Result<(), ApiError> {
    for (at, Tag { tag_key, tag_value }) in new.iter().enumerate() {
        if new.iter().take(at).any(|other| other.tag_key == *tag_key) {
            return Err(errors::tag("Duplicate tag keys"));
        }
        if tag_key.starts_with("aws:") {
            return Err(errors::tag("Tags beginning with aws: are reserved"));
        }
        tags.insert(tag_key.clone(), tag_value.clone());
    }
    if tags.len() > most {
        return Err(errors::limit_exceeded(format!("A key can have {most} tags.")));
    }
    Ok(())
}
