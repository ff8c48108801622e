//! `DescribeLogGroups`.

use std::collections::BTreeMap;
use std::sync::Arc;

use api::logs::{
    DescribeLogGroups, DescribeLogGroupsRequest, DescribeLogGroupsResponse, LogGroup, errors,
};
use api::{Call, Handle};
use serde::{Deserialize, Serialize};
use wire::ApiError;

use crate::error::unavailable;
use crate::groups::{Class, Group};
use crate::identifier::{group_arn, identified};
use crate::{Logs, token};

const MAX_GROUPS: usize = 50;

/// Where the next page begins: after this name.
#[derive(Serialize, Deserialize)]
struct After {
    group: String,
}

/// Which groups are wanted.
struct Wanted {
    prefix: String,
    pattern: Option<String>,
    class: Option<Class>,
    names: Option<Vec<String>>,
    nothing: bool,
}

impl Handle<DescribeLogGroups> for Logs {
    async fn handle(
        &self,
        call: &Call,
        input: DescribeLogGroupsRequest,
    ) -> Result<DescribeLogGroupsResponse, ApiError> {
        let limit = input.limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(MAX_GROUPS);
        let after = input.next_token.as_deref().map(token::decode::<After>).transpose()?;
        let wanted = Wanted::from_request(call, input)?;
        let mut found: Vec<_> =
            self.groups_with_prefix(call, &wanted.prefix).await?.into_iter().collect();
        found.retain(|(name, row)| {
            after.as_ref().is_none_or(|after| *name > after.group)
                && wanted.wants(name, row.as_deref())
        });
        let more = found.len() > limit;
        found.truncate(limit);
        let next_token = found
            .last()
            .filter(|_| more)
            .map(|(name, _)| token::encode(&After { group: name.clone() }));
        let mut log_groups = Vec::with_capacity(found.len());
        for (name, row) in found {
            log_groups.push(self.describe_group(call, &wanted, &name, row.as_deref()).await?);
        }
        Ok(DescribeLogGroupsResponse { log_groups: Some(log_groups), next_token })
    }
}

impl Wanted {
    fn from_request(call: &Call, input: DescribeLogGroupsRequest) -> Result<Self, ApiError> {
        if input.log_group_name_prefix.is_some() && input.log_group_name_pattern.is_some() {
            return Err(errors::invalid_parameter(
                "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.",
            ));
        }
        // No group is of a class that cannot be created here.
        let class = input.log_group_class.as_deref().map(Class::from_name);
        let accounts = input.account_identifiers.filter(|accounts| !accounts.is_empty());
        let elsewhere = accounts.is_some_and(|a| !a.iter().any(|id| **id == *call.account_id));
        let names = input.log_group_identifiers.map(|identifiers| {
            // An ARN of another region or account names nothing here.
            identifiers.into_iter().filter_map(|id| identified(call, id).ok()).collect()
        });
        Ok(Self {
            prefix: input.log_group_name_prefix.unwrap_or_default(),
            pattern: input.log_group_name_pattern,
            class: class.flatten(),
            names,
            nothing: elsewhere || class == Some(None),
        })
    }

    fn wants(&self, name: &str, row: Option<&Group>) -> bool {
        let class = row.map_or_else(Class::default, |group| group.class);
        !self.nothing
            && self.pattern.as_ref().is_none_or(|pattern| name.contains(pattern.as_str()))
            && self.class.is_none_or(|wanted| wanted == class)
            && self.names.as_ref().is_none_or(|names| names.iter().any(|wanted| wanted == name))
    }
}

impl Logs {
    /// Finds log groups in order of their names, each with its row if it has one.
    async fn groups_with_prefix(
        &self,
        call: &Call,
        prefix: &str,
    ) -> Result<BTreeMap<String, Option<Arc<Group>>>, ApiError> {
        let region = format!("{}/", call.region);
        let journal_prefix = format!("{region}{prefix}");
        let written = self.journal.groups(&journal_prefix).await.map_err(unavailable)?;
        let written = written.iter().filter_map(|name| name.as_str().strip_prefix(&region));
        let mut groups: BTreeMap<_, _> = written.map(|name| (name.to_owned(), None)).collect();
        let rows = self.groups.range(&Group::key_prefix(&call.region, prefix), None, usize::MAX);
        for row in rows.into_iter().map(|row| row.value).filter(|row| row.name.starts_with(prefix))
        {
            groups.insert(row.name.clone(), Some(row));
        }
        Ok(groups)
    }

    async fn describe_group(
        &self,
        call: &Call,
        wanted: &Wanted,
        name: &str,
        row: Option<&Group>,
    ) -> Result<LogGroup, ApiError> {
        let journal_group = Self::journal_group(call, name)?;
        let streams = self.journal.streams(&journal_group, "").await.map_err(unavailable)?;
        let bytes: u64 = streams.iter().map(|stream| stream.bytes).sum();
        let oldest_ms = streams.iter().map(|stream| stream.created_ms).min();
        let arn = group_arn(call, name);
        Ok(LogGroup {
            log_group_name: Some(name.to_owned()),
            creation_time: row.map(|row| row.created_ms).or(oldest_ms),
            retention_in_days: row.and_then(|row| row.retention_days).map(i32::from),
            metric_filter_count: Some(0),
            arn: Some(format!("{arn}:*")),
            log_group_arn: Some(arn),
            // CloudWatch Logs leaves the size out of answers to patterns.
            stored_bytes: wanted
                .pattern
                .is_none()
                .then(|| i64::try_from(bytes).unwrap_or(i64::MAX)),
            log_group_class: Some(
                row.map_or_else(Class::default, |row| row.class).name().to_owned(),
            ),
            deletion_protection_enabled: Some(false),
            ..LogGroup::default()
        })
    }
}
