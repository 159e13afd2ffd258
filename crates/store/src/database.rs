//! The database: one type over SQLite and PostgreSQL, with the same statements on both.
//!
//! Opening, migrating, and what every kind of record needs; the records themselves are in
//! `records`. Knows no clock: times are unix seconds given by the caller, except for leases,
//! which go by the database's own. Used by `accounts`, `admin` and the program.

mod backup;
mod on_both;
mod postgres;
mod sqlite;
mod target;

use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};
use sqlx::{PgPool, SqlitePool};
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use crate::chance::Chance;
use crate::database_error::DatabaseError;
use crate::vault::{MasterKey, Vault};

pub(crate) use on_both::{on_both, read_on_both, transaction};
pub use target::{DATABASE_FILE, DatabaseTarget};

/// The database; clones share it.
#[derive(Debug, Clone)]
pub struct Database {
    pub(crate) shared: Arc<Shared>,
}

#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) pools: Pools,
    pub(crate) vault: Vault,
    pub(crate) chance: Chance,
    /// Statements that belong together and are done to their end.
    tasks: TaskTracker,
}

#[derive(Debug, Clone)]
pub(crate) enum Pools {
    Sqlite {
        /// One connection: SQLite takes one writer at a time, and a queue here is fair.
        writer: SqlitePool,
        readers: SqlitePool,
    },
    Postgres(PgPool),
}

impl Database {
    /// Opens the database, brings its tables up to date, and checks that the master key opens it.
    pub async fn open(
        target: &DatabaseTarget,
        master_key: MasterKey,
        chance: Chance,
        now: i64,
    ) -> Result<Self, DatabaseError> {
        let pools = match target {
            DatabaseTarget::Sqlite(path) => sqlite::open(path, master_key.is_kept()?).await?,
            DatabaseTarget::Postgres(url) => postgres::open(url).await?,
        };
        let vault = Vault::open(&pools, master_key, &chance, now).await?;
        let shared = Shared {
            pools,
            vault,
            chance,
            tasks: TaskTracker::new(),
        };
        Ok(Self {
            shared: Arc::new(shared),
        })
    }

    /// `sqlite` or `postgres`.
    pub fn kind(&self) -> &'static str {
        match self.shared.pools {
            Pools::Sqlite { .. } => "sqlite",
            Pools::Postgres(_) => "postgres",
        }
    }

    /// The database's own time, in milliseconds: the same for all processes that share it.
    pub async fn now_ms(&self) -> Result<i64, DatabaseError> {
        let now = match &self.shared.pools {
            Pools::Sqlite { readers, .. } => {
                sqlx::query_scalar("SELECT CAST(unixepoch('subsec') * 1000 AS INTEGER)")
                    .fetch_one(readers)
                    .await?
            }
            Pools::Postgres(pool) => {
                sqlx::query_scalar(
                    "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)",
                )
                .fetch_one(pool)
                .await?
            }
        };
        Ok(now)
    }

    /// A digest that is the same in every run, and tells nothing without the database's key.
    pub fn keyed_digest(&self, purpose: &'static str, secret: &SecretString) -> [u8; 16] {
        let digest = self.shared.vault.digest(purpose, secret.expose_secret());
        let mut first = [0; 16];
        first.copy_from_slice(&digest[..16]);
        first
    }

    /// Fails unless the database can be written to.
    pub async fn probe(&self) -> Result<(), DatabaseError> {
        self.bump("probe").await
    }

    /// How often each kind of record was changed, by topic.
    pub async fn revisions(&self) -> Result<Vec<(String, i64)>, DatabaseError> {
        let all = read_on_both!(self, |pool| {
            sqlx::query_as("SELECT topic, number FROM revision ORDER BY topic")
                .fetch_all(pool)
                .await
        })?;
        Ok(all)
    }

    /// Says that records of a kind were changed.
    pub(crate) async fn bump(&self, topic: &'static str) -> Result<(), DatabaseError> {
        on_both!(self, |pool| sqlx::query(BUMP)
            .bind(topic)
            .execute(pool)
            .await
            .map(drop))?;
        Ok(())
    }

    /// Runs a statement that removes what is before a moment; how much that was.
    pub(crate) async fn forget(
        &self,
        statement: &'static str,
        before: i64,
    ) -> Result<u64, DatabaseError> {
        let gone = on_both!(self, |pool| {
            sqlx::query(statement)
                .bind(before)
                .execute(pool)
                .await
                .map(|it| it.rows_affected())
        })?;
        Ok(gone)
    }

    /// An id that begins with the time, so that newer records come last.
    pub(crate) fn new_id(&self, now: i64) -> Result<Uuid, DatabaseError> {
        let chance = self.shared.chance.bytes();
        let chance: [u8; 10] = chance.map_err(|it| DatabaseError::Other(it.to_string()))?;
        let millis = u64::try_from(now).unwrap_or_default().saturating_mul(1000);
        Ok(uuid::Builder::from_unix_timestamp_millis(millis, &chance).into_uuid())
    }

    /// Waits for what was begun, and closes all connections.
    pub async fn close(&self) {
        self.shared.tasks.close();
        self.shared.tasks.wait().await;
        match &self.shared.pools {
            Pools::Sqlite { writer, readers } => {
                readers.close().await;
                writer.close().await;
            }
            Pools::Postgres(pool) => pool.close().await,
        }
    }

    /// Does work to its end, even when nobody waits for it any more: a transaction that is
    /// dropped half-way leaves its connection in an unknown state.
    pub(crate) async fn to_its_end<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, DatabaseError>> + Send + 'static,
    ) -> Result<T, DatabaseError> {
        let task = self.shared.tasks.spawn(work);
        task.await.map_err(|_| DatabaseError::Interrupted)?
    }
}

/// Counts a change; part of every statement list that changes something others poll.
pub(crate) const BUMP: &str = "INSERT INTO revision (topic, number) VALUES ($1, 1) \
     ON CONFLICT (topic) DO UPDATE SET number = revision.number + 1";
