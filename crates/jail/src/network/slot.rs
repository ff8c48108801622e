//! Numbers that keep jails apart: each living jail has one, and with it its addresses, interface and host user.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use crate::config::NetworkConfig;
use crate::error::Fault;
use crate::spec::InstanceId;

/// Users of jails start here: above what systems give to people, services and containers by default.
const HOST_IDS_START: u32 = 1_100_000_000;
/// How many users each of [`INSTANCES`] instances has to itself.
const HOST_IDS_PER_INSTANCE: u32 = 1 << 16;
const INSTANCES: u64 = 1 << 12;
const ADDRESSES_PER_LINK: u32 = 2;

/// A living jail's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Slot(u32);

/// The numbers of one instance.
#[derive(Debug)]
pub(crate) struct Slots {
    taken: BTreeSet<Slot>,
    next: u32,
    end: u32,
    first_address: u32,
    host_ids_start: u32,
    tag: String,
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

    /// User and group on the host of this jail's guests.
    pub(crate) fn host_id(&self, slot: Slot) -> u32 {
        self.host_ids_start + slot.0
    }

    /// Name of the host's end of the link.
    pub(crate) fn interface(&self, slot: Slot) -> String {
        format!("{}{:x}", interface_prefix(&self.tag), slot.0)
    }

    /// The jail's and the host's address of the link.
    pub(crate) fn addresses(&self, slot: Slot) -> (Ipv4Addr, Ipv4Addr) {
        let host = self.first_address + slot.0 * ADDRESSES_PER_LINK;
        (Ipv4Addr::from(host + 1), Ipv4Addr::from(host))
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
        assert_ne!(slots.interface(a), slots.interface(b));
        let (a, b) = (slots.addresses(a), slots.addresses(b));
        assert!([a.0, a.1].iter().all(|address| ![b.0, b.1].contains(address)), "{a:?} {b:?}");
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
        assert!(slots.interface(last).len() <= 15, "{}", slots.interface(last));
    }

    #[test]
    fn addresses_stay_in_the_subnet() {
        let slots = slots(14);
        let (jail, host) = slots.addresses(Slot(slots.end - 1));
        assert_eq!((jail.octets()[0], jail.octets()[1] & 0xfc), (100, 72));
        assert_eq!((host.octets()[0], host.octets()[1] & 0xfc), (100, 72));
    }
}
