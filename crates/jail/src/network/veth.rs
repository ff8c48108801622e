//! The link between a jail and the host: a pair of interfaces, one on each side.

use std::io;
use std::net::Ipv4Addr;
use std::os::fd::{AsRawFd, BorrowedFd};

use super::netlink::{NEW, Netlink, Request};
use super::slot::{Link, LinkFamily, interface_prefix};

/// Name of the link inside the jail.
pub(crate) const INSIDE: &str = "eth0";

const RTM_NEWLINK: u16 = 16;
const RTM_DELLINK: u16 = 17;
const RTM_NEWADDR: u16 = 20;
const RTM_NEWROUTE: u16 = 24;
const IFLA_IFNAME: u16 = 3;
const IFLA_LINKINFO: u16 = 18;
const IFLA_GROUP: u16 = 27;
const IFLA_NET_NS_FD: u16 = 28;
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

/// Makes a link into the network namespace `inside`, and the host's side of it ready; `host` speaks to that side.
pub(super) fn connect(host: &Netlink, link: &Link, inside: BorrowedFd<'_>) -> io::Result<()> {
    let peer = |request: Request| {
        request
            .raw(&interface(0, 0))
            .text(IFLA_IFNAME, INSIDE)
            .attribute(IFLA_NET_NS_FD, &inside.as_raw_fd().to_ne_bytes())
    };
    let new = Request::new(RTM_NEWLINK, NEW, &interface(0, 0))
        .text(IFLA_IFNAME, &link.name)
        .attribute(IFLA_GROUP, &link.family.0.to_ne_bytes());
    host.call(new.nested(IFLA_LINKINFO, |info| {
        info.text(IFLA_INFO_KIND, "veth")
            .nested(IFLA_INFO_DATA, |data| data.nested(VETH_INFO_PEER, peer))
    }))?;
    let index = host.index(&link.name)?;
    add_address(host, index, link.outside)?;
    bring_up(host, index)?;
    add_route(host, index, Some(link.inside), None)
}

/// Takes the link away on both sides; an absent one is fine.
pub(crate) fn disconnect(name: &str) -> io::Result<()> {
    remove(Request::new(RTM_DELLINK, 0, &interface(0, 0)).text(IFLA_IFNAME, name))
}

/// Takes all links of an instance away at once, which costs little more than taking one.
pub(crate) fn disconnect_all(family: LinkFamily) -> io::Result<()> {
    let all = Request::new(RTM_DELLINK, 0, &interface(0, 0));
    remove(all.attribute(IFLA_GROUP, &family.0.to_ne_bytes()))
}

fn remove(request: Request) -> io::Result<()> {
    match Netlink::open()?.call(request) {
        Err(error) if error.raw_os_error() == Some(libc::ENODEV) => Ok(()),
        other => other,
    }
}

/// Takes away all links of an instance that an earlier run has left.
pub(crate) fn sweep(tag: &str, family: LinkFamily) -> io::Result<()> {
    disconnect_all(family)?;
    // What is called as ours is ours, even if a run that gave out other families has left it.
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
