//! Seeds: words that stand for one account each, so that sharing shows no token.
//!
//! A seed keeps its account until it is bound to another one, or until the account is dead.
//! Whether an unknown word becomes a seed is decided by the caller's door.

use secrecy::{ExposeSecret, SecretString};
use store::records::{AccountId, StoredSeed};
use store::{Database, DatabaseError};

use crate::allowance::Allowance;
use crate::caller::{SeedCaller, owner_id};
use crate::keys::KEY_PREFIX;
use crate::pool::{NoAccount, Pool};

/// Longer words are no seeds.
pub const MAX_SEED_CHARS: usize = 128;

/// New seeds in an hour, where anybody may make one: nobody is to fill the database.
const NEW_AN_HOUR: u32 = 600;
const HOUR_SECONDS: u64 = 3600;

/// The seeds.
#[derive(Debug)]
pub struct Seeds {
    database: Database,
    pool: Pool,
    new: Allowance,
}

/// Whether an unknown word may become a seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    /// It may not.
    Closed,
    /// It may.
    Open,
}

/// A word that opens nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SeedRefused {
    /// Nobody made this seed, and the door is closed.
    #[error("there is no such key, token or seed")]
    Unknown,
    /// It is too long, or has characters that seeds do not have.
    #[error("a seed has at most {MAX_SEED_CHARS} characters, and no control characters")]
    NotASeed,
    /// Too many new seeds came from there.
    #[error("too many new seeds within an hour; try again later")]
    TooMany,
    /// There is no account for it.
    #[error("{0}")]
    NoAccount(NoAccount),
    /// The database could not be asked.
    #[error("{0}")]
    Store(DatabaseError),
}

impl Seeds {
    /// The seeds of a pool.
    pub fn new(database: Database, pool: Pool) -> Self {
        Self {
            database,
            pool,
            new: Allowance::new(NEW_AN_HOUR, HOUR_SECONDS),
        }
    }

    /// Fails for a word that can be no seed.
    pub fn check(word: &SecretString) -> Result<(), SeedRefused> {
        let word = word.expose_secret();
        // A key that was removed must not go on to open anything.
        let is_one = !word.starts_with(KEY_PREFIX)
            && !word.is_empty()
            && word.chars().count() <= MAX_SEED_CHARS
            && !word.chars().any(char::is_control);
        if is_one {
            Ok(())
        } else {
            Err(SeedRefused::NotASeed)
        }
    }

    /// Who shows this word.
    pub async fn identify(
        &self,
        word: &SecretString,
        door: Door,
        now: i64,
    ) -> Result<SeedCaller, SeedRefused> {
        Self::check(word)?;
        let known = self.database.seed(word).await.map_err(SeedRefused::Store)?;
        if let Some(seed) = known {
            return self.alive(word, seed, now).await;
        }
        self.may_make(door, now)?;
        let made = self.bind_to_next(word, now).await?;
        Ok(self.caller(word, made.account, false))
    }

    /// Makes a seed, or binds it to another account; `None` leaves the choice to the pool.
    pub async fn bind(
        &self,
        word: &SecretString,
        account: Option<AccountId>,
        now: i64,
    ) -> Result<StoredSeed, SeedRefused> {
        Self::check(word)?;
        let known = self.database.seed(word).await.map_err(SeedRefused::Store)?;
        let bound = match (known, account) {
            (Some(seed), None) => return Ok(seed),
            (Some(seed), Some(account)) if seed.account == account => return Ok(seed),
            (Some(_), Some(account)) => self.database.rebind_seed(word, account, now).await,
            (None, Some(account)) => self.database.bind_seed(word, account, now).await,
            (None, None) => return self.bind_to_next(word, now).await,
        };
        bound.map_err(SeedRefused::Store)
    }

    /// Notes that conversations upstream belong to a seed, as an earlier program knew.
    pub async fn owns(
        &self,
        word: &SecretString,
        account: AccountId,
        conversations: &[String],
        now: i64,
    ) -> Result<(), DatabaseError> {
        let Some(identity) = self.pool.identity_of(account) else {
            return Err(DatabaseError::NotFound);
        };
        let owner = owner_id(self.database.keyed_digest("seed-owner", word));
        for id in conversations {
            let database = &self.database;
            database
                .remember_conversation(id, identity, &owner, now)
                .await?;
        }
        Ok(())
    }

    /// One seed.
    pub async fn get(&self, word: &SecretString) -> Result<Option<StoredSeed>, DatabaseError> {
        self.database.seed(word).await
    }

    /// All seeds.
    pub async fn list(&self) -> Result<Vec<StoredSeed>, DatabaseError> {
        self.database.seeds().await
    }

    /// Removes a seed, and what is known of its conversations; whether there was one.
    pub async fn remove(&self, word: &SecretString) -> Result<bool, DatabaseError> {
        let is_removed = self.database.remove_seed(word).await?;
        let owner = owner_id(self.database.keyed_digest("seed-owner", word));
        self.database.forget_owner(&owner).await?;
        Ok(is_removed)
    }

    /// The seed's caller; its account is another one if the old one is dead.
    async fn alive(
        &self,
        word: &SecretString,
        seed: StoredSeed,
        now: i64,
    ) -> Result<SeedCaller, SeedRefused> {
        if self.pool.account(seed.account).is_none() {
            // It may be one that another process has just taken in.
            self.pool.reload().await.map_err(SeedRefused::Store)?;
        }
        if self.pool.may_serve(seed.account) {
            return Ok(self.caller(word, seed.account, false));
        }
        let account = match self.next_account() {
            Ok(account) => account,
            // Nobody else is better: it stays where it is, and the account says what is wrong.
            Err(_) if self.pool.account(seed.account).is_some() => seed.account,
            Err(refused) => return Err(refused),
        };
        if account == seed.account {
            return Ok(self.caller(word, account, false));
        }
        let bound = self.database.rebind_seed(word, account, now).await;
        let bound = bound.map_err(SeedRefused::Store)?;
        tracing::warn!(seed.id = seed.id, account.id = %account, "a seed's account is dead; it has another one now");
        Ok(self.caller(word, bound.account, true))
    }

    fn caller(&self, word: &SecretString, account: AccountId, is_rebound: bool) -> SeedCaller {
        SeedCaller {
            owner: self.database.keyed_digest("seed-owner", word),
            account,
            is_rebound,
        }
    }

    /// Binds a new seed to the account that would be asked next.
    async fn bind_to_next(&self, word: &SecretString, now: i64) -> Result<StoredSeed, SeedRefused> {
        let account = self.next_account()?;
        match self.database.bind_seed(word, account, now).await {
            // Another process has removed that account, and it is still in memory here.
            Err(DatabaseError::NotFound) => {
                self.pool.reload().await.map_err(SeedRefused::Store)?;
                let account = self.next_account()?;
                self.database.bind_seed(word, account, now).await
            }
            bound => bound,
        }
        .map_err(SeedRefused::Store)
    }

    fn next_account(&self) -> Result<AccountId, SeedRefused> {
        self.pool.choose_for_seed().map_err(SeedRefused::NoAccount)
    }

    fn may_make(&self, door: Door, now: i64) -> Result<(), SeedRefused> {
        if door == Door::Closed {
            return Err(SeedRefused::Unknown);
        }
        if self.new.take(u64::try_from(now).unwrap_or_default()) {
            Ok(())
        } else {
            Err(SeedRefused::TooMany)
        }
    }
}
