//! New keys: a new data key with everything sealed anew, or a new master key.
//!
//! Done while others read and write. A value is replaced only if it is still what was read.

use std::sync::PoisonError;

use secrecy::SecretString;

use super::{Key, KeyId, MasterKey, Place, data_keys, master_key};
use crate::database::{Database, on_both, read_on_both, transaction};
use crate::database_error::DatabaseError;

/// What others poll to learn of a new data key.
pub(crate) const TOPIC: &str = "data_key";

/// A key that was followed by another so long ago is used by no process any more.
const KEPT_SECONDS: i64 = 24 * 3600;

/// Values that are sealed anew in one go.
const AT_ONCE: i64 = 200;

/// Statements over one sealed column: those not sealed with the newest key, and replacing one.
struct SealedColumn {
    column: &'static str,
    select: &'static str,
    update: &'static str,
    count: &'static str,
}

macro_rules! sealed_column {
    ($table:literal, $key:literal, $column:literal, $place:literal) => {
        SealedColumn {
            column: $place,
            select: concat!(
                "SELECT ",
                $key,
                ", ",
                $column,
                " FROM ",
                $table,
                " WHERE ",
                $column,
                " IS NOT NULL AND substr(",
                $column,
                ", 2, 4) <> $1",
                " AND ",
                $key,
                " > $2 ORDER BY ",
                $key,
                " LIMIT $3",
            ),
            update: concat!(
                "UPDATE ",
                $table,
                " SET ",
                $column,
                " = $1 WHERE ",
                $key,
                " = $2 AND ",
                $column,
                " = $3",
            ),
            count: concat!(
                "SELECT COUNT(*) FROM ",
                $table,
                " WHERE ",
                $column,
                " IS NOT NULL AND substr(",
                $column,
                ", 2, 4) = $1",
            ),
        }
    };
}

const SEALED: &[SealedColumn] = &[
    sealed_column!("account", "id", "egress_sealed", "account.egress"),
    sealed_column!("account", "id", "profile_sealed", "account.profile"),
    sealed_column!(
        "credential",
        "account_id",
        "access_sealed",
        "credential.access"
    ),
    sealed_column!(
        "credential",
        "account_id",
        "refresh_sealed",
        "credential.refresh"
    ),
    sealed_column!("seed", "digest", "name_sealed", "seed.name"),
    sealed_column!(
        "setting_override",
        "name",
        "value_sealed",
        "setting_override.value"
    ),
    sealed_column!("kept_response", "id", "body_sealed", "kept_response.body"),
    sealed_column!(
        "kept_response",
        "id",
        "events_sealed",
        "kept_response.events"
    ),
    sealed_column!(
        "kept_conversation",
        "id",
        "metadata_sealed",
        "kept_conversation.metadata"
    ),
    sealed_column!("kept_item", "key", "item_sealed", "kept_item.item"),
    sealed_column!("chat", "id", "title_sealed", "chat.title"),
    sealed_column!(
        "listed_conversation",
        "id",
        "title_sealed",
        "listed_conversation.title"
    ),
    sealed_column!(
        "web_session",
        "digest",
        "credential_sealed",
        "web_session.credential"
    ),
];

/// What a rotation did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rotated {
    /// Values that are sealed with the new key now.
    pub resealed: u64,
    /// Old keys that nothing needs any more, and that are gone.
    pub dropped: u64,
}

impl Database {
    /// Makes a new data key and seals everything with it; old keys go a day later.
    pub async fn rotate_data_key(&self, now: i64) -> Result<Rotated, DatabaseError> {
        let id = self.add_data_key(now).await?;
        self.reread_data_keys().await?;
        let mut resealed = 0;
        for column in SEALED {
            resealed += self.reseal(column, id).await?;
        }
        let dropped = self.drop_old_keys(id, now).await?;
        self.bump(TOPIC).await?;
        Ok(Rotated { resealed, dropped })
    }

    /// Reads the data keys again; another process may have made a new one.
    pub async fn reread_data_keys(&self) -> Result<(), DatabaseError> {
        let vault = &self.shared.vault;
        let master = vault.master();
        let keys = data_keys::reread(&self.shared.pools, &master).await?;
        *vault.keys.write().unwrap_or_else(PoisonError::into_inner) = keys;
        Ok(())
    }

    /// Seals the data keys with another master key: a new file, or the one given here.
    ///
    /// A given one takes effect in this process; the operator has to set it for the next start.
    pub async fn rotate_master_key(
        &self,
        given: Option<SecretString>,
    ) -> Result<(), DatabaseError> {
        let vault = &self.shared.vault;
        let master = vault.master();
        let chance = &self.shared.chance;
        let (next, key) = match given {
            Some(text) => {
                let key = master_key::parse(&text)?;
                (MasterKey::Given(text), key)
            }
            None => match master.write_next(chance)? {
                Some(key) => (master, key),
                None => {
                    return Err(DatabaseError::MasterKey(
                        "the master key is given by FLOWGPT_MASTER_KEY; give the new one too"
                            .to_owned(),
                    ));
                }
            },
        };
        self.rewrap(&key).await?;
        next.settle(&key)?;
        *vault.master.write().unwrap_or_else(PoisonError::into_inner) = next;
        Ok(())
    }

    /// All data keys, sealed with another master key, at once.
    async fn rewrap(&self, master: &Key) -> Result<(), DatabaseError> {
        let vault = &self.shared.vault;
        let mut rows = Vec::new();
        {
            let keys = vault.keys.read().unwrap_or_else(PoisonError::into_inner);
            let digest = (data_keys::DIGEST_KEY, vault.digest_key.clone());
            let all = keys.iter().map(|(id, key)| (*id, key.clone()));
            for (id, key) in all.chain([digest]) {
                let sealed = data_keys::wrap(master, id, &key, &self.shared.chance)?;
                rows.push((i64::from(id), sealed));
            }
        }
        transaction!(self, |connection| {
            let total: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM data_key")
                .fetch_one(&mut *connection)
                .await?;
            if total != i64::try_from(rows.len()).unwrap_or(i64::MAX) {
                // A key was made meanwhile; it would be lost.
                return Err(DatabaseError::Unavailable(
                    "keys are being rotated".to_owned(),
                ));
            }
            for (id, sealed) in rows {
                sqlx::query("UPDATE data_key SET sealed = $1 WHERE id = $2")
                    .bind(sealed)
                    .bind(id)
                    .execute(&mut *connection)
                    .await?;
            }
        })
    }

    async fn add_data_key(&self, now: i64) -> Result<KeyId, DatabaseError> {
        let newest: i64 = read_on_both!(self, |pool| {
            sqlx::query_scalar("SELECT MAX(id) FROM data_key")
                .fetch_one(pool)
                .await
        })?;
        let id = KeyId::try_from(newest + 1).map_err(|_| DatabaseError::BadRecord("data_key"))?;
        let vault = &self.shared.vault;
        let master = vault.master().candidates()?;
        let chance = &self.shared.chance;
        let key = data_keys::fresh(chance)?;
        let master = master.first().ok_or(DatabaseError::WrongMasterKey)?;
        let sealed = data_keys::wrap(master, id, &key, chance)?;
        let added = on_both!(self, |pool| {
            sqlx::query(data_keys::INSERT)
                .bind(i64::from(id))
                .bind(sealed)
                .bind(now)
                .execute(pool)
                .await
                .map(|it| it.rows_affected())
        })?;
        self.bump(TOPIC).await?;
        // Somebody else rotates at this moment: one is enough.
        if added == 1 {
            Ok(id)
        } else {
            Err(DatabaseError::Exists)
        }
    }

    async fn reseal(&self, column: &SealedColumn, id: KeyId) -> Result<u64, DatabaseError> {
        let prefix = id.to_be_bytes().to_vec();
        let mut after = String::new();
        let mut done = 0;
        loop {
            let rows: Vec<(String, Vec<u8>)> = read_on_both!(self, |pool| {
                sqlx::query_as(column.select)
                    .bind(prefix.as_slice())
                    .bind(after.as_str())
                    .bind(AT_ONCE)
                    .fetch_all(pool)
                    .await
            })?;
            let Some((last, _)) = rows.last() else {
                return Ok(done);
            };
            after.clone_from(last);
            for (row, sealed) in &rows {
                done += self.reseal_one(column, row, sealed).await?;
            }
        }
    }

    /// One value; one that cannot be opened stays as it is, for a restored key may open it.
    async fn reseal_one(
        &self,
        column: &SealedColumn,
        row: &str,
        sealed: &[u8],
    ) -> Result<u64, DatabaseError> {
        let place = Place {
            column: column.column,
            row,
        };
        let vault = &self.shared.vault;
        let Ok(secret) = vault.unseal(place, sealed) else {
            return Ok(0);
        };
        let resealed = vault.seal(&self.shared.chance, place, &secret)?;
        let replaced = on_both!(self, |pool| {
            sqlx::query(column.update)
                .bind(resealed)
                .bind(row)
                .bind(sealed)
                .execute(pool)
                .await
                .map(|it| it.rows_affected())
        })?;
        Ok(replaced)
    }

    async fn drop_old_keys(&self, newest: KeyId, now: i64) -> Result<u64, DatabaseError> {
        let keys: Vec<(i64, i64)> = read_on_both!(self, |pool| {
            sqlx::query_as("SELECT id, created_at FROM data_key WHERE id > 0 ORDER BY id")
                .fetch_all(pool)
                .await
        })?;
        let mut dropped = 0;
        for pair in keys.windows(2) {
            let [(id, _), (_, followed_at)] = pair else {
                continue;
            };
            let id = KeyId::try_from(*id).unwrap_or(newest);
            if *followed_at > now - KEPT_SECONDS || self.is_key_used(id).await? {
                continue;
            }
            on_both!(self, |pool| sqlx::query(
                "DELETE FROM data_key WHERE id = $1"
            )
            .bind(i64::from(id))
            .execute(pool)
            .await
            .map(drop))?;
            dropped += 1;
        }
        Ok(dropped)
    }

    async fn is_key_used(&self, id: KeyId) -> Result<bool, DatabaseError> {
        let prefix = id.to_be_bytes().to_vec();
        for column in SEALED {
            let count: i64 = read_on_both!(self, |pool| {
                sqlx::query_scalar(column.count)
                    .bind(prefix.as_slice())
                    .fetch_one(pool)
                    .await
            })?;
            if count > 0 {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
