//! Operations that Lambkin knows and does not offer yet: the compatibility table.
//!
//! A request for one of them is routed and validated like any other and then refused, so that a
//! caller learns at once which operation is missing. Offering one means to take its line out of
//! this list and to implement `Handle` for it in a file of its own; the compiler accepts nothing
//! in between.

use api::{Call, Handle, Operation, lambda};
use wire::ApiError;

use crate::{Control, error::Refusal};

macro_rules! unsupported {
    ($($operation:ident),+ $(,)?) => {
        /// The operations that are not offered, by their AWS names.
        pub const UNSUPPORTED: &[&str] = &[$(stringify!($operation)),+];

        $(
            impl Handle<lambda::$operation> for Control {
                async fn handle(
                    &self,
                    _: &Call,
                    _: <lambda::$operation as Operation>::Input,
                ) -> Result<<lambda::$operation as Operation>::Output, ApiError> {
                    Err(Refusal::NotOffered(lambda::$operation::SPEC.name).into())
                }
            }
        )+
    };
}

unsupported! {
    GetDurableExecution,
    GetDurableExecutionHistory,
    GetDurableExecutionState,
    CheckpointDurableExecution,
    ListDurableExecutionsByFunction,
    StopDurableExecution,
    PauseDurableExecution,
    ResumeDurableExecution,
    DeleteDurableExecution,
    SendDurableExecutionCallbackSuccess,
    SendDurableExecutionCallbackFailure,
    SendDurableExecutionCallbackHeartbeat,
    CreateCapacityProvider,
    GetCapacityProvider,
    UpdateCapacityProvider,
    DeleteCapacityProvider,
    ListCapacityProviders,
    ListFunctionVersionsByCapacityProvider,
    PutFunctionScalingConfig,
    GetFunctionScalingConfig,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{Fixture, call};

    #[tokio::test]
    async fn an_operation_that_is_not_offered_says_its_name() {
        let fixture = Fixture::new().await;
        let input = lambda::CreateCapacityProviderRequest::default();
        let refused =
            Handle::<lambda::CreateCapacityProvider>::handle(&fixture.control, &call(), input)
                .await;
        let error = refused.unwrap_err();
        assert_eq!(error.code(), "InvalidParameterValueException");
        assert_eq!(error.message(), Some("CreateCapacityProvider is not offered by Lambkin yet"));
    }

    #[test]
    fn every_name_in_the_table_is_an_operation() {
        let operations: Vec<&str> = lambda::OPERATIONS.iter().map(|spec| spec.name).collect();
        for name in UNSUPPORTED {
            assert!(operations.contains(name), "{name}");
        }
        assert!(!UNSUPPORTED.contains(&"Invoke"));
    }
}
