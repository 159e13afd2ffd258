//! What the log of single requests says of the last hours and of each account: for people to
//! look at.
//!
//! Sums of days are in `usage`; they are kept longer.

use sqlx::{FromRow, QueryBuilder};

use super::accounts::AccountId;
use crate::database::{Database, read_on_both};
use crate::database_error::DatabaseError;

/// The requests of one hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromRow)]
pub struct HourOfUse {
    /// When it begins, in unix seconds.
    pub hour: i64,
    /// Requests that came in it.
    pub requests: i64,
    /// Those of them that failed.
    pub failures: i64,
}

/// How an account was used last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastUse {
    /// The account.
    pub account: AccountId,
    /// When it was asked last, in unix seconds.
    pub used_at: Option<i64>,
    /// When that failed last.
    pub failed_at: Option<i64>,
    /// How, by its code.
    pub code: Option<String>,
    /// How many seeds are bound to it.
    pub seeds: i64,
}

#[derive(FromRow)]
struct Row {
    id: String,
    used_at: Option<i64>,
    failed_at: Option<i64>,
    code: Option<String>,
    seeds: i64,
}

const HOURS: &str = "SELECT at - at % 3600 AS hour, CAST(COUNT(*) AS BIGINT) AS requests, \
     CAST(SUM(CASE WHEN status >= 400 OR code IS NOT NULL THEN 1 ELSE 0 END) AS BIGINT) \
     AS failures FROM request_log WHERE at >= $1 GROUP BY at - at % 3600 ORDER BY 1";

const FIRST_TEXTS: &str = "SELECT first_text_ms FROM request_log \
     WHERE at >= $1 AND first_text_ms IS NOT NULL ORDER BY at DESC, id DESC LIMIT $2";

/// Each part is one look into an index, however long the log is.
const LAST_USES: &str = "SELECT id, \
     (SELECT MAX(at) FROM request_log WHERE account_id = account.id) AS used_at, \
     (SELECT MAX(at) FROM request_log WHERE account_id = account.id AND code IS NOT NULL) \
     AS failed_at, \
     (SELECT code FROM request_log WHERE account_id = account.id AND code IS NOT NULL \
     ORDER BY at DESC LIMIT 1) AS code, \
     (SELECT CAST(COUNT(*) AS BIGINT) FROM seed \
     WHERE account_id = account.id AND cleared_at IS NULL) AS seeds \
     FROM account WHERE id IN (";

macro_rules! last_uses {
    ($pool:expr, $ids:expr) => {{
        let mut query = QueryBuilder::new(LAST_USES);
        let mut list = query.separated(", ");
        for id in $ids {
            list.push_bind(id.to_string());
        }
        query.push(")");
        // Kept ready for every length of the list, statements would fill memory.
        let query = query.build_query_as::<Row>().persistent(false);
        query.fetch_all($pool).await
    }};
}

impl Database {
    /// The hours since then in which anything was asked, the oldest first.
    pub async fn hours_of_use(&self, since: i64) -> Result<Vec<HourOfUse>, DatabaseError> {
        let rows = read_on_both!(self, |pool| {
            sqlx::query_as(HOURS).bind(since).fetch_all(pool).await
        })?;
        Ok(rows)
    }

    /// How long callers waited for the first text since then, in milliseconds; of so many
    /// requests at most, the newest first.
    pub async fn first_text_times(
        &self,
        since: i64,
        limit: i64,
    ) -> Result<Vec<i64>, DatabaseError> {
        let rows = read_on_both!(self, |pool| {
            sqlx::query_scalar(FIRST_TEXTS)
                .bind(since)
                .bind(limit)
                .fetch_all(pool)
                .await
        })?;
        Ok(rows)
    }

    /// How these accounts were used last; at most some thousands of them.
    pub async fn last_uses(&self, accounts: &[AccountId]) -> Result<Vec<LastUse>, DatabaseError> {
        if accounts.is_empty() {
            return Ok(Vec::new());
        }
        let rows = read_on_both!(self, |pool| last_uses!(pool, accounts))?;
        rows.into_iter().map(Row::read).collect()
    }
}

impl Row {
    fn read(self) -> Result<LastUse, DatabaseError> {
        let account = self.id.parse();
        Ok(LastUse {
            account: account.map_err(|_| DatabaseError::BadRecord("account"))?,
            used_at: self.used_at,
            failed_at: self.failed_at,
            code: self.code,
            seeds: self.seeds,
        })
    }
}
