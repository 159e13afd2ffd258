//! Keys that an operator makes, changes and removes while the gateway runs.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLockReadGuard};

use secrecy::{ExposeSecret, SecretString};
use store::DatabaseError;
use store::records::{GatewayKeyId, KeyPatch, NewKey, RotatedKey, StoredKey};

use super::{GatewayKeys, KeyRefused};
use crate::caller::owner_id;
use crate::policy::KeyPolicy;

/// What every managed key begins with.
pub(crate) const KEY_PREFIX: &str = "fg-";

/// Characters after the prefix: 40 of 62 carry 238 bits.
const LENGTH: usize = 40;
const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

#[derive(Debug, Default)]
pub(super) struct Managed {
    by_digest: HashMap<[u8; 16], Key>,
}

#[derive(Debug)]
pub(super) struct Key {
    pub(super) id: GatewayKeyId,
    pub(super) policy: Arc<KeyPolicy>,
    is_disabled: bool,
    expires_at: Option<i64>,
}

/// A key to be made.
#[derive(Debug, Clone)]
pub struct NewManagedKey {
    /// Its name in lists.
    pub name: String,
    /// What it may do.
    pub policy: KeyPolicy,
    /// When it ends, in unix seconds.
    pub expires_at: Option<i64>,
}

/// A key that was made.
#[derive(Debug)]
pub struct MadeKey {
    /// What is stored of it.
    pub view: KeyView,
    /// The key itself, which cannot be shown again.
    pub secret: SecretString,
}

/// A managed key as people see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyView {
    /// Its id.
    pub id: GatewayKeyId,
    /// Its name.
    pub name: String,
    /// As much of it as may be shown.
    pub hint: String,
    /// What it may do.
    pub policy: KeyPolicy,
    /// Whether an operator took it out.
    pub is_disabled: bool,
    /// When it was made, in unix seconds.
    pub created_at: i64,
    /// When it ends.
    pub expires_at: Option<i64>,
    /// Until when the value it had before it was rotated opens too.
    pub previous_until: Option<i64>,
}

impl GatewayKeys {
    /// Loads the managed keys; to be called whenever one was changed.
    pub async fn reload(&self) -> Result<(), DatabaseError> {
        let _order = self.loading.lock().await;
        let mut by_digest = HashMap::new();
        for (key, digests) in self.database.keys_with_digests().await? {
            let policy = serde_json::from_str(&key.policy);
            let policy = policy.map_err(|_| DatabaseError::BadRecord("gateway_key"))?;
            let policy = Arc::new(policy);
            for it in digests {
                let found = Key {
                    id: key.id,
                    policy: Arc::clone(&policy),
                    is_disabled: key.is_disabled,
                    // Whichever of the two ends first.
                    expires_at: key.expires_at.into_iter().chain(it.until).min(),
                };
                by_digest.insert(it.digest, found);
            }
        }
        let mut managed = self.managed.write().unwrap_or_else(PoisonError::into_inner);
        managed.by_digest = by_digest;
        Ok(())
    }

    /// Makes a key. `chance` must be fit for secrets.
    pub async fn create(
        &self,
        new: NewManagedKey,
        chance: &[u8; 64],
        now: i64,
    ) -> Result<MadeKey, DatabaseError> {
        let secret = secret(chance);
        let hint = hint(&secret);
        let stored = self
            .database
            .create_key(
                NewKey {
                    name: new.name,
                    secret: &secret,
                    hint,
                    policy: written(&new.policy),
                    expires_at: new.expires_at,
                },
                now,
            )
            .await?;
        self.reload().await?;
        Ok(MadeKey {
            view: view(stored)?,
            secret,
        })
    }

    /// Gives a key another value; the one it had opens until then. `chance` must be fit for
    /// secrets.
    pub async fn rotate(
        &self,
        id: GatewayKeyId,
        chance: &[u8; 64],
        previous_until: i64,
    ) -> Result<SecretString, DatabaseError> {
        let secret = secret(chance);
        let rotated = RotatedKey {
            secret: &secret,
            hint: hint(&secret),
            previous_until,
        };
        self.database.rotate_key(id, rotated).await?;
        self.reload().await?;
        Ok(secret)
    }

    /// All managed keys that were not removed.
    pub async fn list(&self) -> Result<Vec<KeyView>, DatabaseError> {
        let keys = self.database.keys().await?;
        let present = keys.into_iter().filter(|it| it.removed_at.is_none());
        present.map(view).collect()
    }

    /// Changes a key.
    pub async fn change(
        &self,
        id: GatewayKeyId,
        name: Option<String>,
        policy: Option<&KeyPolicy>,
        is_disabled: Option<bool>,
        expires_at: Option<Option<i64>>,
    ) -> Result<(), DatabaseError> {
        let patch = KeyPatch {
            name,
            policy: policy.map(written),
            is_disabled,
            expires_at,
        };
        self.database.change_key(id, patch).await?;
        self.reload().await
    }

    /// Removes a key; what it used stays in the usage.
    pub async fn remove(&self, id: GatewayKeyId, now: i64) -> Result<(), DatabaseError> {
        self.database.remove_key(id, now).await?;
        self.reload().await
    }

    pub(super) fn read(&self) -> RwLockReadGuard<'_, Managed> {
        self.managed.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Managed {
    pub(super) fn is_empty(&self) -> bool {
        self.by_digest.is_empty()
    }

    pub(super) fn by_digest(&self, digest: &[u8; 16]) -> Option<&Key> {
        self.by_digest.get(digest)
    }

    pub(super) fn has_owner(&self, owner: &str, now: i64) -> bool {
        let mut good = self
            .by_digest
            .values()
            .filter(|it| it.refusal(now).is_none());
        good.any(|it| owner_id(it.owner()) == owner)
    }
}

impl Key {
    /// What tells the key's things from others'.
    pub(super) fn owner(&self) -> [u8; 16] {
        self.id.0.into_bytes()
    }

    pub(super) fn refusal(&self, now: i64) -> Option<KeyRefused> {
        if self.is_disabled {
            return Some(KeyRefused::Disabled);
        }
        let has_ended = self.expires_at.is_some_and(|at| at <= now);
        has_ended.then_some(KeyRefused::Expired)
    }
}

fn view(key: StoredKey) -> Result<KeyView, DatabaseError> {
    let policy = serde_json::from_str(&key.policy);
    Ok(KeyView {
        id: key.id,
        name: key.name,
        hint: key.hint,
        policy: policy.map_err(|_| DatabaseError::BadRecord("gateway_key"))?,
        is_disabled: key.is_disabled,
        created_at: key.created_at,
        expires_at: key.expires_at,
        previous_until: key.previous_until,
    })
}

fn written(policy: &KeyPolicy) -> String {
    serde_json::to_string(policy).unwrap_or_default()
}

/// A key from chance, each character as likely as another.
fn secret(chance: &[u8; 64]) -> SecretString {
    // Bytes that would favour the first letters are passed over; 64 are enough to find 40,
    // and what is missing in the unlikeliest of cases is taken with that small bias.
    let usable = chance.iter().filter(|byte| **byte < 248).chain(chance);
    let letters = usable
        .take(LENGTH)
        .map(|byte| ALPHABET[usize::from(*byte) % 62]);
    let text: String = letters.map(char::from).collect();
    SecretString::from(format!("{KEY_PREFIX}{text}"))
}

/// The beginning and the end.
fn hint(secret: &SecretString) -> String {
    let text = secret.expose_secret();
    let (start, end) = (text.get(..7), text.get(text.len().saturating_sub(4)..));
    format!("{}…{}", start.unwrap_or_default(), end.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::{hint, secret};

    #[test]
    fn a_key_has_its_prefix_its_length_and_a_short_hint() {
        let mut chance = [0; 64];
        for (index, byte) in (0..).zip(&mut chance) {
            *byte = index;
        }
        let key = secret(&chance);
        assert_eq!(key.expose_secret().len(), 43);
        assert!(key.expose_secret().starts_with("fg-0123"));
        assert_eq!(hint(&key), "fg-0123…abcd");
        assert_ne!(
            secret(&[255; 64]).expose_secret(),
            secret(&[254; 64]).expose_secret()
        );
    }
}
