//! Tokens that upstream has rotated and the database has not stored yet: a sealed file for each
//! account, so that they outlive the process when the database is away at that moment.
//!
//! Not a queue: an account has one file at most, and the next start plays all of them into the
//! database. A command may do that beside a gateway, so the folder is locked by whoever works
//! in it. Called by `accounts` around `commit_refresh`.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use tokio::sync::{Mutex, MutexGuard};

use crate::data_folder::DataFolder;
use crate::database::Database;
use crate::database_error::DatabaseError;
use crate::records::{AccountId, FreshCredential};
use crate::store_error::Damaged;
use crate::{blocking, durable};

const FOLDER: &str = "rotations";
const EXTENSION: &str = "sealed";
const COLUMN: &str = "rotation";

/// Longer than any rotation; a longer file is none.
const MAX_BYTES: u64 = 1 << 20;

/// The folder of rotated tokens; clones share it.
#[derive(Debug, Clone)]
pub struct RotationSpool(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    path: PathBuf,
    files: Mutex<()>,
    _folder: DataFolder,
}

/// New tokens that are to take the place of others.
#[derive(Debug, Clone)]
pub struct SpooledRotation {
    /// The account.
    pub account: AccountId,
    /// The fingerprint of the RefreshToken that was spent.
    pub replaced: Vec<u8>,
    /// What upstream gave for it.
    pub fresh: FreshCredential,
    /// When that was, in unix seconds.
    pub at: i64,
}

/// What became of the files.
#[derive(Debug, Default)]
pub struct Replayed {
    /// Accounts whose tokens are stored now.
    pub landed: Vec<AccountId>,
    /// Accounts that have these tokens already, or others, or that are gone.
    pub superseded: Vec<AccountId>,
    /// Files that cannot be opened. Whole ones stay, for another key may open them.
    pub damaged: Vec<Damaged>,
}

/// Held from reading a file until it is removed: a newer one must not go in its place.
struct Held<'a> {
    _here: MutexGuard<'a, ()>,
    /// Locked for other processes.
    _elsewhere: File,
}

/// What is sealed.
#[derive(Serialize, Deserialize)]
struct Record {
    replaced: Vec<u8>,
    access: Option<String>,
    access_expires_at: Option<i64>,
    refresh: Option<String>,
    client: Option<String>,
    at: i64,
}

impl RotationSpool {
    /// Opens the folder, made if it is missing; blocks, for the start of the program.
    pub fn open(folder: &DataFolder) -> Result<Self, DatabaseError> {
        let path = folder.inner(FOLDER);
        let path = path.map_err(|error| DatabaseError::Spool(error.to_string()))?;
        Ok(Self(Arc::new(Shared {
            path,
            files: Mutex::default(),
            _folder: folder.clone(),
        })))
    }

    /// Writes new tokens down; once it returns, they outlive a crash and a power cut.
    ///
    /// Only the database's keys are needed, not its server.
    pub async fn write(
        &self,
        database: &Database,
        entry: SpooledRotation,
    ) -> Result<(), DatabaseError> {
        let id = entry.account;
        self.write_text(database, id, to_text(&Record::of(entry))?)
            .await
    }

    /// The same for a RefreshToken that came alone, in place of the one with this fingerprint.
    pub async fn write_rotated(
        &self,
        database: &Database,
        account: AccountId,
        replaced: &[u8],
        refresh: &SecretString,
        at: i64,
    ) -> Result<(), DatabaseError> {
        let record = Record {
            replaced: replaced.to_vec(),
            access: None,
            access_expires_at: None,
            refresh: Some(refresh.expose_secret().to_owned()),
            client: None,
            at,
        };
        self.write_text(database, account, to_text(&record)?).await
    }

    async fn write_text(
        &self,
        database: &Database,
        id: AccountId,
        text: SecretString,
    ) -> Result<(), DatabaseError> {
        let sealed = database.seal(COLUMN, &id.to_string(), &text)?;
        let path = self.file(id);
        let _held = self.hold().await?;
        on_disk(move || durable::write(&path, &sealed)).await
    }

    /// Plays all files into the database, and removes those that are settled by that.
    ///
    /// Ends early when the database fails; what was not played in stays. `now` bounds the
    /// time of a rotation, in case the clock was set back since.
    pub async fn replay(&self, database: &Database, now: i64) -> Result<Replayed, DatabaseError> {
        let mut replayed = Replayed::default();
        let _held = self.hold().await?;
        for path in self.files().await? {
            let sealed = path.clone();
            let sealed = on_disk(move || read(&sealed)).await?;
            let entry = account_of(&path)
                .ok_or_else(|| "its name is no account".to_owned())
                .and_then(|id| Ok((id, unseal(database, id, sealed)?)));
            let (id, record) = match entry {
                Ok(entry) => entry,
                Err(reason) => {
                    replayed.damaged.push(set_aside(path, reason).await?);
                    continue;
                }
            };
            let has_landed = record.land(database, id, now).await?;
            let accounts = if has_landed {
                &mut replayed.landed
            } else {
                &mut replayed.superseded
            };
            accounts.push(id);
            on_disk(move || durable::remove(&path)).await?;
        }
        Ok(replayed)
    }

    /// Forgets an account's new tokens, once the database has them.
    pub async fn remove(&self, account: AccountId) -> Result<(), DatabaseError> {
        let path = self.file(account);
        let _held = self.hold().await?;
        on_disk(move || durable::remove(&path)).await
    }

    async fn hold(&self) -> Result<Held<'_>, DatabaseError> {
        let here = self.0.files.lock().await;
        let path = self.0.path.clone();
        let locked = on_disk(move || {
            let folder = File::open(path)?;
            folder.lock().map(|()| folder)
        });
        Ok(Held {
            _here: here,
            _elsewhere: locked.await?,
        })
    }

    fn file(&self, account: AccountId) -> PathBuf {
        self.0.path.join(format!("{account}.{EXTENSION}"))
    }

    /// All files by name, also those that a crash kept from getting their last name: what
    /// opens is whole.
    async fn files(&self) -> Result<Vec<PathBuf>, DatabaseError> {
        let path = self.0.path.clone();
        on_disk(move || {
            let entries = fs::read_dir(&path)?.map(|it| it.map(|it| it.path()));
            let mut paths = entries.collect::<Result<Vec<_>, _>>()?;
            paths.sort();
            Ok(paths)
        })
        .await
    }
}

async fn on_disk<T: Send + 'static>(
    work: impl FnOnce() -> std::io::Result<T> + Send + 'static,
) -> Result<T, DatabaseError> {
    let done = blocking::run(move || Ok(work()?)).await;
    done.map_err(|error| DatabaseError::Spool(error.to_string()))
}

/// What is to be said of a file that does not open. One that a crash cut off is removed, for
/// nothing will ever open it.
async fn set_aside(path: PathBuf, reason: String) -> Result<Damaged, DatabaseError> {
    if path.extension().is_none_or(|it| it != durable::PARTIAL) {
        return Ok(Damaged { path, reason });
    }
    let cut = path.clone();
    on_disk(move || durable::remove(&cut)).await?;
    let reason = "the process ended while it was written; it is removed".to_owned();
    Ok(Damaged { path, reason })
}

/// Nothing for what is too long.
fn read(path: &Path) -> std::io::Result<Option<Vec<u8>>> {
    if fs::metadata(path)?.len() > MAX_BYTES {
        return Ok(None);
    }
    fs::read(path).map(Some)
}

fn account_of(path: &Path) -> Option<AccountId> {
    let name = path.file_name()?.to_str()?;
    let (id, _) = name.split_once('.')?;
    id.parse().ok()
}

impl Record {
    fn of(entry: SpooledRotation) -> Self {
        Self {
            replaced: entry.replaced,
            access: Some(entry.fresh.access.expose_secret().to_owned()),
            access_expires_at: entry.fresh.access_expires_at,
            refresh: entry.fresh.refresh.map(|it| it.expose_secret().to_owned()),
            client: entry.fresh.client,
            at: entry.at,
        }
    }

    /// Stores it; whether the account still had the token that was spent.
    async fn land(
        self,
        database: &Database,
        id: AccountId,
        now: i64,
    ) -> Result<bool, DatabaseError> {
        let at = self.at.min(now);
        let refresh = self.refresh.map(SecretString::from);
        match (self.access, refresh) {
            (Some(access), refresh) => {
                let fresh = FreshCredential {
                    access: access.into(),
                    access_expires_at: self.access_expires_at,
                    refresh,
                    client: self.client,
                };
                database.commit_refresh(id, &self.replaced, fresh, at).await
            }
            (None, Some(refresh)) => {
                database
                    .commit_rotated(id, &self.replaced, refresh, at)
                    .await
            }
            (None, None) => Ok(false),
        }
    }
}

fn to_text(record: &Record) -> Result<SecretString, DatabaseError> {
    let text = serde_json::to_string(record);
    text.map(SecretString::from)
        .map_err(|_| DatabaseError::BadRecord("rotations"))
}

fn unseal(
    database: &Database,
    account: AccountId,
    sealed: Option<Vec<u8>>,
) -> Result<Record, String> {
    let sealed = sealed.ok_or("it is too long")?;
    let text = database.unseal(COLUMN, &account.to_string(), &sealed);
    let text = text.map_err(|_| "it does not open with the keys of this database")?;
    let record = serde_json::from_str(text.expose_secret());
    record.map_err(|_| "it is not what this version writes".to_owned())
}
