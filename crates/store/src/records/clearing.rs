//! Clearing all accounts or all seeds, with a way back for a while.
//!
//! What was cleared is only marked; it is gone when its time to come back has passed.

use super::accounts::{self, AccountId};
use crate::database::{BUMP, Database, transaction};
use crate::database_error::DatabaseError;

/// What was cleared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cleared {
    /// How to name it when it is to come back.
    pub id: String,
    /// How many records.
    pub count: u64,
}

/// What others poll to learn of seeds.
pub(crate) const SEED_TOPIC: &str = "seed";

const CLEAR_ONE: &str = "UPDATE account SET cleared_at = $1, clearing = $2 \
     WHERE id = $3 AND cleared_at IS NULL";

impl Database {
    /// Clears all accounts.
    pub async fn clear_accounts(&self, now: i64) -> Result<Cleared, DatabaseError> {
        let id = self.new_id(now)?.to_string();
        let clearing = id.clone();
        let count = transaction!(self, |connection| {
            let cleared = sqlx::query(
                "UPDATE account SET cleared_at = $1, clearing = $2 WHERE cleared_at IS NULL",
            )
            .bind(now)
            .bind(clearing)
            .execute(&mut *connection)
            .await?
            .rows_affected();
            sqlx::query(BUMP)
                .bind(accounts::TOPIC)
                .execute(&mut *connection)
                .await?;
            cleared
        })?;
        Ok(Cleared { id, count })
    }

    /// Clears these accounts; those that are not there are passed over.
    pub async fn clear_these_accounts(
        &self,
        accounts: &[AccountId],
        now: i64,
    ) -> Result<Cleared, DatabaseError> {
        let id = self.new_id(now)?.to_string();
        let clearing = id.clone();
        let accounts: Vec<String> = accounts.iter().map(ToString::to_string).collect();
        let count = transaction!(self, |connection| {
            let mut cleared = 0;
            for account in &accounts {
                let query = sqlx::query(CLEAR_ONE)
                    .bind(now)
                    .bind(clearing.as_str())
                    .bind(account.as_str());
                cleared += query.execute(&mut *connection).await?.rows_affected();
            }
            sqlx::query(BUMP)
                .bind(accounts::TOPIC)
                .execute(&mut *connection)
                .await?;
            cleared
        })?;
        Ok(Cleared { id, count })
    }

    /// Clears all seeds, and what is known of their conversations.
    pub async fn clear_seeds(&self, now: i64) -> Result<Cleared, DatabaseError> {
        let id = self.new_id(now)?.to_string();
        let clearing = id.clone();
        let count = transaction!(self, |connection| {
            let mut cleared = 0;
            for statement in [
                "UPDATE seed SET cleared_at = $1, clearing = $2 WHERE cleared_at IS NULL",
                "UPDATE conversation SET cleared_at = $1, clearing = $2 WHERE cleared_at IS NULL",
            ] {
                let query = sqlx::query(statement).bind(now).bind(clearing.as_str());
                cleared += query.execute(&mut *connection).await?.rows_affected();
            }
            sqlx::query(BUMP)
                .bind(SEED_TOPIC)
                .execute(&mut *connection)
                .await?;
            cleared
        })?;
        Ok(Cleared { id, count })
    }

    /// Brings back what a clearing took; how many records came back.
    pub async fn undo_clearing(&self, id: &str) -> Result<u64, DatabaseError> {
        let id = id.to_owned();
        transaction!(self, |connection| {
            let mut restored = 0;
            for statement in [
                "UPDATE account SET cleared_at = NULL, clearing = NULL WHERE clearing = $1",
                "UPDATE seed SET cleared_at = NULL, clearing = NULL WHERE clearing = $1",
                "UPDATE conversation SET cleared_at = NULL, clearing = NULL WHERE clearing = $1",
            ] {
                let query = sqlx::query(statement).bind(id.as_str());
                restored += query.execute(&mut *connection).await?.rows_affected();
            }
            for topic in [accounts::TOPIC, SEED_TOPIC] {
                sqlx::query(BUMP)
                    .bind(topic)
                    .execute(&mut *connection)
                    .await?;
            }
            restored
        })
    }

    /// Removes for ever what was cleared before then.
    pub async fn purge_cleared(&self, before: i64) -> Result<u64, DatabaseError> {
        transaction!(self, |connection| {
            let mut purged = 0;
            for statement in [
                "DELETE FROM seed WHERE cleared_at < $1",
                "DELETE FROM conversation WHERE cleared_at < $1",
                "DELETE FROM account WHERE cleared_at < $1",
            ] {
                let query = sqlx::query(statement).bind(before);
                purged += query.execute(&mut *connection).await?.rows_affected();
            }
            purged
        })
    }
}
