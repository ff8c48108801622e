//! Policies of keys.

mod get_key_policy;
mod list_key_policies;
mod put_key_policy;

use api::{Call, Identity, kms::errors};
use policy::{Context, Decision, Document, Granted, Kind, Policies, Principal, Request};
use wire::ApiError;

use crate::Kms;

/// The one name that a policy of a key can have.
const NAME: &str = "default";

/// What lets everybody in whom the account's own policies let do something.
const EVERYTHING: &str = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "kms:*", "Resource": "*"}]}"#;

/// Writes the policy of a key that is made without one: the account decides.
pub(crate) fn default_policy(account: &str) -> String {
    format!(
        r#"{{
  "Version" : "2012-10-17",
  "Id" : "key-default-1",
  "Statement" : [ {{
    "Sid" : "Enable IAM User Permissions",
    "Effect" : "Allow",
    "Principal" : {{
      "AWS" : "arn:aws:iam::{account}:root"
    }},
    "Action" : "kms:*",
    "Resource" : "*"
  }} ]
}}"#
    )
}

// === impl Kms: policies ===

impl Kms {
    /// Refuses a policy that is none, or that would lock out the one who sets it.
    pub(crate) fn check_policy(
        &self,
        call: &Call,
        arn: &str,
        (text, bypass): (&str, bool),
    ) -> Result<(), ApiError> {
        let most = self.config.policy_bytes;
        if text.len() > most {
            let text = format!("The policy of a key can have {most} bytes.");
            return Err(errors::limit_exceeded(text));
        }
        let document = Document::parse(text, Kind::Resource)
            .map_err(|error| errors::malformed_policy_document(error.to_string()))?;
        if bypass || stays_in(call, arn, &document) {
            return Ok(());
        }
        Err(errors::malformed_policy_document(
            "The new key policy will not allow you to update the key policy in the future.",
        ))
    }
}

/// Tells whether a policy would still let the caller set another one, if the caller's own policies do.
fn stays_in(call: &Call, arn: &str, document: &Document) -> bool {
    let everything = Document::parse(EVERYTHING, Kind::Identity).expect("it is a policy");
    let policies = Policies {
        resource_account: &call.account_id,
        identity: &[&everything],
        resource: Some(document),
        boundary: None,
        session: None,
    };
    let request = Request {
        principal: &principal(call),
        action: "kms:PutKeyPolicy",
        resource: arn,
        context: &Context::default(),
    };
    policies.decide_guarded(&request, Granted::No) == Decision::Allowed
}

fn principal(call: &Call) -> Principal {
    let account = call.caller.account_id.to_string();
    let arn = call.caller.arn.to_string();
    match &call.caller.identity {
        Identity::Root => Principal::Root { account },
        Identity::User { .. } => Principal::User { account, arn },
        Identity::Session(session) => {
            Principal::Session { account, arn, role_arn: session.role_arn.clone() }
        }
        Identity::Anonymous => Principal::Anonymous,
    }
}

/// Refuses any other name of a policy.
fn check_name(name: Option<&str>) -> Result<(), ApiError> {
    match name {
        None | Some(NAME) => Ok(()),
        Some(_) => Err(errors::not_found("No such policy exists")),
    }
}
