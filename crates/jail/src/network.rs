//! The network of jails: a link to the host per slot, and one set of rules per instance for what passes.

mod forwarding;
pub(crate) mod inside;
mod netlink;
pub(crate) mod resolver;
mod rules;
mod slot;
pub(crate) mod veth;

pub(crate) use self::forwarding::Forwarding;
pub(crate) use self::rules::Rules;
pub(crate) use self::slot::{Link, LinkFamily, Slot, Slots};
