//! The network inside a slot and the host's side of its link, both set up by the slot's init.

use std::fs::{self, File};
use std::io;
use std::os::fd::AsFd;

use super::netlink::Netlink;
use super::slot::Link;
use super::veth::{add_address, add_route, bring_up, connect};
use crate::error::{Fault, Step};

/// Name of the link inside the jail.
pub(crate) const INSIDE: &str = super::veth::INSIDE;

/// Speaks to the network namespace in which it was made, also from another.
#[derive(Debug)]
pub(crate) struct Host(Netlink);

// === impl Host ===

impl Host {
    pub(crate) fn reach() -> io::Result<Self> {
        Netlink::open().map(Self)
    }
}

/// Switches off what must not be: the newer protocol, so that nothing goes where the rules for the older one do not look,
/// and connections that wait for stragglers after their end, which would still be there when the next jail comes.
pub(crate) fn quieten() {
    for (name, value) in [("ipv6/conf/all/disable_ipv6", "1"), ("ipv4/tcp_max_tw_buckets", "0")] {
        // A kernel without the first has nothing to switch off; without the second, slots with connections are given up.
        let _absent = fs::write(format!("/proc/sys/net/{name}"), value);
    }
}

/// Brings up the loopback interface and, if there is to be one, makes the link to the host.
pub(crate) fn configure(host: &Host, link: Option<&Link>) -> Result<(), Fault> {
    let netlink = Netlink::open().step("open a routing socket")?;
    let loopback = netlink.index("lo").step("find the loopback interface")?;
    bring_up(&netlink, loopback).step("bring up the loopback interface")?;
    let Some(link) = link else { return Ok(()) };
    let here = File::open("/proc/self/ns/net").step("open the network namespace")?;
    connect(&host.0, link, here.as_fd()).step("connect the slot")?;
    let index = netlink.index(INSIDE).step("find the link")?;
    add_address(&netlink, index, link.inside).step("give the link its address")?;
    bring_up(&netlink, index).step("bring up the link")?;
    add_route(&netlink, index, Some(link.outside), None).step("make the route to the host")?;
    add_route(&netlink, index, None, Some(link.outside)).step("make the default route")
}
