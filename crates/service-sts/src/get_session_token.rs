//! `GetSessionToken`: temporary credentials for who one is already.

use std::time::Duration;

use api::sts::{GetSessionToken, GetSessionTokenRequest, GetSessionTokenResponse};
use api::{Call, Handle, Identity};
use http::StatusCode;
use identity::{Owner, SessionRequest};
use wire::ApiError;

use crate::{Sts, render};

/// How long a session lasts if nothing else is asked for.
const LIFETIME_S: i32 = 43_200;
/// How long a session of the account's owner lasts at most.
const ROOT_LIFETIME_S: i32 = 3600;

impl Handle<GetSessionToken> for Sts {
    async fn handle(
        &self,
        call: &Call,
        input: GetSessionTokenRequest,
    ) -> Result<GetSessionTokenResponse, ApiError> {
        let asked_s = input.duration_seconds.unwrap_or(LIFETIME_S);
        let (owner, lifetime_s) = match &call.caller.identity {
            Identity::Root => (Owner::Root, asked_s.min(ROOT_LIFETIME_S)),
            Identity::User { name } => {
                let (name, id) = (name.to_string(), call.caller.user_id.to_string());
                (Owner::User { name, id }, asked_s)
            }
            Identity::Session(_) | Identity::Anonymous => return Err(from_a_session()),
        };
        if call.caller.access_key_id.starts_with("ASIA") {
            return Err(from_a_session());
        }
        let lifetime = Duration::from_secs(u64::try_from(lifetime_s).unwrap_or_default());
        let made = self.sessions.begin(&SessionRequest { owner, now: call.now, lifetime });
        Ok(GetSessionTokenResponse {
            credentials: Some(render::credentials(made)),
            ..GetSessionTokenResponse::default()
        })
    }
}

fn from_a_session() -> ApiError {
    let message = "Cannot call GetSessionToken with session credentials";
    ApiError::new("AccessDenied", StatusCode::FORBIDDEN, message)
}
