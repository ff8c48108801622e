//! Which name servers jails can use when none are configured.

use std::fs;
use std::net::{IpAddr, Ipv4Addr};

/// The first is what a local resolver itself asks, where there is one; jails cannot reach the local one.
const FILES: [&str; 2] = ["/run/systemd/resolve/resolv.conf", "/etc/resolv.conf"];

/// The name servers of this machine that jails can reach.
pub(crate) fn of_this_machine() -> Vec<IpAddr> {
    let texts = FILES.iter().filter_map(|file| fs::read_to_string(file).ok());
    texts.map(|text| reachable(&text)).find(|servers| !servers.is_empty()).unwrap_or_default()
}

/// Neither this machine's own addresses nor the newer protocol exist for jails.
fn reachable(text: &str) -> Vec<IpAddr> {
    let servers =
        text.lines().filter_map(|line| line.trim().strip_prefix("nameserver")?.trim().parse().ok());
    servers.filter(|server: &Ipv4Addr| !server.is_loopback()).map(IpAddr::V4).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_servers_that_jails_can_reach_are_taken() {
        let text = "# local\nsearch lan\nnameserver 127.0.0.53\nnameserver\t9.9.9.9 \nnameserver fe80::1\nnameserver 1.1.1.1\n";
        let expected: [IpAddr; 2] = ["9.9.9.9".parse().unwrap(), "1.1.1.1".parse().unwrap()];
        assert_eq!(reachable(text), expected);
    }
}
