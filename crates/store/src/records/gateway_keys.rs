//! Keys that the operator gives to callers. The key itself is never stored, only a keyed
//! digest that it is found by.
//!
//! What a key may do is JSON of `accounts`, which this does not read.

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;

use secrecy::{ExposeSecret, SecretString};
use sqlx::FromRow;
use uuid::Uuid;

use crate::database::{BUMP, Database, read_on_both, transaction};
use crate::database_error::DatabaseError;

/// What others poll to learn of changed keys.
const TOPIC: &str = "key";

/// Tells keys apart; made once, never used again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct GatewayKeyId(pub Uuid);

impl fmt::Display for GatewayKeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for GatewayKeyId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, uuid::Error> {
        Uuid::parse_str(text).map(Self)
    }
}

/// A key as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredKey {
    /// Its id.
    pub id: GatewayKeyId,
    /// Its name in messages and lists.
    pub name: String,
    /// As much of the key as may be shown.
    pub hint: String,
    /// What it may do, as JSON.
    pub policy: String,
    /// Whether the operator took it out.
    pub is_disabled: bool,
    /// Unix seconds.
    pub created_at: i64,
    /// When it ends.
    pub expires_at: Option<i64>,
    /// When it was removed; nothing finds it by its secret since.
    pub removed_at: Option<i64>,
    /// Until when the value it had before it was rotated opens too.
    pub previous_until: Option<i64>,
}

/// A key to be.
#[derive(Debug, Clone)]
pub struct NewKey<'a> {
    /// Its name in messages and lists.
    pub name: String,
    /// The key.
    pub secret: &'a SecretString,
    /// As much of the key as may be shown.
    pub hint: String,
    /// What it may do, as JSON.
    pub policy: String,
    /// When it ends, in unix seconds.
    pub expires_at: Option<i64>,
}

/// A new value for a key.
#[derive(Debug, Clone)]
pub struct RotatedKey<'a> {
    /// The key.
    pub secret: &'a SecretString,
    /// As much of it as may be shown.
    pub hint: String,
    /// Until when the value it had opens too, in unix seconds.
    pub previous_until: i64,
}

/// A digest that a key is found by: [`Database::keyed_digest`] of a value, for the purpose `key`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyDigest {
    /// The digest.
    pub digest: [u8; 16],
    /// Until when it opens, in unix seconds; the present value opens as long as the key does.
    pub until: Option<i64>,
}

/// What an operator may change; `None` leaves a thing as it is.
#[derive(Debug, Clone, Default)]
pub struct KeyPatch {
    /// Its name.
    pub name: Option<String>,
    /// What it may do, as JSON.
    pub policy: Option<String>,
    /// Whether it is taken out.
    pub is_disabled: Option<bool>,
    /// When it ends; `Some(None)` for never.
    pub expires_at: Option<Option<i64>>,
}

#[derive(FromRow)]
struct Row {
    id: String,
    name: String,
    hint: String,
    policy: String,
    is_disabled: i64,
    created_at: i64,
    expires_at: Option<i64>,
    removed_at: Option<i64>,
    previous_until: Option<i64>,
}

const ADD: &str = "INSERT INTO gateway_key \
     (id, name, digest, hint, policy, is_disabled, created_at, expires_at) \
     VALUES ($1, $2, $3, $4, $5, 0, $6, $7)";

const ALL: &str = "SELECT id, name, hint, policy, is_disabled, created_at, expires_at, \
     removed_at, previous_until FROM gateway_key ORDER BY created_at, id";

const CHANGE: &str = "UPDATE gateway_key SET name = COALESCE($1, name), \
     policy = COALESCE($2, policy), is_disabled = COALESCE($3, is_disabled), \
     expires_at = CASE WHEN $4 = 1 THEN $5 ELSE expires_at END \
     WHERE id = $6 AND removed_at IS NULL";

/// Right sides see the values from before.
const ROTATE: &str = "UPDATE gateway_key SET previous_digest = digest, previous_until = $1, \
     digest = $2, hint = $3 WHERE id = $4 AND removed_at IS NULL";

const DIGESTS: &str = "SELECT id, digest, previous_digest FROM gateway_key \
     WHERE removed_at IS NULL";

const REMOVE: &str = "UPDATE gateway_key SET removed_at = $1, digest = NULL, \
     previous_digest = NULL WHERE id = $2 AND removed_at IS NULL";

/// Runs a statement that changes one key, and says so to the others.
macro_rules! change_one {
    ($database:expr, $query:expr) => {
        transaction!($database, |connection| {
            let result = $query.execute(&mut *connection).await?;
            if result.rows_affected() == 0 {
                return Err(DatabaseError::NotFound);
            }
            sqlx::query(BUMP)
                .bind(TOPIC)
                .execute(&mut *connection)
                .await?;
        })
    };
}

impl Database {
    /// Stores a key; fails with `Exists` when there is one with the same secret.
    pub async fn create_key(&self, key: NewKey<'_>, now: i64) -> Result<StoredKey, DatabaseError> {
        let digest = self.key_digest(key.secret);
        let stored = StoredKey {
            id: GatewayKeyId(self.new_id(now)?),
            name: key.name,
            hint: key.hint,
            policy: key.policy,
            is_disabled: false,
            created_at: now,
            expires_at: key.expires_at,
            removed_at: None,
            previous_until: None,
        };
        let it = stored.clone();
        change_one!(
            self,
            sqlx::query(ADD)
                .bind(it.id.to_string())
                .bind(it.name)
                .bind(digest)
                .bind(it.hint)
                .bind(it.policy)
                .bind(it.created_at)
                .bind(it.expires_at)
        )?;
        Ok(stored)
    }

    /// All keys, the oldest first; also those that were removed, for what they have used.
    pub async fn keys(&self) -> Result<Vec<StoredKey>, DatabaseError> {
        let rows: Vec<Row> = read_on_both!(self, |pool| sqlx::query_as(ALL).fetch_all(pool).await)?;
        rows.into_iter().map(Row::read).collect()
    }

    /// All keys that were not removed, each with the digests it is found by.
    pub async fn keys_with_digests(
        &self,
    ) -> Result<Vec<(StoredKey, Vec<KeyDigest>)>, DatabaseError> {
        let rows: Vec<(String, Vec<u8>, Option<Vec<u8>>)> = read_on_both!(self, |pool| {
            sqlx::query_as(DIGESTS).fetch_all(pool).await
        })?;
        let rows = rows.into_iter().map(|(id, new, old)| (id, (new, old)));
        let mut digests: HashMap<String, _> = rows.collect();
        let keys = self.keys().await?.into_iter();
        let found = keys.filter_map(|key| {
            let (new, old) = digests.remove(&key.id.to_string())?;
            let new = (Some(new), None);
            let old = (old, Some(key.previous_until.unwrap_or_default()));
            let found = [new, old].into_iter().filter_map(|(digest, until)| {
                let digest = *digest?.first_chunk()?;
                Some(KeyDigest { digest, until })
            });
            Some((key, found.collect()))
        });
        Ok(found.collect())
    }

    /// Gives a key another value; fails with `NotFound` for a key that is not there.
    pub async fn rotate_key(
        &self,
        id: GatewayKeyId,
        rotated: RotatedKey<'_>,
    ) -> Result<(), DatabaseError> {
        let digest = self.key_digest(rotated.secret);
        change_one!(
            self,
            sqlx::query(ROTATE)
                .bind(rotated.previous_until)
                .bind(digest)
                .bind(rotated.hint)
                .bind(id.to_string())
        )
    }

    /// Changes what is named; fails with `NotFound` for a key that is not there.
    pub async fn change_key(&self, id: GatewayKeyId, patch: KeyPatch) -> Result<(), DatabaseError> {
        change_one!(
            self,
            sqlx::query(CHANGE)
                .bind(patch.name)
                .bind(patch.policy)
                .bind(patch.is_disabled.map(i64::from))
                .bind(i64::from(patch.expires_at.is_some()))
                .bind(patch.expires_at.flatten())
                .bind(id.to_string())
        )
    }

    /// Removes a key; what it has used can still be read under its id and name.
    pub async fn remove_key(&self, id: GatewayKeyId, now: i64) -> Result<(), DatabaseError> {
        change_one!(self, sqlx::query(REMOVE).bind(now).bind(id.to_string()))
    }

    fn key_digest(&self, secret: &SecretString) -> Vec<u8> {
        self.shared.vault.digest("key", secret.expose_secret())
    }
}

impl Row {
    fn read(self) -> Result<StoredKey, DatabaseError> {
        let id = self.id.parse();
        Ok(StoredKey {
            id: id.map_err(|_| DatabaseError::BadRecord("gateway_key"))?,
            name: self.name,
            hint: self.hint,
            policy: self.policy,
            is_disabled: self.is_disabled != 0,
            created_at: self.created_at,
            expires_at: self.expires_at,
            removed_at: self.removed_at,
            previous_until: self.previous_until,
        })
    }
}
