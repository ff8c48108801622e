//! The jail's side of its network, set up by init.

use std::fs;
use std::net::Ipv4Addr;

use super::netlink::Netlink;
use super::veth::{INSIDE, add_address, add_route, bring_up};
use crate::error::{Fault, Step};

/// Switches the newer protocol off, so that nothing goes where the rules for the older one do not look.
pub(crate) fn quiet_ipv6() {
    for name in ["all", "default", "lo"] {
        // A kernel without the protocol has no such file, and nothing to switch off.
        let _absent = fs::write(format!("/proc/sys/net/ipv6/conf/{name}/disable_ipv6"), "1");
    }
}

/// Brings up the loopback interface and, if there is one, the link with its jail and host addresses.
pub(crate) fn configure(link: Option<(Ipv4Addr, Ipv4Addr)>) -> Result<(), Fault> {
    let netlink = Netlink::open().step("open a routing socket")?;
    let loopback = netlink.index("lo").step("find the loopback interface")?;
    bring_up(&netlink, loopback).step("bring up the loopback interface")?;
    let Some((jail, host)) = link else { return Ok(()) };
    let index = netlink.index(INSIDE).step("find the link")?;
    add_address(&netlink, index, jail).step("give the link its address")?;
    bring_up(&netlink, index).step("bring up the link")?;
    add_route(&netlink, index, Some(host), None).step("make the route to the host")?;
    add_route(&netlink, index, None, Some(host)).step("make the default route")
}
