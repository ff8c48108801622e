//! Small files in a control group's directory.

use std::fmt::Display;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use crate::error::{ControlError, Fault};
use crate::sys::signals;

/// How often and how long removal waits for dying processes to leave.
const REMOVAL_TRIES: u32 = 1000;
const REMOVAL_PAUSE: Duration = Duration::from_millis(5);

/// A control group file that could not be used.
#[derive(Debug, thiserror::Error)]
#[error("cannot use {path}")]
pub(crate) struct FileError {
    pub(crate) path: PathBuf,
    pub(crate) source: io::Error,
}

impl From<FileError> for Fault {
    fn from(error: FileError) -> Self {
        Self::new(format!("use control group file {}", error.path.display()), error.source)
    }
}

impl From<FileError> for ControlError {
    fn from(error: FileError) -> Self {
        Self::Cgroup { path: error.path, source: error.source }
    }
}

/// One control group's directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Directory(pub(super) PathBuf);

/// A file kept open because it is used on every invocation.
#[derive(Debug)]
pub(super) struct OpenFile {
    path: PathBuf,
    file: File,
}

impl Directory {
    pub(super) fn make(&self) -> Result<(), FileError> {
        fs::create_dir_all(&self.0).map_err(|source| FileError { path: self.0.clone(), source })
    }

    /// Makes the directory, which must not be there.
    pub(super) fn make_new(&self) -> Result<(), FileError> {
        fs::create_dir(&self.0).map_err(|source| FileError { path: self.0.clone(), source })
    }

    pub(super) fn write(&self, name: &str, value: &dyn Display) -> Result<(), FileError> {
        self.open(name, OpenOptions::new().write(true))?.write(value.to_string().as_bytes())
    }

    /// Writes to a file that not every kernel has.
    pub(super) fn write_if_present(
        &self,
        name: &str,
        value: &dyn Display,
    ) -> Result<(), FileError> {
        match self.write(name, value) {
            Err(error) if error.source.kind() == io::ErrorKind::NotFound => Ok(()),
            other => other,
        }
    }

    pub(super) fn read(&self, name: &str) -> Result<String, FileError> {
        let path = self.0.join(name);
        fs::read_to_string(&path).map_err(|source| FileError { path, source })
    }

    pub(super) fn read_number(&self, name: &str) -> Result<u64, FileError> {
        self.open_for_reading(name)?.read_number()
    }

    pub(super) fn open_for_writing(&self, name: &str) -> Result<OpenFile, FileError> {
        self.open(name, OpenOptions::new().write(true))
    }

    pub(super) fn open_for_reading(&self, name: &str) -> Result<OpenFile, FileError> {
        self.open(name, OpenOptions::new().read(true))
    }

    pub(super) fn open_for_both(&self, name: &str) -> Result<OpenFile, FileError> {
        self.open(name, OpenOptions::new().read(true).write(true))
    }

    fn open(&self, name: &str, options: &OpenOptions) -> Result<OpenFile, FileError> {
        let path = self.0.join(name);
        match options.open(&path) {
            Ok(file) => Ok(OpenFile { path, file }),
            Err(source) => Err(FileError { path, source }),
        }
    }

    /// Names of the groups below.
    pub(super) fn names(&self) -> Vec<String> {
        let Ok(entries) = fs::read_dir(&self.0) else { return Vec::new() };
        let directories = entries.flatten().filter(|entry| entry.path().is_dir());
        directories.filter_map(|entry| entry.file_name().into_string().ok()).collect()
    }

    /// Kills every process inside.
    fn kill(&self) {
        let Ok(text) = self.read("cgroup.procs") else { return };
        for pid in text.lines().filter_map(|line| line.parse().ok()).filter(|pid| *pid > 0) {
            // A process that has ended meanwhile is what is wanted.
            let _gone = signals::send(pid, libc::SIGKILL);
        }
    }

    /// Removes the directory, killing what is inside until it is empty; an absent one is fine.
    pub(super) fn remove(&self) -> Result<(), FileError> {
        let mut tries = 0;
        loop {
            match fs::remove_dir(&self.0) {
                Ok(()) => return Ok(()),
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
                Err(error)
                    if error.kind() == io::ErrorKind::ResourceBusy && tries < REMOVAL_TRIES =>
                {
                    self.kill();
                    thread::sleep(REMOVAL_PAUSE);
                }
                Err(source) => return Err(FileError { path: self.0.clone(), source }),
            }
            tries += 1;
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl OpenFile {
    /// Writes the whole value at once, as the kernel expects it.
    pub(super) fn write(&self, value: &[u8]) -> Result<(), FileError> {
        (&self.file)
            .write_all(value)
            .map_err(|source| FileError { path: self.path.clone(), source })
    }

    pub(super) fn read(&self) -> Result<String, FileError> {
        let mut buffer = [0; 4096];
        match self.file.read_at(&mut buffer, 0) {
            Ok(length) => Ok(String::from_utf8_lossy(&buffer[..length]).into_owned()),
            Err(source) => Err(FileError { path: self.path.clone(), source }),
        }
    }

    pub(super) fn read_number(&self) -> Result<u64, FileError> {
        number(&self.read()?, &self.path)
    }

    pub(super) fn into_file(self) -> File {
        self.file
    }
}

fn number(text: &str, path: &Path) -> Result<u64, FileError> {
    let malformed = |_| FileError { path: path.into(), source: io::ErrorKind::InvalidData.into() };
    text.trim().parse().map_err(malformed)
}

/// Takes one value out of a file of "name value" lines; an absent name counts as zero.
pub(super) fn field(text: &str, name: &str) -> u64 {
    text.lines()
        .filter_map(|line| line.split_once(' '))
        .find(|(key, _)| *key == name)
        .and_then(|(_, value)| value.trim().parse().ok())
        .unwrap_or(0)
}
