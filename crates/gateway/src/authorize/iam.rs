//! IAM.

use api::EntityArns;

use super::{Asked, Need};

pub(crate) fn needs(asked: &Asked<'_>, arns: &impl EntityArns) -> Vec<Need> {
    let need = asked.need(resource(asked, arns));
    let policy = match asked.spec.name {
        "AttachUserPolicy" | "DetachUserPolicy" | "AttachRolePolicy" | "DetachRolePolicy" => {
            asked.text("PolicyArn")
        }
        _ => None,
    };
    vec![
        need.with("iam:PolicyARN", policy)
            .with("iam:PermissionsBoundary", asked.text("PermissionsBoundary"))
            .with_tags(asked.value("Tags")),
    ]
}

fn resource(asked: &Asked<'_>, arns: &impl EntityArns) -> String {
    let account = &asked.call.account_id;
    let fresh = |kind: &str, name: &str| {
        let path = asked.text("Path").unwrap_or("/");
        format!("arn:aws:iam::{account}:{kind}{path}{name}")
    };
    match asked.spec.name {
        "ListUsers" => return format!("arn:aws:iam::{account}:user/"),
        "ListRoles" => return format!("arn:aws:iam::{account}:role/"),
        "ListPolicies" => return "policy path /".to_owned(),
        "CreatePolicy" => return fresh("policy", asked.text("PolicyName").unwrap_or_default()),
        "GetAccessKeyLastUsed" => return "*".to_owned(),
        _ => {}
    }
    if let Some(name) = asked.text("RoleName") {
        return arns.role_arn(name).unwrap_or_else(|| fresh("role", name));
    }
    if let Some(name) = asked.text("UserName") {
        return arns.user_arn(name).unwrap_or_else(|| fresh("user", name));
    }
    // Without a name a user means itself.
    asked.text("PolicyArn").unwrap_or(&asked.call.caller.arn).to_owned()
}
