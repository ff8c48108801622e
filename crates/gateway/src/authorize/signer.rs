//! AWS Signer.

use super::{Asked, Need};

pub(crate) fn needs(asked: &Asked<'_>) -> Vec<Need> {
    let resource = match (asked.text("profileName"), asked.text("jobId")) {
        (Some(name), _) => asked.arn("signer", &format!("/signing-profiles/{name}")),
        (None, Some(id)) => asked.arn("signer", &format!("/signing-jobs/{id}")),
        (None, None) => "*".to_owned(),
    };
    vec![asked.need(resource).with_tags(asked.value("tags"))]
}
