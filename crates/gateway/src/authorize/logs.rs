//! CloudWatch Logs.

use super::{Asked, Need};

pub(crate) fn needs(asked: &Asked<'_>) -> Vec<Need> {
    let members = ["logGroupName", "logGroupIdentifier", "resourceArn"];
    let group = members.iter().find_map(|member| asked.text(member));
    let group = group.unwrap_or_default();
    // An identifier may be the ARN of the group.
    let group = group.split_once(":log-group:").map_or(group, |(_, name)| name);
    let group = group.trim_end_matches(":*");
    let stream = asked.text("logStreamName").unwrap_or_default();
    let resource = asked.arn("logs", &format!("log-group:{group}:log-stream:{stream}"));
    vec![asked.need(resource).with_tags(asked.value("tags"))]
}
