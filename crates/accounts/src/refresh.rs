//! Renewing an account's tokens: once at a time, wherever it is asked for.
//!
//! In this process by sharing one task; among processes by a lease in the database. The new
//! tokens are on disk before anybody uses them, and the work is done to its end though
//! nobody waits for it any more. When to renew is decided by the pool.

mod backoff;
mod buying;
mod exchange;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared};
use store::records::AccountId;
use store::{Database, RotationSpool};
use tokio::sync::Semaphore;
use tokio_util::task::TaskTracker;
use upstream::sign_in::SignIn;
use upstream::{Clock, Egress};
use url::Url;

use crate::pool::PoolSettings;
use backoff::Backoff;

/// Exchanges under way at once, so that a thousand accounts do not all ask at three o'clock.
const AT_ONCE: usize = 4;

/// An account whose tokens are to be renewed.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    pub(crate) id: AccountId,
    pub(crate) label: String,
    pub(crate) egress: Egress,
    /// How often its tokens had been replaced when somebody found them too old.
    pub(crate) generation: i64,
    /// Whether it has no AccessToken that serves.
    pub(crate) is_dead: bool,
}

/// How a renewal ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Renewed {
    /// By us.
    Here,
    /// By somebody else; what they stored counts.
    Elsewhere,
}

/// Tokens could not be renewed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RenewFailure {
    /// What is left of the RefreshToken.
    pub(crate) fate: Fate,
    /// What happened, and what to do; holds no token.
    pub(crate) message: String,
}

/// What is left of a RefreshToken that brought nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It is good no more: the account has to be signed in again.
    Lost,
    /// It is as good as it was.
    Kept,
    /// It may be spent; what is stored of the account may be all there is.
    Unsettled,
    /// Something else is stored than was thought.
    Changed,
}

pub(crate) type RenewResult = Result<Renewed, RenewFailure>;
type Running = Shared<BoxFuture<'static, RenewResult>>;

/// Renews tokens.
#[derive(Debug)]
pub(crate) struct Refresher {
    work: Arc<Work>,
    tasks: TaskTracker,
    running: Arc<Mutex<HashMap<AccountId, Running>>>,
}

/// What one renewal needs.
#[derive(Debug)]
struct Work {
    database: Database,
    spool: RotationSpool,
    sign_in: Arc<SignIn>,
    clock: Clock,
    node: String,
    base_url: Url,
    permits: Semaphore,
    backoff: Backoff,
}

impl Refresher {
    pub(crate) fn new(
        database: Database,
        spool: RotationSpool,
        sign_in: Arc<SignIn>,
        clock: Clock,
        tasks: TaskTracker,
        settings: &PoolSettings,
    ) -> Self {
        let work = Work {
            database,
            spool,
            sign_in,
            clock,
            node: settings.node.clone(),
            base_url: settings.base_url.clone(),
            permits: Semaphore::new(AT_ONCE),
            backoff: Backoff::default(),
        };
        Self {
            work: Arc::new(work),
            tasks,
            running: Arc::default(),
        }
    }

    /// Renews, and has `learned` do with the result what has to be done once; joins a renewal
    /// of the same account that is under way.
    ///
    /// All of it is done to its end, though nobody waits for it any more.
    pub(crate) async fn renew<F>(
        &self,
        target: Target,
        learned: impl FnOnce(RenewResult) -> F + Send + 'static,
    ) -> RenewResult
    where
        F: Future<Output = RenewResult> + Send + 'static,
    {
        let running = self.join(target, learned);
        running.await
    }

    fn join<F>(
        &self,
        target: Target,
        learned: impl FnOnce(RenewResult) -> F + Send + 'static,
    ) -> Running
    where
        F: Future<Output = RenewResult> + Send + 'static,
    {
        let mut running = lock(&self.running);
        if let Some(known) = running.get(&target.id) {
            return known.clone();
        }
        let id = target.id;
        let work = Arc::clone(&self.work);
        let under_way = UnderWay {
            id,
            all: Arc::clone(&self.running),
        };
        let task = self.tasks.spawn(async move {
            // Also when it panics: or nobody could ever try again.
            let _under_way = under_way;
            learned(work.renew(&target).await).await
        });
        let joined = task.map(|joined| joined.unwrap_or_else(|_| Err(broken_off())));
        let joined: Running = joined.boxed().shared();
        running.insert(id, joined.clone());
        joined
    }
}

/// A renewal that can be joined as long as this is there.
struct UnderWay {
    id: AccountId,
    all: Arc<Mutex<HashMap<AccountId, Running>>>,
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        let ended = lock(&self.all).remove(&self.id);
        // Outside the lock: it may hold the last handle of the task.
        drop(ended);
    }
}

impl RenewFailure {
    pub(crate) fn new(fate: Fate, message: impl Into<String>) -> Self {
        Self {
            fate,
            message: message.into(),
        }
    }
}

fn broken_off() -> RenewFailure {
    RenewFailure::new(
        Fate::Unsettled,
        "renewing the account's tokens was broken off; try again",
    )
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A lease ends by itself after this long; an exchange takes far less.
const LEASE: Duration = Duration::from_secs(45);

/// After an answer was lost, a token that may be spent is left alone for this long, unless
/// the account has nothing else.
const QUARANTINE: Duration = Duration::from_mins(10);

/// Nothing is sent when less than the exchange's own limit is left of the lease.
const LAST_START: Duration = Duration::from_secs(20);
