//! Starting programs and learning how they ended.

use std::io::{self, ErrorKind, Read, Write};
use std::os::fd::AsFd;
use std::thread;

use jail::{Ending, ExecError, ExecSpec, JailEvent};

use crate::Test;
use crate::house::{House, MIB, next_event, python, run, sh, start, start_in, wait};

pub(crate) const TESTS: &[Test] = &[
    ("a_program_runs_as_the_guest_user_without_any_privilege", runs_as_the_guest_user),
    ("a_program_that_cannot_run_is_told_apart_from_a_bad_directory", invalid_programs),
    ("a_program_gets_exactly_the_files_and_variables_it_was_given", files_and_variables),
    ("a_bare_name_is_found_along_the_path", bare_name),
    ("a_signal_reaches_its_program_and_is_reported_as_its_end", signal),
    ("a_signal_cannot_reach_a_program_that_was_never_started", stray_signal),
    ("killing_all_leaves_the_jail_usable_and_tmp_as_it_was", kill_all),
    ("the_runtime_api_port_inside_is_served_from_outside", runtime_api),
    ("language_runtimes_of_the_host_run", language_runtimes),
    ("two_jails_of_one_name_cannot_live_at_once", same_name),
    ("many_threads_make_jails_at_once", many_at_once),
];

fn runs_as_the_guest_user() {
    let house = House::new();
    let jail = house.jail("one");
    let outcome = sh(
        &jail,
        "id -u; id -g; id -G; grep -E '^(Cap|NoNewPrivs|Seccomp:)' /proc/self/status; exit 7",
    );
    assert_eq!(outcome.ending, Ending::Code(7));
    let none = "0000000000000000";
    let expected = format!(
        "993\n990\n990\nCapInh:\t{none}\nCapPrm:\t{none}\nCapEff:\t{none}\nCapBnd:\t{none}\nCapAmb:\t{none}\n\
         NoNewPrivs:\t1\nSeccomp:\t2\n"
    );
    assert_eq!(outcome.output, expected);
}

fn invalid_programs() {
    let house = House::new();
    let jail = house.jail("one");
    for (program, kind) in
        [("/no/such/program", ErrorKind::NotFound), ("/etc/passwd", ErrorKind::PermissionDenied)]
    {
        let error = start(&jail, &[program]).err().unwrap();
        assert!(
            matches!(&error, ExecError::Program { source, .. } if source.kind() == kind),
            "{error:?}"
        );
    }
    let error = start_in(&jail, &["/bin/true"], "/no/such/dir".as_ref()).err().unwrap();
    assert!(matches!(&error, ExecError::WorkingDir { .. }), "{error:?}");
    let long = "x".repeat(1 << 20);
    let error = start(&jail, &["/bin/echo", &long]).err().unwrap();
    assert!(
        matches!(&error, ExecError::Program { source, .. } if source.raw_os_error() == Some(7)),
        "{error:?}"
    );
    assert_eq!(run(&jail, &["/bin/true"]).ending, Ending::Code(0), "the jail must still be usable");
}

fn files_and_variables() {
    let house = House::new();
    let jail = house.jail("one");
    let (mut output, writer) = io::pipe().unwrap();
    let (mut telemetry, telemetry_writer) = io::pipe().unwrap();
    let script = "env | grep -v -E '^(PWD|_|SHLVL)='; for f in /proc/self/fd/*; do echo ${f##*/}; done; echo log >&62";
    let spec = ExecSpec {
        argv: vec!["/bin/bash".to_owned(), "-c".to_owned(), script.to_owned()],
        env: vec![("ONE".to_owned(), "1 = one".to_owned())],
        cwd: "/tmp".into(),
        fds: vec![(writer.as_fd(), 1), (telemetry_writer.as_fd(), 62)],
    };
    let pid = jail.exec(&spec).unwrap();
    drop((writer, telemetry_writer));
    let (mut text, mut log) = (String::new(), String::new());
    output.read_to_string(&mut text).unwrap();
    telemetry.read_to_string(&mut log).unwrap();
    // Number 255 is the shell's own, 3 is the directory being listed.
    let listed: Vec<_> = text.lines().filter(|line| !["3", "255"].contains(line)).collect();
    assert_eq!(listed, ["ONE=1 = one", "0", "1", "2", "62"]);
    assert_eq!(log, "log\n");
    assert_eq!(wait(&jail, pid).0, Ending::Code(0));
}

fn bare_name() {
    let house = House::new();
    let jail = house.jail("one");
    assert_eq!(run(&jail, &["true"]).ending, Ending::Code(0));
    let error = start(&jail, &["no-such-program"]).err().unwrap();
    assert!(
        matches!(&error, ExecError::Program { source, .. } if source.kind() == ErrorKind::NotFound),
        "{error:?}"
    );
}

fn signal() {
    let house = House::new();
    let jail = house.jail("one");
    let script = "trap 'echo bye; exit 3' TERM; echo ready; while :; do read x; done";
    let mut guest = start(&jail, &["/bin/bash", "-c", script]).unwrap();
    assert_eq!(guest.line(), "ready");
    jail.signal(guest.pid, 15).unwrap();
    assert_eq!(guest.line(), "bye");
    assert_eq!(guest.finish(&jail).ending, Ending::Code(3));

    let guest = start(&jail, &["/bin/cat"]).unwrap();
    jail.signal(guest.pid, 9).unwrap();
    let (ending, oom_killed) = wait(&jail, guest.pid);
    assert_eq!((ending, oom_killed), (Ending::Signal(9), false));
}

fn stray_signal() {
    let house = House::new();
    let jail = house.jail("one");
    let guest = start(&jail, &["/bin/true"]).unwrap();
    let pid = guest.pid;
    guest.finish(&jail);
    assert!(jail.signal(pid, 9).is_err(), "the number may belong to another process by now");
}

fn kill_all() {
    let house = House::new();
    let jail = house.jail("one");
    jail.set_tmp(64 * MIB).unwrap();
    let script = "echo kept > /tmp/kept; (setsid sh -c 'while :; do :; done' &) ; echo ready; cat";
    let mut guest = start(&jail, &["/bin/sh", "-c", script]).unwrap();
    assert_eq!(guest.line(), "ready");
    jail.freeze().unwrap();
    jail.kill_all().unwrap();
    assert_eq!(wait(&jail, guest.pid).0, Ending::Signal(9));
    assert_eq!(jail.usage().unwrap().pids, 1, "only the jail's own process is left");
    // Nothing runs beside `ps`: a pipeline's other programs may not have got their names yet.
    let script = "cat /tmp/kept; ps -e -o comm= > /tmp/list; sort /tmp/list";
    assert_eq!(sh(&jail, script).output, "kept\nps\nsh\n");
}

fn runtime_api() {
    let house = House::new();
    let jail = house.jail("one");
    let listener = jail.take_listener().unwrap();
    assert!(jail.take_listener().is_none());
    listener.set_nonblocking(false).unwrap();
    let server = thread::spawn(move || {
        let (mut connection, _) = listener.accept().unwrap();
        let mut request = [0; 4];
        connection.read_exact(&mut request).unwrap();
        connection.write_all(b"event").unwrap();
        request
    });
    let client = "import socket as s; c=s.create_connection(('127.0.0.1',9001)); c.sendall(b'next'); \
                  print(c.makefile().read())";
    assert_eq!(python(&jail, client).output, "event\n");
    assert_eq!(&server.join().unwrap(), b"next");
}

fn language_runtimes() {
    let house = House::new();
    let jail = house.jail_with("one", 1024, jail::NetworkMode::None);
    jail.set_tmp(64 * MIB).unwrap();
    let threads = "import threading,subprocess; t=threading.Thread(target=print,args=('t',)); t.start(); t.join(); \
                   print(subprocess.run(['echo','sub'],capture_output=True).stdout)";
    assert_eq!(python(&jail, threads).output, "t\nb'sub\\n'\n");
    for (program, argument) in
        [("/usr/bin/node", "console.log('node')"), ("/usr/bin/perl", "print \"node\\n\"")]
    {
        if std::path::Path::new(program).exists() {
            let outcome = run(&jail, &[program, "-e", argument]);
            assert_eq!(outcome.output, "node\n", "{program}");
        }
    }
    if std::path::Path::new("/usr/local/go/bin/go").exists() {
        let outcome = run(&jail, &["/usr/local/go/bin/go", "version"]);
        assert!(outcome.output.starts_with("go version"), "{}", outcome.output);
    }
    if std::path::Path::new("/usr/bin/java").exists() {
        let outcome = run(&jail, &["/usr/bin/java", "-Xmx64m", "-version"]);
        assert_eq!(outcome.ending, Ending::Code(0), "{}", outcome.output);
    }
}

fn same_name() {
    let house = House::new();
    let _first = house.jail("one");
    let error =
        house.spawner.create(&crate::house::spec("one", 64, jail::NetworkMode::None)).unwrap_err();
    assert!(matches!(error, jail::CreateError::Step(_)), "{error:?}");
    let second = house.jail("two");
    assert_eq!(run(&second, &["/bin/true"]).ending, Ending::Code(0));
}

fn many_at_once() {
    let house = House::new();
    thread::scope(|scope| {
        for number in 0..8 {
            let house = &house;
            scope.spawn(move || {
                let jail = house.jail(&format!("jail-{number}"));
                jail.set_tmp(16 * MIB).unwrap();
                let outcome = sh(&jail, &format!("echo {number} > /tmp/n; cat /tmp/n"));
                assert_eq!(outcome.output, format!("{number}\n"));
                jail.destroy().unwrap();
            });
        }
    });
    // A handle that outlives its jail sees that it has gone.
    let jail = house.jail("last");
    let House { spawner, .. } = house;
    spawner.stop().unwrap();
    assert_eq!(next_event(&jail), JailEvent::Gone);
}
