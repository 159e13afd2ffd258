//! The admin's password: set by the settings or chosen once, kept as an Argon2id hash.
//!
//! Checked on a thread of its own, one at a time: it is made to be slow, and of many tries at
//! once each has to be counted before the next.

use argon2::Argon2;
use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};
use secrecy::{ExposeSecret, SecretString};
use store::{Database, DatabaseError};
use subtle::ConstantTimeEq;
use tokio::sync::{Mutex, MutexGuard};

/// Where the hash of a chosen password is.
const FACT: &str = "admin.password";

/// A keyed digest of the password that the settings gave at the last start.
const GIVEN_FACT: &str = "admin.password.given";

/// Shorter passwords are guessed.
pub(crate) const MIN_CHARS: usize = 10;

/// A password that was shown lately need not be hashed again for so long.
const REMEMBERED_SECONDS: i64 = 300;

/// Checks passwords.
#[derive(Debug)]
pub(crate) struct Passwords {
    database: Database,
    given: Option<SecretString>,
    remembered: Mutex<Option<Remembered>>,
}

/// A password that was right.
#[derive(Debug)]
struct Remembered {
    /// A keyed digest of it.
    shown: [u8; 16],
    /// What it was right for: another process may have set another one meanwhile.
    hash: String,
    /// When, in unix seconds.
    at: i64,
}

/// The right to check or to choose a password; others wait for it.
#[derive(Debug)]
pub(crate) struct Turn<'a> {
    passwords: &'a Passwords,
    remembered: MutexGuard<'a, Option<Remembered>>,
}

impl Passwords {
    pub(crate) fn new(database: Database, given: Option<SecretString>) -> Self {
        Self {
            database,
            given,
            remembered: Mutex::default(),
        }
    }

    /// Whether there is one.
    pub(crate) async fn is_set(&self) -> Result<bool, DatabaseError> {
        Ok(self.given.is_some() || self.database.fact(FACT).await?.is_some())
    }

    /// Whether the settings give it, so that it cannot be changed here.
    pub(crate) fn is_given(&self) -> bool {
        self.given.is_some()
    }

    /// Notes which one the settings give. Before that, so that it is done whenever the program ends,
    /// `changed` is called if it was another one at the last start.
    pub(crate) async fn note_given(
        &self,
        changed: impl AsyncFnOnce() -> Result<(), DatabaseError>,
    ) -> Result<(), DatabaseError> {
        let digest = |given| {
            let digest = self.database.keyed_digest("admin-password-given", given);
            format!("{:032x}", u128::from_be_bytes(digest))
        };
        let given = self.given.as_ref().map(digest);
        if self.database.fact(GIVEN_FACT).await? == given {
            return Ok(());
        }
        changed().await?;
        match given {
            Some(given) => self.database.set_fact(GIVEN_FACT, &given).await,
            None => self.database.take_fact(GIVEN_FACT).await.map(drop),
        }
    }

    /// Waits for one's turn. Not to be dropped half-way: a hash goes on without its turn.
    pub(crate) async fn turn(&self) -> Turn<'_> {
        Turn {
            passwords: self,
            remembered: self.remembered.lock().await,
        }
    }
}

impl Turn<'_> {
    /// Whether this is it. Takes about the same time when none was chosen.
    pub(crate) async fn is_right(
        &mut self,
        shown: &SecretString,
        now: i64,
    ) -> Result<bool, DatabaseError> {
        let database = &self.passwords.database;
        if let Some(given) = &self.passwords.given {
            let (shown, given) = (shown.expose_secret(), given.expose_secret());
            return Ok(bool::from(shown.as_bytes().ct_eq(given.as_bytes())));
        }
        let digest = database.keyed_digest("admin-password", shown);
        let hash = database.fact(FACT).await?.unwrap_or_default();
        let is_remembered = self.remembered.as_ref().is_some_and(|it| {
            now.saturating_sub(it.at) < REMEMBERED_SECONDS
                && it.hash == hash
                && bool::from(it.shown.ct_eq(&digest))
        });
        if is_remembered {
            return Ok(true);
        }
        let is_right = verify(shown.clone(), hash.clone()).await;
        if is_right {
            *self.remembered = Some(Remembered {
                shown: digest,
                hash,
                at: now,
            });
        }
        Ok(is_right)
    }

    /// Chooses it.
    pub(crate) async fn set(&mut self, password: &SecretString) -> Result<(), DatabaseError> {
        let password = password.clone();
        let hashed = tokio::task::spawn_blocking(move || {
            let hash = Argon2::default().hash_password(password.expose_secret().as_bytes());
            hash.map(|hash| hash.to_string())
        });
        let failed = |reason: String| DatabaseError::Other(reason);
        let hash = hashed.await.map_err(|it| failed(it.to_string()))?;
        let hash = hash.map_err(|it| failed(it.to_string()))?;
        self.passwords.database.set_fact(FACT, &hash).await
    }
}

async fn verify(shown: SecretString, hash: String) -> bool {
    let verified = tokio::task::spawn_blocking(move || {
        let shown = shown.expose_secret().as_bytes();
        if let Ok(hash) = PasswordHash::new(&hash) {
            return Argon2::default().verify_password(shown, &hash).is_ok();
        }
        // As slow as when there is one.
        let _for_nothing = Argon2::default().hash_password(shown);
        false
    });
    verified.await.unwrap_or(false)
}
