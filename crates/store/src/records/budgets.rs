//! What a key with a budget has used in a period: set aside before a request, settled after it.
//!
//! A request is counted and its tokens set aside in one statement for each period, so that
//! requests side by side, in several processes, never pass a cap together.

use std::collections::HashSet;

use crate::database::{Database, read_on_both, transaction};
use crate::database_error::DatabaseError;

/// A month; what began longer ago is over.
const LONGEST_PERIOD_SECONDS: i64 = 31 * 24 * 3600;

/// How much may be used in one period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cap {
    /// The kind of period, by `accounts`' word.
    pub period: &'static str,
    /// When it began, in unix seconds.
    pub starts_at: i64,
    /// The most requests in it.
    pub max_requests: Option<i64>,
    /// The most tokens in it, asked and answered.
    pub max_tokens: Option<i64>,
}

/// What a request may use.
#[derive(Debug, Clone)]
pub struct Reservation {
    /// Names the request; of two reservations for the same one the second fails.
    pub request_id: String,
    /// The key.
    pub key_id: String,
    /// The process that answers it, by a name that outlives a restart.
    pub node: String,
    /// The most tokens it may use.
    pub tokens: i64,
    /// What holds for the key; with none nothing is counted.
    pub caps: Vec<Cap>,
}

/// How a reservation went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reserved {
    /// It is made: settle it.
    Made,
    /// Nothing was changed, because one cap would have been passed.
    Refused(Refused),
}

/// The cap that would have been passed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The kind of period.
    pub period: &'static str,
    /// What there is too little of.
    pub what: Counted,
    /// How much of it is used or set aside.
    pub used: i64,
    /// How much of it there is.
    pub cap: i64,
}

/// What a cap counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    /// Requests.
    Requests,
    /// Tokens, asked and answered.
    Tokens,
}

/// What was used in a period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spend {
    /// The kind of period.
    pub period: &'static str,
    /// When it began.
    pub starts_at: i64,
    /// Requests, also those under way.
    pub requests: i64,
    /// Tokens of requests that are over.
    pub tokens: i64,
    /// Tokens set aside for requests under way.
    pub reserved: i64,
}

/// Counts nothing when a cap would be passed, be the row new or not.
const COUNT: &str = "INSERT INTO key_spend \
     (key_id, period, starts_at, requests, tokens, reserved_tokens) \
     SELECT $1, $2, $3, 1, 0, $4 \
     WHERE ($5 IS NULL OR 1 <= $5) AND ($6 IS NULL OR $4 <= $6) \
     ON CONFLICT (key_id, period, starts_at) DO UPDATE SET \
     requests = key_spend.requests + 1, \
     reserved_tokens = key_spend.reserved_tokens + excluded.reserved_tokens \
     WHERE ($5 IS NULL OR key_spend.requests + 1 <= $5) AND ($6 IS NULL OR \
     key_spend.tokens + key_spend.reserved_tokens + excluded.reserved_tokens <= $6)";

const STANDING: &str = "SELECT requests, tokens, reserved_tokens FROM key_spend \
     WHERE key_id = $1 AND period = $2 AND starts_at = $3";

const NOTE: &str = "INSERT INTO reservation \
     (request_id, period, starts_at, key_id, tokens, node, made_at) \
     VALUES ($1, $2, $3, $4, $5, $6, $7)";

const TAKE: &str = "DELETE FROM reservation WHERE request_id = $1 \
     RETURNING key_id, period, starts_at, tokens, request_id";

const TAKE_ALL_OF_NODE: &str = "DELETE FROM reservation WHERE node = $1 \
     RETURNING key_id, period, starts_at, tokens, request_id";

const TAKE_OLD: &str = "DELETE FROM reservation WHERE made_at < $1 \
     RETURNING key_id, period, starts_at, tokens, request_id";

const SETTLE: &str = "UPDATE key_spend SET tokens = tokens + $1, \
     reserved_tokens = reserved_tokens - $2 \
     WHERE key_id = $3 AND period = $4 AND starts_at = $5";

/// Whose reservations end.
enum Of {
    /// Those of a request or of a node, by its name.
    Text(String),
    /// Those made before then, in unix seconds.
    Moment(i64),
}

/// The key, the period, when it began, the tokens set aside, and the request.
type Taken = (String, String, i64, i64, String);
type Standing = (i64, i64, i64);

impl Database {
    /// Counts a request in every period and sets its tokens aside, or changes nothing.
    pub async fn reserve(&self, it: Reservation, now: i64) -> Result<Reserved, DatabaseError> {
        let caps = in_order(it.caps);
        if caps.is_empty() {
            return Ok(Reserved::Made);
        }
        transaction!(self, |connection| {
            // Before the counting, because that keeps all other requests of the key waiting.
            for cap in &caps {
                sqlx::query(NOTE)
                    .bind(it.request_id.as_str())
                    .bind(cap.period)
                    .bind(cap.starts_at)
                    .bind(it.key_id.as_str())
                    .bind(it.tokens)
                    .bind(it.node.as_str())
                    .bind(now)
                    .execute(&mut *connection)
                    .await?;
            }
            for cap in &caps {
                let counted = sqlx::query(COUNT)
                    .bind(it.key_id.as_str())
                    .bind(cap.period)
                    .bind(cap.starts_at)
                    .bind(it.tokens)
                    .bind(cap.max_requests)
                    .bind(cap.max_tokens)
                    .execute(&mut *connection)
                    .await?;
                if counted.rows_affected() == 0 {
                    let standing: Option<Standing> = sqlx::query_as(STANDING)
                        .bind(it.key_id.as_str())
                        .bind(cap.period)
                        .bind(cap.starts_at)
                        .fetch_optional(&mut *connection)
                        .await?;
                    let refused = refused(cap, standing.unwrap_or_default());
                    return Ok(Reserved::Refused(refused));
                }
            }
            Reserved::Made
        })
    }

    /// Counts what a request really used; `false` when it was settled before.
    pub async fn settle(&self, request_id: &str, used_tokens: i64) -> Result<bool, DatabaseError> {
        let request = Of::Text(request_id.to_owned());
        let taken = self.take_back(TAKE, request, used_tokens).await?;
        Ok(taken > 0)
    }

    /// Releases what an earlier process of this node had set aside when it ended; how many
    /// requests. They stay counted. Called before the first new reservation.
    pub async fn settle_orphans(&self, node: &str) -> Result<u64, DatabaseError> {
        let node = Of::Text(node.to_owned());
        self.take_back(TAKE_ALL_OF_NODE, node, 0).await
    }

    /// Releases what was set aside before then, by whichever node: one that never comes back would
    /// hold it to the end of the period. How many requests; they stay counted.
    pub async fn settle_reserved_before(&self, at: i64) -> Result<u64, DatabaseError> {
        self.take_back(TAKE_OLD, Of::Moment(at), 0).await
    }

    /// What a key has used in these periods, one for each, in their order.
    pub async fn spend(
        &self,
        key_id: &str,
        starts: &[(&'static str, i64)],
    ) -> Result<Vec<Spend>, DatabaseError> {
        let mut spends = Vec::with_capacity(starts.len());
        for (period, starts_at) in starts.iter().copied() {
            let standing: Option<Standing> = read_on_both!(self, |pool| {
                sqlx::query_as(STANDING)
                    .bind(key_id)
                    .bind(period)
                    .bind(starts_at)
                    .fetch_optional(pool)
                    .await
            })?;
            let (requests, tokens, reserved) = standing.unwrap_or_default();
            spends.push(Spend {
                period,
                starts_at,
                requests,
                tokens,
                reserved,
            });
        }
        Ok(spends)
    }

    /// Forgets the periods that were over by then, with what is still set aside in them.
    pub async fn forget_spend_before(&self, at: i64) -> Result<u64, DatabaseError> {
        let began = at - LONGEST_PERIOD_SECONDS;
        let spends = "DELETE FROM key_spend WHERE starts_at < $1";
        let reservations = "DELETE FROM reservation WHERE made_at < $1";
        Ok(self.forget(spends, began).await? + self.forget(reservations, began).await?)
    }

    /// Ends reservations, and adds `tokens` to what was used; how many requests.
    async fn take_back(
        &self,
        take: &'static str,
        of: Of,
        tokens: i64,
    ) -> Result<u64, DatabaseError> {
        transaction!(self, |connection| {
            let taken = sqlx::query_as(take);
            let taken = match of {
                Of::Text(text) => taken.bind(text),
                Of::Moment(at) => taken.bind(at),
            };
            let mut taken: Vec<Taken> = taken.fetch_all(&mut *connection).await?;
            // Rows are locked in one order everywhere, or two of these could wait for each other.
            taken.sort();
            let mut requests_taken = HashSet::new();
            for (key_id, period, starts_at, reserved, request) in taken {
                requests_taken.insert(request);
                sqlx::query(SETTLE)
                    .bind(tokens)
                    .bind(reserved)
                    .bind(key_id)
                    .bind(period)
                    .bind(starts_at)
                    .execute(&mut *connection)
                    .await?;
            }
            requests_taken.len() as u64
        })
    }
}

/// Caps in the order in which rows are locked, and of two for the same period the tighter.
fn in_order(mut caps: Vec<Cap>) -> Vec<Cap> {
    let tighter = |a: Option<i64>, b: Option<i64>| a.into_iter().chain(b).min();
    caps.sort_by_key(|it| (it.period, it.starts_at));
    caps.dedup_by(|next, first| {
        let is_same = (next.period, next.starts_at) == (first.period, first.starts_at);
        if is_same {
            first.max_requests = tighter(first.max_requests, next.max_requests);
            first.max_tokens = tighter(first.max_tokens, next.max_tokens);
        }
        is_same
    });
    caps
}

fn refused(cap: &Cap, (requests, tokens, reserved): Standing) -> Refused {
    let (what, used, limit) = match (cap.max_requests, cap.max_tokens) {
        (Some(max), None) => (Counted::Requests, requests, max),
        (Some(max), _) if requests >= max => (Counted::Requests, requests, max),
        (_, max) => (Counted::Tokens, tokens + reserved, max.unwrap_or_default()),
    };
    Refused {
        period: cap.period,
        what,
        used,
        cap: limit,
    }
}
