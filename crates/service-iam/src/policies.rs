//! Managed policies.

mod create_policy;
mod create_policy_version;
mod delete_policy;
mod delete_policy_version;
mod get_policy;
mod get_policy_version;
mod list_entities_for_policy;
mod list_policies;
mod list_policy_tags;
mod list_policy_versions;
mod set_default_policy_version;
mod tag_policy;
mod untag_policy;

use api::iam::{Policy, PolicyVersion, errors};
use identity::{AWS_MANAGED_CREATED_MS, AwsManaged, ManagedPolicy, ManagedView};
use policy::Kind;
use wire::{ApiError, Timestamp};

use crate::{Iam, error::check_document};

/// How many versions a policy may have at a time.
const VERSIONS_MAX: usize = 5;
/// How long a document may be, white space not counted.
const DOCUMENT_MAX: usize = 6144;

/// Checks a document before it is stored.
fn check(document: &str) -> Result<(), ApiError> {
    check_document(document, Kind::Identity)?;
    if document.chars().filter(|c| !c.is_whitespace()).count() > DOCUMENT_MAX {
        return Err(errors::limit_exceeded(format!(
            "Cannot exceed quota for PolicySize: {DOCUMENT_MAX}"
        )));
    }
    Ok(())
}

fn no_such_version(arn: &str, id: &str) -> ApiError {
    errors::no_such_entity(format!(
        "Policy {arn} version {id} does not exist or is not attachable."
    ))
}

/// Gives a policy as the operations answer it; `counts` are its attachments and who it bounds.
fn render(iam: &Iam, view: &ManagedView, (attached, boundaries): (u32, u32)) -> Policy {
    let common = Policy {
        policy_name: Some(view.name().to_owned()),
        attachment_count: i32::try_from(attached).ok(),
        permissions_boundary_usage_count: i32::try_from(boundaries).ok(),
        is_attachable: Some(true),
        ..Policy::default()
    };
    let date = |ms| Some(Timestamp::from_epoch_ms(ms));
    match view {
        ManagedView::Own(own) => Policy {
            policy_id: Some(own.id.clone()),
            arn: Some(own.arn(iam.account())),
            path: Some(own.path.clone()),
            default_version_id: Some(format!("v{}", own.default_version)),
            description: own.description.clone(),
            create_date: date(own.created_ms),
            update_date: date(own.updated_ms),
            tags: crate::grants::some_tags(&own.tags),
            ..common
        },
        ManagedView::Aws(aws) => Policy {
            policy_id: Some(aws.id.to_owned()),
            arn: Some(aws.arn()),
            path: Some(aws.path.to_owned()),
            default_version_id: Some("v1".into()),
            create_date: date(AWS_MANAGED_CREATED_MS),
            update_date: date(AWS_MANAGED_CREATED_MS),
            ..common
        },
    }
}

fn render_version(policy: &ManagedPolicy, version: &identity::PolicyVersion) -> PolicyVersion {
    PolicyVersion {
        document: Some(wire::uri_encode(&version.document)),
        version_id: Some(format!("v{}", version.number)),
        is_default_version: Some(version.number == policy.default_version),
        create_date: Some(Timestamp::from_epoch_ms(version.created_ms)),
    }
}

fn render_aws_version(aws: &AwsManaged) -> PolicyVersion {
    PolicyVersion {
        document: Some(wire::uri_encode(aws.document)),
        version_id: Some("v1".into()),
        is_default_version: Some(true),
        create_date: Some(Timestamp::from_epoch_ms(AWS_MANAGED_CREATED_MS)),
    }
}
