//! `RemovePermission`.

use api::{
    Call, Handle, Operation,
    lambda::{RemovePermission, RemovePermissionRequest},
};
use wire::ApiError;

use super::{Policy, PolicyRefusal};
use crate::{
    Control,
    error::Refusal,
    qualified::{is_stale, not_attached},
};

impl Handle<RemovePermission> for Control {
    async fn handle(&self, call: &Call, input: RemovePermissionRequest) -> Result<(), ApiError> {
        Ok(self.remove_permission(call, &input).await?)
    }
}

// === impl Control: RemovePermission ===

impl Control {
    /// Takes a statement away; the policy goes with its last one.
    async fn remove_permission(
        &self,
        call: &Call,
        input: &RemovePermissionRequest,
    ) -> Result<(), Refusal> {
        let spec = RemovePermission::SPEC;
        let arn = self.address(call, spec, &input.function_name, input.qualifier.as_deref())?;
        let unknown = |_| PolicyRefusal::NoFunction(arn.unqualified());
        self.find(&arn).map_err(unknown)?;
        let changed = self.change_attached(&arn, |attached, revision_id| {
            let stored = attached.policy.as_deref().ok_or(PolicyRefusal::NoPolicy)?;
            if is_stale(input.revision_id.as_deref(), *revision_id) {
                return Err(PolicyRefusal::StaleRevision("GetPolicy").into());
            }
            let mut policy = Policy::open(Some(stored))?;
            let has_more = policy.remove(&input.statement_id)?;
            let text = has_more.then(|| policy.text(self.parts.limits.policy_bytes));
            attached.policy = text.transpose()?;
            *revision_id = self.parts.ids.next();
            Ok(())
        });
        let missing = || PolicyRefusal::NoPolicy.into();
        changed.await.map_err(|error| not_attached(error, missing))?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use api::lambda::{AddPermission, AddPermissionRequest, GetPolicy, GetPolicyRequest};

    use super::*;
    use crate::fixture::{Fixture, call, text};

    fn remove(sid: &str) -> RemovePermissionRequest {
        RemovePermissionRequest {
            function_name: "f".to_owned(),
            statement_id: sid.to_owned(),
            ..RemovePermissionRequest::default()
        }
    }

    async fn add(fixture: &Fixture, sid: &str) {
        let input = AddPermissionRequest {
            function_name: "f".to_owned(),
            statement_id: sid.to_owned(),
            action: "lambda:InvokeFunction".to_owned(),
            principal: "s3.amazonaws.com".to_owned(),
            ..AddPermissionRequest::default()
        };
        Handle::<AddPermission>::handle(&fixture.control, &call(), input).await.unwrap();
    }

    async fn policy(fixture: &Fixture) -> Result<String, String> {
        let input = GetPolicyRequest { function_name: "f".to_owned(), qualifier: None };
        let answer = Handle::<GetPolicy>::handle(&fixture.control, &call(), input).await;
        answer
            .map(|answer| answer.policy.unwrap())
            .map_err(|error| error.message().unwrap().to_owned())
    }

    #[tokio::test]
    async fn a_policy_goes_with_its_last_statement() {
        let fixture = Fixture::new().await;
        let missing = text(fixture.control.remove_permission(&call(), &remove("a")).await);
        let arn = "arn:aws:lambda:us-east-1:000000000000:function:f";
        assert_eq!(missing, format!("No policy found for: {arn}"));
        fixture.create_active("f").await;
        let none = text(fixture.control.remove_permission(&call(), &remove("a")).await);
        assert_eq!(none, "No policy is associated with the given resource.");
        for sid in ["a", "b"] {
            add(&fixture, sid).await;
        }
        let unknown = text(fixture.control.remove_permission(&call(), &remove("c")).await);
        assert_eq!(unknown, "Statement c is not found in resource policy.");
        fixture.control.remove_permission(&call(), &remove("a")).await.unwrap();
        let left = policy(&fixture).await.unwrap();
        assert!(
            left.starts_with(r#"{"Version":"2012-10-17","Id":"default","Statement":[{"Sid":"b""#)
        );
        fixture.control.remove_permission(&call(), &remove("b")).await.unwrap();
        let gone = policy(&fixture).await.unwrap_err();
        assert_eq!(gone, "The resource you requested does not exist.");
    }
}
