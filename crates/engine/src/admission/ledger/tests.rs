use std::time::Duration;

use proptest::prelude::*;

use super::*;

const LIMIT: u32 = 6;
const FUNCTIONS: u128 = 3;
const FREELY: Rates = Rates {
    requests_per_concurrency: 1_000_000,
    environments: Rate { count: 1_000_000, per: Duration::from_secs(1) },
};

fn ledger(limit: u32) -> Ledger {
    Ledger::new(limit, FREELY)
}

fn of(function: u128) -> Key {
    Key { function: Uuid::from_u128(function), number: None }
}

fn version(function: u128, number: u64) -> Key {
    Key { number: Some(VersionNumber(number)), ..of(function) }
}

fn kept(reserved: Option<u32>, provisioned: &[(u64, u32)]) -> Entitlement {
    let provisioned = provisioned.iter().map(|&(number, size)| (VersionNumber(number), size));
    Entitlement { reserved, provisioned: provisioned.collect() }
}

fn entitle(ledger: &mut Ledger, all: &[(u128, Entitlement)]) {
    let all = all.iter().map(|(function, kept)| (Uuid::from_u128(*function), kept.clone()));
    ledger.entitle(all.collect(), Instant::now());
}

fn ask(ledger: &mut Ledger, key: Key) -> Result<Grant, ThrottleReason> {
    ledger.ask(key, false, Instant::now()).map_err(|refusal| refusal.reason)
}

/// Admits as many as may run.
fn fill(ledger: &mut Ledger, key: Key) -> (Vec<Grant>, ThrottleReason) {
    let mut grants = Vec::new();
    loop {
        match ask(ledger, key) {
            Ok(grant) => grants.push(grant),
            Err(reason) => return (grants, reason),
        }
    }
}

use ThrottleReason as R;

#[test]
fn a_reservation_is_a_cap_and_a_floor() {
    let mut ledger = ledger(LIMIT);
    entitle(&mut ledger, &[(1, kept(Some(2), &[]))]);
    let (others, reason) = fill(&mut ledger, of(2));
    assert_eq!((others.len(), reason), (4, R::ConcurrentInvocationLimitExceeded));
    let (own, reason) = fill(&mut ledger, of(1));
    assert_eq!((own.len(), reason), (2, R::ReservedFunctionConcurrentInvocationLimitExceeded));
    ledger.release(&own[0]);
    assert_eq!(ask(&mut ledger, of(2)), Err(R::ConcurrentInvocationLimitExceeded));
    assert!(ask(&mut ledger, version(1, 7)).is_ok(), "a reservation is for all versions");
}

#[test]
fn a_reservation_of_nothing_throttles_everything() {
    let mut ledger = ledger(LIMIT);
    entitle(&mut ledger, &[(1, kept(Some(0), &[]))]);
    for key in [of(1), version(1, 1)] {
        let refused = ask(&mut ledger, key);
        assert_eq!(refused, Err(R::ReservedFunctionConcurrentInvocationLimitExceeded));
    }
    assert_eq!(fill(&mut ledger, of(2)).0.len(), 6);
}

#[test]
fn a_changed_reservation_counts_from_the_next_invocation_on() {
    let mut ledger = ledger(LIMIT);
    let (running, _) = fill(&mut ledger, of(1));
    entitle(&mut ledger, &[(1, kept(Some(2), &[]))]);
    for grant in &running[..4] {
        let refused = ask(&mut ledger, of(1));
        assert_eq!(refused, Err(R::ReservedFunctionConcurrentInvocationLimitExceeded));
        ledger.release(grant);
    }
    assert!(ask(&mut ledger, of(1)).is_err(), "two of before run still");
    ledger.release(&running[4]);
    assert!(ask(&mut ledger, of(1)).is_ok());
    entitle(&mut ledger, &[]);
    assert_eq!(fill(&mut ledger, of(1)).0.len(), 4);
}

#[test]
fn while_those_of_before_run_a_new_reservation_does_not_pass_the_accounts_limit() {
    let mut ledger = ledger(LIMIT);
    let (others, _) = fill(&mut ledger, of(2));
    entitle(&mut ledger, &[(1, kept(Some(2), &[]))]);
    assert_eq!(ask(&mut ledger, of(1)), Err(R::ConcurrentInvocationLimitExceeded));
    ledger.release(&others[0]);
    assert!(ask(&mut ledger, of(1)).is_ok());
}

#[test]
fn provisioned_concurrency_is_its_versions_alone_and_what_spills_over_runs_in_common() {
    let mut ledger = ledger(LIMIT);
    entitle(&mut ledger, &[(1, kept(None, &[(1, 2)]))]);
    let (others, _) = fill(&mut ledger, of(2));
    assert_eq!(others.len(), 4);
    assert_eq!(ask(&mut ledger, of(1)), Err(R::ConcurrentInvocationLimitExceeded));
    ledger.release(&others[0]);
    let (own, _) = fill(&mut ledger, version(1, 1));
    let charges: Vec<_> = own.iter().map(|grant| grant.charge).collect();
    let share = Charge::Provisioned(VersionNumber(1));
    assert_eq!(charges, [share, share, Charge::Common]);
    let placements: Vec<_> = own.iter().map(Grant::placement).collect();
    assert_eq!(placements, [Placement::Provisioned, Placement::Provisioned, Placement::Spilled]);
    assert_eq!(others[1].placement(), Placement::OnDemand);
    let used = ledger.usage().into_iter().find(|(one, _)| *one == Uuid::from_u128(1)).unwrap().1;
    assert_eq!((used.running, used.provisioned[&VersionNumber(1)]), (3, 2));
    ledger.release(&own[0]);
    assert_eq!(ask(&mut ledger, version(1, 1)).map(|grant| grant.charge), Ok(share));
}

#[test]
fn where_all_that_is_reserved_is_provisioned_nothing_spills_over() {
    let mut ledger = ledger(LIMIT);
    entitle(&mut ledger, &[(1, kept(Some(2), &[(1, 2)]))]);
    let refused = Err(R::ReservedFunctionConcurrentInvocationLimitExceeded);
    assert_eq!(ask(&mut ledger, of(1)), refused);
    let (own, reason) = fill(&mut ledger, version(1, 1));
    assert_eq!((own.len(), Err(reason)), (2, refused));
    assert_eq!(fill(&mut ledger, of(2)).0.len(), 4);
    entitle(&mut ledger, &[(1, kept(Some(3), &[(1, 2)]))]);
    assert!(ask(&mut ledger, version(1, 1)).is_err(), "those of others run in the third place");
}

#[test]
fn a_function_may_wait_for_as_many_as_have_answered() {
    let mut ledger = ledger(2);
    let mut first = ask(&mut ledger, of(1)).unwrap();
    let mut second = ask(&mut ledger, of(2)).unwrap();
    let soon = |ledger: &mut Ledger| ledger.ask(of(3), true, Instant::now()).unwrap_err().soon;
    assert_eq!(soon(&mut ledger), None);
    ledger.settle(&mut first);
    ledger.settle(&mut first);
    let place = soon(&mut ledger).unwrap();
    ledger.join(place);
    assert_eq!(soon(&mut ledger), None, "one has answered, and one waits for it");
    ledger.settle(&mut second);
    assert!(soon(&mut ledger).is_some());
    ledger.leave(place);
    ledger.release(&first);
    ledger.release(&second);
    assert_eq!(ledger.common, Use::default());
}

#[test]
fn a_new_reservation_waits_for_what_was_admitted_before_it() {
    let mut ledger = ledger(LIMIT);
    let mut before = ask(&mut ledger, of(1)).unwrap();
    ledger.settle(&mut before);
    entitle(&mut ledger, &[(1, kept(Some(1), &[]))]);
    let refusal = ledger.ask(of(1), true, Instant::now()).unwrap_err();
    assert!(refusal.soon.is_some());
    entitle(&mut ledger, &[(1, kept(Some(0), &[]))]);
    let refusal = ledger.ask(of(1), true, Instant::now()).unwrap_err();
    assert_eq!(refusal.soon, None, "there is nothing to wait for");
}

#[test]
fn the_patient_wait_for_provisioned_concurrency_before_they_spill_over() {
    let mut ledger = ledger(LIMIT);
    entitle(&mut ledger, &[(1, kept(None, &[(1, 1)]))]);
    let mut busy = ask(&mut ledger, version(1, 1)).unwrap();
    ledger.settle(&mut busy);
    let refusal = ledger.ask(version(1, 1), true, Instant::now()).unwrap_err();
    assert_eq!(refusal.soon.unwrap().charge, Charge::Provisioned(VersionNumber(1)));
    assert_eq!(ask(&mut ledger, version(1, 1)).unwrap().charge, Charge::Common);
}

#[test]
fn a_function_is_invoked_ten_times_per_second_for_each_unit_of_concurrency() {
    let rates = Rates { requests_per_concurrency: 10, ..FREELY };
    let mut ledger = Ledger::new(100, rates);
    entitle(&mut ledger, &[(1, kept(Some(1), &[]))]);
    let now = Instant::now();
    let mut count = |function, at| {
        let mut admitted = 0;
        loop {
            match ledger.ask(of(function), false, at) {
                Ok(grant) => ledger.release(&grant),
                Err(refusal) => return (admitted, refusal.reason),
            }
            admitted += 1;
        }
    };
    assert_eq!(count(1, now), (10, R::ReservedFunctionInvocationRateLimitExceeded));
    assert_eq!(count(2, now), (1000, R::FunctionInvocationRateLimitExceeded));
    let later = now + Duration::from_millis(500);
    assert_eq!(count(1, later).0, 5);
}

#[test]
fn a_function_grows_no_faster_than_it_may_and_a_change_does_not_make_it_forget() {
    let environments = Rate { count: 3, per: Duration::from_secs(3) };
    let mut ledger = Ledger::new(LIMIT, Rates { environments, ..FREELY });
    let (function, now) = (Uuid::from_u128(1), Instant::now());
    for _ in 0..3 {
        ledger.start(function, now).unwrap();
    }
    assert_eq!(ledger.start(function, now), Err(R::FunctionInvocationRateLimitExceeded));
    ledger.entitle(HashMap::new(), now);
    assert_eq!(ledger.start(function, now), Err(R::FunctionInvocationRateLimitExceeded));
    assert!(ledger.start(Uuid::from_u128(2), now).is_ok());
    assert!(ledger.start(function, now + Duration::from_secs(1)).is_ok());
    let much_later = now + Duration::from_secs(9);
    ledger.entitle(HashMap::new(), much_later);
    assert!(ledger.accounts.is_empty(), "what is full again need not be remembered");
}

#[derive(Clone, Debug)]
enum Step {
    Ask { function: u128, number: Option<u64>, patient: bool },
    Settle(usize),
    Release(usize),
    Entitle(Vec<(u128, Entitlement)>),
}

fn entitlement() -> impl Strategy<Value = Entitlement> {
    let provisioned = proptest::collection::vec((1..3_u64, 1..3_u32), 0..2);
    (proptest::option::of(0..4_u32), provisioned)
        .prop_map(|(reserved, provisioned)| kept(reserved, &provisioned))
}

fn step() -> impl Strategy<Value = Step> {
    let ask = (0..FUNCTIONS, proptest::option::of(1..3_u64), any::<bool>())
        .prop_map(|(function, number, patient)| Step::Ask { function, number, patient });
    let entitle = proptest::collection::vec((0..FUNCTIONS, entitlement()), 0..3);
    prop_oneof![
        6 => ask,
        2 => any::<usize>().prop_map(Step::Settle),
        4 => any::<usize>().prop_map(Step::Release),
        1 => entitle.prop_map(Step::Entitle),
    ]
}

/// What is known from outside: who runs, and what was kept last.
#[derive(Default)]
struct Watched {
    running: Vec<(u128, Grant)>,
    kept: HashMap<u128, Entitlement>,
}

impl Watched {
    fn of(&self, function: u128) -> u32 {
        u32::try_from(self.running.iter().filter(|(one, _)| *one == function).count()).unwrap()
    }

    fn charged(&self, function: u128, charge: Charge) -> u32 {
        let mut all = self.running.iter();
        let count = all.by_ref().filter(|(one, g)| *one == function && g.charge == charge).count();
        u32::try_from(count).unwrap()
    }

    /// Looks at what has just been granted.
    fn check_grant(&self, function: u128, charge: Charge) {
        assert!(self.running.len() <= usize::try_from(LIMIT).unwrap(), "the account's limit");
        let kept = self.kept.get(&function).cloned().unwrap_or_default();
        if let Some(reserved) = kept.reserved {
            assert!(self.of(function) <= reserved, "the function's cap");
            assert_ne!(charge, Charge::Common);
        }
        match charge {
            Charge::Provisioned(number) => {
                assert!(self.charged(function, charge) <= kept.provisioned[&number]);
            }
            Charge::Reserved => assert!(kept.reserved.is_some()),
            Charge::Common => {
                let all = (0..FUNCTIONS).map(|one| self.charged(one, Charge::Common)).sum::<u32>();
                let carved: u32 = self.kept.values().map(Entitlement::kept).sum();
                assert!(all <= LIMIT.saturating_sub(carved), "what is kept for others");
            }
        }
    }
}

proptest! {
    #[test]
    fn no_order_of_events_passes_a_limit_or_leaks(
        steps in proptest::collection::vec(step(), 0..80)
    ) {
        let (mut ledger, mut watched) = (ledger(LIMIT), Watched::default());
        for step in steps {
            match step {
                Step::Ask { function, number, patient } => {
                    let key = Key { number: number.map(VersionNumber), ..of(function) };
                    if let Ok(grant) = ledger.ask(key, patient, Instant::now()) {
                        let charge = grant.charge;
                        watched.running.push((function, grant));
                        watched.check_grant(function, charge);
                    }
                }
                Step::Settle(index) if !watched.running.is_empty() => {
                    let index = index % watched.running.len();
                    ledger.settle(&mut watched.running[index].1);
                }
                Step::Release(index) if !watched.running.is_empty() => {
                    let index = index % watched.running.len();
                    ledger.release(&watched.running.swap_remove(index).1);
                }
                Step::Entitle(all) => {
                    watched.kept = all.iter().cloned().collect();
                    entitle(&mut ledger, &all);
                }
                Step::Settle(_) | Step::Release(_) => {}
            }
            prop_assert_eq!(usize::try_from(ledger.running).unwrap(), watched.running.len());
        }
        for (_, grant) in watched.running {
            ledger.release(&grant);
        }
        prop_assert_eq!((ledger.running, ledger.common), (0, Use::default()));
        for account in ledger.accounts.values() {
            prop_assert_eq!((account.running, account.on_demand), (0, Use::default()));
            prop_assert!(account.shares.values().all(|share| *share == Use::default()));
        }
        entitle(&mut ledger, &[]);
        let (all, _) = fill(&mut ledger, of(0));
        prop_assert_eq!(all.len(), usize::try_from(LIMIT).unwrap());
    }
}
