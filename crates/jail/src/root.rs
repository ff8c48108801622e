//! The root directory all jails of an instance share: the host's programs and little else, read-only.
//!
//! It is built once in the spawner's own mount namespace, where nobody else sees it; every jail starts with a copy of
//! its mounts, which costs next to nothing.

use std::fs::{self, File};
use std::io;
use std::os::fd::AsFd;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use crate::config::NetworkConfig;
use crate::error::{Fault, Step};
use crate::mount;
use crate::network::resolver;
use crate::spec::{GUEST_GID, GUEST_UID};
use crate::sys::fds::restrict_mount;

/// Top-level directories with programs; on most systems all but the first are links into it.
const PROGRAM_DIRS: [&str; 7] = ["usr", "bin", "sbin", "lib", "lib32", "lib64", "libx32"];
/// Parts of the host's configuration that programs need and that hold no secrets, if they are there.
const HOST_CONFIG: [&str; 14] = [
    "alternatives",
    "ca-certificates",
    "crypto-policies",
    "fonts",
    "gai.conf",
    "ld.so.cache",
    "localtime",
    "mime.types",
    "pki/ca-trust",
    "pki/tls/certs",
    "protocols",
    "services",
    "ssl/certs",
    "ssl/openssl.cnf",
];
const DEVICES: [&str; 5] = ["null", "zero", "full", "random", "urandom"];
const DEVICE_LINKS: [(&str, &str); 4] = [
    ("fd", "/proc/self/fd"),
    ("stdin", "/proc/self/fd/0"),
    ("stdout", "/proc/self/fd/1"),
    ("stderr", "/proc/self/fd/2"),
];
/// Directories that a jail's own mounts go to.
const MOUNT_POINTS: [&str; 7] =
    ["proc", "tmp", "opt", "mnt", "var/task", "var/runtime", "var/lang"];

/// Builds the root at `dir` and leaves it mounted there. Belongs into a mount namespace of its own.
pub(crate) fn build(dir: &Path, network: &NetworkConfig) -> Result<(), Fault> {
    fs::create_dir_all(dir).step("make the directory of the root")?;
    let options = [("mode", "0755"), ("size", "4m")];
    let tmpfs = mount::new_file_system("tmpfs", &options, mount::HARMLESS).step("make the root")?;
    mount::attach(&tmpfs, dir).step("mount the root")?;
    for point in MOUNT_POINTS {
        fs::create_dir_all(dir.join(point)).step(format!("make /{point}"))?;
    }
    for name in PROGRAM_DIRS {
        show_programs(dir, name).step(format!("show /{name}"))?;
    }
    write_etc(dir, network).step("write /etc")?;
    show_host_config(dir).step("show parts of /etc")?;
    make_devices(dir).step("make /dev")?;
    let read_only = u64::from(mount::READ_ONLY.bits());
    restrict_mount(tmpfs.as_fd(), read_only, false).step("make the root read-only")
}

fn show_programs(root: &Path, name: &str) -> io::Result<()> {
    let host = Path::new("/").join(name);
    match fs::read_link(&host) {
        Ok(link) => symlink(link, root.join(name)),
        Err(_not_a_link) if host.is_dir() => {
            fs::create_dir(root.join(name))?;
            mount::attach(mount::bind(&host)?, root.join(name))
        }
        Err(_absent) => Ok(()),
    }
}

fn write_etc(root: &Path, network: &NetworkConfig) -> io::Result<()> {
    let etc = root.join("etc");
    fs::create_dir(&etc)?;
    let user =
        format!("sbx_user1051:x:{GUEST_UID}:{GUEST_GID}::/home/sbx_user1051:/sbin/nologin\n");
    let servers = match network.nameservers.as_slice() {
        [] => resolver::of_this_machine(),
        given => given.to_vec(),
    };
    let servers = servers.iter().map(|server| format!("nameserver {server}\n"));
    let files = [
        ("passwd", format!("root:x:0:0:root:/root:/sbin/nologin\n{user}")),
        ("group", "root:x:0:\n".to_owned()),
        ("nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n".to_owned()),
        ("hosts", format!("127.0.0.1 localhost localhost.localdomain {}\n", network.hostname)),
        ("hostname", format!("{}\n", network.hostname)),
        ("resolv.conf", servers.collect()),
    ];
    files.into_iter().try_for_each(|(name, text)| fs::write(etc.join(name), text))
}

fn show_host_config(root: &Path) -> io::Result<()> {
    let named = HOST_CONFIG.iter().map(PathBuf::from);
    for name in named.chain(java_config()) {
        let host = Path::new("/etc").join(&name);
        let Ok(metadata) = fs::metadata(&host) else { continue };
        let target = root.join("etc").join(&name);
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent)?;
        }
        if metadata.is_dir() {
            fs::create_dir(&target)?;
        } else {
            File::create(&target)?;
        }
        // Following a link such as /etc/localtime is intended: what it leads to is what programs look for.
        mount::attach(mount::bind(&host)?, &target)?;
    }
    Ok(())
}

/// Java installations keep part of themselves in `/etc/java-*`.
fn java_config() -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir("/etc") else { return Vec::new() };
    let names = entries.flatten().map(|entry| PathBuf::from(entry.file_name()));
    names.filter(|name| name.to_string_lossy().starts_with("java-")).collect()
}

fn make_devices(root: &Path) -> io::Result<()> {
    let dev = root.join("dev");
    fs::create_dir(&dev)?;
    for name in DEVICES {
        let target = dev.join(name);
        File::create(&target)?.set_permissions(fs::Permissions::from_mode(0o666))?;
        // Binding works where making device files does not, such as inside a container.
        mount::attach(mount::bind_device(&Path::new("/dev").join(name))?, &target)?;
    }
    DEVICE_LINKS.iter().try_for_each(|(name, to)| symlink(to, dev.join(name)))
}
