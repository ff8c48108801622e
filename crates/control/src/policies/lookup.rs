//! The policies of functions as authorisation asks for them.

use std::sync::Arc;

use api::ResourcePolicies;
use engine::Functions;
use model::{
    FunctionReference,
    names::{AccountId, Qualifier},
};

/// Knows the policy of every function, version and alias of an account.
#[derive(Debug)]
pub struct FunctionPolicies {
    account: AccountId,
    functions: Arc<Functions>,
}

// === impl FunctionPolicies ===

impl FunctionPolicies {
    /// Makes a reader of policies.
    pub fn new(account: AccountId, functions: Arc<Functions>) -> Self {
        Self { account, functions }
    }
}

impl ResourcePolicies for FunctionPolicies {
    fn policy(&self, arn: &str) -> Option<Arc<str>> {
        if !arn.starts_with("arn:") {
            return None;
        }
        let named: FunctionReference = arn.parse().ok()?;
        if named.account? != self.account {
            return None;
        }
        let row = self.functions.get(&named.region?, &named.name)?;
        let function = row.live()?;
        let policy = match &named.qualifier {
            None | Some(Qualifier::Latest) => function.latest.attached.policy.clone(),
            Some(Qualifier::Version(number)) => {
                self.functions.version(function, *number)?.0.attached.policy.clone()
            }
            Some(Qualifier::Alias(name)) => {
                self.functions.alias(function, name)?.0.attached.policy.clone()
            }
        };
        policy.map(Into::into)
    }
}

#[cfg(test)]
mod tests {
    use api::{
        Handle,
        lambda::{AddPermission, AddPermissionRequest},
    };

    use super::*;
    use crate::fixture::{Fixture, call};

    #[tokio::test]
    async fn a_policy_is_found_by_the_arn_that_it_was_given_to_and_no_other() {
        let fixture = Fixture::new().await;
        fixture.create("f").await;
        let request = AddPermissionRequest {
            function_name: "f".into(),
            statement_id: "s".into(),
            action: "lambda:InvokeFunction".into(),
            principal: "s3.amazonaws.com".into(),
            ..AddPermissionRequest::default()
        };
        Handle::<AddPermission>::handle(&fixture.control, &call(), request).await.unwrap();
        let functions = Arc::clone(&fixture.control.parts.functions);
        let policies = FunctionPolicies::new("000000000000".parse().unwrap(), functions);
        let arn = |rest: &str| policies.policy(&format!("arn:aws:lambda:us-east-1:{rest}"));
        assert!(arn("000000000000:function:f").unwrap().contains("s3.amazonaws.com"));
        assert_eq!(arn("000000000000:function:g"), None);
        assert_eq!(arn("000000000000:function:f:1"), None);
        assert_eq!(arn("111111111111:function:f"), None);
        assert_eq!(policies.policy("f"), None);
    }
}
