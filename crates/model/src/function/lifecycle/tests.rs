use proptest::prelude::*;

use super::*;

fn trouble(code: &str) -> Trouble {
    Trouble { code: code.into(), reason: "no".into() }
}

fn at(state: FunctionState, last_update: LastUpdate) -> Readiness {
    Readiness { state, last_update }
}

/// Every state, with every way in which the last change can have gone.
fn all() -> Vec<Readiness> {
    use {FunctionState as S, LastUpdate as L};
    let mut all = vec![at(S::Pending, L::Never)];
    for last_update in [L::Successful, L::Failed(trouble("u"))] {
        all.push(at(S::Restoring, last_update));
    }
    for state in [S::Active, S::Inactive(Trouble::idle()), S::Inactive(trouble("r"))] {
        for last_update in [L::InProgress, L::Successful, L::Failed(trouble("u"))] {
            all.push(at(state.clone(), last_update));
        }
    }
    for last_update in [L::Never, L::InProgress, L::Failed(trouble("u"))] {
        all.push(at(S::Failed(trouble("c")), last_update));
    }
    all
}

/// What AWS documents, and nothing else: `None` where an event is refused.
fn expected(before: &Readiness, event: &Event) -> Option<Readiness> {
    use {Event as E, FunctionState as S, LastUpdate as L};
    let Readiness { state, last_update } = before.clone();
    let updating = last_update == L::InProgress;
    match (state, event) {
        (S::Pending, E::Settled(Ok(()))) => Some(at(S::Active, L::Successful)),
        (S::Pending, E::Settled(Err(t))) => Some(at(S::Failed(t.clone()), L::Never)),
        (S::Restoring, E::Settled(Ok(()))) => Some(at(S::Active, last_update)),
        (S::Restoring, E::Settled(Err(t))) => Some(at(S::Inactive(t.clone()), last_update)),
        (S::Pending | S::Restoring, _) => None,
        (_, E::Settled(Ok(()))) if updating => Some(at(S::Active, L::Successful)),
        (state, E::Settled(Err(t))) if updating => Some(at(state, L::Failed(t.clone()))),
        (_, E::Settled(_)) => None,
        (_, _) if updating => None,
        (state, E::UpdateBegun) => Some(at(state, L::InProgress)),
        (S::Active, E::FoundIdle) => Some(at(S::Inactive(Trouble::idle()), last_update)),
        (S::Inactive(_), E::Wanted) => Some(at(S::Restoring, last_update)),
        (S::Active | S::Failed(_), E::Wanted) | (S::Inactive(_) | S::Failed(_), E::FoundIdle) => {
            None
        }
    }
}

fn events() -> [Event; 5] {
    [
        Event::UpdateBegun,
        Event::Settled(Ok(())),
        Event::Settled(Err(trouble("e"))),
        Event::FoundIdle,
        Event::Wanted,
    ]
}

#[test]
fn every_event_in_every_state_does_what_it_should_or_is_refused() {
    for before in all() {
        for event in events() {
            let after = before.after(event.clone());
            assert_eq!(after, expected(&before, &event), "{before:?} {event:?}");
            assert!(after.is_none_or(|after| all().iter().any(|one| is_alike(one, &after))));
        }
    }
}

/// Compares without the reasons.
fn is_alike(one: &Readiness, other: &Readiness) -> bool {
    use std::mem::discriminant;
    discriminant(&one.state) == discriminant(&other.state)
        && discriminant(&one.last_update) == discriminant(&other.last_update)
}

#[test]
fn a_creation_ends_active_or_failed() {
    let active = Readiness::created().settled(Ok(()));
    assert_eq!(active, at(FunctionState::Active, LastUpdate::Successful));
    let failed = Readiness::created().settled(Err(trouble("c")));
    assert_eq!(failed, at(FunctionState::Failed(trouble("c")), LastUpdate::Never));
}

#[test]
fn settling_twice_changes_nothing() {
    let once = Readiness::created().settled(Ok(()));
    assert_eq!(once.clone().settled(Err(trouble("e"))), once);
}

#[test]
fn what_earlier_releases_have_stored_is_read() {
    let stored = r#"{"state":"Pending","last_update":"Never"}"#;
    assert_eq!(serde_json::from_str::<Readiness>(stored).unwrap(), Readiness::created());
    let stored = r#"{"state":{"Failed":{"code":"c","reason":"no"}},"last_update":"Never"}"#;
    let failed = at(FunctionState::Failed(trouble("c")), LastUpdate::Never);
    assert_eq!(serde_json::from_str::<Readiness>(stored).unwrap(), failed);
}

fn any_event() -> impl Strategy<Value = Event> {
    prop::sample::select(events().to_vec())
}

proptest! {
    #[test]
    fn no_sequence_of_events_leads_to_a_state_that_cannot_be(
        happened in prop::collection::vec(any_event(), 0..40),
    ) {
        let mut now = Readiness::created();
        let mut was_active = false;
        for event in happened {
            now = now.after(event).unwrap_or(now);
            was_active |= now.state == FunctionState::Active;
            prop_assert!(all().iter().any(|one| is_alike(one, &now)), "{now:?}");
            // What was ready once does not fail for good, and only that can have been idle.
            let failed = matches!(now.state, FunctionState::Failed(_));
            let idle = matches!(now.state, FunctionState::Inactive(_) | FunctionState::Restoring);
            prop_assert!(!(failed && was_active));
            prop_assert!(!idle || was_active);
        }
        // Whatever happened, it can be made to run.
        if matches!(now.state, FunctionState::Inactive(_)) && !now.in_progress() {
            now = now.after(Event::Wanted).unwrap();
        } else if !now.in_progress() {
            now = now.after(Event::UpdateBegun).unwrap();
        }
        prop_assert_eq!(now.settled(Ok(())).state, FunctionState::Active);
    }
}
