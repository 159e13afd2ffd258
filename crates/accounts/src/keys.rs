//! Gateway keys: what a caller shows to use the pool.
//!
//! Those of `AUTHORIZATION` are kept as hashes and compared in constant time; managed keys
//! are found by a keyed digest. A key is shown once, when it is made.

mod fixed;
mod managed;

use std::sync::RwLock;

use secrecy::SecretString;
use store::Database;

use crate::caller::{KeyCaller, ManagedKey};

pub use fixed::KeyId;
pub use managed::{KeyView, MadeKey, NewManagedKey};

use fixed::FixedKeys;
pub(crate) use managed::KEY_PREFIX;
use managed::Managed;

/// All keys that open the pool.
#[derive(Debug)]
pub struct GatewayKeys {
    fixed: FixedKeys,
    managed: RwLock<Managed>,
    /// Held while loading: a key that was taken out must not come back by an older answer.
    loading: tokio::sync::Mutex<()>,
    database: Database,
}

/// Why a key does not open the pool, though there is such a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyRefused {
    /// An operator took it out.
    #[error("this gateway key is disabled; ask whoever runs the gateway")]
    Disabled,
    /// Its time is over.
    #[error("this gateway key has expired; ask whoever runs the gateway for a new one")]
    Expired,
}

impl GatewayKeys {
    /// The keys of `AUTHORIZATION`, and those in the database once [`GatewayKeys::reload`] ran.
    pub fn new(keys: &[SecretString], database: Database) -> Self {
        Self {
            fixed: FixedKeys::new(keys),
            managed: RwLock::default(),
            loading: tokio::sync::Mutex::default(),
            database,
        }
    }

    /// Whether there is any key at all.
    pub fn is_empty(&self) -> bool {
        self.fixed.is_empty() && self.read().is_empty()
    }

    /// Which key `presented` is, if it is one.
    pub fn identify(
        &self,
        presented: &SecretString,
        now: i64,
    ) -> Option<Result<KeyCaller, KeyRefused>> {
        if let Some(id) = self.fixed.identify(presented) {
            return Some(Ok(KeyCaller {
                owner: id.bytes(),
                managed: None,
            }));
        }
        let digest = self.database.keyed_digest("key", presented);
        let managed = self.read();
        let key = managed.by_digest(&digest)?;
        Some(match key.refusal(now) {
            Some(refused) => Err(refused),
            None => Ok(KeyCaller {
                owner: key.owner(),
                managed: Some(ManagedKey {
                    id: key.id.to_string(),
                    policy: std::sync::Arc::clone(&key.policy),
                }),
            }),
        })
    }

    /// Whether one of the keys that are good now belongs to the caller with this owner id.
    pub fn has_owner(&self, owner_id: &str, now: i64) -> bool {
        self.fixed.has_owner(owner_id) || self.read().has_owner(owner_id, now)
    }
}
