//! What guests can see and change.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use jail::{Ending, Mount, MountError};

use crate::Test;
use crate::house::{House, MIB, python, sh, start};

pub(crate) const TESTS: &[Test] = &[
    ("files_of_the_host_cannot_be_read", host_files),
    ("code_of_another_jail_cannot_be_read", code_of_another_jail),
    ("only_own_processes_are_visible", own_processes),
    ("nothing_outside_tmp_can_be_written", writing_outside_tmp),
    ("tmp_ends_at_its_size", tmp_size),
    ("tmp_larger_than_memory_can_be_filled", tmp_is_not_memory),
    ("a_new_tmp_replaces_the_old_one", new_tmp),
    ("layers_lie_over_each_other_with_the_first_on_top", layers),
    ("a_mount_that_cannot_be_made_is_told_apart", bad_mounts),
    ("the_machine_is_hidden_in_proc", hidden_proc),
];

fn host_files() {
    let house = House::new();
    let secret = house.dir.path().join("secret");
    fs::write(&secret, "secret").unwrap();
    fs::set_permissions(house.dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let jail = house.jail("one");
    let paths =
        ["/root", "/etc/shadow", "/home", "/sys", "/run", "/dev/mem", "/dev/loop0", "/proc/1/root"];
    for path in paths.into_iter().chain([secret.to_str().unwrap()]) {
        let outcome = sh(&jail, &format!("ls -d {path} 2>&1 && echo there"));
        assert!(!outcome.output.contains("there"), "{path}: {}", outcome.output);
    }
    // Climbing above the root must end at the root.
    let outcome = sh(&jail, "cd /../../..; ls; cat /etc/passwd");
    assert!(!outcome.output.contains("root:x:0:0:root:/root:/bin/bash"), "{}", outcome.output);
    assert!(outcome.output.starts_with("bin\ndev\netc\n"), "{}", outcome.output);
}

fn code_of_another_jail() {
    let house = House::new();
    let code = house.dir.path().join("code");
    fs::create_dir(&code).unwrap();
    fs::write(code.join("private-handler"), "mine").unwrap();
    let (mine, other) = (house.jail("one"), house.jail("two"));
    mine.mount(&[Mount::bind(&code, "/var/task")]).unwrap();
    assert_eq!(sh(&mine, "cat /var/task/private-handler").output, "mine");
    assert_eq!(sh(&other, "ls /var/task; find / -name private-handler 2>/dev/null").output, "");
    mine.set_tmp(16 * MIB).unwrap();
    other.set_tmp(16 * MIB).unwrap();
    assert_eq!(sh(&mine, "echo private > /tmp/f; cat /tmp/f").output, "private\n");
    assert_eq!(sh(&other, "ls /tmp").output, "");
}

fn own_processes() {
    let house = House::new();
    let (mine, other) = (house.jail("one"), house.jail("two"));
    let mut guest = start(&other, &["/bin/sh", "-c", "echo ready; cat"]).unwrap();
    assert_eq!(guest.line(), "ready");
    let outcome = sh(&mine, "cat /proc/[0-9]*/comm; exec 2>/dev/null; kill -9 1; kill -0 1");
    assert_eq!(outcome.output, "sh\n");
    assert_eq!(outcome.ending, Ending::Code(1), "{}", outcome.output);
    guest.say("still here\n");
    assert_eq!(guest.line(), "still here");
}

fn writing_outside_tmp() {
    let house = House::new();
    let code = house.dir.path().join("code");
    fs::create_dir(&code).unwrap();
    fs::write(code.join("handler"), "mine").unwrap();
    for path in [&code, &code.join("handler")] {
        fs::set_permissions(path, fs::Permissions::from_mode(0o777)).unwrap();
    }
    let jail = house.jail("one");
    jail.mount(&[Mount::bind(&code, "/var/task"), Mount::bind(&code, "/opt")]).unwrap();
    jail.set_tmp(16 * MIB).unwrap();
    let program = r"
import os
for path in ['/x','/etc/x','/usr/x','/usr/bin/x','/var/x','/var/task/x','/opt/x','/dev/x','/proc/x','/mnt/x',
             '/var/task/handler','/etc/passwd','/proc/sys/kernel/core_pattern','/proc/sysrq-trigger',
             '/proc/sys/net/ipv4/ip_forward','/dev/shm/x']:
    try:
        with open(path,'a') as f: f.write('x'); f.flush()
        if path != '/proc/sysrq-trigger': print('written', path)
    except OSError as e: pass
for path in ['/var/task/handler','/etc/passwd']:
    for act in (os.unlink, lambda p: os.chmod(p, 0o777), lambda p: os.rename(p, '/tmp/y')):
        try: act(path); print('changed', path)
        except OSError: pass
open('/tmp/x','w').write('x')
";
    assert_eq!(python(&jail, program).output, "");
    assert_eq!(fs::read_to_string(code.join("handler")).unwrap(), "mine");
}

fn tmp_size() {
    let house = House::new();
    let jail = house.jail("one");
    jail.set_tmp(32 * MIB).unwrap();
    let program = r"
import os, errno
f = open('/tmp/big','wb', buffering=0); n = 0
try:
    while n < 64<<20: n += f.write(b'x'*65536)
    print('never full')
except OSError as e: print(errno.errorcode[e.errno], 24<<20 < n <= 32<<20)
os.unlink('/tmp/big'); open('/tmp/small','w').write('fits again')
print(oct(os.stat('/tmp').st_mode))
";
    assert_eq!(python(&jail, program).output, "ENOSPC True\n0o41777\n");
}

fn tmp_is_not_memory() {
    let house = House::new();
    let jail = house.jail_with("one", 64, jail::NetworkMode::None);
    jail.set_tmp(256 * MIB).unwrap();
    let outcome =
        sh(&jail, "dd if=/dev/zero of=/tmp/big bs=1M count=160 2>/dev/null; stat -c %s /tmp/big");
    assert_eq!(outcome.output, format!("{}\n", 160 * MIB), "{outcome:?}");
    assert_eq!(jail.usage().unwrap().oom_kills, 0);
}

fn new_tmp() {
    let house = House::new();
    let jail = house.jail("one");
    jail.set_tmp(16 * MIB).unwrap();
    sh(&jail, "echo old > /tmp/old");
    jail.set_tmp(48 * MIB).unwrap();
    let outcome = sh(
        &jail,
        "ls /tmp; df --output=size -m /tmp | tail -1; grep -c ' /tmp ' /proc/self/mountinfo",
    );
    let words: Vec<_> = outcome.output.split_whitespace().collect();
    assert!(
        matches!(words[..], [size, "1"] if (40..=48).contains(&size.parse().unwrap())),
        "{words:?}"
    );
}

fn layers() {
    let house = House::new();
    let (top, below) = (house.dir.path().join("to:p"), house.dir.path().join("below"));
    for (dir, own) in [(&top, "top"), (&below, "below")] {
        fs::create_dir_all(dir.join("lib")).unwrap();
        fs::write(dir.join("lib/shared"), own).unwrap();
        fs::write(dir.join("lib").join(own), own).unwrap();
    }
    let jail = house.jail("one");
    jail.mount(&[Mount::overlay(vec![top.clone(), below], "/opt")]).unwrap();
    assert_eq!(
        sh(&jail, "cat /opt/lib/shared; ls /opt/lib; echo >/opt/x").output.lines().next(),
        Some("topbelow")
    );
    jail.mount(&[Mount::overlay(vec![top], "/opt")]).unwrap();
    assert_eq!(sh(&jail, "ls /opt/lib").output, "shared\ntop\n");
}

fn bad_mounts() {
    let house = House::new();
    let jail = house.jail("one");
    let error = jail.mount(&[Mount::bind("/no/such/source", "/opt")]).unwrap_err();
    assert!(matches!(error, MountError::Source { .. }), "{error:?}");
    let error = jail.mount(&[Mount::bind("/usr", "/no/such/target")]).unwrap_err();
    assert!(matches!(error, MountError::Target(_)), "{error:?}");
    jail.mount(&[Mount::bind("/usr", "/opt")]).unwrap();
}

fn hidden_proc() {
    let house = House::new();
    let jail = house.jail("one");
    let outcome = sh(
        &jail,
        "cat /proc/kallsyms /proc/keys /proc/timer_list /proc/kmsg /proc/iomem; ls /proc/acpi",
    );
    assert_eq!(outcome.output, "");
    let outcome = sh(&jail, "cat /proc/self/cgroup; hostname");
    assert!(!outcome.output.contains("lambkin"), "{}", outcome.output);
    assert!(outcome.output.ends_with("lambda\n"), "{}", outcome.output);
}
