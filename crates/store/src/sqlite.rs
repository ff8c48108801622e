//! The embedded backend: one `SQLite` database and a folder of blobs, for one machine.
//!
//! One thread writes. Writes that arrive while it waits for the disk are committed together, so
//! the cost of reaching the disk is shared by all who wait for it. Reads go to threads with
//! connections of their own and never wait for a writer. Blobs are sealed files beside the database;
//! records, messages and the journal are stored as they are given.

mod batch;
mod blobs;
mod files;
mod journal;
mod queue;
mod records;
mod schema;
mod writer;

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::{Connection, ErrorCode, OpenFlags};
use serde::{Deserialize, Serialize};
use vault::KeyService;

use self::blobs::SqliteBlobs;
use self::files::{BlobFiles, Folder};
use self::journal::SqliteJournal;
use self::queue::SqliteQueue;
use self::records::SqliteRecords;
use self::writer::{News, Writer};
use crate::workers::Workers;
use crate::{BackendError, BlobsError, Clock, JournalError, QueueError, RecordsError, Stores};

const DATABASE_FILE: &str = "store.db";
const LOCK_FILE: &str = "lock";
const BLOBS_FOLDER: &str = "blobs";

/// How the embedded backend uses the machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Config {
    /// How many threads read from the database (default 4).
    pub reader_threads: usize,
    /// How many threads read and write blob files (default 4).
    pub blob_threads: usize,
}

/// An open embedded store.
///
/// The folder stays locked, and the threads stay, until this and all clones of its [`Stores`] are
/// dropped; dropping the last one waits for the writes under way.
#[derive(Clone, Debug)]
pub struct Sqlite {
    inner: Arc<Inner>,
}

/// Why the store cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process has the folder open.
    #[error("{} is in use by another process", dir.display())]
    Locked {
        /// The folder of the store.
        dir: PathBuf,
    },
    /// The folder was written by a newer release.
    #[error("the store has schema {found}; this release knows up to {known}")]
    TooNew {
        /// The version of the schema on disk.
        found: i64,
        /// The newest version this release knows.
        known: i64,
    },
    /// The folder cannot be prepared.
    #[error("cannot prepare {}", path.display())]
    Io {
        /// What was being prepared.
        path: PathBuf,
        /// What the system reported.
        #[source]
        source: io::Error,
    },
    /// The database cannot be opened.
    #[error("cannot open the database")]
    Database(#[from] rusqlite::Error),
}

/// What all four ports share.
#[derive(Debug)]
struct Inner {
    clock: Arc<dyn Clock>,
    database: PathBuf,
    news: Arc<News>,
    writer: Writer,
    readers: Workers<Connection>,
    files: BlobFiles,
    /// Declared last, so that the folder is unlocked after everything else has ended.
    _lock: File,
}

// === impl Config ===

impl Default for Config {
    fn default() -> Self {
        Self { reader_threads: 4, blob_threads: 4 }
    }
}

// === impl Sqlite ===

impl Sqlite {
    /// Opens the store in `dir`, creating both if needed; blobs are sealed with data keys of `keys`.
    pub fn open(
        dir: &Path,
        config: &Config,
        clock: Arc<dyn Clock>,
        keys: Arc<dyn KeyService>,
    ) -> Result<Self, OpenError> {
        let io_error = |path: &Path| {
            let path = path.to_owned();
            move |source| OpenError::Io { path, source }
        };
        create_dir(dir).map_err(io_error(dir))?;
        let lock = lock(dir)?;
        let database = dir.join(DATABASE_FILE);
        let mut connection = Connection::open(&database)?;
        schema::prepare(&mut connection)?;
        let readers = (0..config.reader_threads.max(1))
            .map(|_| open_reader(&database))
            .collect::<Result<_, _>>()?;
        let blobs = dir.join(BLOBS_FOLDER);
        let files = BlobFiles::open(&blobs, config.blob_threads, keys).map_err(io_error(&blobs))?;
        // The names of all that was just created must survive a power cut as well.
        files::sync_dir(dir).map_err(io_error(dir))?;
        let news = Arc::new(News::default());
        let inner = Inner {
            clock,
            database,
            writer: Writer::start(connection, Arc::clone(&news))?,
            news,
            readers: Workers::start("store-read", readers).map_err(io_error(dir))?,
            files,
            _lock: lock,
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Returns the four ports.
    pub fn stores(&self) -> Stores {
        Stores {
            records: Arc::new(SqliteRecords(Arc::clone(&self.inner))),
            queue: Arc::new(SqliteQueue(Arc::clone(&self.inner))),
            blobs: Arc::new(SqliteBlobs(Arc::clone(&self.inner))),
            journal: Arc::new(SqliteJournal(Arc::clone(&self.inner))),
        }
    }

    /// Tells whether there is a store in `dir`, of this release or an earlier one.
    pub fn is_in(dir: &Path) -> bool {
        dir.join(DATABASE_FILE).exists()
    }

    /// Seals the blobs that earlier releases have left as they were given, and returns how many
    /// there were. May be repeated, and interrupted at any moment.
    pub async fn seal_plain_blobs(&self) -> Result<usize, BlobsError> {
        self.inner.files.run(Folder::seal_plain).await?
    }

    /// Rewrites the database and its log without what was overwritten or deleted.
    pub async fn scrub(&self) -> Result<(), BackendError> {
        let database = self.inner.database.clone();
        let scrub = move |_: &Folder| -> rusqlite::Result<()> {
            let connection = Connection::open(database)?;
            connection.busy_timeout(schema::BUSY_TIMEOUT)?;
            connection.execute_batch("VACUUM")?;
            connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
        };
        Ok(self.inner.files.run(scrub).await??)
    }

    /// Returns how many transactions have been committed since opening; writes that shared one
    /// count once.
    pub fn commits(&self) -> u64 {
        self.inner.writer.commits()
    }
}

// === impl Inner ===

impl Inner {
    /// Runs a query on a reader thread.
    async fn read<T: Send + 'static>(
        &self,
        query: impl FnOnce(&mut Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, BackendError> {
        Ok(self.readers.run(query).await??)
    }
}

// === impl BackendError ===

impl From<rusqlite::Error> for BackendError {
    fn from(error: rusqlite::Error) -> Self {
        let passing = matches!(
            error.sqlite_error_code(),
            Some(
                ErrorCode::DatabaseBusy
                    | ErrorCode::DatabaseLocked
                    | ErrorCode::DiskFull
                    | ErrorCode::SystemIoFailure
                    | ErrorCode::OutOfMemory
                    | ErrorCode::OperationInterrupted
            )
        );
        if passing { Self::unavailable(error) } else { Self::failed(error) }
    }
}

impl From<rusqlite::Error> for RecordsError {
    fn from(error: rusqlite::Error) -> Self {
        BackendError::from(error).into()
    }
}

impl From<rusqlite::Error> for QueueError {
    fn from(error: rusqlite::Error) -> Self {
        BackendError::from(error).into()
    }
}

impl From<rusqlite::Error> for JournalError {
    fn from(error: rusqlite::Error) -> Self {
        BackendError::from(error).into()
    }
}

/// Creates the folder with a name that survives a power cut.
fn create_dir(dir: &Path) -> io::Result<()> {
    if dir.is_dir() {
        return Ok(());
    }
    fs::create_dir_all(dir)?;
    dir.canonicalize()?.parent().map_or(Ok(()), files::sync_dir)
}

fn lock(dir: &Path) -> Result<File, OpenError> {
    let path = dir.join(LOCK_FILE);
    let open = File::options().create(true).truncate(false).write(true).open(&path);
    let file = open.map_err(|source| OpenError::Io { path: path.clone(), source })?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::Locked { dir: dir.to_owned() }),
        Err(TryLockError::Error(source)) => Err(OpenError::Io { path, source }),
    }
}

fn open_reader(database: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(database, flags)?;
    connection.busy_timeout(schema::BUSY_TIMEOUT)?;
    Ok(connection)
}
