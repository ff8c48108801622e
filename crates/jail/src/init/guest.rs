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
use crate::error::{Fault, Step};
use crate::message::{Exec, ExecStage, Reply};
use crate::seccomp::Filters;
use crate::sys::{fds, process, signals};

/// Files wait above every number a program may ask for while they are put in place.
pub(crate) const FILE_NUMBERS_END: RawFd = 512;
/// Status of a process that never became the program; its failure is reported by other means.
const NEVER_STARTED: i32 = 127;

/// A process about to become a guest program.
#[derive(Debug)]
pub(super) struct Guest<'a> {
    pub(super) exec: &'a Exec,
    pub(super) files: Vec<OwnedFd>,
    pub(super) filters: &'a Filters,
    /// One byte arrives here when the launcher has mapped the user.
    pub(super) go: PipeReader,
    /// Where failures go; executing the program closes it.
    pub(super) report: PipeWriter,
}

// === impl Guest ===

impl Guest<'_> {
    /// Becomes the program, or reports why not.
    pub(super) fn run(self) -> i32 {
        let (Ok(report), Ok(files)) = (above(&self.report), self.files.iter().map(above).collect::<Result<Vec<_>, _>>())
        else {
            return NEVER_STARTED;
        };
        let Err(reply) = self.become_program(&files, &report);
        if let Ok(text) = serde_json::to_vec(&reply) {
            // The launcher takes silence for a start; the end that follows at once says the rest.
            let _launcher_gone = PipeWriter::from(report).write_all(&text);
        }
        NEVER_STARTED
    }

    fn become_program(mut self, files: &[OwnedFd], report: &OwnedFd) -> Result<Infallible, Reply> {
        self.wait_for_go(files, report).map_err(Reply::Failed)?;
        confine::process().map_err(Reply::Failed)?;
        chdir(&self.exec.cwd).map_err(|errno| unstartable(ExecStage::WorkingDir, &errno.into()))?;
        self.place_files(files).step("place the program's files").map_err(Reply::Failed)?;
        signals::reset().step("reset signals").map_err(Reply::Failed)?;
        self.filters.apply().map_err(Reply::Failed)?;
        let Err(error) = self.execute();
        Err(unstartable(ExecStage::Program, &error))
    }

    fn wait_for_go(&mut self, files: &[OwnedFd], report: &OwnedFd) -> Result<(), Fault> {
        let keep = [self.go.as_raw_fd(), report.as_raw_fd()];
        let keep: Vec<_> = keep.into_iter().chain(files.iter().map(AsRawFd::as_raw_fd)).collect();
        fds::close_all_except(&keep).step("close the launcher's files")?;
        self.go.read_exact(&mut [0]).step("wait for the launcher")?;
        setsid().step("start a session")?;
        umask(Mode::from_raw_mode(0o022));
        Ok(())
    }

    fn place_files(&self, files: &[OwnedFd]) -> io::Result<()> {
        fds::close_on_exec_from(3)?;
        let null = above(&File::options().read(true).write(true).open("/dev/null")?)?;
        for number in (0..3).filter(|number| !self.exec.numbers.contains(number)) {
            fds::place(&null, number)?;
        }
        self.exec.numbers.iter().zip(files).try_for_each(|(number, file)| fds::place(file, *number))
    }

    fn execute(&self) -> io::Result<Infallible> {
        let argv = c_strings(&self.exec.argv)?;
        let env = c_strings(&self.exec.env)?;
        let program = self.exec.argv.first().ok_or(io::ErrorKind::InvalidInput)?;
        let mut refused = io::Error::from(io::ErrorKind::NotFound);
        for candidate in candidates(program, &self.exec.env) {
            let Err(error) = process::execve(&CString::new(candidate)?, &argv, &env);
            // As the shell does: a program that is there but may not be executed is worth more than one that is not.
            if error.raw_os_error() != Some(libc::ENOENT) {
                refused = error;
            } else if refused.raw_os_error().is_none() {
                refused = error;
            }
        }
        Err(refused)
    }
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
