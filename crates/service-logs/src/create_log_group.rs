//! `CreateLogGroup`.

use api::logs::{CreateLogGroup, CreateLogGroupRequest, errors};
use api::{Call, Handle};
use store::{Expect, RecordsError, TableError};
use wire::ApiError;

use crate::Logs;
use crate::error::{group_exists, unavailable};
use crate::groups::{Class, Group};

impl Handle<CreateLogGroup> for Logs {
    async fn handle(&self, call: &Call, input: CreateLogGroupRequest) -> Result<(), ApiError> {
        refuse_unsupported(&input)?;
        let name = &input.log_group_name;
        if self.group_exists(call, name).await? {
            return Err(group_exists());
        }
        let mut group = Group::new(&call.region, name, self.clock.now_ms());
        group.class = class(input.log_group_class.as_deref())?;
        group.tags = input.tags.unwrap_or_default();
        match self.groups.put(&Group::key(&call.region, name), &group, Expect::Absent).await {
            Ok(_) => Ok(()),
            Err(TableError::Records(RecordsError::Conflict { .. })) => Err(group_exists()),
            Err(error) => Err(unavailable(error)),
        }
    }
}

/// Refuses promises that would not be kept: to encrypt with a key, and to protect from deletion.
fn refuse_unsupported(input: &CreateLogGroupRequest) -> Result<(), ApiError> {
    if input.kms_key_id.is_some() {
        return Err(errors::invalid_parameter("kmsKeyId is not supported."));
    }
    if input.deletion_protection_enabled == Some(true) {
        return Err(errors::invalid_parameter("deletionProtectionEnabled is not supported."));
    }
    Ok(())
}

fn class(name: Option<&str>) -> Result<Class, ApiError> {
    let Some(name) = name else { return Ok(Class::default()) };
    Class::from_name(name).ok_or_else(|| {
        errors::invalid_parameter(format!("Log group class {name} is not supported."))
    })
}
