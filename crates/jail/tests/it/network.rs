//! What jails can reach. Each test has a machine of its own: a network namespace, linked to another that is the world.

use std::fs::{self, File};
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, TcpListener, TcpStream};
use std::os::fd::{AsFd, AsRawFd};
use std::process::Command;
use std::thread;

use jail::NetworkMode;
use rustix::thread::{LinkNameSpaceType, UnshareFlags, move_into_link_name_space};

use crate::Test;
use crate::house::{House, python};

pub(crate) const TESTS: &[Test] = &[
    ("outbound_connections_reach_the_world_under_the_machines_address", outbound),
    ("mail_is_refused", mail),
    ("services_of_the_machine_are_out_of_reach", machine),
    ("jails_cannot_reach_each_other", each_other),
    ("nobody_can_connect_to_a_jail", inbound),
    ("a_jail_without_network_has_only_its_loopback", none),
    ("a_configuration_without_outbound_leaves_the_machines_network_alone", switched_off),
    ("forwarding_is_put_back_when_the_last_instance_ends", forwarding),
];

/// Shows the switch of the network namespace of whoever opens it.
const FORWARDING: &str = "/proc/sys/net/ipv4/ip_forward";
const MACHINE: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 1);
const WORLD: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 2);

/// The test's machine and the world beyond it.
pub(crate) struct Net {
    world: File,
}

/// Runs a test on a thread that is in a network namespace of its own, linked to a world.
pub(crate) fn on_own_machine(test: impl FnOnce(&Net) + Send) {
    thread::scope(|scope| {
        scope.spawn(|| {
            let world = thread::scope(|scope| scope.spawn(new_namespace).join().unwrap());
            new_namespace();
            let net = Net { world };
            let far = format!("/proc/{}/fd/{}", std::process::id(), net.world.as_raw_fd());
            ip(&["link", "add", "up0", "type", "veth", "peer", "name", "up1", "netns", &far]);
            ip(&["addr", "add", "203.0.113.1/24", "dev", "up0"]);
            ip(&["link", "set", "up0", "up"]);
            // A new network namespace starts with the switch as the real machine has it.
            fs::write(FORWARDING, "0").unwrap();
            ip(&["route", "add", "default", "via", "203.0.113.2"]);
            net.in_world(|| {
                ip(&["addr", "add", "203.0.113.2/24", "dev", "up1"]);
                ip(&["link", "set", "up1", "up"]);
                // The world knows the way to jails, and still must not get in.
                ip(&["route", "add", "100.72.0.0/14", "via", "203.0.113.1"]);
            });
            test(&net);
        });
    });
}

fn new_namespace() -> File {
    #[expect(deprecated, reason = "the replacement is unsafe because of a flag not used here")]
    rustix::thread::unshare(UnshareFlags::NEWNET).unwrap();
    ip(&["link", "set", "lo", "up"]);
    File::open("/proc/thread-self/ns/net").unwrap()
}

#[expect(
    clippy::disallowed_methods,
    reason = "the test sets up its own network with the usual tool"
)]
fn ip(args: &[&str]) {
    let status = Command::new("ip").args(args).status().unwrap();
    assert!(status.success(), "ip {args:?}");
}

impl Net {
    fn in_world<T: Send>(&self, act: impl FnOnce() -> T + Send) -> T {
        let enter = || {
            move_into_link_name_space(self.world.as_fd(), Some(LinkNameSpaceType::Network))
                .unwrap();
            act()
        };
        thread::scope(|scope| scope.spawn(enter).join().unwrap())
    }

    /// A server in the world; sockets stay where they were made.
    fn serve(&self, port: u16) -> TcpListener {
        self.in_world(|| TcpListener::bind((WORLD, port)).unwrap())
    }
}

/// A server in the world, and its port.
pub(crate) fn serve_in_world(net: &Net) -> (TcpListener, u16) {
    let server = net.serve(0);
    let port = server.local_addr().unwrap().port();
    (server, port)
}

/// What happens when a guest connects.
fn attempt(jail: &jail::Jail, address: Ipv4Addr, port: u16) -> String {
    let program = format!(
        "import socket\n\
         try: socket.create_connection(('{address}',{port}), 20); print('connected')\n\
         except ConnectionRefusedError: print('refused')\n\
         except OSError as e: print(type(e).__name__, e.errno)"
    );
    python(jail, &program).output.trim().to_owned()
}

fn outbound() {
    on_own_machine(|net| {
        let house = House::with_network();
        assert_eq!(house.spawner.outbound_refused(), None);
        let jail = house.jail_with("one", 256, NetworkMode::Outbound);
        let server = net.serve(0);
        let port = server.local_addr().unwrap().port();
        let client = thread::spawn(move || {
            let outcome = attempt(&jail, WORLD, port);
            jail.destroy().unwrap();
            outcome
        });
        let (_, peer) = server.accept().unwrap();
        assert_eq!(client.join().unwrap(), "connected");
        assert_eq!(peer.ip(), MACHINE);
    });
}

fn mail() {
    on_own_machine(|net| {
        let house = House::with_network();
        let _mail = net.serve(25);
        let _other = net.serve(2525);
        let jail = house.jail_with("one", 256, NetworkMode::Outbound);
        assert_eq!(attempt(&jail, WORLD, 25), "refused");
        assert_eq!(attempt(&jail, WORLD, 2525), "connected");
    });
}

fn machine() {
    on_own_machine(|_net| {
        let house = House::with_network();
        let service = TcpListener::bind("0.0.0.0:0").unwrap();
        let port = service.local_addr().unwrap().port();
        let jail = house.jail_with("one", 256, NetworkMode::Outbound);
        let gateway = "print(open('/proc/net/route').read().splitlines()[1].split()[2])";
        let gateway = u32::from_str_radix(python(&jail, gateway).output.trim(), 16).unwrap();
        let gateway = Ipv4Addr::from(gateway.swap_bytes());
        let metadata = Ipv4Addr::new(169, 254, 169, 254);
        for address in [Ipv4Addr::LOCALHOST, MACHINE, gateway, metadata] {
            assert_eq!(attempt(&jail, address, port), "refused", "{address}");
        }
        drop(TcpStream::connect((MACHINE, port)).unwrap());
    });
}

fn each_other() {
    on_own_machine(|_net| {
        let house = House::with_network();
        let (mine, other) = (
            house.jail_with("one", 256, NetworkMode::Outbound),
            house.jail_with("two", 256, NetworkMode::Outbound),
        );
        let _open = other.listen(SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, 8080)).unwrap();
        let theirs = address_of(&other);
        assert_eq!(attempt(&other, theirs, 8080), "connected");
        assert_eq!(attempt(&mine, theirs, 8080), "refused");
        assert_eq!(attempt(&mine, theirs, 9001), "refused");
        // Each has a Runtime API of its own at the same address.
        let _not_mine = other.take_listener().unwrap();
        drop(mine.take_listener());
        assert_eq!(attempt(&mine, Ipv4Addr::LOCALHOST, 9001), "refused");
        assert_eq!(attempt(&other, Ipv4Addr::LOCALHOST, 9001), "connected");
    });
}

fn inbound() {
    on_own_machine(|net| {
        let house = House::with_network();
        let jail = house.jail_with("one", 256, NetworkMode::Outbound);
        let _open = jail.listen(SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, 8080)).unwrap();
        let address = SocketAddr::from((address_of(&jail), 8080));
        assert!(TcpStream::connect(address).is_err(), "from the machine");
        assert!(net.in_world(|| TcpStream::connect(address)).is_err(), "from the world");
    });
}

fn none() {
    on_own_machine(|net| {
        let house = House::with_network();
        let _server = net.serve(8080);
        let jail = house.jail("one");
        assert_eq!(attempt(&jail, WORLD, 8080), "OSError 101");
        let outcome =
            python(&jail, "import socket; print([name for _, name in socket.if_nameindex()])");
        assert_eq!(outcome.output, "['lo']\n");
    });
}

fn switched_off() {
    on_own_machine(|net| {
        let house = House::new();
        let _server = net.serve(8080);
        assert!(
            house.spawner.outbound_refused().is_some_and(|reason| reason.contains("configuration"))
        );
        let jail = house.jail_with("one", 256, NetworkMode::Outbound);
        assert_eq!(attempt(&jail, WORLD, 8080), "OSError 101");
        assert_eq!(switch(), "0");
    });
}

fn forwarding() {
    on_own_machine(|_net| {
        assert_eq!(switch(), "0");
        let (first, second) = (House::with_network(), House::with_network());
        assert_eq!(switch(), "1");
        first.spawner.stop().unwrap();
        assert_eq!(switch(), "1", "the second instance still needs it");
        second.spawner.stop().unwrap();
        assert_eq!(switch(), "0");
    });
}

fn switch() -> String {
    fs::read_to_string(FORWARDING).unwrap().trim().to_owned()
}

/// A jail's own address on its link.
fn address_of(jail: &jail::Jail) -> Ipv4Addr {
    let program = "import socket; s=socket.socket(socket.AF_INET,socket.SOCK_DGRAM); s.connect(('203.0.113.2',9)); \
                   print(s.getsockname()[0])";
    python(jail, program).output.trim().parse().unwrap()
}
