//! `RotateKeyOnDemand`.

use api::{
    Call, Handle,
    kms::{RotateKeyOnDemand, RotateKeyOnDemandRequest, RotateKeyOnDemandResponse, errors},
};
use wire::ApiError;

use crate::{
    Kms,
    key::{Made, Material},
};

impl Handle<RotateKeyOnDemand> for Kms {
    async fn handle(
        &self,
        call: &Call,
        input: RotateKeyOnDemandRequest,
    ) -> Result<RotateKeyOnDemandResponse, ApiError> {
        let key = self.own_key(call, &input.key_id, "RotateKeyOnDemand").await?;
        let arn = self.keyring.arn(&key);
        let material = self.material(&arn, Made::OnDemand)?;
        let most = self.config.on_demand_rotations;
        let changed = self.keyring.change(&key, |key| {
            key.check_usable(&arn)?;
            let asked_for = |material: &&Material| material.made == Made::OnDemand;
            if key.material.iter().filter(asked_for).count() >= most {
                let text = format!("{arn} has been rotated {most} times on demand.");
                return Err(errors::limit_exceeded(text));
            }
            key.material.push(material.clone());
            Ok(())
        });
        changed.await?;
        Ok(RotateKeyOnDemandResponse { key_id: Some(arn) })
    }
}
