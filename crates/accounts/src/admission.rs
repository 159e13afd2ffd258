//! Letting requests in: what a key may ask for, how much at once, and its budgets; and
//! counting what was used.
//!
//! A request is let in with a ticket, and the ticket's end settles it. Budgets are set aside
//! before and settled after, in the database, so that requests side by side, also of several
//! processes, never use more than there is.

mod ledger;
mod ticket;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use store::records::{Cap, Counted, Refused, Reservation, Reserved, Spend};
use store::{Database, DatabaseError};
use tokio_util::task::TaskTracker;
use upstream::Clock;

use crate::caller::Caller;
use crate::policy::{KeyPolicy, Period};

use ledger::Ledger;
pub use ticket::Ticket;

/// Fewer tokens than this are no answer.
const LEAST_ANSWER_TOKENS: u64 = 16;

/// Set aside for an answer whose length nobody states.
const USUAL_ANSWER_TOKENS: u64 = 4096;

/// Lets requests in.
#[derive(Debug)]
pub struct Admission {
    database: Database,
    clock: Clock,
    /// Tells this process from others that share the database, also after a restart.
    node: String,
    in_use: Arc<Mutex<HashMap<String, u32>>>,
    ledger: Ledger,
}

/// A request at the door.
#[derive(Debug, Clone, Copy)]
pub struct Asking<'a> {
    /// Its id, never used twice.
    pub id: &'a str,
    /// The path's name.
    pub route: &'static str,
    /// The model, as it was asked for.
    pub model: Option<&'a str>,
    /// About how many tokens it asks.
    pub prompt_tokens: u64,
    /// The most tokens it wants answered, if it says.
    pub max_answer_tokens: Option<u64>,
}

/// A request that is not let in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAdmitted {
    /// The key may not ask for this model.
    #[error("this gateway key may not use the model \"{0}\"")]
    Model(String),
    /// The key may not use the driver that would answer.
    #[error("this gateway key may not use the driver \"{0}\"")]
    Driver(&'static str),
    /// The key has as many requests under way as it may have.
    #[error("this gateway key has {0} requests under way, as many as it may have at once")]
    TooManyAtOnce(u32),
    /// A budget of the key is used up.
    #[error("this gateway key has used up its budget of {what} for the {period} ({used} of {cap})")]
    Budget {
        /// `day`, `week` or `month`.
        period: &'static str,
        /// `requests` or `tokens`.
        what: &'static str,
        /// How much is used or set aside.
        used: i64,
        /// How much there is.
        cap: i64,
        /// When the next period begins, in unix seconds.
        resets_at: i64,
    },
    /// The database could not be asked.
    #[error("{0}")]
    Store(DatabaseError),
}

impl NotAdmitted {
    /// When the key may ask again, in unix seconds, if that is only a matter of time.
    pub fn resets_at(&self) -> Option<u64> {
        match self {
            Self::Budget { resets_at, .. } => u64::try_from(*resets_at).ok(),
            _ => None,
        }
    }
}

impl Admission {
    /// Settles what an earlier process of the same name left, and begins to count.
    pub async fn open(
        database: Database,
        clock: Clock,
        node: String,
        tasks: &TaskTracker,
    ) -> Result<Self, DatabaseError> {
        database.settle_orphans(&node).await?;
        Ok(Self {
            ledger: Ledger::start(database.clone(), tasks),
            in_use: Arc::default(),
            database,
            clock,
            node,
        })
    }

    /// Lets a request in, or says why not.
    pub async fn admit(
        &self,
        caller: &Caller,
        asking: Asking<'_>,
    ) -> Result<Ticket, NotAdmitted> {
        let now = self.now();
        let mut ticket = Ticket::new(&self.ledger, &self.clock, caller, asking);
        let (Some(key), Some(policy)) = (caller.key_id(), caller.policy()) else {
            return Ok(ticket);
        };
        allowed(policy, asking)?;
        ticket.takes(self.seat(key, policy)?);
        if policy.budgets.is_empty() {
            return Ok(ticket);
        }
        let answer = asking.max_answer_tokens.unwrap_or(USUAL_ANSWER_TOKENS);
        match self.reserve(key, policy, asking, answer, now).await? {
            Reserved::Made => ticket.has_reserved(answer),
            Reserved::Refused(refused) => {
                // A shorter answer may still fit.
                let left = u64::try_from(refused.cap - refused.used).unwrap_or_default();
                let shorter = left.saturating_sub(asking.prompt_tokens).min(answer);
                if refused.what != Counted::Tokens || shorter < LEAST_ANSWER_TOKENS {
                    return Err(over_budget(refused, now));
                }
                match self.reserve(key, policy, asking, shorter, now).await? {
                    Reserved::Made => ticket.has_reserved(shorter),
                    Reserved::Refused(refused) => return Err(over_budget(refused, now)),
                }
            }
        }
        Ok(ticket)
    }

    /// Stops counting; what was counted is still written. For the end of the program.
    pub fn close(&self) {
        self.ledger.close();
    }

    /// What a key has used of its budgets, and what of it is set aside.
    pub async fn spend(
        &self,
        key: &str,
        policy: &KeyPolicy,
    ) -> Result<Vec<Spend>, DatabaseError> {
        let now = self.now();
        let periods = policy.budgets.iter().map(|it| it.period);
        let starts: Vec<_> = periods.map(|it| (it.word(), it.start(now))).collect();
        self.database.spend(key, &starts).await
    }

    async fn reserve(
        &self,
        key: &str,
        policy: &KeyPolicy,
        asking: Asking<'_>,
        answer: u64,
        now: i64,
    ) -> Result<Reserved, NotAdmitted> {
        let caps = policy.budgets.iter().map(|budget| Cap {
            period: budget.period.word(),
            starts_at: budget.period.start(now),
            max_requests: budget.requests.map(signed),
            max_tokens: budget.tokens.map(signed),
        });
        let reservation = Reservation {
            request_id: asking.id.to_owned(),
            key_id: key.to_owned(),
            node: self.node.clone(),
            tokens: signed(asking.prompt_tokens.saturating_add(answer)),
            caps: caps.collect(),
        };
        let reserved = self.database.reserve(reservation, now).await;
        reserved.map_err(NotAdmitted::Store)
    }

    fn seat(&self, key: &str, policy: &KeyPolicy) -> Result<Seat, NotAdmitted> {
        let mut in_use = lock(&self.in_use);
        let count = in_use.entry(key.to_owned()).or_default();
        if policy.max_in_use.is_some_and(|max| *count >= max) {
            return Err(NotAdmitted::TooManyAtOnce(*count));
        }
        *count += 1;
        Ok(Seat {
            key: key.to_owned(),
            in_use: Arc::clone(&self.in_use),
        })
    }

    fn now(&self) -> i64 {
        signed(self.clock.since_epoch().as_secs())
    }
}

/// One of the requests that a key may have at once; given back when it is dropped.
#[derive(Debug)]
struct Seat {
    key: String,
    in_use: Arc<Mutex<HashMap<String, u32>>>,
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut in_use = lock(&self.in_use);
        if let Some(count) = in_use.get_mut(&self.key) {
            *count -= 1;
            if *count == 0 {
                in_use.remove(&self.key);
            }
        }
    }
}

/// The driver that answers.
const DRIVER: &str = "web";

fn allowed(policy: &KeyPolicy, asking: Asking<'_>) -> Result<(), NotAdmitted> {
    if !policy.allows_driver(DRIVER) {
        return Err(NotAdmitted::Driver(DRIVER));
    }
    match asking.model {
        Some(model) if !policy.allows_model(model) => Err(NotAdmitted::Model(model.to_owned())),
        _ => Ok(()),
    }
}

fn over_budget(refused: Refused, now: i64) -> NotAdmitted {
    let periods = [Period::Day, Period::Week, Period::Month];
    let period = periods.into_iter().find(|it| it.word() == refused.period);
    NotAdmitted::Budget {
        period: refused.period,
        what: match refused.what {
            Counted::Requests => "requests",
            Counted::Tokens => "tokens",
        },
        used: refused.used,
        cap: refused.cap,
        resets_at: period.map_or(now, |it| it.end(now)),
    }
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
