//! Stories of events, with a function that does what it is told to.

use std::{collections::VecDeque, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;
use model::{
    FunctionArn, Timestamp,
    function::{EventInvoke, Function},
    names::{FunctionName, Region},
    trace::TraceHeader,
};
use store::{Depth, Stores};
use testkit::ManualClock;
use tokio::sync::Semaphore;
use uuid::Uuid;

use super::*;
use crate::{
    Invocation, InvokeError, Invoked, Streaming, Target, ThrottleReason, functions::tests::build,
};

/// Answers as it is told to, in order, and then with success.
#[derive(Debug)]
struct Scripted {
    answers: Mutex<VecDeque<Result<bool, InvokeError>>>,
    invoked: Mutex<Vec<Invocation>>,
    /// How many may answer.
    released: Semaphore,
}

#[async_trait]
impl Invoke for Scripted {
    async fn invoke(&self, invocation: Invocation) -> Result<Invoked, InvokeError> {
        self.invoked.lock().push(invocation);
        let released = self.released.acquire().await.expect("it is never closed");
        released.forget();
        let answer = self.answers.lock().pop_front().unwrap_or(Ok(false));
        answer.map(|is_error| Invoked {
            payload: Bytes::from_static(b"{}"),
            is_error,
            executed_version: "$LATEST".into(),
            log_tail: None,
        })
    }

    async fn invoke_streaming(&self, _: Invocation) -> Result<Streaming, InvokeError> {
        unreachable!("nobody waits for the answer to an event")
    }

    async fn check(&self, _: &Target) -> Result<(), InvokeError> {
        Ok(())
    }
}

struct House {
    stores: Stores,
    clock: Arc<ManualClock>,
    functions: Arc<Functions>,
    script: Arc<Scripted>,
    events: EventQueue,
    worker: Arc<EventWorker>,
    tasks: TaskTracker,
}

impl House {
    async fn new() -> Self {
        let clock = Arc::new(ManualClock::new());
        let as_clock: Arc<dyn Clock> = Arc::<ManualClock>::clone(&clock);
        let stores = store::memory::open(&as_clock);
        let functions = Arc::new(Functions::open(&stores.records).await.unwrap());
        let script = Arc::new(Scripted {
            answers: Mutex::default(),
            invoked: Mutex::default(),
            released: Semaphore::new(1000),
        });
        let events = EventQueue::new(Arc::clone(&stores.queue), as_clock);
        let tasks = TaskTracker::new();
        let worker = EventWorker::new(EventParts {
            events: events.clone(),
            invoke: Arc::<Scripted>::clone(&script),
            functions: Arc::clone(&functions),
            limits: Arc::default(),
            config: EngineConfig {
                events_per_function: 4,
                events_at_once: 6,
                ..EngineConfig::default()
            },
            tasks: tasks.clone(),
        });
        let house = Self { stores, clock, functions, script, events, worker, tasks };
        house.create("f").await;
        house
    }

    async fn create(&self, function: &str) {
        let name: FunctionName = function.parse().unwrap();
        self.functions.create(&region(), &name, build(name.clone())).await.unwrap();
    }

    async fn change(&self, change: impl Fn(&mut Function)) {
        let decide = |function: &mut Function| {
            change(function);
            Ok::<_, std::convert::Infallible>(())
        };
        self.functions.change(&region(), &"f".parse().unwrap(), decide).await.unwrap();
    }

    async fn accept(&self, function: &str, id: u128) {
        let target = Target { region: region(), name: function.parse().unwrap(), qualifier: None };
        let invocation = Invocation {
            request_id: Uuid::from_u128(id),
            target,
            payload: Bytes::from_static(b"[1]"),
            client_context: None,
            trace: TraceHeader::from_caller_or_new(None, Timestamp::default(), 1),
            wants_log_tail: false,
        };
        self.events.accept(invocation).await.unwrap();
    }

    fn will(&self, answers: impl IntoIterator<Item = Result<bool, InvokeError>>) {
        self.script.answers.lock().extend(answers);
    }

    /// Works off what is ready, and waits until that is settled.
    async fn work(&self) {
        self.worker.look().await.unwrap();
        self.tasks.close();
        self.tasks.wait().await;
        self.tasks.reopen();
    }

    fn invoked(&self) -> usize {
        self.script.invoked.lock().len()
    }

    async fn depth(&self, function: &str) -> Depth {
        let queue = format!("events/us-east-1/{function}").parse().unwrap();
        self.stores.queue.depth(&queue).await.unwrap()
    }

    async fn after(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
        self.work().await;
    }
}

fn region() -> Region {
    "us-east-1".parse().unwrap()
}

const EMPTY: Depth = Depth { ready: 0, delayed: 0, leased: 0 };

#[tokio::test]
async fn an_event_is_run_once_and_is_then_gone() {
    let house = House::new().await;
    house.accept("f", 1).await;
    // A client that did not hear the answer sends the same request again.
    house.accept("f", 1).await;
    house.work().await;
    assert_eq!(house.invoked(), 1);
    assert_eq!(house.depth("f").await, EMPTY);
    assert_eq!(house.script.invoked.lock()[0].payload, "[1]");
}

#[tokio::test]
async fn an_error_is_tried_again_after_a_minute_and_after_two_with_the_same_request_id() {
    let house = House::new().await;
    house.will([Ok(true), Ok(true), Ok(true)]);
    house.accept("f", 1).await;
    house.work().await;
    for (wait_s, runs) in [(59, 1), (1, 2), (119, 2), (1, 3), (10_000, 3)] {
        house.after(wait_s).await;
        assert_eq!(house.invoked(), runs, "after {wait_s} s more");
    }
    assert_eq!(house.depth("f").await, EMPTY);
    let ids: Vec<Uuid> = house.script.invoked.lock().iter().map(|one| one.request_id).collect();
    assert_eq!(ids, [Uuid::from_u128(1); 3]);
}

#[tokio::test]
async fn the_functions_configuration_is_heeded() {
    let house = House::new().await;
    house
        .change(|function| {
            let config = EventInvoke { maximum_retry_attempts: Some(0), ..EventInvoke::default() };
            function.latest.attached.event_invoke = Some(config);
        })
        .await;
    house.will([Ok(true)]);
    house.accept("f", 1).await;
    house.work().await;
    assert_eq!((house.invoked(), house.depth("f").await), (1, EMPTY));
}

#[tokio::test]
async fn what_is_throttled_waits_longer_each_time_and_runs_in_the_end() {
    let house = House::new().await;
    let throttled =
        || Err(InvokeError::Throttled(ThrottleReason::ConcurrentInvocationLimitExceeded));
    house.will([throttled(), throttled()]);
    house.accept("f", 1).await;
    house.work().await;
    assert_eq!(house.depth("f").await.delayed, 1);
    for (wait_s, runs) in [(1, 2), (1, 2), (1, 3)] {
        house.after(wait_s).await;
        assert_eq!(house.invoked(), runs);
    }
    assert_eq!(house.depth("f").await, EMPTY);
}

#[tokio::test]
async fn what_is_too_old_is_given_up_without_a_run() {
    let house = House::new().await;
    house.accept("f", 1).await;
    house.after(6 * 60 * 60 + 1).await;
    assert_eq!((house.invoked(), house.depth("f").await), (0, EMPTY));
}

#[tokio::test]
async fn a_reserved_concurrency_of_zero_gives_events_up() {
    let house = House::new().await;
    house.change(|function| function.reserved_concurrency = Some(0)).await;
    house.accept("f", 1).await;
    house.work().await;
    assert_eq!((house.invoked(), house.depth("f").await), (0, EMPTY));
}

#[tokio::test]
async fn events_of_a_function_that_is_gone_go_with_it() {
    let house = House::new().await;
    house.accept("missing", 1).await;
    house.will([Err(InvokeError::NotFound(FunctionArn {
        region: region(),
        account: "000000000000".parse().unwrap(),
        name: "f".parse().unwrap(),
        qualifier: None,
    }))]);
    house.accept("f", 2).await;
    house.work().await;
    assert_eq!(house.invoked(), 1);
    assert_eq!((house.depth("f").await, house.depth("missing").await), (EMPTY, EMPTY));
}

#[tokio::test]
async fn a_slow_function_holds_up_no_other_and_no_more_run_than_may() {
    let house = House::new().await;
    house.create("g").await;
    house.script.released.forget_permits(1000);
    for id in 0..10 {
        house.accept("f", id).await;
        house.accept("g", 100 + id).await;
    }
    house.worker.look().await.unwrap();
    tokio::task::yield_now().await;
    while house.invoked() < 6 {
        tokio::task::yield_now().await;
    }
    let of = |name: &str| {
        let invoked = house.script.invoked.lock();
        invoked.iter().filter(|one| one.target.name.as_str() == name).count()
    };
    assert_eq!((of("f"), of("g")), (4, 2));
    house.worker.look().await.unwrap();
    assert_eq!(house.depth("f").await.leased + house.depth("g").await.leased, 6);
    house.script.released.add_permits(1000);
    while house.invoked() < 20 {
        house.work().await;
    }
    assert_eq!((house.depth("f").await, house.depth("g").await), (EMPTY, EMPTY));
}

#[tokio::test]
async fn an_event_whose_worker_died_is_tried_again() {
    let house = House::new().await;
    house.accept("f", 1).await;
    let queue = "events/us-east-1/f".parse().unwrap();
    // The lease of a process that is no more.
    house.stores.queue.lease(&queue, 1, Duration::from_secs(30)).await.unwrap();
    house.work().await;
    assert_eq!(house.invoked(), 0);
    house.after(31).await;
    assert_eq!((house.invoked(), house.depth("f").await), (1, EMPTY));
}

#[tokio::test]
async fn bytes_that_are_no_event_are_dropped() {
    let house = House::new().await;
    let queue: QueueName = "events/us-east-1/f".parse().unwrap();
    let message = store::NewMessage {
        id: "x".parse().unwrap(),
        payload: Bytes::from_static(b"?"),
        delay: Duration::ZERO,
    };
    house.stores.queue.enqueue(&queue, message).await.unwrap();
    house.work().await;
    assert_eq!((house.invoked(), house.depth("f").await), (0, EMPTY));
}

#[tokio::test(start_paused = true)]
async fn the_worker_looks_when_something_comes_and_ends_when_told_to() {
    let house = House::new().await;
    let stop = CancellationToken::new();
    let running = house.tasks.spawn(Arc::clone(&house.worker).run(stop.clone()));
    house.accept("f", 1).await;
    while house.depth("f").await != EMPTY {
        tokio::task::yield_now().await;
    }
    stop.cancel();
    running.await.unwrap();
    assert_eq!(house.invoked(), 1);
}
