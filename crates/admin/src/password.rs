//! The admin's password: set by the settings or chosen once, kept as an Argon2id hash.
//!
//! Checked on a thread of its own, two at most at once: it is made to be slow.

use std::sync::{Mutex, PoisonError};

use argon2::Argon2;
use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};
use secrecy::{ExposeSecret, SecretString};
use store::{Database, DatabaseError};
use subtle::ConstantTimeEq;
use tokio::sync::Semaphore;

/// Where the hash of a chosen password is.
const FACT: &str = "admin.password";

/// Shorter passwords are guessed.
pub(crate) const MIN_CHARS: usize = 10;

/// A password that was shown lately need not be hashed again for so long.
const REMEMBERED_SECONDS: i64 = 300;

const AT_ONCE: usize = 2;

/// Checks passwords.
#[derive(Debug)]
pub(crate) struct Passwords {
    database: Database,
    given: Option<SecretString>,
    permits: Semaphore,
    /// A keyed digest of what was right, and when.
    remembered: Mutex<Option<([u8; 16], i64)>>,
}

impl Passwords {
    pub(crate) fn new(database: Database, given: Option<SecretString>) -> Self {
        Self {
            database,
            given,
            permits: Semaphore::new(AT_ONCE),
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

    /// Whether this is it. Takes about the same time when there is none.
    pub(crate) async fn is_right(
        &self,
        shown: &SecretString,
        now: i64,
    ) -> Result<bool, DatabaseError> {
        let digest = self.database.keyed_digest("admin-password", shown);
        if let Some(given) = &self.given {
            let (shown, given) = (shown.expose_secret(), given.expose_secret());
            return Ok(bool::from(shown.as_bytes().ct_eq(given.as_bytes())));
        }
        if self.is_remembered(digest, now) {
            return Ok(true);
        }
        let hash = self.database.fact(FACT).await?;
        let is_set = hash.is_some();
        let is_right = self.verify(shown.clone(), hash.unwrap_or_default()).await;
        if is_set && is_right {
            self.remember(Some((digest, now)));
        }
        Ok(is_set && is_right)
    }

    /// Chooses it.
    pub(crate) async fn set(&self, password: &SecretString) -> Result<(), DatabaseError> {
        let Ok(_permit) = self.permits.acquire().await else {
            return Err(DatabaseError::Interrupted);
        };
        let password = password.clone();
        let hashed = tokio::task::spawn_blocking(move || {
            let hash = Argon2::default().hash_password(password.expose_secret().as_bytes());
            hash.map(|hash| hash.to_string())
        });
        let failed = |reason: String| DatabaseError::Other(reason);
        let hash = hashed.await.map_err(|it| failed(it.to_string()))?;
        let hash = hash.map_err(|it| failed(it.to_string()))?;
        self.remember(None);
        self.database.set_fact(FACT, &hash).await
    }

    async fn verify(&self, shown: SecretString, hash: String) -> bool {
        let Ok(_permit) = self.permits.acquire().await else {
            return false;
        };
        let verified = tokio::task::spawn_blocking(move || {
            let shown = shown.expose_secret().as_bytes();
            match PasswordHash::new(&hash) {
                Ok(hash) => Argon2::default().verify_password(shown, &hash).is_ok(),
                // As slow as when there is one.
                Err(_) => Argon2::default().hash_password(shown).is_err(),
            }
        });
        verified.await.unwrap_or(false)
    }

    fn is_remembered(&self, digest: [u8; 16], now: i64) -> bool {
        let remembered = self
            .remembered
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let fresh = remembered.filter(|(_, at)| now.saturating_sub(*at) < REMEMBERED_SECONDS);
        fresh.is_some_and(|(known, _)| bool::from(known.ct_eq(&digest)))
    }

    fn remember(&self, what: Option<([u8; 16], i64)>) {
        *self
            .remembered
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = what;
    }
}
