use model::names::VersionNumber;

use super::*;
use crate::admission::bucket::Rate;

const LONG: Duration = Duration::from_secs(3600);
const SECOND: Rate = Rate { count: 1_000_000, per: Duration::from_secs(1) };
const RATES: Rates = Rates { requests_per_concurrency: 1_000_000, environments: SECOND };

fn gate(limit: u32) -> Arc<Gate> {
    Arc::new(Gate::new(limit, RATES))
}

fn seat(gate: &Arc<Gate>, function: u128) -> Seat {
    Seat::new(Arc::clone(gate), Key { function: Uuid::from_u128(function), number: None })
}

fn waiting(gate: &Gate) -> usize {
    gate.state.lock().queue.len()
}

#[tokio::test(start_paused = true)]
async fn whoever_waits_gets_the_permit_before_anyone_new_can() {
    let gate = gate(1);
    let (first, second) = (seat(&gate, 1), seat(&gate, 2));
    let mut permit = first.enter(LONG).await.unwrap();
    assert!(first.enter(LONG).await.is_err(), "it works still");
    permit.settle();
    let (entered, ()) = tokio::join!(second.enter(LONG), async {
        assert!(first.enter(LONG).await.is_err(), "one has answered, and one waits for it");
        drop(permit);
        // Not yet taken, and yet not to be had.
        assert!(first.enter(LONG).await.is_err());
    });
    drop(entered.unwrap());
    assert_eq!(waiting(&gate), 0);
    assert!(first.enter(LONG).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_longer_than_its_patience() {
    let gate = gate(1);
    let seat = seat(&gate, 1);
    let mut permit = seat.enter(LONG).await.unwrap();
    permit.settle();
    let began = Instant::now();
    let patience = Duration::from_millis(20);
    let refused = seat.enter(patience).await;
    assert_eq!(refused.unwrap_err(), ThrottleReason::ConcurrentInvocationLimitExceeded);
    assert!(began.elapsed() < 2 * patience);
    assert_eq!(waiting(&gate), 0);
    drop(permit);
    assert!(seat.enter(LONG).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn the_place_of_whoever_gives_up_is_free_again() {
    let gate = gate(1);
    let seat = seat(&gate, 1);
    let mut permit = seat.enter(LONG).await.unwrap();
    permit.settle();
    for _ in 0..3 {
        assert!(timeout(Duration::from_millis(1), seat.enter(LONG)).await.is_err());
        assert_eq!(waiting(&gate), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_permit_for_someone_who_has_just_gone_is_the_next_ones() {
    let gate = gate(1);
    let (first, second) = (seat(&gate, 1), seat(&gate, 2));
    let mut permit = first.enter(LONG).await.unwrap();
    permit.settle();
    let mut gone = Box::pin(second.enter(LONG));
    assert!(futures_util::poll!(&mut gone).is_pending());
    drop(permit);
    drop(gone);
    assert!(first.enter(LONG).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_larger_share_serves_those_who_wait() {
    let gate = gate(2);
    let seat = seat(&gate, 1);
    let reserved = |reserved| {
        let kept = Entitlement { reserved: Some(reserved), ..Entitlement::default() };
        HashMap::from([(Uuid::from_u128(1), kept)])
    };
    gate.entitle(reserved(1));
    let mut permit = seat.enter(LONG).await.unwrap();
    permit.settle();
    let (entered, ()) = tokio::join!(seat.enter(LONG), async { gate.entitle(reserved(2)) });
    assert!(entered.is_ok());
}

#[tokio::test(start_paused = true)]
async fn whoever_waits_for_provisioned_concurrency_goes_on_waiting_when_another_one_gets_it() {
    let gate = gate(100);
    let function = Uuid::from_u128(1);
    let number = VersionNumber(1);
    let entitlement = Entitlement { reserved: None, provisioned: [(number, 2)].into() };
    gate.entitle([(function, entitlement)].into());
    let seat = Seat::new(Arc::clone(&gate), Key { function, number: Some(number) });
    let mut first = seat.enter(LONG).await.unwrap();
    let mut second = seat.enter(LONG).await.unwrap();
    first.settle();
    second.settle();
    let mut one = Box::pin(seat.enter(LONG));
    let mut other = Box::pin(seat.enter(LONG));
    assert!(futures_util::poll!(&mut one).is_pending());
    assert!(futures_util::poll!(&mut other).is_pending());
    drop(first);
    let one = one.await.unwrap();
    assert!(futures_util::poll!(&mut other).is_pending(), "the second is about to be free");
    drop(second);
    let other = other.await.unwrap();
    assert_eq!([one.placement(), other.placement()], [Placement::Provisioned; 2]);
}

#[test]
fn many_threads_together_never_pass_the_limit_and_give_everything_back() {
    let gate = gate(3);
    let inside = std::sync::atomic::AtomicU32::new(0);
    std::thread::scope(|scope| {
        for number in 0..8_u64 {
            let (seat, inside) = (seat(&gate, u128::from(number)), &inside);
            scope.spawn(move || {
                let runtime =
                    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
                runtime.block_on(async {
                    for _ in 0..1000 {
                        let patience = Duration::from_millis(number % 2);
                        let Ok(mut permit) = seat.enter(patience).await else { continue };
                        let now = inside.fetch_add(1, std::sync::atomic::Ordering::SeqCst) + 1;
                        assert!(now <= 3);
                        permit.settle();
                        inside.fetch_sub(1, std::sync::atomic::Ordering::SeqCst);
                    }
                });
            });
        }
    });
    assert_eq!(waiting(&gate), 0);
    let all: Vec<_> = (0..3)
        .map(|_| gate.state.lock().ledger.ask(seat(&gate, 1).key, false, Instant::now()))
        .collect();
    assert!(all.iter().all(Result::is_ok));
}
