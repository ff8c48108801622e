//! `GetCallerIdentity`: who signed this request?

use api::sts::{GetCallerIdentity, GetCallerIdentityRequest, GetCallerIdentityResponse};
use api::{Call, Handle};
use wire::ApiError;

use crate::Sts;

impl Handle<GetCallerIdentity> for Sts {
    async fn handle(
        &self,
        call: &Call,
        _: GetCallerIdentityRequest,
    ) -> Result<GetCallerIdentityResponse, ApiError> {
        let caller = &call.caller;
        Ok(GetCallerIdentityResponse {
            user_id: Some(caller.user_id.to_string()),
            account: Some(caller.account_id.to_string()),
            arn: Some(caller.arn.to_string()),
        })
    }
}

#[cfg(test)]
mod tests {
    use api::{Caller, sts};
    use http::Request as HttpRequest;
    use wire::Request;

    use crate::fixture::Fixture;

    #[tokio::test]
    async fn the_caller_is_told_who_signed_and_not_whose_resources_are_meant() {
        let fixture = Fixture::new().await;
        let mut call = fixture.call();
        call.caller = Caller {
            arn: "arn:aws:iam::123456789012:user/ada".into(),
            user_id: "AIDAADA".into(),
            ..Caller::root(&"123456789012".into())
        };
        let body = b"Action=GetCallerIdentity&Version=2011-06-15";
        let (parts, ()) = HttpRequest::post("/").body(()).unwrap().into_parts();
        let route = sts::route(&parts, body).unwrap();
        let request = Request { route: &route, parts: &parts, body: body.to_vec().into() };
        let answer = sts::dispatch(&fixture.sts, &call, request).await;
        assert_eq!(answer.status(), 200);
        let text = std::str::from_utf8(answer.body().bytes().unwrap()).unwrap();
        for part in [
            "<Arn>arn:aws:iam::123456789012:user/ada</Arn>",
            "<UserId>AIDAADA</UserId>",
            "<Account>123456789012</Account>",
        ] {
            assert!(text.contains(part), "{part} is not in {text}");
        }
    }
}
