//! Tags of log groups, by their ARN.

mod list_tags_for_resource;
mod tag_resource;
mod untag_resource;

use api::Call;
use wire::ApiError;

use crate::error::no_such_group;
use crate::identifier::identified;

/// How many tags a log group may have (API Reference, `TagResource`).
const MAX_TAGS: usize = 50;

/// Finds the name of the log group that an ARN means; nothing else can have tags here.
fn tagged(call: &Call, arn: String) -> Result<String, ApiError> {
    if arn.starts_with("arn:") { identified(call, arn) } else { Err(no_such_group()) }
}
