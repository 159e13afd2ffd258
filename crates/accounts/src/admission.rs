//! Letting requests in: what a key may ask for, how much at once, and its budgets; and
//! counting what was used.
//!
//! A request is let in with a ticket, and the ticket's end settles it. Budgets are set aside
//! before and settled after, in the database, so that requests side by side, also of several
//! processes, never use more than there is.

mod ledger;
mod reserving;
mod ticket;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use store::records::{Reservation, Spend};
use store::{Database, DatabaseError};
use tokio_util::task::TaskTracker;
use upstream::Clock;

use crate::caller::Caller;
use crate::policy::KeyPolicy;

use ledger::Ledger;
use reserving::Reserving;
pub use ticket::Ticket;

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
    tasks: TaskTracker,
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
            tasks: tasks.clone(),
            database,
            clock,
            node,
        })
    }

    /// Lets a request in, or says why not.
    pub async fn admit(&self, caller: &Caller, asking: Asking<'_>) -> Result<Ticket, NotAdmitted> {
        let mut ticket = Ticket::new(&self.ledger, &self.clock, caller, asking);
        let (Some(key), Some(policy)) = (caller.key_id(), caller.policy()) else {
            return Ok(ticket);
        };
        let let_in = allowed(policy, asking).and_then(|()| self.seat(key, policy));
        match let_in {
            Ok(seat) => ticket.takes(seat),
            Err(refused) => return Err(turned_away(ticket, refused)),
        }
        if policy.budgets.is_empty() {
            return Ok(ticket);
        }
        let reserving = Reserving {
            database: self.database.clone(),
            policy: policy.clone(),
            prompt_tokens: asking.prompt_tokens,
            answer_tokens: asking.max_answer_tokens.unwrap_or(USUAL_ANSWER_TOKENS),
            reservation: Reservation {
                request_id: asking.id.to_owned(),
                key_id: key.to_owned(),
                node: self.node.clone(),
                tokens: 0,
                caps: Vec::new(),
            },
            now: self.now(),
        };
        // Done to its end though the caller goes away: what is set aside has its ticket.
        let task = self.tasks.spawn(reserving.for_ticket(ticket));
        let done = task.await;
        done.unwrap_or(Err(NotAdmitted::Store(DatabaseError::Interrupted)))
    }

    /// Stops counting; what was counted is still written. For the end of the program.
    pub fn close(&self) {
        self.ledger.close();
    }

    /// What a key has used of its budgets, and what of it is set aside.
    pub async fn spend(&self, key: &str, policy: &KeyPolicy) -> Result<Vec<Spend>, DatabaseError> {
        let now = self.now();
        let periods = policy.budgets.iter().map(|it| it.period);
        let starts: Vec<_> = periods.map(|it| (it.word(), it.start(now))).collect();
        self.database.spend(key, &starts).await
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

fn allowed(policy: &KeyPolicy, asking: Asking<'_>) -> Result<(), NotAdmitted> {
    match asking.model {
        Some(model) if !policy.allows_model(model) => Err(NotAdmitted::Model(model.to_owned())),
        _ => Ok(()),
    }
}

/// Records that a request was not let in.
fn turned_away(mut ticket: Ticket, refused: NotAdmitted) -> NotAdmitted {
    let (status, code) = match &refused {
        NotAdmitted::Model(_) => (403, "model_not_allowed"),
        NotAdmitted::Driver(_) => (403, "driver_not_allowed"),
        NotAdmitted::TooManyAtOnce(_) => (429, "key_concurrency_exceeded"),
        NotAdmitted::Budget { .. } => (429, "key_budget_exceeded"),
        NotAdmitted::Store(_) => (503, "store_unavailable"),
    };
    ticket.ended(status, Some(code));
    refused
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
