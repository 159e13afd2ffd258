//! What was asked and what came of it: every request for a while, and sums by day for longer.
//!
//! Written in batches, behind the answers. A batch that is written twice counts once. No
//! prompt, answer or address is in it.

use std::collections::BTreeMap;
use std::sync::Arc;

use sqlx::{FromRow, QueryBuilder};

use crate::database::{Database, read_on_both, transaction};
use crate::database_error::DatabaseError;

const DAY_SECONDS: i64 = 86_400;

/// A request that is over.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct RequestRecord {
    /// Its id, never used twice.
    pub id: String,
    /// When it came, in unix seconds.
    pub at: i64,
    /// Whose it was, by `accounts`' word.
    pub owner: String,
    /// The key it came with.
    pub key_id: Option<String>,
    /// The account that answered it, or was the last to try.
    pub account_id: Option<String>,
    /// The driver that asked it.
    pub driver: Option<String>,
    /// The path's name.
    pub route: String,
    /// The model, as it was asked for.
    pub model: Option<String>,
    /// The status of the reply.
    pub status: i64,
    /// What went wrong, by its code.
    pub code: Option<String>,
    /// Tokens asked.
    pub prompt_tokens: Option<i64>,
    /// Tokens answered.
    pub completion_tokens: Option<i64>,
    /// How long the caller waited for the first text, if any came.
    pub first_text_ms: Option<i64>,
    /// How long it took.
    pub duration_ms: i64,
    /// How many accounts were tried.
    pub attempts: i64,
}

/// Which requests; `None` for any.
#[derive(Debug, Clone, Default)]
pub struct RequestFilter {
    /// Not before this, in unix seconds.
    pub since: Option<i64>,
    /// Before this.
    pub until: Option<i64>,
    /// With this key.
    pub key_id: Option<String>,
    /// Answered by this account.
    pub account_id: Option<String>,
    /// Asked for this model.
    pub model: Option<String>,
    /// To this path, by its name.
    pub route: Option<String>,
    /// Whether it failed.
    pub has_failed: Option<bool>,
    /// Older than this one, which a page ended with.
    pub before_id: Option<String>,
}

/// What sums are made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UsageGroup {
    /// Each day, the oldest first.
    Day,
    /// Each key, the most used first.
    Key,
    /// Each account, the most used first.
    Account,
    /// Each model, the most used first.
    Model,
}

/// A sum.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct UsageRow {
    /// The day, counted from 1970, or the id or name; empty for requests without one.
    pub name: String,
    /// Requests.
    pub requests: i64,
    /// Those of them that failed.
    pub failures: i64,
    /// Tokens asked.
    pub prompt_tokens: i64,
    /// Tokens answered.
    pub completion_tokens: i64,
}

/// Rows in one statement. A full one is always the same statement, which connections keep ready.
const AT_ONCE: usize = 64;

const ADD: &str = "INSERT INTO request_log (id, at, owner, key_id, account_id, driver, route, \
     model, status, code, prompt_tokens, completion_tokens, first_text_ms, duration_ms, attempts) ";

const ADD_TO_DAY: &str = "INSERT INTO usage_day (day, key_id, account_id, model, requests, \
     failures, prompt_tokens, completion_tokens) ";

const OR_COUNT: &str = " ON CONFLICT (day, key_id, account_id, model) DO UPDATE SET \
     requests = usage_day.requests + excluded.requests, \
     failures = usage_day.failures + excluded.failures, \
     prompt_tokens = usage_day.prompt_tokens + excluded.prompt_tokens, \
     completion_tokens = usage_day.completion_tokens + excluded.completion_tokens";

const REQUESTS: &str = "SELECT id, at, owner, key_id, account_id, driver, route, model, status, \
     code, prompt_tokens, completion_tokens, first_text_ms, duration_ms, attempts \
     FROM request_log WHERE ($1 IS NULL OR at >= $1) AND ($2 IS NULL OR at < $2) \
     AND ($3 IS NULL OR key_id = $3) AND ($4 IS NULL OR account_id = $4) \
     AND ($5 IS NULL OR (at, id) < (SELECT at, id FROM request_log WHERE id = $5)) \
     AND ($7 IS NULL OR model = $7) AND ($8 IS NULL OR route = $8) \
     AND ($9 IS NULL OR $9 = CASE WHEN status >= 400 OR code IS NOT NULL THEN 1 ELSE 0 END) \
     ORDER BY at DESC, id DESC LIMIT $6";

macro_rules! sums {
    ($name:literal, $order:literal) => {
        concat!(
            "SELECT ",
            $name,
            " AS name, CAST(SUM(requests) AS BIGINT) AS requests, \
             CAST(SUM(failures) AS BIGINT) AS failures, \
             CAST(SUM(prompt_tokens) AS BIGINT) AS prompt_tokens, \
             CAST(SUM(completion_tokens) AS BIGINT) AS completion_tokens \
             FROM usage_day WHERE day >= $1 AND day < $2 GROUP BY ",
            $order
        )
    };
}

impl UsageGroup {
    fn statement(self) -> &'static str {
        match self {
            Self::Day => sums!("CAST(day AS TEXT)", "day ORDER BY day"),
            Self::Key => sums!("key_id", "key_id ORDER BY 2 DESC, key_id"),
            Self::Account => sums!("account_id", "account_id ORDER BY 2 DESC, account_id"),
            Self::Model => sums!("model", "model ORDER BY 2 DESC, model"),
        }
    }
}

/// The day, the key, the account and the model; empty for none.
type Group = (i64, String, String, String);

#[derive(Debug, Default)]
struct Sum {
    requests: i64,
    failures: i64,
    prompt_tokens: i64,
    completion_tokens: i64,
}

/// Writes requests down, and gives the ids of those that were not there.
macro_rules! add_requests {
    ($connection:expr, $chunk:expr) => {{
        let mut insert = QueryBuilder::new(ADD);
        insert.push_values($chunk, |mut row, it| {
            row.push_bind(it.id.as_str())
                .push_bind(it.at)
                .push_bind(it.owner.as_str())
                .push_bind(it.key_id.as_deref())
                .push_bind(it.account_id.as_deref())
                .push_bind(it.driver.as_deref())
                .push_bind(it.route.as_str())
                .push_bind(it.model.as_deref())
                .push_bind(it.status)
                .push_bind(it.code.as_deref())
                .push_bind(it.prompt_tokens)
                .push_bind(it.completion_tokens)
                .push_bind(it.first_text_ms)
                .push_bind(it.duration_ms)
                .push_bind(it.attempts);
        });
        insert.push(" ON CONFLICT (id) DO NOTHING RETURNING id");
        let ids = insert.build_query_scalar::<String>();
        let ids = ids.persistent($chunk.len() == AT_ONCE);
        ids.fetch_all(&mut *$connection).await?
    }};
}

/// Adds sums to what is there.
macro_rules! add_to_days {
    ($connection:expr, $chunk:expr) => {{
        let mut insert = QueryBuilder::new(ADD_TO_DAY);
        insert.push_values($chunk, |mut row, ((day, key, account, model), sum)| {
            row.push_bind(*day)
                .push_bind(key.as_str())
                .push_bind(account.as_str())
                .push_bind(model.as_str())
                .push_bind(sum.requests)
                .push_bind(sum.failures)
                .push_bind(sum.prompt_tokens)
                .push_bind(sum.completion_tokens);
        });
        insert.push(OR_COUNT);
        let insert = insert.build().persistent($chunk.len() == AT_ONCE);
        insert.execute(&mut *$connection).await?;
    }};
}

impl Database {
    /// Writes requests down and adds them to their days; one that is there already changes
    /// nothing. How many were new.
    pub async fn record_requests(
        &self,
        records: Arc<[RequestRecord]>,
    ) -> Result<u64, DatabaseError> {
        if records.is_empty() {
            return Ok(0);
        }
        transaction!(self, |connection| {
            // In the order of the ids: two batches side by side must not wait for each other.
            let mut by_id: Vec<&RequestRecord> = records.iter().collect();
            by_id.sort_by(|one, other| one.id.cmp(&other.id));
            by_id.dedup_by(|one, other| one.id == other.id);
            let mut added = Vec::with_capacity(by_id.len());
            for chunk in by_id.chunks(AT_ONCE) {
                let ids = add_requests!(connection, chunk);
                let place = |id: &String| by_id.binary_search_by(|it| it.id.cmp(id)).ok();
                added.extend(ids.iter().filter_map(|id| Some(by_id[place(id)?])));
            }
            let count = added.len() as u64;
            let sums = sums(added.into_iter());
            let sums: Vec<_> = sums.iter().collect();
            for chunk in sums.chunks(AT_ONCE) {
                add_to_days!(connection, chunk);
            }
            count
        })
    }

    /// Requests, the newest first.
    pub async fn requests(
        &self,
        filter: RequestFilter,
        limit: i64,
    ) -> Result<Vec<RequestRecord>, DatabaseError> {
        let rows = read_on_both!(self, |pool| {
            sqlx::query_as(REQUESTS)
                .bind(filter.since)
                .bind(filter.until)
                .bind(filter.key_id)
                .bind(filter.account_id)
                .bind(filter.before_id)
                .bind(limit)
                .bind(filter.model)
                .bind(filter.route)
                .bind(filter.has_failed.map(i64::from))
                .fetch_all(pool)
                .await
        })?;
        Ok(rows)
    }

    /// Sums over the days from `since_day` until the one before `until_day`.
    pub async fn usage(
        &self,
        since_day: i64,
        until_day: i64,
        group: UsageGroup,
    ) -> Result<Vec<UsageRow>, DatabaseError> {
        let rows = read_on_both!(self, |pool| {
            sqlx::query_as(group.statement())
                .bind(since_day)
                .bind(until_day)
                .fetch_all(pool)
                .await
        })?;
        Ok(rows)
    }

    /// Forgets the requests that came before then; the sums of their days stay.
    pub async fn forget_requests_before(&self, at: i64) -> Result<u64, DatabaseError> {
        self.forget("DELETE FROM request_log WHERE at < $1", at)
            .await
    }

    /// Forgets the sums of the days before this one.
    pub async fn forget_usage_before(&self, day: i64) -> Result<u64, DatabaseError> {
        self.forget("DELETE FROM usage_day WHERE day < $1", day)
            .await
    }
}

fn sums<'a>(records: impl Iterator<Item = &'a RequestRecord>) -> BTreeMap<Group, Sum> {
    let mut sums: BTreeMap<Group, Sum> = BTreeMap::new();
    for it in records {
        let day = it.at.div_euclid(DAY_SECONDS);
        let or_empty = |name: &Option<String>| name.clone().unwrap_or_default();
        let group = (
            day,
            or_empty(&it.key_id),
            or_empty(&it.account_id),
            or_empty(&it.model),
        );
        let sum = sums.entry(group).or_default();
        sum.requests += 1;
        // An answer that broke off has the status of one that did not.
        sum.failures += i64::from(it.status >= 400 || it.code.is_some());
        sum.prompt_tokens += it.prompt_tokens.unwrap_or_default();
        sum.completion_tokens += it.completion_tokens.unwrap_or_default();
    }
    sums
}
