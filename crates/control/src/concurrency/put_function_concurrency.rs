//! `PutFunctionConcurrency`.

use api::{
    Call, Handle, Operation,
    lambda::{Concurrency, PutFunctionConcurrency, PutFunctionConcurrencyRequest},
};
use model::names::Qualifier;
use wire::ApiError;

use super::ConcurrencyRefusal;
use crate::{
    Control,
    error::{Refusal, not_changed},
};

impl Handle<PutFunctionConcurrency> for Control {
    async fn handle(
        &self,
        call: &Call,
        input: PutFunctionConcurrencyRequest,
    ) -> Result<Concurrency, ApiError> {
        Ok(self.put_concurrency(call, &input).await?)
    }
}

// === impl Control: PutFunctionConcurrency ===

impl Control {
    async fn put_concurrency(
        &self,
        call: &Call,
        input: &PutFunctionConcurrencyRequest,
    ) -> Result<Concurrency, Refusal> {
        let spec = PutFunctionConcurrency::SPEC;
        let arn = self.address(call, spec, &input.function_name, None)?;
        // Unlike elsewhere, `$LATEST` is a qualifier like any other here.
        if arn.qualifier.is_some() {
            return Err(Refusal::Qualified);
        }
        // The service model permits no negative number.
        let wanted = input.reserved_concurrent_executions.unsigned_abs();
        // Two functions together must not reserve what only one of them could.
        let _one_at_a_time = self.reservations.lock().await;
        // AWS names the version although the operation is one on functions.
        let function = self.find(&arn.qualified(Qualifier::Latest))?;
        let provisioned = self.parts.functions.provisioned_concurrency(&function);
        if wanted < provisioned {
            return Err(ConcurrencyRefusal::LessThanProvisioned { wanted, provisioned }.into());
        }
        let before = function.reserved_concurrency.unwrap_or(provisioned);
        let available = self.unreserved_concurrency(&arn.region) + before;
        let minimum = self.minimum_unreserved();
        if available.saturating_sub(wanted) < minimum || wanted > available {
            return Err(ConcurrencyRefusal::PoolTooSmall { minimum }.into());
        }
        let changed = self.parts.functions.change(&arn.region, &arn.name, |function| {
            function.reserved_concurrency = Some(wanted);
            Ok::<_, Refusal>(())
        });
        changed.await.map_err(|error| not_changed(error, &arn))?;
        self.parts.concurrency.changed();
        Ok(Concurrency {
            reserved_concurrent_executions: Some(input.reserved_concurrent_executions),
        })
    }
}

#[cfg(test)]
mod tests {
    use api::lambda::{
        DeleteFunctionConcurrency, DeleteFunctionConcurrencyRequest, GetFunctionConcurrency,
        GetFunctionConcurrencyRequest,
    };
    use model::Limits;

    use super::*;
    use crate::fixture::{Fixture, call, text};

    fn put(function: &str, wanted: i32) -> PutFunctionConcurrencyRequest {
        PutFunctionConcurrencyRequest {
            function_name: function.to_owned(),
            reserved_concurrent_executions: wanted,
        }
    }

    async fn get(fixture: &Fixture) -> Option<i32> {
        let input = GetFunctionConcurrencyRequest { function_name: "f".to_owned() };
        Handle::<GetFunctionConcurrency>::handle(&fixture.control, &call(), input)
            .await
            .unwrap()
            .reserved_concurrent_executions
    }

    async fn delete(fixture: &Fixture) {
        let input = DeleteFunctionConcurrencyRequest { function_name: "f".to_owned() };
        Handle::<DeleteFunctionConcurrency>::handle(&fixture.control, &call(), input)
            .await
            .unwrap();
    }

    #[tokio::test]
    async fn what_is_reserved_is_carved_from_the_pool_down_to_its_minimum() {
        let fixture = Fixture::new().await;
        for name in ["f", "g"] {
            fixture.create_active(name).await;
        }
        fixture.control.put_concurrency(&call(), &put("f", 850)).await.unwrap();
        let full = text(fixture.control.put_concurrency(&call(), &put("g", 51)).await);
        assert_eq!(
            full,
            "Specified ReservedConcurrentExecutions for function decreases account's \
             UnreservedConcurrentExecution below its minimum value of [100]."
        );
        fixture.control.put_concurrency(&call(), &put("g", 50)).await.unwrap();
        // What a function has itself is available to it.
        fixture.control.put_concurrency(&call(), &put("f", 849)).await.unwrap();
        let region = "us-east-1".parse().unwrap();
        assert_eq!(fixture.control.unreserved_concurrency(&region), 101);
        delete(&fixture).await;
        assert_eq!(fixture.control.unreserved_concurrency(&region), 950);
        fixture.delete("g").await;
        assert_eq!(fixture.control.unreserved_concurrency(&region), 1000);
    }

    #[tokio::test]
    async fn none_is_something_and_nothing_reserved_shows_nothing() {
        let fixture = Fixture::new().await;
        fixture.create_active("f").await;
        assert_eq!(get(&fixture).await, None);
        fixture.control.put_concurrency(&call(), &put("f", 0)).await.unwrap();
        assert_eq!(get(&fixture).await, Some(0));
        assert_eq!(fixture.guest.changes(), 1, "admission hears of it before the caller");
        delete(&fixture).await;
        delete(&fixture).await;
        assert_eq!(get(&fixture).await, None);
        assert_eq!(fixture.guest.changes(), 3);
    }

    #[tokio::test]
    async fn a_small_account_keeps_all_it_has() {
        let limits = Limits { concurrent_executions: 10, ..Limits::default() };
        let fixture = Fixture::with_limits(limits).await;
        fixture.create_active("f").await;
        assert!(fixture.control.put_concurrency(&call(), &put("f", 1)).await.is_err());
        fixture.control.put_concurrency(&call(), &put("f", 0)).await.unwrap();
    }

    #[tokio::test]
    async fn only_functions_as_such_can_reserve() {
        let fixture = Fixture::new().await;
        for name in ["f:1", "f:$LATEST"] {
            let qualified = fixture.control.put_concurrency(&call(), &put(name, 1)).await;
            assert!(matches!(qualified, Err(Refusal::Qualified)));
        }
        let missing = text(fixture.control.put_concurrency(&call(), &put("f", 1)).await);
        let arn = "arn:aws:lambda:us-east-1:000000000000:function:f:$LATEST";
        assert_eq!(missing, format!("Function not found: {arn}"));
    }
}
