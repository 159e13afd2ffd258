//! What can go wrong with the database, said for the operator.
//!
//! No text of it holds a value of a record, nor the database's URL.

use std::path::PathBuf;

/// The database could not be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DatabaseError {
    /// The URL cannot be read.
    #[error(
        "DATABASE_URL is not understood; set it to postgres://user:password@host/name or to \
         sqlite:PATH, or leave it empty for the database in the data folder"
    )]
    BadUrl,
    /// The file of the embedded database cannot be made or opened.
    #[error("the database file {} cannot be used: {reason}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        reason: String,
    },
    /// The file is there, but what is in it is not whole.
    #[error(
        "the database file {} is damaged; nothing was changed. Move it away and restore a backup",
        path.display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
    },
    /// SQLite came upon something that is not whole.
    #[error("{0}; stop the program and restore a backup")]
    NotWhole(String),
    /// The tables were made by another version.
    #[error("the database's tables do not fit this version: {0}")]
    Migration(String),
    /// The master key is not the one this database was made with.
    #[error(
        "the master key does not open this database; set FLOWGPT_MASTER_KEY to the key it was \
         made with, or put its master.key back into the data folder"
    )]
    WrongMasterKey,
    /// There is a database, but no master key.
    #[error(
        "there is a database, but no master key: {} is missing. Put it back, or set \
         FLOWGPT_MASTER_KEY; without it the tokens in the database cannot be read",
        .0.display()
    )]
    NoMasterKey(PathBuf),
    /// The master key's file cannot be read or made.
    #[error("{0}")]
    MasterKey(String),
    /// A sealed value was changed, moved, or sealed with a key that is gone.
    #[error(
        "a sealed value in {0} cannot be opened; restore a backup, or sign the account in again"
    )]
    Unopenable(&'static str),
    /// A record is not what this version writes.
    #[error("a record in {0} cannot be read")]
    BadRecord(&'static str),
    /// There is no such record.
    #[error("there is no such record")]
    NotFound,
    /// A record of that name is there already.
    #[error("there is one of that name already")]
    Exists,
    /// No connection, or none in time.
    #[error("the database cannot be reached: {0}")]
    Unavailable(String),
    /// It cannot be written: no room, or it only lets itself be read.
    #[error("the database cannot be written: {0}")]
    NotWritable(String),
    /// Fresh tokens cannot be kept, or not be read back, in the data folder.
    #[error("the folder of rotated tokens in the data folder cannot be used: {0}")]
    Spool(String),
    /// A backup cannot be made there.
    #[error("the backup {} cannot be written: {reason}", path.display())]
    Backup {
        /// The file.
        path: PathBuf,
        /// What is in the way.
        reason: String,
    },
    /// The program only copies the embedded database.
    #[error("a PostgreSQL database is not copied by FlowGPT; back it up with pg_dump")]
    BackupElsewhere,
    /// Work was given up because the program ends.
    #[error("the program is ending")]
    Interrupted,
    /// Anything else.
    #[error("the database failed: {0}")]
    Other(String),
}

impl From<sqlx::Error> for DatabaseError {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::RowNotFound => Self::NotFound,
            sqlx::Error::PoolTimedOut => Self::Unavailable("it is busy".to_owned()),
            sqlx::Error::Io(reason) => Self::Unavailable(reason.kind().to_string()),
            sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => {
                Self::Unavailable("it was closed".to_owned())
            }
            sqlx::Error::Tls(_) => Self::Unavailable("no secure connection".to_owned()),
            sqlx::Error::Database(reason) if reason.is_unique_violation() => Self::Exists,
            // What a record was to belong to.
            sqlx::Error::Database(reason) if reason.is_foreign_key_violation() => Self::NotFound,
            sqlx::Error::Database(reason) => {
                let code = reason.code().unwrap_or_default().into_owned();
                by_code(&code, reason.message())
            }
            other => Self::Other(other.to_string()),
        }
    }
}

/// SQLite's result codes and PostgreSQL's SQLSTATEs that call for different action.
fn by_code(code: &str, message: &str) -> DatabaseError {
    let message = message.to_owned();
    // SQLite's are numbers, whose last byte is the kind; an SQLSTATE has five characters.
    if code.len() < 5 {
        return match code.parse::<u32>().unwrap_or_default() & 0xff {
            // SQLITE_READONLY, _IOERR, _FULL.
            8 | 10 | 13 => DatabaseError::NotWritable(message),
            // SQLITE_BUSY, _LOCKED, _CANTOPEN.
            5 | 6 | 14 => DatabaseError::Unavailable(message),
            // SQLITE_CORRUPT, _NOTADB.
            11 | 26 => DatabaseError::NotWhole(message),
            _ => DatabaseError::Other(message),
        };
    }
    match code {
        // read_only_sql_transaction, disk_full.
        "25006" | "53100" => DatabaseError::NotWritable(message),
        // Shutdown, too many connections, cannot connect now, connection failures, bad password.
        code if ["57P", "53", "08", "28"]
            .iter()
            .any(|it| code.starts_with(it)) =>
        {
            DatabaseError::Unavailable(message)
        }
        _ => DatabaseError::Other(message),
    }
}

impl From<sqlx::migrate::MigrateError> for DatabaseError {
    fn from(error: sqlx::migrate::MigrateError) -> Self {
        match error {
            sqlx::migrate::MigrateError::Execute(error)
            | sqlx::migrate::MigrateError::ExecuteMigration(error, _) => error.into(),
            other => Self::Migration(other.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{DatabaseError, by_code};

    #[test]
    fn codes_of_both_databases_are_told_apart_also_with_what_they_add() {
        let kind = |code| match by_code(code, "why") {
            DatabaseError::NotWritable(_) => "not writable",
            DatabaseError::Unavailable(_) => "unavailable",
            DatabaseError::NotWhole(_) => "not whole",
            _ => "other",
        };
        for (expected, codes) in [
            // Full; writing failed; the folder only lets itself be read.
            ("not writable", ["13", "778", "1544", "53100", "25006"]),
            // A snapshot that is too old; a folder in place of a file.
            ("unavailable", ["5", "517", "526", "57P01", "08006"]),
            ("not whole", ["11", "26", "267", "523", "779"]),
            ("other", ["1", "19", "", "23505", "42P01"]),
        ] {
            for code in codes {
                assert_eq!(kind(code), expected, "{code}");
            }
        }
    }
}
