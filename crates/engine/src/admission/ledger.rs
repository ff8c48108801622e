//! Who may run now: the concurrency of an account in one region as a state machine.
//!
//! The account's limit is shared out. A function's reserved concurrency is carved out of it, as floor
//! and as cap. The provisioned concurrency of a version is carved out of its function's reservation,
//! or out of the account if there is none. What is left is common to all functions without a
//! reservation. Every grant remembers what it was charged to, so that a reservation may change while
//! invocations are under way: whatever has changed, the account's limit is never passed, and a
//! function that has more under way than it may have gets nothing new.
//!
//! Source: Developer Guide, "Understanding Lambda function scaling".

mod account;

use std::collections::HashMap;

use model::names::VersionNumber;
use tokio::time::Instant;
use uuid::Uuid;

use self::account::Account;
use super::{ThrottleReason, bucket::Rate};
use crate::measures::Placement;

/// Whose invocation it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    /// The function, told apart from those of the same name before it.
    pub(crate) function: Uuid,
    /// The version; `None` is `$LATEST`.
    pub(crate) number: Option<VersionNumber>,
}

/// What is kept for a function.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Entitlement {
    /// Floor and cap of the function's concurrency.
    pub(crate) reserved: Option<u32>,
    /// Provisioned concurrency by version.
    pub(crate) provisioned: HashMap<VersionNumber, u32>,
}

/// How fast functions may be invoked and grow.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rates {
    /// Requests per second for each unit of concurrency.
    pub(crate) requests_per_concurrency: u32,
    /// New environments of a function.
    pub(super) environments: Rate,
}

/// What a grant was charged to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Charge {
    /// The provisioned concurrency of this version.
    Provisioned(VersionNumber),
    /// The function's reservation.
    Reserved,
    /// What is common to all functions.
    Common,
}

/// The right to run one invocation; whoever has it gives it back with [`Ledger::release`].
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Grant {
    function: Uuid,
    charge: Charge,
    settling: bool,
    /// Whether provisioned concurrency was in use that it could have had.
    spilled: bool,
}

/// A place among those who wait for a grant that is about to come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    function: Uuid,
    charge: Charge,
}

/// Says that an invocation may not run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) reason: ThrottleReason,
    /// Set if a function has answered and is about to be free, and nobody waits for that yet.
    pub(super) soon: Option<Place>,
}

/// What runs of a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Usage {
    pub(crate) running: u32,
    /// What of it runs in provisioned concurrency.
    pub(crate) provisioned: HashMap<VersionNumber, u32>,
}

/// How one pool is used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Use {
    running: u32,
    /// How many of those have answered.
    settling: u32,
    /// How many wait for those.
    waiting: u32,
}

/// All concurrency of a region.
#[derive(Debug)]
pub(super) struct Ledger {
    limit: u32,
    rates: Rates,
    running: u32,
    common: Use,
    accounts: HashMap<Uuid, Account>,
    /// Sum of what is kept for functions.
    carved: u32,
}

// === impl Ledger ===

impl Ledger {
    pub(super) fn new(limit: u32, rates: Rates) -> Self {
        Self {
            limit,
            rates,
            running: 0,
            common: Use::default(),
            accounts: HashMap::new(),
            carved: 0,
        }
    }

    /// Takes over what is kept for functions now; those not named have nothing.
    pub(super) fn entitle(&mut self, mut all: HashMap<Uuid, Entitlement>, now: Instant) {
        for (function, account) in &mut self.accounts {
            account.entitlement = all.remove(function).unwrap_or_default();
        }
        for (function, entitlement) in all {
            self.accounts.insert(function, Account { entitlement, ..Account::default() });
        }
        self.accounts.retain(|_, account| account.is_of_use(now));
        let kept = self.accounts.values().map(|account| account.entitlement.kept());
        self.carved = kept.fold(0, u32::saturating_add);
    }

    /// Decides whether an invocation may run. A patient one rather waits for a grant that is about
    /// to come back than run where nothing was provisioned for it.
    pub(super) fn ask(&mut self, key: Key, patient: bool, now: Instant) -> Result<Grant, Refusal> {
        self.check_rate(key.function, now)?;
        let share = self.accounts.get(&key.function).and_then(|one| one.share_room(key.number));
        match share {
            Some((charge, true)) => return self.grant(key.function, charge, now),
            Some((charge, false)) if patient => {
                let soon = self.about_to_be_free(key.function, charge);
                if soon.is_some() {
                    let reason = ThrottleReason::ConcurrentInvocationLimitExceeded;
                    return Err(Refusal { reason, soon });
                }
            }
            _ => {}
        }
        match self.on_demand_room(key.function) {
            (charge, true, _) => {
                let grant = self.grant(key.function, charge, now)?;
                Ok(Grant { spilled: share.is_some(), ..grant })
            }
            (charge, false, reason) => {
                Err(Refusal { reason, soon: self.about_to_be_free(key.function, charge) })
            }
        }
    }

    /// Takes a grant back.
    pub(super) fn release(&mut self, grant: &Grant) {
        self.running -= 1;
        self.accounts.entry(grant.function).or_default().released(grant);
        if grant.charge == Charge::Common {
            self.common.released(grant);
        }
    }

    /// Notes that the function has answered and is about to be free.
    pub(super) fn settle(&mut self, grant: &mut Grant) {
        if !std::mem::replace(&mut grant.settling, true) {
            self.accounts.entry(grant.function).or_default().use_of(grant.charge).settling += 1;
            self.common.settling += u32::from(grant.charge == Charge::Common);
        }
    }

    /// Takes a place: whoever has one gives it up with [`Ledger::leave`].
    pub(super) fn join(&mut self, place: Place) {
        self.pool(place.function, place.charge).waiting += 1;
    }

    /// Gives a place up.
    pub(super) fn leave(&mut self, place: Place) {
        self.pool(place.function, place.charge).waiting -= 1;
    }

    /// Decides whether a function may start one more environment.
    pub(super) fn start(&mut self, function: Uuid, now: Instant) -> Result<(), ThrottleReason> {
        let rate = self.rates.environments;
        let account = self.accounts.entry(function).or_default();
        if !account.starts.has(rate, now) {
            return Err(account.rate_reason());
        }
        account.starts.take(rate, now);
        Ok(())
    }

    /// Tells what runs, by function.
    pub(super) fn usage(&self) -> Vec<(Uuid, Usage)> {
        let usage = |account: &Account| Usage {
            running: account.running,
            provisioned: account
                .shares
                .iter()
                .map(|(number, one)| (*number, one.running))
                .collect(),
        };
        self.accounts.iter().map(|(function, account)| (*function, usage(account))).collect()
    }

    fn grant(&mut self, function: Uuid, charge: Charge, now: Instant) -> Result<Grant, Refusal> {
        // Only after a reservation has changed can there be room in a part and none in the whole.
        if self.running >= self.limit {
            let reason = ThrottleReason::ConcurrentInvocationLimitExceeded;
            return Err(Refusal { reason, soon: self.about_to_be_free(function, Charge::Common) });
        }
        let rate = self.request_rate(function);
        let grant = Grant { function, charge, settling: false, spilled: false };
        self.running += 1;
        self.common.running += u32::from(charge == Charge::Common);
        let account = self.accounts.entry(function).or_default();
        account.requests.take(rate, now);
        account.use_of(charge).running += 1;
        account.running += 1;
        Ok(grant)
    }

    fn check_rate(&mut self, function: Uuid, now: Instant) -> Result<(), ThrottleReason> {
        let rate = self.request_rate(function);
        let account = self.accounts.entry(function).or_default();
        // Of a function that may not run at all, that is the reason.
        let may_run = account.entitlement.reserved != Some(0);
        if may_run && !account.requests.has(rate, now) {
            return Err(account.rate_reason());
        }
        Ok(())
    }

    /// Tells what an invocation outside provisioned concurrency is charged to, whether there is
    /// room for it, and why not.
    fn on_demand_room(&self, function: Uuid) -> (Charge, bool, ThrottleReason) {
        use ThrottleReason as R;
        if let Some(room) = self.accounts.get(&function).and_then(Account::reserved_room) {
            return (Charge::Reserved, room, R::ReservedFunctionConcurrentInvocationLimitExceeded);
        }
        let room = self.common.running < self.limit.saturating_sub(self.carved);
        (Charge::Common, room, R::ConcurrentInvocationLimitExceeded)
    }

    /// Gives a place if more are about to be free than wait for it already.
    fn about_to_be_free(&mut self, function: Uuid, charge: Charge) -> Option<Place> {
        let account = self.accounts.entry(function).or_default();
        if charge == Charge::Reserved && account.remainder() == Some(0) {
            return None;
        }
        let pool = self.pool(function, charge);
        (pool.settling > pool.waiting).then_some(Place { function, charge })
    }

    /// Gives the pool whose room decides about a charge.
    fn pool(&mut self, function: Uuid, charge: Charge) -> &mut Use {
        match charge {
            Charge::Common => &mut self.common,
            own => self.accounts.entry(function).or_default().use_of(own),
        }
    }

    fn request_rate(&self, function: Uuid) -> Rate {
        let reserved = self.accounts.get(&function).and_then(|one| one.entitlement.reserved);
        let concurrency = reserved.unwrap_or(self.limit);
        Rate {
            count: concurrency.saturating_mul(self.rates.requests_per_concurrency),
            per: std::time::Duration::from_secs(1),
        }
    }
}

// === impl Grant ===

impl Grant {
    pub(super) fn placement(&self) -> Placement {
        match self.charge {
            Charge::Provisioned(_) => Placement::Provisioned,
            _ if self.spilled => Placement::Spilled,
            _ => Placement::OnDemand,
        }
    }
}

// === impl Use ===

impl Use {
    fn released(&mut self, grant: &Grant) {
        self.running -= 1;
        self.settling -= u32::from(grant.settling);
    }
}

impl From<ThrottleReason> for Refusal {
    fn from(reason: ThrottleReason) -> Self {
        Self { reason, soon: None }
    }
}

#[cfg(test)]
mod tests;
