//! The environments of one version: idle ones, lent ones, and whoever waits for one.
//!
//! An invocation takes the environment that was used last, so that the others grow old and can be
//! ended. If none is free, it waits for whichever comes first: an environment that becomes free,
//! or a new one. The pool starts as many new ones as there are waiters who will not be served by
//! what is being started already.

mod lease;
mod reserve;

use std::{
    collections::{HashMap, VecDeque},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use model::{environment::InitializationType, function::Settings};
use parking_lot::Mutex;
use sandbox::{Environment, Observer};
use tokio::{
    sync::{Notify, oneshot},
    time::Instant,
};

pub(crate) use lease::{Lease, Origin};
pub(crate) use reserve::Pace;

use vault::KeyError;

use self::reserve::Reserve;
use crate::{
    admission::{Permit, Seat, ThrottleReason},
    launch::LaunchError,
    measures::Counts,
    occupancy::Use,
};

/// What a waiter gets: an environment, or the news that none could be made.
pub(crate) type Offer = Result<Lease, NotStarted>;

/// Why there is no environment.
#[derive(Clone, Debug)]
pub(crate) enum NotStarted {
    /// The function's variables cannot be opened.
    Key(KeyError),
    /// Anything else, as text for the log.
    Failed(String),
}

impl From<LaunchError> for NotStarted {
    fn from(error: LaunchError) -> Self {
        match error {
            LaunchError::Variables(error) => Self::Key(error),
            error => Self::Failed(error.to_string()),
        }
    }
}

/// All environments of one version with one set of settings.
#[derive(Debug)]
pub(crate) struct Pool {
    settings: Arc<Settings>,
    version: Arc<str>,
    standing: Standing,
    state: Mutex<State>,
    retired: AtomicBool,
    signals: Arc<Signals>,
}

/// How a version stands with the rest of the account.
#[derive(Debug)]
pub(crate) struct Standing {
    pub(crate) seat: Seat,
    pub(crate) counts: Arc<Counts>,
}

/// What the upkeep hears of pools.
#[derive(Debug, Default)]
pub(crate) struct Signals {
    /// An environment became idle.
    pub(crate) idle: Notify,
    /// A provisioned environment came to be, or is no more.
    pub(crate) provisioned: Notify,
}

#[derive(Debug, Default)]
struct State {
    /// Those that were made on demand; the most recently used is last.
    idle: Vec<Idle>,
    /// The provisioned ones, and how many there are to be.
    reserve: Reserve,
    lent: HashMap<usize, Lent>,
    waiters: VecDeque<Waiter>,
    /// How many are being made on demand.
    starting: usize,
    loans: u64,
}

#[derive(Debug)]
struct Waiter {
    offer: oneshot::Sender<Offer>,
    /// Whether it was admitted to provisioned concurrency.
    provisioned: bool,
}

#[derive(Debug)]
struct Idle {
    environment: Arc<Environment>,
    born: Instant,
    since: Instant,
    frozen: bool,
}

#[derive(Debug)]
struct Lent {
    environment: Arc<Environment>,
    born: Instant,
    /// Held for as long as the environment works, which may be longer than the caller waits.
    permit: Option<Permit>,
    answered: bool,
    /// Tells this loan from earlier and later ones of the environment.
    loan: u64,
}

/// How old environments may become.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ages {
    pub(crate) idle: Duration,
    pub(crate) life: Duration,
}

// === impl Pool ===

impl Pool {
    pub(crate) fn new(
        version: Arc<str>,
        settings: Arc<Settings>,
        standing: Standing,
        signals: Arc<Signals>,
    ) -> Self {
        Self {
            settings,
            version,
            standing,
            state: Mutex::default(),
            retired: AtomicBool::new(false),
            signals,
        }
    }

    pub(crate) fn settings(&self) -> &Arc<Settings> {
        &self.settings
    }

    /// Gives `$LATEST` or the number.
    pub(crate) fn version(&self) -> &Arc<str> {
        &self.version
    }

    /// Gives the place from which this version's invocations ask to be admitted.
    pub(crate) fn seat(&self) -> &Seat {
        &self.standing.seat
    }

    /// Gives where this function's invocations are counted.
    pub(crate) fn counts(&self) -> &Counts {
        &self.standing.counts
    }

    /// Takes the idle environment that was used last, for one who was admitted to provisioned
    /// concurrency a provisioned one before any other.
    pub(crate) fn take_idle(self: &Arc<Self>, provisioned: bool) -> Option<Lease> {
        let mut state = self.state.lock();
        loop {
            let reserved = if provisioned { state.reserve.idle.pop() } else { None };
            let idle = reserved.or_else(|| state.idle.pop())?;
            if idle.environment.is_open() {
                return Some(self.lend(&mut state, idle.environment, idle.born));
            }
        }
    }

    /// Queues for the next environment that is free, unless as many as `most` wait already.
    pub(crate) fn wait(
        self: &Arc<Self>,
        most: usize,
        provisioned: bool,
    ) -> Option<oneshot::Receiver<Offer>> {
        let mut state = self.state.lock();
        if state.waiters.len() >= most {
            state.forget_gone_waiters();
        }
        if state.waiters.len() >= most {
            return None;
        }
        let (offer, offered) = oneshot::channel();
        state.waiters.push_back(Waiter { offer, provisioned });
        Some(offered)
    }

    /// Tells whether enough environments have answered, and are about to be free, for everyone who
    /// waits.
    pub(crate) fn soon_enough(&self) -> bool {
        let mut state = self.state.lock();
        state.forget_gone_waiters();
        let settling = state.lent.values().filter(|lent| lent.answered).count();
        settling + state.starting >= state.waiters.len()
    }

    /// Claims the start of one more environment, if someone waits whom nothing will serve; fails if
    /// the function may not grow any faster.
    pub(crate) fn claim_start(&self) -> Result<bool, ThrottleReason> {
        let mut state = self.state.lock();
        state.forget_gone_waiters();
        // Also when retired: whoever found the pool before that is served by it.
        let needed = state.waiters.len() > state.starting;
        if needed {
            self.standing.seat.start()?;
            state.starting += 1;
        }
        Ok(needed)
    }

    /// Takes what came of a start: an environment, or why there is none.
    pub(crate) fn started(self: &Arc<Self>, outcome: Result<Arc<Environment>, NotStarted>) {
        let mut state = self.state.lock();
        state.starting -= 1;
        let reason = match outcome {
            Ok(environment) if environment.is_open() => {
                return self.place(state, environment, Instant::now());
            }
            Ok(_) => NotStarted::Failed("the environment ended while it started".to_owned()),
            Err(reason) => reason,
        };
        while let Some(waiter) = state.waiters.pop_front() {
            if waiter.offer.send(Err(reason.clone())).is_ok() {
                break;
            }
        }
    }

    /// Notes that a lent environment has answered and will be free soon.
    pub(crate) fn answered(&self, environment: &Arc<Environment>, loan: u64) {
        let mut state = self.state.lock();
        // By now it may be free again, or lent to somebody else.
        let lent = state.lent.get_mut(&identity(environment)).filter(|lent| lent.loan == loan);
        if let Some(lent) = lent {
            lent.answered = true;
            if let Some(permit) = &mut lent.permit {
                permit.settle();
            }
        }
    }

    /// Lets nobody new in, and ends what is idle now and whatever becomes idle later.
    pub(crate) fn retire(&self) {
        self.retired.store(true, Ordering::Release);
        let mut state = self.state.lock();
        let idle = std::mem::take(&mut state.idle);
        let reserved = std::mem::take(&mut state.reserve.idle);
        for one in idle.into_iter().chain(reserved) {
            one.environment.close();
        }
    }

    /// Tells how much the version has been used.
    pub(crate) fn use_of(&self) -> Use {
        let state = self.state.lock();
        let is_busy = !state.lent.is_empty() || !state.waiters.is_empty() || state.starting > 0;
        Use { count: state.loans, is_busy }
    }

    pub(crate) fn is_retired(&self) -> bool {
        self.retired.load(Ordering::Acquire)
    }

    /// Stops the processes of environments that have been idle for a while; tells whether some
    /// still have to wait for that.
    pub(crate) fn freeze(&self, after: Duration) -> bool {
        let State { idle, reserve, .. } = &mut *self.state.lock();
        let mut running = false;
        let all = idle.iter_mut().chain(&mut reserve.idle);
        for idle in all.filter(|idle| !idle.frozen) {
            if idle.since.elapsed() >= after {
                idle.environment.freeze_if_idle();
                idle.frozen = true;
            } else {
                running = true;
            }
        }
        running
    }

    /// Ends environments that have been idle or alive for too long.
    pub(crate) fn reap(&self, ages: Ages) {
        let mut state = self.state.lock();
        state.idle.retain(|idle| {
            let keep = idle.since.elapsed() < ages.idle
                && idle.born.elapsed() < ages.life
                && idle.environment.is_open();
            if !keep {
                idle.environment.close();
            }
            keep
        });
        // One that ended while it worked never reports back; its admission must not stay taken.
        state.lent.retain(|_, lent| lent.environment.is_open());
    }

    /// Takes back an environment, used or not.
    fn give_back(self: &Arc<Self>, environment: Arc<Environment>) {
        let mut state = self.state.lock();
        let lent = state.lent.remove(&identity(&environment));
        let born = lent.map_or_else(Instant::now, |lent| lent.born);
        if is_provisioned(&environment) && !environment.is_warm() {
            // The next invocation would have to wait for an init: another one takes its place.
            environment.close();
            self.signals.provisioned.notify_one();
            return;
        }
        self.place(state, environment, born);
    }

    /// Gives an environment to whoever waits longest, or puts it with the idle ones.
    fn place(
        self: &Arc<Self>,
        mut state: parking_lot::MutexGuard<'_, State>,
        environment: Arc<Environment>,
        born: Instant,
    ) {
        if !environment.is_open() {
            return;
        }
        state.forget_gone_waiters();
        let provisioned = is_provisioned(&environment);
        let first = state.waiters.iter().position(|one| one.provisioned || !provisioned);
        if let Some(waiter) = first.and_then(|first| state.waiters.remove(first)) {
            let lease = self.lend(&mut state, environment, born);
            drop(state);
            // Should the waiter have gone this very moment, dropping the lease gives it back.
            drop(waiter.offer.send(Ok(lease)));
            return;
        }
        if self.is_retired() {
            environment.close();
            return;
        }
        let idle = Idle { environment, born, since: Instant::now(), frozen: false };
        if provisioned {
            state.reserve.put(idle);
        } else {
            state.idle.push(idle);
        }
        drop(state);
        self.signals.idle.notify_one();
    }

    fn lend(
        self: &Arc<Self>,
        state: &mut State,
        environment: Arc<Environment>,
        born: Instant,
    ) -> Lease {
        let held = Arc::clone(&environment);
        state.loans += 1;
        let loan = state.loans;
        let lent = Lent { environment: held, born, permit: None, answered: false, loan };
        state.lent.insert(identity(&environment), lent);
        Lease::new(Arc::clone(self), environment, loan)
    }

    /// Ties an admission to the environment's work.
    fn hold(&self, environment: &Arc<Environment>, permit: Permit) {
        if let Some(lent) = self.state.lock().lent.get_mut(&identity(environment)) {
            lent.permit = Some(permit);
        }
    }
}

impl State {
    fn forget_gone_waiters(&mut self) {
        self.waiters.retain(|waiter| !waiter.offer.is_closed());
    }
}

/// What environments report to: the pool that they came from.
#[derive(Debug)]
pub(crate) struct Home(pub(crate) Arc<Pool>);

impl Observer for Home {
    fn available(&self, environment: &Arc<Environment>) {
        self.0.give_back(Arc::clone(environment));
    }
}

fn is_provisioned(environment: &Environment) -> bool {
    environment.blueprint().initialization == InitializationType::Provisioned
}

fn identity(environment: &Arc<Environment>) -> usize {
    Arc::as_ptr(environment).addr()
}

#[cfg(test)]
mod tests {
    use model::Limits;

    use super::*;
    use crate::{
        admission::{Admission, Key},
        functions::tests::settings,
    };

    #[test]
    fn no_more_wait_than_may_and_those_who_gave_up_do_not_count() {
        let region = "us-east-1".parse().unwrap();
        let key = Key { function: uuid::Uuid::nil(), number: None };
        let seat = Admission::new(&Limits::default()).seat(&region, key);
        let standing = Standing { seat, counts: Arc::default() };
        let pool = Arc::new(Pool::new("1".into(), Arc::new(settings()), standing, Arc::default()));
        let first = pool.wait(2, false).unwrap();
        let second = pool.wait(2, false).unwrap();
        assert!(pool.wait(2, false).is_none());
        drop(first);
        let third = pool.wait(2, false).unwrap();
        assert!(pool.wait(2, false).is_none());
        drop((second, third));
    }
}
