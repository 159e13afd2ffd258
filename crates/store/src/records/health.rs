//! How an account is, and what it may not do for a while; never its tokens.

use super::accounts::AccountId;
use crate::database::{BUMP, Database, on_both, read_on_both, transaction};
use crate::database_error::DatabaseError;

/// What others poll to learn of health and cool-downs.
pub(crate) const TOPIC: &str = "health";

/// How an account is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredHealth {
    /// By `accounts`' word.
    pub state: String,
    /// Why, for the operator.
    pub reason: Option<String>,
    /// Since when, in unix seconds.
    pub since: i64,
}

/// A model or feature that an account has used up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredCoolDown {
    /// The account.
    pub account: AccountId,
    /// What is used up, by `accounts`' word.
    pub scope: String,
    /// Until when, in unix seconds.
    pub until: i64,
    /// Who says so, by `accounts`' word.
    pub source: String,
    /// When that was noted.
    pub noted_at: i64,
}

type CoolDownRow = (String, String, i64, String, i64);

impl Database {
    /// Writes down how an account is.
    pub async fn set_health(
        &self,
        id: AccountId,
        health: StoredHealth,
    ) -> Result<(), DatabaseError> {
        let row = id.to_string();
        transaction!(self, |connection| {
            sqlx::query(
                "UPDATE account_health SET state = $1, reason = $2, since = $3 \
                 WHERE account_id = $4",
            )
            .bind(health.state)
            .bind(health.reason)
            .bind(health.since)
            .bind(row)
            .execute(&mut *connection)
            .await?;
            sqlx::query(BUMP)
                .bind(TOPIC)
                .execute(&mut *connection)
                .await?;
        })
    }

    /// Writes a cool-down down; of two for the same thing the later end counts.
    pub async fn note_cool_down(&self, it: StoredCoolDown) -> Result<(), DatabaseError> {
        transaction!(self, |connection| {
            sqlx::query(
                "INSERT INTO cool_down (account_id, scope, until, source, noted_at) \
                 SELECT id, $2, $3, $4, $5 FROM account WHERE id = $1 \
                 ON CONFLICT (account_id, scope) DO UPDATE SET \
                 until = excluded.until, source = excluded.source, noted_at = excluded.noted_at \
                 WHERE excluded.until > cool_down.until",
            )
            .bind(it.account.to_string())
            .bind(it.scope)
            .bind(it.until)
            .bind(it.source)
            .bind(it.noted_at)
            .execute(&mut *connection)
            .await?;
            sqlx::query(BUMP)
                .bind(TOPIC)
                .execute(&mut *connection)
                .await?;
        })
    }

    /// Takes a cool-down back, or all of an account's.
    pub async fn clear_cool_down(
        &self,
        id: AccountId,
        scope: Option<String>,
    ) -> Result<u64, DatabaseError> {
        let row = id.to_string();
        transaction!(self, |connection| {
            let cleared = sqlx::query(
                "DELETE FROM cool_down WHERE account_id = $1 AND (scope = $2 OR $2 IS NULL)",
            )
            .bind(row)
            .bind(scope)
            .execute(&mut *connection)
            .await?
            .rows_affected();
            sqlx::query(BUMP)
                .bind(TOPIC)
                .execute(&mut *connection)
                .await?;
            cleared
        })
    }

    /// The cool-downs that are still in force.
    pub async fn cool_downs(&self, now: i64) -> Result<Vec<StoredCoolDown>, DatabaseError> {
        let rows: Vec<CoolDownRow> = read_on_both!(self, |pool| {
            sqlx::query_as(
                "SELECT account_id, scope, until, source, noted_at FROM cool_down \
                 WHERE until > $1 ORDER BY account_id, scope",
            )
            .bind(now)
            .fetch_all(pool)
            .await
        })?;
        let read = |(account, scope, until, source, noted_at): CoolDownRow| {
            Ok(StoredCoolDown {
                account: account
                    .parse()
                    .map_err(|_| DatabaseError::BadRecord("cool_down"))?,
                scope,
                until,
                source,
                noted_at,
            })
        };
        rows.into_iter().map(read).collect()
    }

    /// Forgets the cool-downs that are over.
    pub async fn forget_cool_downs(&self, now: i64) -> Result<u64, DatabaseError> {
        let gone = on_both!(self, |pool| {
            sqlx::query("DELETE FROM cool_down WHERE until <= $1")
                .bind(now)
                .execute(pool)
                .await
                .map(|it| it.rows_affected())
        })?;
        Ok(gone)
    }
}
