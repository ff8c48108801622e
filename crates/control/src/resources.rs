//! What authorisation asks about Lambda's resources: their policies and their tags.

use std::{collections::BTreeMap, sync::Arc};

use api::Resources;
use engine::{Functions, Registry};
use model::{
    FunctionReference,
    function::Function,
    layer::LayerVersionArn,
    names::{AccountId, Qualifier, Region},
};

/// Knows the functions, layers, mappings and configurations of an account.
#[derive(Debug)]
pub struct LambdaResources {
    /// The account.
    pub account: AccountId,
    /// Its functions.
    pub functions: Arc<Functions>,
    /// What it has beside functions.
    pub registry: Arc<Registry>,
}

// === impl LambdaResources ===

impl LambdaResources {
    /// Finds the function that an ARN of this account names, and its qualifier.
    fn function<T>(
        &self,
        arn: &str,
        read: impl FnOnce(&Function, Option<&Qualifier>) -> Option<T>,
    ) -> Option<T> {
        let named: FunctionReference = arn.parse().ok()?;
        if named.account? != self.account {
            return None;
        }
        let row = self.functions.get(&named.region?, &named.name)?;
        read(row.live()?, named.qualifier.as_ref())
    }

    fn function_policy(&self, arn: &str) -> Option<String> {
        self.function(arn, |function, qualifier| {
            self.functions.attached(function, qualifier, |attached, _| attached.policy.clone())?
        })
    }

    fn layer_policy(&self, arn: &str) -> Option<String> {
        let version: LayerVersionArn = arn.parse().ok()?;
        if version.layer.account != self.account {
            return None;
        }
        let row = self.registry.layer_version(&version.layer, version.number)?;
        row.0.policy.as_ref().map(|policy| policy.document.clone())
    }
}

impl Resources for LambdaResources {
    fn policy(&self, arn: &str) -> Option<Arc<str>> {
        match kind(arn)? {
            ("function", ..) => self.function_policy(arn),
            ("layer", ..) => self.layer_policy(arn),
            _ => None,
        }
        .map(Into::into)
    }

    fn tags(&self, arn: &str) -> BTreeMap<String, String> {
        let of_id = |region: &str| region.parse::<Region>().ok();
        let found = match kind(arn) {
            // Versions and aliases have the tags of their function.
            Some(("function", ..)) => self.function(arn, |function, _| Some(function.tags.clone())),
            Some(("event-source-mapping", region, id)) => of_id(region)
                .and_then(|region| self.registry.mappings.get(&region, id))
                .map(|row| row.0.tags.clone()),
            Some(("code-signing-config", region, id)) => of_id(region)
                .and_then(|region| self.registry.code_signing.get(&region, id))
                .map(|row| row.0.tags.clone()),
            _ => None,
        };
        found.unwrap_or_default()
    }
}

/// Reads which kind of resource of Lambda's an ARN names, with the region and the id.
fn kind(arn: &str) -> Option<(&str, &str, &str)> {
    let mut parts = arn.strip_prefix("arn:aws:lambda:")?.splitn(4, ':');
    let (region, _account) = (parts.next()?, parts.next()?);
    Some((parts.next()?, region, parts.next()?))
}

#[cfg(test)]
mod tests {
    use api::{
        Handle,
        lambda::{
            AddLayerVersionPermission, AddLayerVersionPermissionRequest, AddPermission,
            AddPermissionRequest, TagResource, TagResourceRequest,
        },
    };

    use super::*;
    use crate::fixture::{Fixture, call};

    fn resources(fixture: &Fixture) -> LambdaResources {
        LambdaResources {
            account: "000000000000".parse().unwrap(),
            functions: Arc::clone(&fixture.control.parts.functions),
            registry: Arc::clone(&fixture.control.parts.registry),
        }
    }

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
        let resources = resources(&fixture);
        let arn = |rest: &str| resources.policy(&format!("arn:aws:lambda:us-east-1:{rest}"));
        assert!(arn("000000000000:function:f").unwrap().contains("s3.amazonaws.com"));
        assert_eq!(arn("000000000000:function:g"), None);
        assert_eq!(arn("000000000000:function:f:1"), None);
        assert_eq!(arn("111111111111:function:f"), None);
        assert_eq!(resources.policy("f"), None);
    }

    #[tokio::test]
    async fn the_policy_of_a_layer_is_that_of_one_version() {
        let fixture = Fixture::new().await;
        fixture.publish_layer("l", "x").await;
        let version = "arn:aws:lambda:us-east-1:000000000000:layer:l:1";
        let request = AddLayerVersionPermissionRequest {
            layer_name: "l".into(),
            version_number: 1,
            statement_id: "s".into(),
            action: "lambda:GetLayerVersion".into(),
            principal: "*".into(),
            ..AddLayerVersionPermissionRequest::default()
        };
        Handle::<AddLayerVersionPermission>::handle(&fixture.control, &call(), request)
            .await
            .unwrap();
        let resources = resources(&fixture);
        assert!(resources.policy(version).unwrap().contains("lambda:GetLayerVersion"));
        assert_eq!(resources.policy(&version.replace("l:1", "l:2")), None);
        assert_eq!(resources.policy(version.trim_end_matches(":1")), None);
    }

    #[tokio::test]
    async fn versions_and_aliases_have_the_tags_of_their_function() {
        let fixture = Fixture::new().await;
        fixture.create("f").await;
        fixture.settle().await;
        let arn = "arn:aws:lambda:us-east-1:000000000000:function:f";
        let tags = BTreeMap::from([("team".to_owned(), "lambs".to_owned())]);
        let request = TagResourceRequest { resource: arn.into(), tags: tags.clone() };
        Handle::<TagResource>::handle(&fixture.control, &call(), request).await.unwrap();
        let resources = resources(&fixture);
        assert_eq!(resources.tags(arn), tags);
        assert_eq!(resources.tags(&format!("{arn}:live")), tags);
        assert_eq!(resources.tags(&format!("{arn}x")), BTreeMap::new());
        assert_eq!(resources.tags("*"), BTreeMap::new());
    }
}
