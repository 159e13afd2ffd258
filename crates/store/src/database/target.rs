//! Where the database is, and how `DATABASE_URL` says so.

use std::path::{Path, PathBuf};

use secrecy::SecretString;

use crate::database_error::DatabaseError;

/// The file of the embedded database, inside the data folder.
pub const DATABASE_FILE: &str = "flowgpt.db";

/// Where the database is.
#[derive(Debug, Clone)]
pub enum DatabaseTarget {
    /// SQLite, in this file; made when it is missing.
    Sqlite(PathBuf),
    /// PostgreSQL, at this URL.
    Postgres(SecretString),
}

impl DatabaseTarget {
    /// The embedded database of a data folder.
    pub fn embedded(data_folder: &Path) -> Self {
        Self::Sqlite(data_folder.join(DATABASE_FILE))
    }

    /// Reads `DATABASE_URL`; an empty one is the embedded database.
    ///
    /// No error repeats the text, for there is a password in it.
    pub fn parse(text: &str, data_folder: &Path) -> Result<Self, DatabaseError> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(Self::embedded(data_folder));
        }
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Ok(Self::Postgres(SecretString::from(text)));
        }
        let path = text.strip_prefix("sqlite:").ok_or(DatabaseError::BadUrl)?;
        let path = path.strip_prefix("//").unwrap_or(path);
        // In memory all would be lost with the first connection that ends.
        if path.is_empty() || path.starts_with(':') {
            return Err(DatabaseError::BadUrl);
        }
        Ok(Self::Sqlite(PathBuf::from(path)))
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use secrecy::ExposeSecret;

    use super::DatabaseTarget;
    use crate::database_error::DatabaseError;

    fn parse(text: &str) -> Result<String, DatabaseError> {
        let target = DatabaseTarget::parse(text, Path::new("/data"));
        target.map(|target| match target {
            DatabaseTarget::Sqlite(path) => format!("file {}", path.display()),
            DatabaseTarget::Postgres(url) => format!("server {}", url.expose_secret()),
        })
    }

    #[test]
    fn nothing_is_the_embedded_database_and_the_rest_goes_by_its_scheme() {
        for (text, expected) in [
            ("", "file /data/flowgpt.db"),
            (" \n", "file /data/flowgpt.db"),
            ("postgres://a:b@c/d", "server postgres://a:b@c/d"),
            ("postgresql://c/d?e=f", "server postgresql://c/d?e=f"),
            ("sqlite:/srv/a.db", "file /srv/a.db"),
            ("sqlite:///srv/a.db", "file /srv/a.db"),
            ("sqlite://a.db", "file a.db"),
        ] {
            assert_eq!(parse(text).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn anything_else_is_refused_without_repeating_it() {
        for text in [
            "mysql://a:canary@b/c",
            "a.db",
            "postgres:canary",
            "sqlite:",
            "sqlite://",
            "sqlite::memory:",
            "POSTGRES://canary@b/c",
        ] {
            let said = parse(text).unwrap_err().to_string();
            assert!(said.contains("postgres://") && said.contains("sqlite:"));
            assert!(!said.contains("canary"), "{said}");
        }
    }
}
