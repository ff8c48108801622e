//! `AddPermission`.

use api::{
    Call, Handle, Operation,
    lambda::{AddPermission, AddPermissionRequest, AddPermissionResponse},
};
use model::{FunctionArn, names::Qualifier};
use wire::ApiError;

use super::{Policy, PolicyRefusal, statement::statement};
use crate::{
    Control,
    error::Refusal,
    qualified::{is_stale, not_attached},
};

impl Handle<AddPermission> for Control {
    async fn handle(
        &self,
        call: &Call,
        input: AddPermissionRequest,
    ) -> Result<AddPermissionResponse, ApiError> {
        Ok(self.add_permission(call, &input).await?)
    }
}

// === impl Control: AddPermission ===

impl Control {
    async fn add_permission(
        &self,
        call: &Call,
        input: &AddPermissionRequest,
    ) -> Result<AddPermissionResponse, Refusal> {
        let spec = AddPermission::SPEC;
        let arn = self.address(call, spec, &input.function_name, input.qualifier.as_deref())?;
        if arn.qualifier == Some(Qualifier::Latest) {
            return Err(PolicyRefusal::Latest.into());
        }
        self.check_qualified(&arn)?;
        let statement = statement(input, &arn)?;
        let changed = self.change_attached(&arn, |attached, revision_id| {
            if is_stale(input.revision_id.as_deref(), *revision_id) {
                return Err(PolicyRefusal::StaleRevision("GetPolicy").into());
            }
            let mut policy = Policy::open(attached.policy.as_deref())?;
            policy.add(&input.statement_id, &statement)?;
            attached.policy = Some(policy.text(self.parts.limits.policy_bytes)?);
            *revision_id = self.parts.ids.next();
            Ok(())
        });
        let missing = || Refusal::FunctionNotFound(arn.to_string());
        changed.await.map_err(|error| not_attached(error, missing))?;
        Ok(AddPermissionResponse { statement: Some(statement) })
    }

    /// Refuses what is not there, an alias in other words than a version.
    fn check_qualified(&self, arn: &FunctionArn) -> Result<(), Refusal> {
        self.find(&arn.unqualified())?;
        if self.qualified(arn).is_some() {
            return Ok(());
        }
        Err(match &arn.qualifier {
            Some(Qualifier::Alias(_)) => Refusal::AliasNotFound(arn.clone()),
            _ => Refusal::FunctionNotFound(arn.to_string()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{Fixture, call, text};

    const F: &str = "arn:aws:lambda:us-east-1:000000000000:function:f";

    fn add(sid: &str, qualifier: Option<&str>) -> AddPermissionRequest {
        AddPermissionRequest {
            function_name: "f".to_owned(),
            statement_id: sid.to_owned(),
            action: "lambda:InvokeFunction".to_owned(),
            principal: "*".to_owned(),
            qualifier: qualifier.map(str::to_owned),
            ..AddPermissionRequest::default()
        }
    }

    async fn fixture() -> Fixture {
        let fixture = Fixture::new().await;
        fixture.create_active("f").await;
        fixture.publish("f").await;
        fixture.alias("f", "live", "1").await;
        fixture
    }

    #[tokio::test]
    async fn function_version_and_alias_have_a_policy_each() {
        let fixture = fixture().await;
        for qualifier in [None, Some("1"), Some("live")] {
            let input = add("s", qualifier);
            let answer = fixture.control.add_permission(&call(), &input).await.unwrap();
            let end = qualifier.map(|q| format!(":{q}")).unwrap_or_default();
            let resource = format!("\"Resource\":\"{F}{end}\"");
            assert!(answer.statement.unwrap().contains(&resource));
            let again = text(fixture.control.add_permission(&call(), &input).await);
            assert!(again.starts_with("The statement id (s) provided already exists."), "{again}");
        }
    }

    #[tokio::test]
    async fn a_permission_changes_the_revision_and_can_insist_on_it() {
        let fixture = fixture().await;
        let before = fixture.function("f").unwrap().latest.revision_id;
        let with = |sid: &str| AddPermissionRequest {
            revision_id: Some(before.to_string()),
            ..add(sid, None)
        };
        fixture.control.add_permission(&call(), &with("a")).await.unwrap();
        assert_ne!(fixture.function("f").unwrap().latest.revision_id, before);
        let stale = text(fixture.control.add_permission(&call(), &with("b")).await);
        let expected = "The RevisionId provided does not match the latest RevisionId. Call the \
                        GetPolicy API to retrieve the latest Revision Id";
        assert_eq!(stale, expected);
    }

    #[tokio::test]
    async fn what_has_no_policy_is_refused() {
        let fixture = fixture().await;
        let cases = [
            (
                add("s", Some("$LATEST")),
                "We currently do not support adding policies for $LATEST.".to_owned(),
            ),
            (add("s", Some("42")), format!("Function not found: {F}:42")),
            (add("s", Some("x")), format!("Cannot find alias arn: {F}:x")),
            (
                AddPermissionRequest { function_name: "fx".to_owned(), ..add("s", Some("1")) },
                format!("Function not found: {F}x"),
            ),
        ];
        for (input, expected) in cases {
            assert_eq!(text(fixture.control.add_permission(&call(), &input).await), expected);
        }
    }
}
