//! One attempt at one event.

use std::time::Duration;

use model::asynchronous::{Attempt, Condition, Next, Progress, RetryRules};
use store::{Leased, NewMessage, QueueError, QueueName};

use super::{super::message::Event, EventWorker};
use crate::{InvokeError, Target, functions::FunctionRow, timestamp};

// === impl EventWorker: attempts ===

impl EventWorker {
    /// Tries an event once, and settles what becomes of it.
    pub(super) async fn attempt(
        &self,
        queue: &QueueName,
        leased: Leased,
    ) -> Result<(), QueueError> {
        let event = match Event::decode(&leased.payload) {
            Ok(event) => event,
            Err(error) => {
                tracing::error!(%error, id = %leased.id, "dropped an event that is none");
                return self.queue.ack(queue, &leased.receipt).await;
            }
        };
        let next = self.next(queue, &leased, &event).await;
        match next {
            Next::Done => self.queue.ack(queue, &leased.receipt).await,
            Next::PutBack(delay) => self.queue.nack(queue, &leased.receipt, delay).await,
            Next::Retry(delay) => {
                // First the new one: a crash in between tries twice, and never not at all.
                let event = event.after_an_error();
                let message = NewMessage { id: event.id(), payload: event.encode(), delay };
                self.queue.enqueue(queue, message).await?;
                self.queue.ack(queue, &leased.receipt).await
            }
            Next::GiveUp(condition) => {
                give_up(&event, condition);
                self.queue.ack(queue, &leased.receipt).await
            }
        }
    }

    async fn next(&self, queue: &QueueName, leased: &Leased, event: &Event) -> Next {
        let Ok(invocation) = event.invocation() else {
            return Next::GiveUp(Condition::FunctionGone);
        };
        let Some((rules, may_run)) = self.rules(&invocation.target) else {
            return Next::GiveUp(Condition::FunctionGone);
        };
        if let Some(condition) = rules.before(self.age(event)) {
            return Next::GiveUp(condition);
        }
        let attempt = if may_run {
            self.holding(queue, leased, self.run_once(invocation)).await
        } else {
            Attempt::ZeroReserved
        };
        rules.after(
            attempt,
            Progress {
                age: self.age(event),
                function_errors: event.function_errors()
                    + u32::from(attempt == Attempt::FunctionError),
                put_back: leased.attempt,
            },
        )
    }

    /// Finds the rules for events of a target, and whether it may run at all; `None` if it is gone.
    fn rules(&self, target: &Target) -> Option<(RetryRules, bool)> {
        let row = self.functions.get(&target.region, &target.name);
        let function = row.as_deref().and_then(FunctionRow::live)?;
        let rules = self.functions.attached(function, target.qualifier.as_ref(), |attached, _| {
            RetryRules::of(attached.event_invoke.as_ref(), &self.limits)
        });
        Some((rules?, function.reserved_concurrency != Some(0)))
    }

    async fn run_once(&self, invocation: crate::Invocation) -> Attempt {
        let name = invocation.target.name.clone();
        match self.invoke.invoke(invocation).await {
            Ok(invoked) if invoked.is_error => Attempt::FunctionError,
            Ok(_) => Attempt::Succeeded,
            Err(InvokeError::NotFound(_)) => Attempt::Gone,
            Err(error) => {
                tracing::debug!(%error, function = %name, "an asynchronous event has to wait");
                Attempt::NotRun
            }
        }
    }

    /// Keeps the lease of a message while `work` goes on.
    async fn holding<T>(
        &self,
        queue: &QueueName,
        leased: &Leased,
        work: impl Future<Output = T>,
    ) -> T {
        let lease = self.config.event_lease;
        let mut work = std::pin::pin!(work);
        loop {
            tokio::select! {
                done = &mut work => return done,
                () = tokio::time::sleep(lease / 3) => {
                    if let Err(error) = self.queue.extend(queue, &leased.receipt, lease).await {
                        tracing::warn!(%error, %queue, "cannot keep the lease of an event");
                    }
                }
            }
        }
    }

    fn age(&self, event: &Event) -> Duration {
        let since = timestamp(self.clock.as_ref()).epoch_ms() - event.accepted().epoch_ms();
        Duration::from_millis(u64::try_from(since).unwrap_or(0))
    }
}

fn give_up(event: &Event, condition: Condition) {
    tracing::warn!(
        function = %event.name(),
        region = %event.region(),
        request_id = %event.request_id(),
        condition = condition.as_str(),
        "gave up an asynchronous event"
    );
}
