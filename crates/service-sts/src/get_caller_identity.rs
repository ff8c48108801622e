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
    use std::time::UNIX_EPOCH;

    use api::{Caller, sts};
    use http::Request as HttpRequest;
    use wire::{Request, RequestId};

    use super::*;

    fn call() -> Call {
        Call {
            request_id: RequestId::from_random([7; 16]),
            region: "us-east-1".into(),
            account_id: "000000000000".into(),
            caller: Caller {
                arn: "arn:aws:iam::123456789012:user/ada".into(),
                user_id: "AIDAADA".into(),
                account_id: "123456789012".into(),
            },
            endpoint: "http://127.0.0.1:4566".into(),
            now: UNIX_EPOCH,
            trace_header: None,
        }
    }

    #[tokio::test]
    async fn the_caller_is_told_who_signed_and_not_whose_resources_are_meant() {
        let body = b"Action=GetCallerIdentity&Version=2011-06-15";
        let (parts, ()) = HttpRequest::post("/").body(()).unwrap().into_parts();
        let route = sts::route(&parts, body).unwrap();
        let request = Request { route: &route, parts: &parts, body: body.to_vec().into() };
        let answer = sts::dispatch(&Sts, &call(), request).await;
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
