//! Starting programs and learning how they ended.

use jail::{Ending, ExecError};

use crate::Test;
use crate::house::{House, run, sh, start, start_in};

pub(crate) const TESTS: &[Test] = &[
    ("a_program_runs_as_the_guest_user_without_any_privilege", a_program_runs_as_the_guest_user_without_any_privilege),
    ("a_program_that_cannot_run_is_told_apart_from_a_bad_directory", a_program_that_cannot_run_is_told_apart),
];

fn a_program_runs_as_the_guest_user_without_any_privilege() {
    let house = House::new();
    let jail = house.jail("one");
    let outcome = sh(&jail, "id -u; id -g; id -G; grep -E '^(Cap|NoNewPrivs|Seccomp):' /proc/self/status; exit 7");
    assert_eq!(outcome.ending, Ending::Code(7));
    assert!(outcome.output.starts_with("993\n990\n990\n"), "{}", outcome.output);
    assert!(outcome.output.contains("NoNewPrivs:\t1"), "{}", outcome.output);
    assert!(outcome.output.contains("Seccomp:\t2"), "{}", outcome.output);
}

fn a_program_that_cannot_run_is_told_apart() {
    let house = House::new();
    let jail = house.jail("one");
    let error = start(&jail, &["/no/such/program"]).err().unwrap();
    assert!(matches!(&error, ExecError::Program { source, .. } if source.kind() == std::io::ErrorKind::NotFound), "{error:?}");
    let error = start(&jail, &["/etc/passwd"]).err().unwrap();
    assert!(matches!(&error, ExecError::Program { source, .. } if source.kind() == std::io::ErrorKind::PermissionDenied), "{error:?}");
    let error = start_in(&jail, &["/bin/true"], "/no/such/dir".as_ref()).err().unwrap();
    assert!(matches!(&error, ExecError::WorkingDir { .. }), "{error:?}");
    assert_eq!(run(&jail, &["true"]).ending, Ending::Code(0));
}
