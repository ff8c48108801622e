//! Stories of users, roles and policies, by the forms that clients send.

use crate::fixture::{Fixture, POLICY, TRUST, element};

const BASIC: &str = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole";

fn refusal(code: &str, message: &str) -> (String, String) {
    (code.to_owned(), message.to_owned())
}

#[tokio::test]
async fn a_role_lives_as_tools_have_it_live() {
    let iam = Fixture::new().await;
    let role = ("RoleName", "Guest");
    let made = iam
        .done(
            "CreateRole",
            &[
                role,
                ("AssumeRolePolicyDocument", TRUST),
                ("Tags.member.1.Key", "k"),
                ("Tags.member.1.Value", "v"),
            ],
        )
        .await;
    assert_eq!(element(&made, "Arn"), "arn:aws:iam::000000000000:role/Guest");
    assert_eq!(element(&made, "CreateDate"), "1970-01-01T00:00:00Z");
    assert_eq!(element(&made, "AssumeRolePolicyDocument"), wire::uri_encode(TRUST));
    assert_eq!(
        iam.refused("CreateRole", &[("RoleName", "guest"), ("AssumeRolePolicyDocument", TRUST)])
            .await,
        refusal("EntityAlreadyExists", "Role with name guest already exists.")
    );
    iam.done("PutRolePolicy", &[role, ("PolicyName", "p"), ("PolicyDocument", POLICY)]).await;
    iam.done("AttachRolePolicy", &[role, ("PolicyArn", BASIC)]).await;
    let attached = iam.done("ListAttachedRolePolicies", &[role]).await;
    assert_eq!(element(&attached, "PolicyName"), "AWSLambdaBasicExecutionRole");
    let inline = iam.done("GetRolePolicy", &[role, ("PolicyName", "p")]).await;
    assert_eq!(element(&inline, "PolicyDocument"), wire::uri_encode(POLICY));
    let conflict = |what: &str| {
        refusal("DeleteConflict", &format!("Cannot delete entity, must {what} first."))
    };
    assert_eq!(iam.refused("DeleteRole", &[role]).await, conflict("detach all policies"));
    iam.done("DetachRolePolicy", &[role, ("PolicyArn", BASIC)]).await;
    assert_eq!(iam.refused("DeleteRole", &[role]).await, conflict("delete policies"));
    iam.done("DeleteRolePolicy", &[role, ("PolicyName", "p")]).await;
    let profiles = iam.done("ListInstanceProfilesForRole", &[role]).await;
    assert_eq!(element(&profiles, "IsTruncated"), "false");
    iam.done("DeleteRole", &[role]).await;
    assert_eq!(
        iam.refused("GetRole", &[role]).await,
        refusal("NoSuchEntity", "The role with name Guest cannot be found.")
    );
}

#[tokio::test]
async fn a_user_has_two_keys_at_most_and_tells_its_secret_once() {
    let iam = Fixture::new().await;
    let user = ("UserName", "ada");
    iam.done("CreateUser", &[user]).await;
    let made = iam.done("CreateAccessKey", &[user]).await;
    let key = element(&made, "AccessKeyId").to_owned();
    assert_eq!((key.len(), element(&made, "SecretAccessKey").len()), (20, 40));
    iam.done("CreateAccessKey", &[user]).await;
    assert_eq!(
        iam.refused("CreateAccessKey", &[user]).await,
        refusal("LimitExceeded", "Cannot exceed quota for AccessKeysPerUser: 2")
    );
    iam.done("UpdateAccessKey", &[user, ("AccessKeyId", &key), ("Status", "Inactive")]).await;
    let listed = iam.done("ListAccessKeys", &[user]).await;
    assert!(
        listed.contains("<Status>Inactive</Status>") && listed.contains("<Status>Active</Status>")
    );
    assert!(!listed.contains("Secret"));
    assert_eq!(
        iam.refused("DeleteUser", &[user]).await,
        refusal("DeleteConflict", "Cannot delete entity, must delete access keys first.")
    );
    assert_eq!(
        iam.refused("DeleteAccessKey", &[user, ("AccessKeyId", "AKIAIOSFODNN7EXAMPLE")]).await,
        refusal("NoSuchEntity", "The Access Key with id AKIAIOSFODNN7EXAMPLE cannot be found.")
    );
}

#[tokio::test]
async fn a_renamed_user_keeps_its_id_and_its_keys() {
    let iam = Fixture::new().await;
    let made = iam.done("CreateUser", &[("UserName", "ada")]).await;
    iam.done("CreateAccessKey", &[("UserName", "ada")]).await;
    iam.done("CreateUser", &[("UserName", "bob")]).await;
    assert_eq!(
        iam.refused("UpdateUser", &[("UserName", "ada"), ("NewUserName", "Bob")]).await,
        refusal("EntityAlreadyExists", "User with name Bob already exists.")
    );
    iam.done("UpdateUser", &[("UserName", "ada"), ("NewUserName", "eve"), ("NewPath", "/x/")])
        .await;
    let eve = iam.done("GetUser", &[("UserName", "eve")]).await;
    assert_eq!(element(&eve, "UserId"), element(&made, "UserId"));
    assert_eq!(element(&eve, "Arn"), "arn:aws:iam::000000000000:user/x/eve");
    assert!(iam.done("ListAccessKeys", &[("UserName", "eve")]).await.contains("AKIA"));
    assert_eq!(
        iam.refused("GetUser", &[("UserName", "ada")]).await,
        refusal("NoSuchEntity", "The user with name ada cannot be found.")
    );
}

#[tokio::test]
async fn a_managed_policy_has_versions_and_goes_when_nobody_has_it() {
    let iam = Fixture::new().await;
    let made = iam.done("CreatePolicy", &[("PolicyName", "p"), ("PolicyDocument", POLICY)]).await;
    let arn = ("PolicyArn", "arn:aws:iam::000000000000:policy/p");
    assert_eq!(element(&made, "Arn"), arn.1);
    let second = iam
        .done("CreatePolicyVersion", &[arn, ("PolicyDocument", POLICY), ("SetAsDefault", "true")])
        .await;
    assert_eq!(element(&second, "VersionId"), "v2");
    assert_eq!(element(&iam.done("GetPolicy", &[arn]).await, "DefaultVersionId"), "v2");
    let version = iam.done("GetPolicyVersion", &[arn, ("VersionId", "v1")]).await;
    assert_eq!(element(&version, "IsDefaultVersion"), "false");
    assert_eq!(
        iam.refused("DeletePolicyVersion", &[arn, ("VersionId", "v2")]).await.0,
        "DeleteConflict"
    );
    assert_eq!(iam.refused("DeletePolicy", &[arn]).await.0, "DeleteConflict");
    iam.done("DeletePolicyVersion", &[arn, ("VersionId", "v1")]).await;
    iam.done("CreateUser", &[("UserName", "ada")]).await;
    iam.done("AttachUserPolicy", &[("UserName", "ada"), arn]).await;
    assert_eq!(element(&iam.done("GetPolicy", &[arn]).await, "AttachmentCount"), "1");
    assert!(iam.done("ListEntitiesForPolicy", &[arn]).await.contains("<UserName>ada</UserName>"));
    assert_eq!(
        iam.refused("DeletePolicy", &[arn]).await,
        refusal("DeleteConflict", "Cannot delete a policy attached to entities.")
    );
    iam.done("DetachUserPolicy", &[("UserName", "ada"), arn]).await;
    iam.done("DeletePolicy", &[arn]).await;
    assert_eq!(
        iam.refused("GetPolicy", &[arn]).await,
        refusal("NoSuchEntity", &format!("Policy {} was not found.", arn.1))
    );
}

#[tokio::test]
async fn what_is_no_policy_is_stored_nowhere() {
    let iam = Fixture::new().await;
    let bad =
        r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "lambda:*"}]}"#;
    assert_eq!(
        iam.refused("CreatePolicy", &[("PolicyName", "p"), ("PolicyDocument", bad)]).await,
        refusal("MalformedPolicyDocument", "Policy statement must contain resources.")
    );
    assert_eq!(
        iam.refused("CreateRole", &[("RoleName", "r"), ("AssumeRolePolicyDocument", POLICY)]).await,
        refusal("MalformedPolicyDocument", "Missing required field Principal")
    );
    iam.done("CreateUser", &[("UserName", "ada")]).await;
    let long = POLICY.replace("lambda:*", &format!("lambda:{}", "a".repeat(2048)));
    assert_eq!(
        iam.refused(
            "PutUserPolicy",
            &[("UserName", "ada"), ("PolicyName", "p"), ("PolicyDocument", &long)]
        )
        .await,
        refusal("LimitExceeded", "Maximum policy size of 2048 bytes exceeded for user ada")
    );
    assert!(!iam.done("ListUserPolicies", &[("UserName", "ada")]).await.contains("<member>"));
}

#[tokio::test]
async fn constraints_of_the_model_are_checked() {
    let iam = Fixture::new().await;
    let (code, message) = iam.refused("CreateUser", &[("UserName", "a b")]).await;
    assert_eq!(code, "ValidationError");
    assert!(message.contains("at &apos;userName&apos; failed to satisfy constraint"), "{message}");
}

#[tokio::test]
async fn a_list_goes_on_where_the_last_page_ended() {
    let iam = Fixture::new().await;
    for name in ["c", "a", "b"] {
        iam.done("CreateUser", &[("UserName", name)]).await;
    }
    let first = iam.done("ListUsers", &[("MaxItems", "2")]).await;
    assert_eq!(element(&first, "IsTruncated"), "true");
    let second =
        iam.done("ListUsers", &[("MaxItems", "2"), ("Marker", element(&first, "Marker"))]).await;
    assert_eq!((element(&second, "UserName"), element(&second, "IsTruncated")), ("c", "false"));
}

#[tokio::test]
async fn awss_own_policies_are_listed_and_cannot_be_changed() {
    let iam = Fixture::new().await;
    let listed = iam.done("ListPolicies", &[("Scope", "AWS")]).await;
    assert!(listed.contains(BASIC));
    let (code, _) = iam.refused("DeletePolicy", &[("PolicyArn", BASIC)]).await;
    assert_eq!(code, "AccessDenied");
    assert_eq!(
        iam.refused("AttachRolePolicy", &[("RoleName", "r"), ("PolicyArn", BASIC)]).await,
        refusal("NoSuchEntity", "The role with name r cannot be found.")
    );
}
