//! What a request wants to become of asynchronous events, and how the answer shows it.

use api::lambda::{DestinationConfig, FunctionEventInvokeConfig, OnFailure, OnSuccess};
use model::{
    FunctionArn, FunctionReference, Timestamp,
    function::EventInvoke,
    names::{FunctionName, Qualifier},
};

use super::EventInvokeRefusal;
use crate::{Control, error::Refusal};

/// What a request names; `None` leaves a setting as it is.
#[derive(Clone, Debug, Default)]
pub(super) struct Wanted {
    pub(super) maximum_retry_attempts: Option<u32>,
    pub(super) maximum_event_age_seconds: Option<u32>,
    pub(super) destinations: Option<DestinationConfig>,
}

// === impl Wanted ===

impl Wanted {
    /// Takes the members of a request, whose ranges the service model keeps.
    pub(super) fn new(
        attempts: Option<i32>,
        age_seconds: Option<i32>,
        destinations: Option<DestinationConfig>,
    ) -> Self {
        Self {
            maximum_retry_attempts: attempts.map(i32::unsigned_abs),
            maximum_event_age_seconds: age_seconds.map(i32::unsigned_abs),
            destinations,
        }
    }

    /// Refuses a request that names nothing.
    pub(super) fn check_any(&self) -> Result<(), Refusal> {
        let none = self.maximum_retry_attempts.is_none()
            && self.maximum_event_age_seconds.is_none()
            && self.destinations.is_none();
        if none { Err(EventInvokeRefusal::Nothing.into()) } else { Ok(()) }
    }

    /// Changes what is named. An empty destination is none.
    pub(super) fn apply(&self, config: &mut EventInvoke, now: Timestamp) {
        config.maximum_retry_attempts =
            self.maximum_retry_attempts.or(config.maximum_retry_attempts);
        config.maximum_event_age_seconds =
            self.maximum_event_age_seconds.or(config.maximum_event_age_seconds);
        if let Some(destinations) = &self.destinations {
            if destinations.on_success.is_some() {
                config.on_success = on_success(destinations);
            }
            if destinations.on_failure.is_some() {
                config.on_failure = on_failure(destinations);
            }
        }
        config.last_modified = now;
    }
}

// === impl Control: destinations ===

impl Control {
    /// Checks that records can be sent where a request wants them.
    pub(super) fn check_destinations(
        &self,
        arn: &FunctionArn,
        wanted: &Wanted,
    ) -> Result<(), Refusal> {
        let Some(destinations) = &wanted.destinations else { return Ok(()) };
        let (on_success, on_failure) = (on_success(destinations), on_failure(destinations));
        let mut served = true;
        for (destination, failure) in [(&on_failure, true), (&on_success, false)] {
            let Some(destination) = destination else { continue };
            served &= match destination.split(':').nth(2) {
                Some("lambda") => {
                    self.check_function_destination(&arn.name, destination)?;
                    true
                }
                Some("sqs" | "sns" | "events") => true,
                Some("s3") => failure,
                _ => false,
            };
        }
        if served {
            return Ok(());
        }
        Err(EventInvokeRefusal::Destinations { on_success, on_failure }.into())
    }

    fn check_function_destination(&self, own: &FunctionName, text: &str) -> Result<(), Refusal> {
        let unknown = || EventInvokeRefusal::NoDestination(text.to_owned());
        let reference: FunctionReference = text.parse().map_err(|_| unknown())?;
        let region = reference.region.ok_or_else(unknown)?;
        if self.parts.functions.get(&region, &reference.name).is_none() {
            return Err(unknown().into());
        }
        if reference.name == *own {
            return Err(EventInvokeRefusal::Itself.into());
        }
        Ok(())
    }
}

/// Renders a configuration; AWS names the qualifier always.
pub(super) fn render(arn: &FunctionArn, config: &EventInvoke) -> FunctionEventInvokeConfig {
    let qualifier = arn.qualifier.clone().unwrap_or(Qualifier::Latest);
    FunctionEventInvokeConfig {
        last_modified: Some(wire::Timestamp::from_epoch_ms(config.last_modified.epoch_ms())),
        function_arn: Some(arn.qualified(qualifier).to_string()),
        maximum_retry_attempts: config.maximum_retry_attempts.and_then(|n| n.try_into().ok()),
        maximum_event_age_in_seconds: config
            .maximum_event_age_seconds
            .and_then(|n| n.try_into().ok()),
        destination_config: Some(DestinationConfig {
            on_success: Some(OnSuccess { destination: config.on_success.clone() }),
            on_failure: Some(OnFailure { destination: config.on_failure.clone() }),
        }),
    }
}

fn on_success(destinations: &DestinationConfig) -> Option<String> {
    let destination = destinations.on_success.as_ref()?.destination.clone();
    destination.filter(|arn| !arn.is_empty())
}

fn on_failure(destinations: &DestinationConfig) -> Option<String> {
    let destination = destinations.on_failure.as_ref()?.destination.clone();
    destination.filter(|arn| !arn.is_empty())
}
