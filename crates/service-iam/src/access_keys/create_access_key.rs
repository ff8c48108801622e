//! `CreateAccessKey`: the only answer that ever tells the secret.

use api::iam::{CreateAccessKey, CreateAccessKeyRequest, CreateAccessKeyResponse, errors};
use api::{Call, Handle};
use identity::{AccessKey, IdKind, access_key_id, secret_access_key};
use wire::ApiError;

use crate::Iam;
use crate::access_keys::{KEYS_MAX, status};
use crate::names;

impl Handle<CreateAccessKey> for Iam {
    async fn handle(
        &self,
        call: &Call,
        input: CreateAccessKeyRequest,
    ) -> Result<CreateAccessKeyResponse, ApiError> {
        let name = names::or_own(call, input.user_name.as_deref())?;
        let key = AccessKey {
            id: access_key_id(IdKind::AccessKey, self.ids.as_ref()),
            secret: secret_access_key(self.ids.as_ref()),
            active: true,
            created_ms: call.timestamp().epoch_ms(),
        };
        self.change_user(&name, |user| {
            if user.keys.len() >= KEYS_MAX {
                return Err(errors::limit_exceeded(format!(
                    "Cannot exceed quota for AccessKeysPerUser: {KEYS_MAX}"
                )));
            }
            user.keys.push(key.clone());
            Ok(())
        })
        .await?;
        let access_key = api::iam::AccessKey {
            user_name: self.user(&name)?.name.clone(),
            access_key_id: key.id,
            status: status(key.active).to_owned(),
            secret_access_key: key.secret,
            create_date: Some(call.timestamp()),
        };
        Ok(CreateAccessKeyResponse { access_key })
    }
}
