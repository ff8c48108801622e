//! The statement that `AddPermission` adds, its members in AWS's order.

use api::lambda::AddPermissionRequest;
use model::FunctionArn;
use serde::Serialize;

use super::PolicyRefusal;
use crate::error::Refusal;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Statement<'a> {
    sid: &'a str,
    effect: &'static str,
    principal: Principal,
    action: &'a str,
    resource: String,
    #[serde(skip_serializing_if = "Conditions::is_empty")]
    condition: Conditions<'a>,
}

/// Whom a statement is about.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum Principal {
    Everyone(&'static str),
    Account {
        #[serde(rename = "AWS")]
        arn: String,
    },
    Service {
        #[serde(rename = "Service")]
        name: String,
    },
}

#[derive(Default, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Conditions<'a> {
    #[serde(skip_serializing_if = "StringEquals::is_empty")]
    string_equals: StringEquals<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bool: Option<Bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    arn_like: Option<ArnLike<'a>>,
}

#[derive(Default, PartialEq, Serialize)]
struct StringEquals<'a> {
    #[serde(rename = "AWS:SourceAccount", skip_serializing_if = "Option::is_none")]
    source_account: Option<&'a str>,
    #[serde(rename = "lambda:EventSourceToken", skip_serializing_if = "Option::is_none")]
    event_source_token: Option<&'a str>,
    #[serde(rename = "lambda:FunctionUrlAuthType", skip_serializing_if = "Option::is_none")]
    function_url_auth_type: Option<&'a str>,
    #[serde(rename = "aws:PrincipalOrgID", skip_serializing_if = "Option::is_none")]
    principal_org_id: Option<&'a str>,
}

#[derive(Serialize)]
struct Bool {
    #[serde(rename = "lambda:InvokedViaFunctionUrl")]
    invoked_via_function_url: &'static str,
}

#[derive(Serialize)]
struct ArnLike<'a> {
    #[serde(rename = "AWS:SourceArn")]
    source_arn: &'a str,
}

// === impl Principal ===

impl Principal {
    /// Reads whom a request names: everyone, an account, an identity or a service.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let is_account = text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit());
        if text == "*" {
            Some(Self::Everyone("*"))
        } else if is_account {
            Some(Self::Account { arn: format!("arn:aws:iam::{text}:root") })
        } else if text.starts_with("arn:") {
            Some(Self::Account { arn: text.to_owned() })
        } else if text.ends_with(".amazonaws.com") || text.ends_with(".amazon.com") {
            Some(Self::Service { name: text.to_owned() })
        } else {
            None
        }
    }
}

// === impl Conditions ===

impl<'a> Conditions<'a> {
    fn of(request: &'a AddPermissionRequest) -> Self {
        Self {
            string_equals: StringEquals {
                source_account: request.source_account.as_deref(),
                event_source_token: request.event_source_token.as_deref(),
                function_url_auth_type: request.function_url_auth_type.as_deref(),
                principal_org_id: request.principal_org_id.as_deref(),
            },
            bool: request.invoked_via_function_url.map(|via_url| Bool {
                invoked_via_function_url: if via_url { "true" } else { "false" },
            }),
            arn_like: request.source_arn.as_deref().map(|source_arn| ArnLike { source_arn }),
        }
    }

    fn is_empty(&self) -> bool {
        self.string_equals.is_empty() && self.bool.is_none() && self.arn_like.is_none()
    }
}

impl StringEquals<'_> {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Writes the statement that a request asks for, about what this ARN names.
pub(super) fn statement(
    request: &AddPermissionRequest,
    resource: &FunctionArn,
) -> Result<String, Refusal> {
    let statement = Statement {
        sid: &request.statement_id,
        effect: "Allow",
        principal: Principal::read(&request.principal).ok_or(PolicyRefusal::Principal)?,
        action: &request.action,
        resource: resource.to_string(),
        condition: Conditions::of(request),
    };
    serde_json::to_string(&statement).map_err(Refusal::internal)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::text;

    fn request(principal: &str) -> AddPermissionRequest {
        AddPermissionRequest {
            statement_id: "s".to_owned(),
            action: "lambda:InvokeFunction".to_owned(),
            principal: principal.to_owned(),
            ..AddPermissionRequest::default()
        }
    }

    fn arn() -> FunctionArn {
        FunctionArn {
            region: "us-east-1".parse().unwrap(),
            account: "000000000000".parse().unwrap(),
            name: "f".parse().unwrap(),
            qualifier: "live".parse().ok(),
        }
    }

    #[test]
    fn members_come_in_awss_order_and_absent_ones_not_at_all() {
        let plain = statement(&request("s3.amazonaws.com"), &arn()).unwrap();
        let expected = r#"{"Sid":"s","Effect":"Allow","Principal":{"Service":"s3.amazonaws.com"},"Action":"lambda:InvokeFunction","Resource":"arn:aws:lambda:us-east-1:000000000000:function:f:live"}"#;
        assert_eq!(plain, expected);
    }

    #[test]
    fn every_condition_has_its_operator_and_key() {
        let request = AddPermissionRequest {
            source_arn: Some("arn:aws:s3:::b".into()),
            source_account: Some("111111111111".into()),
            event_source_token: Some("t".into()),
            principal_org_id: Some("o-0123456789".into()),
            function_url_auth_type: Some("NONE".into()),
            invoked_via_function_url: Some(true),
            ..request("*")
        };
        let text = statement(&request, &arn()).unwrap();
        let (_, condition) = text.split_once(r#""Condition":"#).unwrap();
        let expected = r#"{"StringEquals":{"AWS:SourceAccount":"111111111111","lambda:EventSourceToken":"t","lambda:FunctionUrlAuthType":"NONE","aws:PrincipalOrgID":"o-0123456789"},"Bool":{"lambda:InvokedViaFunctionUrl":"true"},"ArnLike":{"AWS:SourceArn":"arn:aws:s3:::b"}}}"#;
        assert_eq!(condition, expected);
    }

    #[test]
    fn a_principal_is_everyone_an_account_an_identity_or_a_service() {
        let spelled = |text| serde_json::to_string(&Principal::read(text).unwrap()).unwrap();
        assert_eq!(spelled("*"), r#""*""#);
        assert_eq!(spelled("111111111111"), r#"{"AWS":"arn:aws:iam::111111111111:root"}"#);
        let user = "arn:aws:iam::111111111111:user/u";
        assert_eq!(spelled(user), format!(r#"{{"AWS":"{user}"}}"#));
        let logs = "logs.us-east-1.amazonaws.com";
        assert_eq!(spelled(logs), format!(r#"{{"Service":"{logs}"}}"#));
        for nobody in ["", "nobody", "11111", "x.example.com"] {
            let refused = text(statement(&request(nobody), &arn()));
            assert!(refused.starts_with("The provided principal was invalid."), "{refused}");
        }
    }
}
