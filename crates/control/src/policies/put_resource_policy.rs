//! `PutResourcePolicy`.

use api::{
    Call, Handle, Operation,
    lambda::{PutResourcePolicy, PutResourcePolicyRequest, PutResourcePolicyResponse},
};
use model::names::Qualifier;
use policy::{Document, Kind};
use wire::ApiError;

use super::PolicyRefusal;
use crate::{
    Control,
    error::Refusal,
    qualified::{is_stale, not_attached},
};

impl Handle<PutResourcePolicy> for Control {
    async fn handle(
        &self,
        call: &Call,
        input: PutResourcePolicyRequest,
    ) -> Result<PutResourcePolicyResponse, ApiError> {
        Ok(self.put_resource_policy(call, &input).await?)
    }
}

// === impl Control: PutResourcePolicy ===

impl Control {
    /// Replaces a policy as a whole.
    async fn put_resource_policy(
        &self,
        call: &Call,
        input: &PutResourcePolicyRequest,
    ) -> Result<PutResourcePolicyResponse, Refusal> {
        let arn = self.address(call, PutResourcePolicy::SPEC, &input.resource_arn, None)?;
        if arn.qualifier == Some(Qualifier::Latest) {
            return Err(PolicyRefusal::Latest.into());
        }
        Document::parse(&input.policy, Kind::Resource).map_err(PolicyRefusal::from)?;
        let changed = self.change_attached(&arn, |attached, revision_id| {
            if is_stale(input.revision_id.as_deref(), *revision_id) {
                return Err(PolicyRefusal::StaleRevision("GetResourcePolicy").into());
            }
            attached.policy = Some(input.policy.clone());
            *revision_id = self.parts.ids.next();
            Ok(())
        });
        let missing = || PolicyRefusal::NotFound.into();
        let changed = changed.await.map_err(|error| not_attached(error, missing))?;
        Ok(PutResourcePolicyResponse {
            policy: Some(input.policy.clone()),
            revision_id: Some(changed.revision_id.to_string()),
        })
    }
}

#[cfg(test)]
mod tests {
    use api::lambda::{
        AddPermission, AddPermissionRequest, DeleteResourcePolicy, DeleteResourcePolicyRequest,
        GetResourcePolicy, GetResourcePolicyRequest,
    };

    use super::*;
    use crate::fixture::{Fixture, call, text};

    const F: &str = "arn:aws:lambda:us-east-1:000000000000:function:f";

    fn put(policy: &str) -> PutResourcePolicyRequest {
        PutResourcePolicyRequest {
            resource_arn: F.to_owned(),
            policy: policy.to_owned(),
            revision_id: None,
        }
    }

    async fn get(fixture: &Fixture) -> Option<String> {
        let input = GetResourcePolicyRequest { resource_arn: F.to_owned() };
        let answer = Handle::<GetResourcePolicy>::handle(&fixture.control, &call(), input).await;
        answer.ok()?.policy
    }

    fn document() -> String {
        format!(
            r#"{{ "Version": "2012-10-17", "Statement": {{ "Sid": "one", "Effect": "Allow",
            "Principal": "*", "Action": ["lambda:InvokeFunction"], "Resource": "{F}" }} }}"#
        )
    }

    #[tokio::test]
    async fn a_document_is_kept_as_it_was_sent_until_statements_are_added() {
        let fixture = Fixture::new().await;
        fixture.create_active("f").await;
        fixture.control.put_resource_policy(&call(), &put(&document())).await.unwrap();
        assert_eq!(get(&fixture).await, Some(document()));
        let add = |sid: &str| AddPermissionRequest {
            function_name: "f".to_owned(),
            statement_id: sid.to_owned(),
            action: "lambda:InvokeFunction".to_owned(),
            principal: "*".to_owned(),
            ..AddPermissionRequest::default()
        };
        let twice = Handle::<AddPermission>::handle(&fixture.control, &call(), add("one")).await;
        assert_eq!(twice.unwrap_err().code(), "ResourceConflictException");
        Handle::<AddPermission>::handle(&fixture.control, &call(), add("two")).await.unwrap();
        let both = get(&fixture).await.unwrap();
        assert!(both.contains(r#""Sid": "one""#) && both.contains(r#""Sid":"two""#), "{both}");
        let delete = DeleteResourcePolicyRequest { resource_arn: F.to_owned(), revision_id: None };
        Handle::<DeleteResourcePolicy>::handle(&fixture.control, &call(), delete).await.unwrap();
        assert_eq!(get(&fixture).await, None);
    }

    #[tokio::test]
    async fn what_is_no_policy_is_refused() {
        let fixture = Fixture::new().await;
        fixture.create_active("f").await;
        for bad in ["{", "[]", r#"{"Version":"2012-10-17"}"#] {
            let refused = text(fixture.control.put_resource_policy(&call(), &put(bad)).await);
            assert!(refused.starts_with("The policy is malformed: "), "{refused}");
        }
        assert_eq!(get(&fixture).await, None);
    }
}
