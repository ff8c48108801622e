//! Numbers that keep jails apart: each slot has one, and with it its addresses, interface, control groups and host user.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use serde::{Deserialize, Serialize};

use crate::config::NetworkConfig;
use crate::error::Fault;
use crate::spec::InstanceId;

/// Users of jails start here: above what systems give to people, services and containers by default.
const HOST_IDS_START: u32 = 1_100_000_000;
/// How many users each of [`INSTANCES`] instances has to itself.
const HOST_IDS_PER_INSTANCE: u32 = 1 << 16;
const INSTANCES: u64 = 1 << 12;
const ADDRESSES_PER_LINK: u32 = 2;

/// A slot's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) struct Slot(u32);

/// What sets the links of one instance apart from all others, as a number that the kernel keeps with each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LinkFamily(pub(super) u32);

/// A link between the host and a slot's network.
#[derive(Debug, Clone)]
pub(crate) struct Link {
    /// Name of the host's end.
    pub(crate) name: String,
    pub(crate) family: LinkFamily,
    /// The jail's address.
    pub(crate) inside: Ipv4Addr,
    /// The host's address.
    pub(crate) outside: Ipv4Addr,
}

/// The numbers of one instance.
#[derive(Debug)]
pub(crate) struct Slots {
    taken: BTreeSet<Slot>,
    next: u32,
    end: u32,
    first_address: u32,
    host_ids_start: u32,
    tag: String,
    links: LinkFamily,
}

// === impl Slots ===

impl Slots {
    pub(crate) fn new(instance: &InstanceId, network: &NetworkConfig) -> Self {
        let bits = 32 - u32::from(network.prefix_len.clamp(8, 30));
        let links = (1_u32 << bits) / ADDRESSES_PER_LINK;
        let end = links.min(HOST_IDS_PER_INSTANCE);
        // Below the instance count, so it fits.
        let instance_number = u32::try_from(instance.hash() % INSTANCES).unwrap_or(0);
        Self {
            taken: BTreeSet::new(),
            // Instances that share a block of addresses rarely meet when each starts elsewhere.
            next: u32::try_from(instance.hash() % u64::from(end)).unwrap_or(0),
            end,
            first_address: u32::from(network.subnet) & !((1_u32 << bits) - 1),
            host_ids_start: HOST_IDS_START + instance_number * HOST_IDS_PER_INSTANCE,
            tag: instance.tag(),
            links: LinkFamily::of(instance),
        }
    }

    /// Takes the number that has been free for longest, so that what still lingers of an old one has time to go.
    pub(crate) fn take(&mut self) -> Result<Slot, Fault> {
        let candidates = (self.next..self.end).chain(0..self.next).map(Slot);
        let free = candidates.into_iter().find(|slot| !self.taken.contains(slot));
        let slot = free
            .ok_or_else(|| Fault::words("number the jail", format!("{} are in use", self.end)))?;
        self.taken.insert(slot);
        self.next = (slot.0 + 1) % self.end;
        Ok(slot)
    }

    pub(crate) fn give_back(&mut self, slot: Slot) {
        self.taken.remove(&slot);
    }

    /// Name of the slot's control groups.
    pub(crate) fn group(slot: Slot) -> String {
        format!("slot-{:x}", slot.0)
    }

    /// User and group on the host of this jail's guests.
    pub(crate) fn host_id(&self, slot: Slot) -> u32 {
        self.host_ids_start + slot.0
    }

    /// The link of a slot that has one.
    pub(crate) fn link(&self, slot: Slot) -> Link {
        let host = self.first_address + slot.0 * ADDRESSES_PER_LINK;
        Link {
            name: format!("{}{:x}", interface_prefix(&self.tag), slot.0),
            family: self.links,
            inside: Ipv4Addr::from(host + 1),
            outside: Ipv4Addr::from(host),
        }
    }

    /// What all links of the instance have in common.
    pub(crate) fn links(&self) -> LinkFamily {
        self.links
    }
}

// === impl LinkFamily ===

impl LinkFamily {
    pub(crate) fn of(instance: &InstanceId) -> Self {
        // Neither zero, where all other interfaces are, nor above what tools print.
        Self(u32::try_from(instance.hash() >> 33).unwrap_or(0) | 1)
    }
}

/// What the names of all interfaces of an instance start with; the kernel allows 15 characters in all.
pub(crate) fn interface_prefix(tag: &str) -> String {
    format!("lk{tag}-")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slots(prefix_len: u8) -> Slots {
        let network = NetworkConfig { prefix_len, ..NetworkConfig::default() };
        Slots::new(&"one".parse().unwrap(), &network)
    }

    #[test]
    fn no_two_living_jails_share_anything() {
        let mut slots = slots(14);
        let (a, b) = (slots.take().unwrap(), slots.take().unwrap());
        assert_ne!(slots.host_id(a), slots.host_id(b));
        assert_ne!(Slots::group(a), Slots::group(b));
        let (a, b) = (slots.link(a), slots.link(b));
        assert_ne!(a.name, b.name);
        let theirs = [b.inside, b.outside];
        assert!(![a.inside, a.outside].iter().any(|mine| theirs.contains(mine)), "{a:?} {b:?}");
    }

    #[test]
    fn numbers_end_with_the_subnet_and_return_when_given_back() {
        let mut slots = slots(30);
        let first = slots.take().unwrap();
        let second = slots.take().unwrap();
        assert!(slots.take().is_err());
        slots.give_back(second);
        assert_eq!(slots.take().unwrap(), second);
        slots.give_back(first);
        assert_eq!(slots.take().unwrap(), first);
    }

    #[test]
    fn the_longest_interface_name_fits() {
        let slots = slots(8);
        let last = Slot(slots.end - 1);
        assert!(slots.link(last).name.len() <= 15, "{:?}", slots.link(last));
    }

    #[test]
    fn addresses_stay_in_the_subnet() {
        let slots = slots(14);
        let last = slots.link(Slot(slots.end - 1));
        assert_eq!((last.inside.octets()[0], last.inside.octets()[1] & 0xfc), (100, 72));
        assert_eq!((last.outside.octets()[0], last.outside.octets()[1] & 0xfc), (100, 72));
    }
}
