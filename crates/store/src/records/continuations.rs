//! Where upstream's conversations stand, found by a digest of all that was said in them.
//!
//! Holds no text. Written in batches, behind the answers: what a crash takes with it costs the
//! next request its whole history. Used by `accounts`.

use std::collections::BTreeMap;

use sqlx::FromRow;

use crate::database::{Database, on_both, read_on_both, transaction};
use crate::database_error::DatabaseError;

/// Where a conversation stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredContinuation {
    /// What it is found by.
    pub key: [u8; 16],
    /// Upstream's id of the conversation.
    pub conversation_id: String,
    /// Upstream's id of the answer that the next message hangs on.
    pub message_id: String,
    /// What tells the ChatGPT account that has it from others.
    pub identity: [u8; 16],
    /// Whether upstream lists the conversation; it is a temporary chat otherwise.
    pub is_kept: bool,
    /// Unix seconds.
    pub used_at: i64,
}

#[derive(FromRow)]
struct Row {
    key: Vec<u8>,
    conversation_id: String,
    message_id: String,
    identity: Vec<u8>,
    is_kept: i64,
    used_at: i64,
}

const SELECT: &str = "SELECT key, conversation_id, message_id, identity, is_kept, used_at \
     FROM continuation WHERE key = $1";

const REMEMBER: &str = "INSERT INTO continuation \
     (key, conversation_id, message_id, identity, is_kept, used_at) \
     VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (key) DO UPDATE SET \
     conversation_id = excluded.conversation_id, message_id = excluded.message_id, \
     identity = excluded.identity, is_kept = excluded.is_kept, used_at = excluded.used_at";

const TRIM: &str = "DELETE FROM continuation WHERE used_at <= \
     (SELECT used_at FROM continuation ORDER BY used_at DESC LIMIT 1 OFFSET $1)";

impl Database {
    /// Where the conversation stands that this key is for.
    pub async fn continuation(
        &self,
        key: [u8; 16],
    ) -> Result<Option<StoredContinuation>, DatabaseError> {
        let row: Option<Row> = read_on_both!(self, |pool| {
            sqlx::query_as(SELECT)
                .bind(key.as_slice())
                .fetch_optional(pool)
                .await
        })?;
        row.map(Row::read).transpose()
    }

    /// Writes down where conversations stand; of two with one key the later one stays.
    pub async fn remember_continuations(
        &self,
        all: Vec<StoredContinuation>,
    ) -> Result<(), DatabaseError> {
        // In the order of the keys: two batches side by side must not wait for each other.
        let by_key: BTreeMap<_, _> = all.into_iter().map(|it| (it.key, it)).collect();
        transaction!(self, |connection| {
            for it in by_key.values() {
                sqlx::query(REMEMBER)
                    .bind(it.key.as_slice())
                    .bind(it.conversation_id.as_str())
                    .bind(it.message_id.as_str())
                    .bind(it.identity.as_slice())
                    .bind(i64::from(it.is_kept))
                    .bind(it.used_at)
                    .execute(&mut *connection)
                    .await?;
            }
        })
    }

    /// Forgets a conversation that cannot be gone on with; how many places in it there were.
    pub async fn forget_continuations_of(
        &self,
        conversation_id: &str,
    ) -> Result<u64, DatabaseError> {
        let gone = on_both!(self, |pool| {
            sqlx::query("DELETE FROM continuation WHERE conversation_id = $1")
                .bind(conversation_id)
                .execute(pool)
                .await
                .map(|it| it.rows_affected())
        })?;
        Ok(gone)
    }

    /// Forgets what was not used since then, and the oldest beyond so many; how many that was.
    pub async fn trim_continuations(
        &self,
        before: i64,
        at_most: i64,
    ) -> Result<u64, DatabaseError> {
        let old = "DELETE FROM continuation WHERE used_at < $1";
        Ok(self.forget(old, before).await? + self.forget(TRIM, at_most).await?)
    }
}

impl Row {
    fn read(self) -> Result<StoredContinuation, DatabaseError> {
        let bad = |_| DatabaseError::BadRecord("continuation");
        Ok(StoredContinuation {
            key: self.key.try_into().map_err(bad)?,
            conversation_id: self.conversation_id,
            message_id: self.message_id,
            identity: self.identity.try_into().map_err(bad)?,
            is_kept: self.is_kept != 0,
            used_at: self.used_at,
        })
    }
}
