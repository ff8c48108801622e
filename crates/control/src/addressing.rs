//! Which function a call is about: names, partial ARNs, ARNs and qualifiers.

use api::Call;
use model::{
    FunctionArn, FunctionReference,
    names::{FUNCTION_NAME_MAX, FunctionName, Qualifier},
};
use wire::{OperationSpec, shape::Kind};

use crate::{Control, control::region, error::Refusal};

// === impl Control: addressing ===

impl Control {
    /// Reads a function's name and the `Qualifier` beside it.
    pub(crate) fn address(
        &self,
        call: &Call,
        spec: &'static OperationSpec,
        name: &str,
        qualifier: Option<&str>,
    ) -> Result<FunctionArn, Refusal> {
        let here = region(call)?;
        // Most callers give a bare name, and those who invoke should not pay for the others.
        let reference = match name.parse::<FunctionName>() {
            Ok(name) => FunctionReference { region: None, account: None, name, qualifier: None },
            Err(_) => name.parse().map_err(|_| self.unaddressable(call, spec, name))?,
        };
        if let Some(given) = reference.region.filter(|given| *given != here) {
            return Err(Refusal::OtherRegion { given, here });
        }
        let arn = FunctionArn {
            region: here,
            account: self.parts.account.clone(),
            name: reference.name,
            qualifier: reference.qualifier,
        };
        if let Some(account) = reference.account.filter(|account| *account != arn.account) {
            return Err(other_account(call, spec, FunctionArn { account, ..arn }));
        }
        qualify(arn, qualifier)
    }

    /// Reads the name of a function for an operation that works on functions as such.
    pub(crate) fn address_function(
        &self,
        call: &Call,
        spec: &'static OperationSpec,
        name: &str,
    ) -> Result<FunctionArn, Refusal> {
        let arn = self.address(call, spec, name, None)?;
        match arn.qualifier {
            None | Some(Qualifier::Latest) => Ok(arn.unqualified()),
            Some(_) => Err(Refusal::Qualified),
        }
    }

    /// Says what is wrong with a text that passed the model's pattern and names no function.
    fn unaddressable(&self, call: &Call, spec: &OperationSpec, name: &str) -> Refusal {
        if !name.contains(':') && name.len() > FUNCTION_NAME_MAX {
            return Refusal::NameTooLong(name.to_owned());
        }
        if name.starts_with("arn:") || name.split(':').count() > 2 {
            return Refusal::NoFunctionName { value: name.to_owned(), pattern: pattern(spec) };
        }
        // Names may contain dots in the pattern of some operations, but none was ever created.
        let (region, account) = (&call.region, &self.parts.account);
        let name = name.trim_start_matches("function:");
        Refusal::FunctionNotFound(format!("arn:aws:lambda:{region}:{account}:function:{name}"))
    }
}

fn qualify(arn: FunctionArn, qualifier: Option<&str>) -> Result<FunctionArn, Refusal> {
    let Some(given) = qualifier else { return Ok(arn) };
    // `$latest` and the like pass the pattern and name nothing.
    let given: Qualifier = given
        .parse()
        .map_err(|_| Refusal::FunctionNotFound(format!("{}:{given}", arn.unqualified())))?;
    match &arn.qualifier {
        Some(derived) if *derived != given => Err(Refusal::QualifierMismatch),
        _ => Ok(FunctionArn { qualifier: Some(given), ..arn }),
    }
}

fn other_account(call: &Call, spec: &OperationSpec, resource: FunctionArn) -> Refusal {
    if spec.name == "CreateFunction" {
        return Refusal::CrossAccountCreate;
    }
    let caller = call.caller.arn.as_ref().to_owned();
    Refusal::OtherAccount { caller, action: spec.action, resource }
}

fn pattern(spec: &OperationSpec) -> &'static str {
    let member = spec.input.member("FunctionName");
    match member.map(|member| &member.shape.kind) {
        Some(Kind::Text(rules)) => rules.pattern.as_ref().map_or("", |pattern| pattern.source()),
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use api::{
        Operation,
        lambda::{CreateFunction, GetFunction},
    };
    use wire::ApiError;

    use super::*;
    use crate::fixture::{Fixture, call};

    async fn read(name: &str, qualifier: Option<&str>) -> Result<String, String> {
        let fixture = Fixture::new().await;
        let arn = fixture.control.address(&call(), GetFunction::SPEC, name, qualifier);
        arn.map(|arn| arn.to_string()).map_err(|refusal| refusal.to_string())
    }

    const F: &str = "arn:aws:lambda:us-east-1:000000000000:function:f";

    #[tokio::test]
    async fn a_function_is_found_by_name_partial_arn_and_arn() {
        for name in ["f", "function:f", "000000000000:function:f", F] {
            assert_eq!(read(name, None).await, Ok(F.to_owned()), "{name}");
        }
        assert_eq!(read("f:7", None).await, Ok(format!("{F}:7")));
        assert_eq!(read(F, Some("live")).await, Ok(format!("{F}:live")));
        assert_eq!(read("f:7", Some("7")).await, Ok(format!("{F}:7")));
    }

    #[tokio::test]
    async fn what_names_nothing_is_refused_with_awss_texts() {
        let mismatch =
            "The derived qualifier from the function name does not match the specified qualifier.";
        let region = "Functions from 'eu-west-1' are not reachable in this region ('us-east-1')";
        let account = "User: arn:aws:iam::000000000000:root is not authorized to perform: \
                       lambda:GetFunction on resource: \
                       arn:aws:lambda:us-east-1:123456789012:function:f because no resource-based \
                       policy allows the lambda:GetFunction action";
        let cases = [
            ("f:7", Some("8"), mismatch.to_owned()),
            ("f", Some("$latest"), format!("Function not found: {F}:$latest")),
            ("my.f", None, format!("Function not found: {}my.f", F.trim_end_matches('f'))),
            ("arn:aws:lambda:eu-west-1:000000000000:function:f", None, region.to_owned()),
            ("123456789012:function:f", None, account.to_owned()),
        ];
        for (name, qualifier, expected) in cases {
            assert_eq!(read(name, qualifier).await, Err(expected), "{name}");
        }
    }

    #[tokio::test]
    async fn a_bare_name_has_at_most_64_characters() {
        let name = "a".repeat(65);
        let text = read(&name, None).await.unwrap_err();
        assert_eq!(
            text,
            format!(
                "1 validation error detected: Value '{name}' at 'functionName' failed to satisfy \
                 constraint: Member must have length less than or equal to 64"
            )
        );
    }

    #[tokio::test]
    async fn an_arn_without_an_account_breaks_the_pattern() {
        let text = read("arn:aws:lambda:us-east-1:function:f", None).await.unwrap_err();
        assert!(text.contains("Member must satisfy regular expression pattern: (arn:"), "{text}");
    }

    #[tokio::test]
    async fn to_create_in_another_account_is_denied_without_a_word() {
        let fixture = Fixture::new().await;
        let name = "123456789012:function:f";
        let refusal = fixture.control.address(&call(), CreateFunction::SPEC, name, None);
        let error = ApiError::from(refusal.unwrap_err());
        assert_eq!((error.code(), error.message()), ("AccessDeniedException", None));
    }

    #[tokio::test]
    async fn operations_on_functions_take_no_version() {
        let fixture = Fixture::new().await;
        let read = |name| fixture.control.address_function(&call(), CreateFunction::SPEC, name);
        assert_eq!(read("f:$LATEST").unwrap().to_string(), F);
        assert!(matches!(read("f:1"), Err(Refusal::Qualified)));
    }
}
