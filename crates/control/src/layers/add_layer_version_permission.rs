//! `AddLayerVersionPermission`.

use std::collections::BTreeMap;

use api::{
    Call, Handle, Operation,
    lambda::{
        AddLayerVersionPermission, AddLayerVersionPermissionRequest,
        AddLayerVersionPermissionResponse,
    },
};
use model::layer::{LayerPolicy, LayerVersionArn};
use serde::Serialize;
use wire::ApiError;

use super::LayerRefusal;
use crate::{
    Control,
    error::Refusal,
    policies::{Policy, PolicyRefusal, Principal},
    qualified::{is_stale, not_attached},
};

impl Handle<AddLayerVersionPermission> for Control {
    async fn handle(
        &self,
        call: &Call,
        input: AddLayerVersionPermissionRequest,
    ) -> Result<AddLayerVersionPermissionResponse, ApiError> {
        Ok(self.add_layer_permission(call, &input).await?)
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Statement<'a> {
    sid: &'a str,
    effect: &'static str,
    principal: Principal,
    action: &'a str,
    resource: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    condition: Option<BTreeMap<&'static str, BTreeMap<&'static str, &'a str>>>,
}

// === impl Control: AddLayerVersionPermission ===

impl Control {
    async fn add_layer_permission(
        &self,
        call: &Call,
        input: &AddLayerVersionPermissionRequest,
    ) -> Result<AddLayerVersionPermissionResponse, Refusal> {
        let named = (input.layer_name.as_str(), input.version_number);
        let arn = self.layer_version(call, AddLayerVersionPermission::SPEC, named)?;
        let statement = statement(input, &arn)?;
        let revision_id = self.parts.ids.next();
        let registry = &self.parts.registry;
        let changed = registry.change_layer_version(&arn.layer, arn.number, |version| {
            check_revision(version.policy.as_ref(), input.revision_id.as_deref())?;
            let stored = version.policy.as_ref().map(|policy| policy.document.as_str());
            let mut policy = Policy::open(stored)?;
            policy.add(&input.statement_id, &statement)?;
            let document = policy.text(self.parts.limits.policy_bytes)?;
            version.policy = Some(LayerPolicy { document, revision_id });
            Ok(())
        });
        let missing = || LayerRefusal::no_version_found(&arn);
        changed.await.map_err(|error| not_attached(error, missing))?;
        Ok(AddLayerVersionPermissionResponse {
            statement: Some(statement),
            revision_id: Some(revision_id.to_string()),
        })
    }
}

/// Refuses a change if the caller has seen another revision of the policy, or one where there is
/// none.
pub(super) fn check_revision(
    policy: Option<&LayerPolicy>,
    given: Option<&str>,
) -> Result<(), Refusal> {
    let stale = match policy {
        Some(policy) => is_stale(given, policy.revision_id),
        None => given.is_some(),
    };
    if stale { Err(LayerRefusal::StaleRevision.into()) } else { Ok(()) }
}

fn statement(
    input: &AddLayerVersionPermissionRequest,
    arn: &LayerVersionArn,
) -> Result<String, Refusal> {
    let organization = |id| {
        let keys = BTreeMap::from([("aws:PrincipalOrgID", id)]);
        BTreeMap::from([("StringEquals", keys)])
    };
    let statement = Statement {
        sid: &input.statement_id,
        effect: "Allow",
        principal: Principal::read(&input.principal).ok_or(PolicyRefusal::Principal)?,
        action: &input.action,
        resource: arn.to_string(),
        condition: input.organization_id.as_deref().map(organization),
    };
    serde_json::to_string(&statement).map_err(Refusal::internal)
}

#[cfg(test)]
mod tests {
    use api::lambda::{
        GetLayerVersionPolicy, GetLayerVersionPolicyRequest, RemoveLayerVersionPermission,
        RemoveLayerVersionPermissionRequest,
    };

    use super::*;
    use crate::fixture::{Fixture, call, text};

    const L: &str = "arn:aws:lambda:us-east-1:000000000000:layer:l:1";

    fn add(sid: &str, revision_id: Option<String>) -> AddLayerVersionPermissionRequest {
        AddLayerVersionPermissionRequest {
            layer_name: "l".to_owned(),
            version_number: 1,
            statement_id: sid.to_owned(),
            action: "lambda:GetLayerVersion".to_owned(),
            principal: "*".to_owned(),
            organization_id: Some("o-0123456789".to_owned()),
            revision_id,
        }
    }

    async fn remove(fixture: &Fixture, sid: &str) -> Result<(), ApiError> {
        let input = RemoveLayerVersionPermissionRequest {
            layer_name: "l".to_owned(),
            version_number: 1,
            statement_id: sid.to_owned(),
            revision_id: None,
        };
        Handle::<RemoveLayerVersionPermission>::handle(&fixture.control, &call(), input).await
    }

    #[tokio::test]
    async fn a_layers_policy_has_a_revision_of_its_own() {
        let fixture = Fixture::new().await;
        let missing = text(fixture.control.add_layer_permission(&call(), &add("a", None)).await);
        assert_eq!(missing, format!("Layer version {L} does not exist."));
        fixture.publish_layer("l", "one").await;
        let first = fixture.control.add_layer_permission(&call(), &add("a", None)).await.unwrap();
        let expected = format!(
            r#"{{"Sid":"a","Effect":"Allow","Principal":"*","Action":"lambda:GetLayerVersion","Resource":"{L}","Condition":{{"StringEquals":{{"aws:PrincipalOrgID":"o-0123456789"}}}}}}"#
        );
        assert_eq!(first.statement, Some(expected));
        let with = add("b", first.revision_id.clone());
        fixture.control.add_layer_permission(&call(), &with).await.unwrap();
        let stale = add("c", first.revision_id);
        let stale = text(fixture.control.add_layer_permission(&call(), &stale).await);
        assert!(stale.ends_with("Call the GetLayerPolicy API to retrieve the latest Revision Id"));
        let get = || GetLayerVersionPolicyRequest { layer_name: "l".into(), version_number: 1 };
        let answer =
            Handle::<GetLayerVersionPolicy>::handle(&fixture.control, &call(), get()).await;
        assert!(answer.unwrap().policy.unwrap().contains(r#""Sid":"b""#));
        for sid in ["a", "b"] {
            remove(&fixture, sid).await.unwrap();
        }
        let none = "No policy is associated with the given resource.";
        let gone = Handle::<GetLayerVersionPolicy>::handle(&fixture.control, &call(), get()).await;
        assert_eq!(gone.unwrap_err().message(), Some(none));
        assert_eq!(remove(&fixture, "a").await.unwrap_err().message(), Some(none));
    }
}
