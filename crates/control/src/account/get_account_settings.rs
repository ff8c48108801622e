//! `GetAccountSettings`.

use api::{
    Call, Handle,
    lambda::{
        AccountLimit, AccountUsage, GetAccountSettings, GetAccountSettingsRequest,
        GetAccountSettingsResponse,
    },
};
use wire::ApiError;

use crate::{Control, control::region, error::Refusal};

impl Handle<GetAccountSettings> for Control {
    async fn handle(
        &self,
        call: &Call,
        _: GetAccountSettingsRequest,
    ) -> Result<GetAccountSettingsResponse, ApiError> {
        Ok(self.get_account_settings(call)?)
    }
}

// === impl Control: GetAccountSettings ===

impl Control {
    fn get_account_settings(&self, call: &Call) -> Result<GetAccountSettingsResponse, Refusal> {
        let limits = &self.parts.limits;
        let region = region(call)?;
        let usage = self.usage(&region);
        let bytes = |bytes: u64| i64::try_from(bytes).ok();
        Ok(GetAccountSettingsResponse {
            account_limit: Some(AccountLimit {
                total_code_size: bytes(limits.total_code_size_bytes),
                code_size_unzipped: bytes(limits.code_size_unzipped_bytes),
                code_size_zipped: bytes(limits.code_size_zipped_bytes),
                concurrent_executions: i32::try_from(limits.concurrent_executions).ok(),
                unreserved_concurrent_executions: i32::try_from(
                    self.unreserved_concurrency(&region),
                )
                .ok(),
            }),
            account_usage: Some(AccountUsage {
                total_code_size: bytes(usage.code_bytes),
                function_count: i64::try_from(usage.functions).ok(),
            }),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{Fixture, call};

    #[tokio::test]
    async fn each_version_counts_its_code_again_and_functions_count_once() {
        let fixture = Fixture::new().await;
        let usage =
            || fixture.control.get_account_settings(&call()).unwrap().account_usage.unwrap();
        let nothing = AccountUsage { total_code_size: Some(0), function_count: Some(0) };
        assert_eq!(usage(), nothing);
        let function = fixture.create_active("f").await;
        fixture.publish("f").await;
        let size = i64::try_from(function.latest.settings.code_bytes()).unwrap();
        let expected = AccountUsage { total_code_size: Some(2 * size), function_count: Some(1) };
        assert_eq!(usage(), expected);
    }

    #[tokio::test]
    async fn the_limits_are_those_in_force() {
        let fixture = Fixture::new().await;
        let answer = fixture.control.get_account_settings(&call()).unwrap();
        let limits = answer.account_limit.unwrap();
        assert_eq!(limits.total_code_size, Some(80_530_636_800));
        assert_eq!(limits.code_size_unzipped, Some(262_144_000));
        assert_eq!(limits.code_size_zipped, Some(52_428_800));
        assert_eq!(limits.concurrent_executions, Some(1000));
    }
}
