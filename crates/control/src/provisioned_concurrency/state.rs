//! What the API shows of a configuration.

use model::{
    Timestamp,
    function::{Function, Provisioned, ProvisionedStatus},
    names::Qualifier,
};

use crate::Control;

/// The members that all answers have.
#[derive(Clone, Debug)]
pub(super) struct Shown {
    pub(super) requested: Option<i32>,
    pub(super) available: Option<i32>,
    pub(super) allocated: Option<i32>,
    pub(super) status: Option<String>,
    pub(super) reason: Option<String>,
    pub(super) last_modified: Option<String>,
}

/// What AWS says of an init that fails; other reasons are not recorded.
const INIT_FAILURE: &str = "FUNCTION_ERROR_INIT_FAILURE";

// === impl Control: state ===

impl Control {
    /// Shows how far a configuration has come.
    pub(super) fn show(
        &self,
        function: &Function,
        qualifier: Option<&Qualifier>,
        config: Provisioned,
    ) -> Shown {
        let shares = self.shares(function, qualifier, config.concurrency);
        let set_at = config.last_modified;
        let allocation = self.parts.concurrency.allocation(function, &shares, set_at);
        let status = ProvisionedStatus::of(config, allocation);
        let count = |count: u32| i32::try_from(count).ok();
        let ready = count(allocation.shown(config));
        Shown {
            requested: count(config.concurrency),
            available: ready,
            allocated: ready,
            status: Some(status.as_str().to_owned()),
            reason: (status == ProvisionedStatus::Failed).then(|| INIT_FAILURE.to_owned()),
            last_modified: Some(seconds(set_at)),
        }
    }
}

/// Writes a time as functions do, without the milliseconds.
fn seconds(at: Timestamp) -> String {
    let text = at.function_style();
    let (day, rest) = text.split_once('.').unwrap_or((&text, ""));
    format!("{day}{}", rest.trim_start_matches(|digit: char| digit.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_whole_seconds() {
        let at = Timestamp::from_epoch_ms(1_764_026_331_987);
        assert_eq!(seconds(at), "2025-11-24T23:18:51+0000");
    }
}
