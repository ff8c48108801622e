//! The link between a jail and the host: a pair of interfaces, one on each side.

use std::io;
use std::net::Ipv4Addr;

use super::netlink::{NEW, Netlink, Request};
use super::slot::interface_prefix;

/// Name of the link inside the jail.
pub(crate) const INSIDE: &str = "eth0";

const RTM_NEWLINK: u16 = 16;
const RTM_DELLINK: u16 = 17;
const RTM_NEWADDR: u16 = 20;
const RTM_NEWROUTE: u16 = 24;
const IFLA_IFNAME: u16 = 3;
const IFLA_LINKINFO: u16 = 18;
const IFLA_NET_NS_PID: u16 = 19;
const IFLA_INFO_KIND: u16 = 1;
const IFLA_INFO_DATA: u16 = 2;
const VETH_INFO_PEER: u16 = 1;
const IFA_ADDRESS: u16 = 1;
const IFA_LOCAL: u16 = 2;
const IFA_FLAGS: u16 = 8;
/// The route to the other end is made separately, where it fails if the address is in use.
const IFA_F_NOPREFIXROUTE: u32 = 0x200;
const RTA_DST: u16 = 1;
const RTA_OIF: u16 = 4;
const RTA_GATEWAY: u16 = 5;
const IFF_UP: u32 = 1;
const AF_INET: u8 = 2;
const RT_TABLE_MAIN: u8 = 254;
const RTPROT_BOOT: u8 = 3;
const RT_SCOPE_UNIVERSE: u8 = 0;
const RT_SCOPE_LINK: u8 = 253;
const RTN_UNICAST: u8 = 1;
/// A link has exactly two addresses.
const LINK_PREFIX_LEN: u8 = 31;
const HOST_PREFIX_LEN: u8 = 32;

/// Makes the link to the jail whose init is `pid`, and the host's side of it ready.
pub(crate) fn connect(name: &str, pid: i32, (jail, host): (Ipv4Addr, Ipv4Addr)) -> io::Result<()> {
    let netlink = Netlink::open()?;
    let peer = |request: Request| {
        request
            .raw(&interface(0, 0))
            .text(IFLA_IFNAME, INSIDE)
            .attribute(IFLA_NET_NS_PID, &pid.to_ne_bytes())
    };
    let link = Request::new(RTM_NEWLINK, NEW, &interface(0, 0)).text(IFLA_IFNAME, name);
    netlink.call(link.nested(IFLA_LINKINFO, |info| {
        info.text(IFLA_INFO_KIND, "veth")
            .nested(IFLA_INFO_DATA, |data| data.nested(VETH_INFO_PEER, peer))
    }))?;
    let ready = netlink.index(name).and_then(|index| {
        add_address(&netlink, index, host)?;
        bring_up(&netlink, index)?;
        add_route(&netlink, index, Some(jail), None)
    });
    if ready.is_err() {
        disconnect(name)?;
    }
    ready
}

/// Takes the link away on both sides; an absent one is fine.
pub(crate) fn disconnect(name: &str) -> io::Result<()> {
    match Netlink::open()?
        .call(Request::new(RTM_DELLINK, 0, &interface(0, 0)).text(IFLA_IFNAME, name))
    {
        Err(error) if error.raw_os_error() == Some(libc::ENODEV) => Ok(()),
        other => other,
    }
}

/// Takes away all links of an instance that an earlier run has left.
pub(crate) fn sweep(tag: &str) -> io::Result<()> {
    let prefix = interface_prefix(tag);
    // This table shows the interfaces of the network namespace of whoever reads it.
    let table = std::fs::read_to_string("/proc/self/net/dev")?;
    let names = table.lines().filter_map(|line| line.split_once(':')).map(|(name, _)| name.trim());
    names.filter(|name| name.starts_with(&prefix)).try_for_each(disconnect)
}

/// Brings up an interface of this network namespace.
pub(super) fn bring_up(netlink: &Netlink, index: u32) -> io::Result<()> {
    netlink.call(Request::new(RTM_NEWLINK, 0, &interface(index, IFF_UP)))
}

pub(super) fn add_address(netlink: &Netlink, index: u32, address: Ipv4Addr) -> io::Result<()> {
    let mut body = vec![AF_INET, LINK_PREFIX_LEN, 0, RT_SCOPE_UNIVERSE];
    body.extend(index.to_ne_bytes());
    let request = Request::new(RTM_NEWADDR, NEW, &body)
        .attribute(IFA_LOCAL, &address.octets())
        .attribute(IFA_ADDRESS, &address.octets())
        .attribute(IFA_FLAGS, &IFA_F_NOPREFIXROUTE.to_ne_bytes());
    netlink.call(request)
}

/// Adds a route to one address, or to everything; fails when there is one already.
pub(super) fn add_route(
    netlink: &Netlink,
    index: u32,
    to: Option<Ipv4Addr>,
    through: Option<Ipv4Addr>,
) -> io::Result<()> {
    let prefix_len = if to.is_some() { HOST_PREFIX_LEN } else { 0 };
    let scope = if through.is_some() { RT_SCOPE_UNIVERSE } else { RT_SCOPE_LINK };
    let mut body = vec![AF_INET, prefix_len, 0, 0, RT_TABLE_MAIN, RTPROT_BOOT, scope, RTN_UNICAST];
    body.extend([0; 4]);
    let mut request =
        Request::new(RTM_NEWROUTE, NEW, &body).attribute(RTA_OIF, &index.to_ne_bytes());
    if let Some(to) = to {
        request = request.attribute(RTA_DST, &to.octets());
    }
    if let Some(through) = through {
        request = request.attribute(RTA_GATEWAY, &through.octets());
    }
    netlink.call(request)
}

/// The fixed part of link messages: which interface, and flags to set.
fn interface(index: u32, flags: u32) -> Vec<u8> {
    let mut body = vec![0; 4];
    body.extend(index.to_ne_bytes());
    body.extend(flags.to_ne_bytes());
    body.extend(flags.to_ne_bytes());
    body
}
