//! Secrets at rest: sealed with a data key, which is itself sealed with the master key.
//!
//! What is sealed is bound to its place, so a value moved to another row does not open.
//! Used by the records; the master key comes from the program.

mod data_keys;
mod master_key;
mod rotation;
mod seal;

use std::collections::BTreeMap;
use std::sync::{PoisonError, RwLock};

use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

use crate::chance::Chance;
use crate::database::Pools;
use crate::database_error::DatabaseError;

pub use master_key::MasterKey;
pub use rotation::Rotated;
pub(crate) use seal::{Key, KeyId};

/// Where a sealed value stands.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    /// The table and column.
    pub(crate) column: &'static str,
    /// The row's key.
    pub(crate) row: &'a str,
}

/// Seals and opens.
#[derive(Debug)]
pub(crate) struct Vault {
    keys: RwLock<BTreeMap<KeyId, Key>>,
    /// For digests that are looked up; it never changes.
    digest_key: Key,
    master: RwLock<MasterKey>,
}

impl Vault {
    /// Reads the data keys, or makes the first ones in a new database.
    pub(crate) async fn open(
        pools: &Pools,
        master: MasterKey,
        chance: &Chance,
        now: i64,
    ) -> Result<Self, DatabaseError> {
        let (digest_key, keys, master) = data_keys::open(pools, master, chance, now).await?;
        Ok(Self {
            keys: RwLock::new(keys),
            digest_key,
            master: RwLock::new(master),
        })
    }

    /// Seals a secret with the newest key.
    pub(crate) fn seal(
        &self,
        chance: &Chance,
        place: Place<'_>,
        secret: &SecretString,
    ) -> Result<Vec<u8>, DatabaseError> {
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        let (id, key) = keys
            .last_key_value()
            .ok_or(DatabaseError::Unopenable("data_key"))?;
        let nonce = chance
            .bytes()
            .map_err(|reason| DatabaseError::MasterKey(reason.to_string()))?;
        seal::seal(*id, key, nonce, place, secret.expose_secret().as_bytes())
            .ok_or(DatabaseError::Unopenable(place.column))
    }

    /// Opens what was sealed at the same place.
    pub(crate) fn unseal(
        &self,
        place: Place<'_>,
        sealed: &[u8],
    ) -> Result<SecretString, DatabaseError> {
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        let opened = seal::key_id(sealed)
            .and_then(|id| keys.get(&id))
            .and_then(|key| seal::unseal(key, place, sealed))
            .and_then(|bytes| String::from_utf8(bytes).ok());
        opened
            .map(SecretString::from)
            .ok_or(DatabaseError::Unopenable(place.column))
    }

    fn master(&self) -> MasterKey {
        let master = self.master.read().unwrap_or_else(PoisonError::into_inner);
        master.clone()
    }

    /// A digest to look a secret up by: the same in every run, and of no use without the key.
    pub(crate) fn digest(&self, purpose: &str, secret: &str) -> Vec<u8> {
        // HMAC fills a short key up with zeros.
        let mut key = [0; 64];
        key[..32].copy_from_slice(self.digest_key.bytes());
        let mut mac = Hmac::<Sha256>::new((&key).into());
        mac.update(purpose.as_bytes());
        mac.update(&[0]);
        mac.update(secret.as_bytes());
        mac.finalize().into_bytes().to_vec()
    }
}
