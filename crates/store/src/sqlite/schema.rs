//! The tables of the database and the settings of its connections.

use std::time::Duration;

use rusqlite::Connection;

use super::OpenError;

/// How long to wait for a lock; only a checkpoint or an outside tool ever holds one.
pub(super) const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// The schema changes in the order of the releases that made them; never edited, only added to.
const STEPS: &[&str] = &[
    "
    CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
    INSERT INTO counters VALUES ('revision', 0), ('sequence', 0);

    CREATE TABLE records (
        key TEXT PRIMARY KEY,
        value BLOB NOT NULL,
        revision INTEGER NOT NULL
    );

    CREATE TABLE messages (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        queue TEXT NOT NULL,
        id TEXT NOT NULL,
        payload BLOB NOT NULL,
        enqueued_ms INTEGER NOT NULL,
        visible_ms INTEGER NOT NULL,
        leased INTEGER NOT NULL DEFAULT 0,
        attempts INTEGER NOT NULL DEFAULT 0,
        UNIQUE (queue, id)
    );
    CREATE INDEX messages_by_visibility ON messages (queue, visible_ms, number, leased);
    CREATE INDEX messages_by_age ON messages (queue, enqueued_ms);
    CREATE TABLE settled_messages (
        queue TEXT NOT NULL,
        id TEXT NOT NULL,
        until_ms INTEGER NOT NULL,
        PRIMARY KEY (queue, id)
    ) WITHOUT ROWID;
    CREATE INDEX settled_messages_by_end ON settled_messages (until_ms);

    CREATE TABLE journal_groups (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE);
    CREATE TABLE journal_streams (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        group_id INTEGER NOT NULL REFERENCES journal_groups (id),
        name TEXT NOT NULL,
        created_ms INTEGER NOT NULL,
        last_append_ms INTEGER,
        entries INTEGER NOT NULL DEFAULT 0,
        bytes INTEGER NOT NULL DEFAULT 0,
        UNIQUE (group_id, name)
    );
    CREATE TABLE journal_entries (
        sequence INTEGER PRIMARY KEY,
        group_id INTEGER NOT NULL,
        stream_id INTEGER NOT NULL,
        time_ms INTEGER NOT NULL,
        appended_ms INTEGER NOT NULL,
        bytes BLOB NOT NULL
    );
    CREATE INDEX journal_entries_by_stream ON journal_entries (stream_id, sequence);
    CREATE INDEX journal_entries_by_stream_time ON journal_entries (stream_id, time_ms);
    CREATE INDEX journal_entries_by_group_time ON journal_entries (group_id, time_ms, sequence);
",
    "
    CREATE TABLE journal_segments (
        first_sequence INTEGER PRIMARY KEY,
        group_id INTEGER NOT NULL,
        stream_id INTEGER NOT NULL,
        first_ms INTEGER NOT NULL,
        last_ms INTEGER NOT NULL,
        appended_ms INTEGER NOT NULL,
        entries INTEGER NOT NULL,
        marks BLOB,
        bytes BLOB NOT NULL
    );
    INSERT INTO journal_segments
        SELECT sequence, group_id, stream_id, time_ms, time_ms, appended_ms, 1, NULL, bytes
        FROM journal_entries;
    DROP TABLE journal_entries;
    CREATE INDEX journal_segments_by_stream_start ON journal_segments (stream_id, first_ms);
    CREATE INDEX journal_segments_by_stream_end ON journal_segments (stream_id, last_ms);
    CREATE INDEX journal_segments_by_stream ON journal_segments (stream_id, first_sequence);
    CREATE INDEX journal_segments_by_group_start ON journal_segments (group_id, first_ms);
    CREATE INDEX journal_segments_by_group_end ON journal_segments (group_id, last_ms);
",
    // Blobs are sealed from here on: a release that cannot read them has to keep its hands off.
    "",
];

/// Sets up the writing connection and brings the schema up to date.
pub(super) fn prepare(connection: &mut Connection) -> Result<(), OpenError> {
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    // In WAL mode, FULL is what makes a commit wait for the disk.
    connection.pragma_update(None, "synchronous", "full")?;
    // What a statement sets aside while it runs is small and must not cost a file.
    connection.pragma_update(None, "temp_store", "memory")?;
    connection.set_prepared_statement_cache_capacity(64);
    let known = i64::try_from(STEPS.len()).expect("a handful of steps");
    let found: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if found > known {
        return Err(OpenError::TooNew { found, known });
    }
    for (version, step) in (1..).zip(STEPS).skip_while(|(version, _)| *version <= found) {
        let transaction = connection.transaction()?;
        transaction.execute_batch(step)?;
        transaction.pragma_update(None, "user_version", version)?;
        transaction.commit()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    #[test]
    fn commits_wait_for_the_disk() {
        let folder = TempDir::new().unwrap();
        let mut connection = Connection::open(folder.path().join("db")).unwrap();
        prepare(&mut connection).unwrap();
        let setting = |name| {
            connection.pragma_query_value(None, name, |row| row.get::<_, rusqlite::types::Value>(0))
        };
        assert_eq!(setting("journal_mode").unwrap(), "wal".to_owned().into());
        assert_eq!(setting("synchronous").unwrap(), 2.into(), "2 is FULL");
    }

    #[test]
    fn entries_of_an_earlier_release_are_kept() {
        let mut connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(STEPS[0]).unwrap();
        connection.pragma_update(None, "user_version", 1).unwrap();
        let sql = "INSERT INTO journal_entries VALUES (7, 1, 2, 30, 40, x'6162')";
        connection.execute(sql, []).unwrap();
        prepare(&mut connection).unwrap();
        let sql = "SELECT format('%d %d %d %d %d %d %d', first_sequence, group_id, stream_id,
                   first_ms, last_ms, appended_ms, entries) FROM journal_segments
                   WHERE marks IS NULL AND bytes = x'6162'";
        let row: String = connection.query_row(sql, [], |row| row.get(0)).unwrap();
        assert_eq!(row, "7 1 2 30 30 40 1");
    }

    #[test]
    fn preparing_twice_changes_nothing() {
        let mut connection = Connection::open_in_memory().unwrap();
        prepare(&mut connection).unwrap();
        connection.execute("UPDATE counters SET value = 7", []).unwrap();
        prepare(&mut connection).unwrap();
        let sql = "SELECT min(value) FROM counters";
        assert_eq!(connection.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap(), 7);
    }
}
