//! The accounts, and the one way to get hold of one: [`Pool::lease`].
//!
//! Loads what is stored, keeps what changes while requests run, and has it written down.
//! What is chosen is `roster`'s and `selection`'s; tokens are renewed by `refresh`.

mod anonymous;
mod checking;
mod conversations;
mod doubting;
mod leasing;
mod listing;
mod loading;
mod own_tokens;
mod pages;
mod renewing;
mod shared;
mod signed_in;
mod unclaimed;
mod usage_report;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use store::{Database, DatabaseError, RotationSpool};
use tokio_util::task::TaskTracker;
use upstream::sign_in::SignIn;
use upstream::{Clock, Drivers, Egress};

use crate::selection::Rotation;

pub use checking::Checked;
pub use leasing::{NoAccount, Wanted};
pub use listing::{AccountView, CoolDown};
pub(crate) use own_tokens::NotOwned;
pub use renewing::RenewRefused;
pub(crate) use shared::Shared;
pub(crate) use unclaimed::Unclaimed;

/// How the pool behaves; validated by the settings of the program.
#[derive(Debug, Clone)]
pub struct PoolSettings {
    /// `ACCOUNT_STRATEGY`, or what `RANDOM_TOKEN` says.
    pub rotation: Rotation,
    /// `ACCOUNT_CONCURRENCY`: the most requests at once on one account.
    pub max_in_use: Option<u32>,
    /// `QUEUE_LIMIT`: requests that may wait for an account.
    pub queue_limit: usize,
    /// `QUEUE_WAIT_SECONDS`: how long they wait.
    pub queue_wait: Duration,
    /// `PROXY_URL`: what accounts are bound to.
    pub egresses: Vec<Egress>,
    /// Tells this process from others that share the database.
    pub node: String,
    /// An AccessToken that ends sooner is renewed beforehand.
    pub renewal_margin: Duration,
    /// Where upstream is, for sessions of a browser.
    pub base_url: url::Url,
    /// The data folder.
    pub data_folder: PathBuf,
}

/// What the pool works with.
#[derive(Debug)]
pub struct PoolParts {
    /// Where accounts are stored.
    pub database: Database,
    /// Where rotated tokens are written before anything else.
    pub spool: RotationSpool,
    /// What accounts are checked with.
    pub drivers: Drivers,
    /// The sign-in service.
    pub sign_in: Arc<SignIn>,
    /// The time.
    pub clock: Clock,
    /// What has to be done though nobody waits for it.
    pub tasks: TaskTracker,
}

/// All accounts; clones share them.
#[derive(Debug, Clone)]
pub struct Pool {
    shared: Arc<Shared>,
}

impl Pool {
    /// Loads the accounts, and puts right what an earlier process left half done.
    pub async fn open(settings: PoolSettings, parts: PoolParts) -> Result<Self, DatabaseError> {
        let node = settings.node.clone();
        parts.database.release_refreshes_of(&node).await?;
        let now = i64::try_from(parts.clock.since_epoch().as_secs()).unwrap_or(i64::MAX);
        let replayed = parts.spool.replay(&parts.database, now).await?;
        for account in &replayed.landed {
            tracing::warn!(account.id = %account, "tokens renewed just before the last end were found and stored");
        }
        for damaged in &replayed.damaged {
            tracing::error!("{damaged}");
        }
        let shared = Shared::open(settings, parts).await?;
        let pool = Self { shared };
        pool.reload().await?;
        Ok(pool)
    }

    /// Stops noting what changes; what was noted is still written. For the end of the program.
    pub fn close(&self) {
        self.shared.journal.close();
    }

    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// How many leases of stored accounts are out.
    pub fn leased(&self) -> usize {
        self.shared.roster().in_use()
    }
}
