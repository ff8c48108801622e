//! Lambda's use of the keys of this server's own KMS.

use std::{
    net::{IpAddr, Ipv4Addr},
    sync::Arc,
    time::Duration,
};

use api::{Authorize, Call, Caller};
use async_trait::async_trait;
use control::FunctionKeys;
use engine::{Functions, KeyError, RoleKeys, Secrets};
use identity::ExecutionRoles;
use model::{
    AccountId, FunctionArn, FunctionReference,
    names::{FunctionName, Region},
};
use service_kms::{KeysFor, Kms, Origin};
use store::Clock;
use tokio_util::sync::CancellationToken;

/// How often grants of functions that are gone are looked for.
const SWEEP: Duration = Duration::from_secs(10 * 60);
/// How old such a grant is at least: no creation of a function takes as long.
const AGE: Duration = Duration::from_secs(15 * 60);

/// The keys of this server's KMS, as callers of Lambda and the roles of functions may use them.
#[derive(Clone, Debug)]
pub(crate) struct CustomerKeys {
    pub(crate) kms: Kms,
    pub(crate) guard: Arc<dyn Authorize>,
    pub(crate) roles: Arc<ExecutionRoles>,
    pub(crate) functions: Arc<Functions>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) account: AccountId,
}

// === impl CustomerKeys ===

impl CustomerKeys {
    fn keys_for(&self, origin: Origin, function: String) -> KeysFor {
        KeysFor::new(self.kms.keyring(), Arc::clone(&self.guard), origin, function)
    }

    fn of_call(&self, call: &Call, function: &FunctionArn) -> KeysFor {
        let origin = Origin {
            caller: call.caller.clone(),
            region: Arc::clone(&call.region),
            now: call.now,
            source_ip: call.source_ip,
        };
        self.keys_for(origin, function.unqualified().to_string())
    }

    fn session(&self, role: &str, function: &str) -> Caller {
        self.roles.caller(role, function)
    }

    /// Takes grants back whose functions are gone, now and then until `stop`.
    pub(crate) async fn sweep_grants(self, stop: CancellationToken) {
        let mut periodic = tokio::time::interval(SWEEP);
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = periodic.tick() => {}
            }
            let age_ms = i64::try_from(AGE.as_millis()).unwrap_or(i64::MAX);
            let before_ms = self.clock.now_ms().saturating_sub(age_ms);
            self.kms.retire_grants_of_functions(before_ms, |arn| self.is_gone(arn)).await;
        }
    }

    fn is_gone(&self, arn: &str) -> bool {
        let Ok(FunctionReference { region: Some(region), name, .. }) = arn.parse() else {
            return true;
        };
        self.functions.get(&region, &name).is_none()
    }
}

#[async_trait]
impl FunctionKeys for CustomerKeys {
    fn of_caller(&self, call: &Call, function: &FunctionArn) -> Secrets {
        Secrets::new(Arc::new(self.of_call(call, function)))
    }

    async fn grant(
        &self,
        call: &Call,
        key: &str,
        (function, role): (&FunctionArn, &str),
    ) -> Result<(), KeyError> {
        let grantee = self.session(role, function.name.as_str()).arn;
        self.kms.grant_to_function(&self.of_call(call, function), key, &grantee).await
    }
}

impl RoleKeys for CustomerKeys {
    fn of_role(&self, role: &str, (region, name): (&Region, &FunctionName)) -> Secrets {
        let origin = Origin {
            caller: self.session(role, name.as_str()),
            region: region.as_str().into(),
            now: self.clock.now().into(),
            source_ip: IpAddr::V4(Ipv4Addr::LOCALHOST),
        };
        let function = FunctionArn {
            region: region.clone(),
            account: self.account.clone(),
            name: name.clone(),
            qualifier: None,
        };
        Secrets::new(Arc::new(self.keys_for(origin, function.to_string())))
    }
}
