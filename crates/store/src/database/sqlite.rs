//! Opening SQLite: one file, one writer, readers apart.

use std::fs::{self, File, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use sqlx::migrate::Migrator;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

use super::Pools;
use crate::database_error::DatabaseError;
use crate::durable;

static MIGRATIONS: Migrator = sqlx::migrate!("migrations/sqlite");

/// How long a statement waits for another process that writes.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
const READERS: u32 = 4;

/// `was_used` says that there was a database before; an empty file is not one then.
pub(super) async fn open(path: &Path, was_used: bool) -> Result<Pools, DatabaseError> {
    let _turn = turn(path).await;
    if was_used && is_empty(path) {
        return Err(damaged(path));
    }
    make_private(path).map_err(|error| unusable(path, error.to_string()))?;
    let options = SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        // A rotated token must outlive a power cut.
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(BUSY_TIMEOUT)
        .foreign_keys(true);
    let pool = |size| {
        SqlitePoolOptions::new()
            .max_connections(size)
            .acquire_timeout(BUSY_TIMEOUT)
            .idle_timeout(None)
            .max_lifetime(None)
    };
    let writer = pool(1).connect_with(options.clone()).await;
    let writer = writer.map_err(|error| not_opened(path, error))?;
    let verdict = sqlx::query_scalar("PRAGMA quick_check(1)").fetch_one(&writer);
    let verdict: String = verdict.await.map_err(|error| not_opened(path, error))?;
    if verdict != "ok" {
        return Err(damaged(path));
    }
    MIGRATIONS.run(&writer).await?;
    let readers = pool(READERS).connect_with(options.read_only(true)).await?;
    Ok(Pools::Sqlite { writer, readers })
}

/// Waits until no other process opens a file of the same folder, until the result is dropped.
///
/// PostgreSQL's migrations have a lock for this; SQLite has none, and making a new file its own
/// does not wait for others. Nothing where folders cannot be locked: one process goes on alone.
async fn turn(path: &Path) -> Option<File> {
    let folder = durable::folder_of(path).to_owned();
    let locked = tokio::task::spawn_blocking(move || {
        let folder = File::open(folder)?;
        folder.lock().map(|()| folder)
    });
    locked.await.ok()?.ok()
}

/// Whether there is a file with nothing in it, which SQLite would take for a new database.
fn is_empty(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|it| it.is_file() && it.len() == 0)
}

fn damaged(path: &Path) -> DatabaseError {
    DatabaseError::Damaged {
        path: path.to_owned(),
    }
}

fn unusable(path: &Path, reason: String) -> DatabaseError {
    DatabaseError::File {
        path: path.to_owned(),
        reason,
    }
}

/// What SQLite says when it opens a file, with the file's name.
fn not_opened(path: &Path, error: sqlx::Error) -> DatabaseError {
    match error.into() {
        DatabaseError::NotWhole(_) => damaged(path),
        DatabaseError::Unavailable(reason) | DatabaseError::NotWritable(reason) => {
            unusable(path, reason)
        }
        other => other,
    }
}

/// Makes the file for its owner only; SQLite would let others read it.
fn make_private(path: &Path) -> io::Result<()> {
    match durable::create_new(path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            if !fs::metadata(path)?.is_file() {
                return Err(io::Error::other("it is no file"));
            }
            // Not opened: closing it would drop the locks that this process may have on it.
            fs::set_permissions(path, Permissions::from_mode(0o600))
        }
        made => made.map(drop),
    }
}
