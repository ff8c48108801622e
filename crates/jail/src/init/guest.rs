//! The last steps before a guest program runs: confining itself, placing its files, and executing.

use std::convert::Infallible;
use std::ffi::CString;
use std::fs::File;
use std::io::{self, PipeReader, PipeWriter, Read, Write};
use std::os::fd::{AsFd, AsRawFd, OwnedFd, RawFd};

use rustix::fs::Mode;
use rustix::io::fcntl_dupfd_cloexec;
use rustix::process::{chdir, setsid, umask};

use super::confine;
use super::launch::Program;
use crate::error::Step;
use crate::message::{Exec, ExecStage, Reply};
use crate::seccomp::Filter;
use crate::sys::{fds, process, signals};

/// Files wait above every number a program may ask for while they are put in place.
pub(crate) const FILE_NUMBERS_END: RawFd = 512;
/// Status of a process that never became the program; its failure is reported by other means.
const NEVER_STARTED: i32 = 127;

/// A process about to become a guest program.
#[derive(Debug)]
pub(super) struct Guest<'a> {
    pub(super) program: Program<'a>,
    pub(super) filter: &'a Filter,
    /// One byte arrives here when init has mapped the user.
    pub(super) go: PipeReader,
    /// Where failures go; executing the program closes it.
    pub(super) report: PipeWriter,
}

// === impl Guest ===

impl Guest<'_> {
    /// Becomes the program, or reports why not.
    pub(super) fn run(self) -> i32 {
        let Ok(mut guest) = self.move_out_of_the_way() else { return NEVER_STARTED };
        let Err(reply) = guest.become_program();
        if let Ok(text) = serde_json::to_vec(&reply) {
            // Init takes silence for a start; the end that follows at once says the rest.
            let _init_gone = guest.report.write_all(&text);
        }
        NEVER_STARTED
    }

    /// Moves the own files above every number a program may ask for, and closes all others.
    fn move_out_of_the_way(self) -> io::Result<Self> {
        let Self { program: Program { exec, numbers, files }, filter, go, report } = self;
        let moved = files.iter().map(above).collect::<Result<Vec<_>, _>>()?;
        let (moved_go, moved_report) = (above(&go)?, above(&report)?);
        // What closes its descriptor by itself must be gone before all descriptors are closed.
        drop((files, go, report));
        let keep = moved.iter().chain([&moved_go, &moved_report]).map(AsRawFd::as_raw_fd);
        fds::close_all_except(&keep.collect::<Vec<_>>())?;
        setsid()?;
        umask(Mode::from_raw_mode(0o022));
        let program = Program { exec, numbers, files: moved };
        Ok(Self { program, filter, go: moved_go.into(), report: moved_report.into() })
    }

    fn become_program(&mut self) -> Result<Infallible, Reply> {
        let exec: Exec = serde_json::from_slice(self.program.exec)
            .step("read what to execute")
            .map_err(Reply::Failed)?;
        self.go.read_exact(&mut [0]).step("wait for init").map_err(Reply::Failed)?;
        confine::process().map_err(Reply::Failed)?;
        chdir(&exec.cwd).map_err(|errno| unstartable(ExecStage::WorkingDir, &errno.into()))?;
        self.place_files().step("place the program's files").map_err(Reply::Failed)?;
        signals::unblock_all().step("unblock signals").map_err(Reply::Failed)?;
        self.filter.apply().map_err(Reply::Failed)?;
        let Err(error) = execute(&exec);
        Err(unstartable(ExecStage::Program, &error))
    }

    fn place_files(&self) -> io::Result<()> {
        fds::close_on_exec_from(3)?;
        let null = above(&File::options().read(true).write(true).open("/dev/null")?)?;
        for number in (0..3).filter(|number| !self.program.numbers.contains(number)) {
            fds::place(&null, number)?;
        }
        let Program { numbers, files, exec: _ } = &self.program;
        numbers.iter().zip(files).try_for_each(|(number, file)| fds::place(file, *number))
    }
}

fn execute(exec: &Exec) -> io::Result<Infallible> {
    let argv = c_strings(&exec.argv)?;
    let env = c_strings(&exec.env)?;
    let program = exec.argv.first().ok_or(io::ErrorKind::InvalidInput)?;
    let mut refused = io::Error::from(io::ErrorKind::NotFound);
    for candidate in candidates(program, &exec.env) {
        let Err(error) = process::execve(&CString::new(candidate)?, &argv, &env);
        // As the shell does: a program that is there but may not be executed is worth more than one that is not.
        if error.raw_os_error() != Some(libc::ENOENT) || refused.raw_os_error().is_none() {
            refused = error;
        }
    }
    Err(refused)
}

/// A copy of a descriptor at a number no program asks for.
fn above(file: &impl AsFd) -> io::Result<OwnedFd> {
    Ok(fcntl_dupfd_cloexec(file, FILE_NUMBERS_END)?)
}

fn unstartable(at: ExecStage, error: &io::Error) -> Reply {
    Reply::Unstartable { at, errno: error.raw_os_error().unwrap_or(libc::EINVAL) }
}

fn c_strings(strings: &[String]) -> io::Result<Vec<CString>> {
    Ok(strings.iter().map(|string| CString::new(string.as_str())).collect::<Result<_, _>>()?)
}

/// Where a program may be: as named, or in each directory of the environment's `PATH`.
fn candidates(program: &str, env: &[String]) -> Vec<String> {
    if program.contains('/') {
        return vec![program.to_owned()];
    }
    let path = env.iter().find_map(|entry| entry.strip_prefix("PATH=")).unwrap_or("/usr/bin:/bin");
    path.split(':').filter(|dir| !dir.is_empty()).map(|dir| format!("{dir}/{program}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_name_is_looked_for_along_the_path_of_its_own_environment() {
        let env = ["A=1".to_owned(), "PATH=/opt/bin::/bin".to_owned()];
        assert_eq!(candidates("tool", &env), ["/opt/bin/tool", "/bin/tool"]);
        assert_eq!(candidates("./tool", &env), ["./tool"]);
    }
}
