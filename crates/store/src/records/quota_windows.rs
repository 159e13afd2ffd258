//! What upstream said of the spans of time in which so much of an account may be used; for
//! people to read, and for a start that knows what was known.

use super::accounts::AccountId;
use crate::database::{Database, read_on_both, transaction};
use crate::database_error::DatabaseError;

/// What was last said of one span of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredQuotaWindow {
    /// The account.
    pub account: AccountId,
    /// Upstream's word for it.
    pub name: String,
    /// 0 to 100.
    pub used_percent: i64,
    /// How long it is.
    pub minutes: Option<i64>,
    /// When it begins anew, in unix seconds.
    pub resets_at: Option<i64>,
    /// What it was said in, by `accounts`' word.
    pub source: String,
    /// When it was said.
    pub noted_at: i64,
}

const NOTE: &str = "INSERT INTO quota_window \
     (account_id, name, used_percent, minutes, resets_at, source, noted_at) \
     SELECT id, $2, $3, $4, $5, $6, $7 FROM account WHERE id = $1 \
     ON CONFLICT (account_id, name) DO UPDATE SET \
     used_percent = excluded.used_percent, minutes = excluded.minutes, \
     resets_at = excluded.resets_at, source = excluded.source, noted_at = excluded.noted_at \
     WHERE excluded.noted_at >= quota_window.noted_at";

type Row = (String, String, i64, Option<i64>, Option<i64>, String, i64);

impl Database {
    /// Writes down what was said; of two words about the same span the later one stands.
    ///
    /// No revision is counted up: it is said with nearly every answer, and others need not load
    /// all accounts for it.
    pub async fn note_quota_windows(
        &self,
        windows: Vec<StoredQuotaWindow>,
    ) -> Result<(), DatabaseError> {
        transaction!(self, |connection| {
            for it in windows {
                sqlx::query(NOTE)
                    .bind(it.account.to_string())
                    .bind(it.name)
                    .bind(it.used_percent)
                    .bind(it.minutes)
                    .bind(it.resets_at)
                    .bind(it.source)
                    .bind(it.noted_at)
                    .execute(&mut *connection)
                    .await?;
            }
        })
    }

    /// What was said last, of all accounts.
    pub async fn quota_windows(&self) -> Result<Vec<StoredQuotaWindow>, DatabaseError> {
        let rows: Vec<Row> = read_on_both!(self, |pool| {
            sqlx::query_as(
                "SELECT account_id, name, used_percent, minutes, resets_at, source, noted_at \
                 FROM quota_window ORDER BY account_id, name",
            )
            .fetch_all(pool)
            .await
        })?;
        let read = |(account, name, used_percent, minutes, resets_at, source, noted_at): Row| {
            Ok(StoredQuotaWindow {
                account: account
                    .parse()
                    .map_err(|_| DatabaseError::BadRecord("quota_window"))?,
                name,
                used_percent,
                minutes,
                resets_at,
                source,
                noted_at,
            })
        };
        rows.into_iter().map(read).collect()
    }
}
