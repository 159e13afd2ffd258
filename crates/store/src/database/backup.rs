//! A copy of the embedded database, made while it is in use.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use super::{Database, Pools};
use crate::database_error::DatabaseError;
use crate::durable;

impl Database {
    /// Copies the whole database into a new file, readable by its owner only; what is sealed
    /// stays sealed, so the master key has to be kept too, and elsewhere.
    ///
    /// Never writes over a file. PostgreSQL is backed up with its own tools.
    pub async fn backup_to(&self, path: &Path) -> Result<(), DatabaseError> {
        let Pools::Sqlite { readers, .. } = &self.shared.pools else {
            return Err(DatabaseError::BackupElsewhere);
        };
        let (readers, path) = (readers.clone(), path.to_owned());
        self.to_its_end(async move {
            let failed = |reason: String| DatabaseError::Backup {
                path: path.clone(),
                reason,
            };
            let name = path
                .to_str()
                .ok_or_else(|| failed("its name is no text".to_owned()))?;
            // Made here, because SQLite would let others read it.
            let file = durable::create_new(&path).map_err(|error| failed(error.to_string()))?;
            let copied = sqlx::query("VACUUM INTO $1")
                .bind(name)
                .execute(&readers)
                .await;
            let kept = match copied {
                Ok(_) => keep(&file, &path).map_err(|error| failed(error.to_string())),
                Err(error) => Err(failed(DatabaseError::from(error).to_string())),
            };
            if kept.is_err() {
                let _may_be_gone = fs::remove_file(&path);
            }
            kept
        })
        .await
    }
}

/// SQLite does not wait until a copy is on the disk.
fn keep(file: &File, path: &Path) -> io::Result<()> {
    file.sync_all()?;
    durable::sync_folder_of(path)
}
