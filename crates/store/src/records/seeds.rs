//! Seeds: words that a caller chooses, each bound to one account until somebody binds it anew.
//!
//! Found by a keyed digest; the word itself is sealed. What was cleared is not there, but
//! binding it again takes its row back.

use std::fmt::Write as _;

use secrecy::{ExposeSecret, SecretString};

use super::accounts::AccountId;
use super::clearing::SEED_TOPIC;
use crate::database::{BUMP, Database, read_on_both, transaction};
use crate::database_error::DatabaseError;

/// A seed as it is stored.
#[derive(Debug, Clone)]
pub struct StoredSeed {
    /// Its name where the name itself may not stand: the keyed digest, in hexadecimal.
    pub id: String,
    /// The word; upper and lower case differ.
    pub name: SecretString,
    /// The account it is bound to, which may have been cleared.
    pub account: AccountId,
    /// Unix seconds.
    pub created_at: i64,
    /// When it was bound to another account, if ever.
    pub rebound_at: Option<i64>,
}

const KNOWN_ACCOUNT: &str = "SELECT position FROM account WHERE id = $1";

const SELECT: &str = "SELECT account_id, created_at, rebound_at FROM seed \
     WHERE digest = $1 AND cleared_at IS NULL";

const ALL: &str = "SELECT digest, name_sealed, account_id, created_at, rebound_at FROM seed \
     WHERE cleared_at IS NULL ORDER BY created_at, digest";

/// Of two processes the first one's account stands, and both learn it.
const BIND: &str = "INSERT INTO seed (digest, name_sealed, account_id, created_at) \
     VALUES ($1, $2, $3, $4) ON CONFLICT (digest) DO UPDATE SET \
     name_sealed = excluded.name_sealed, \
     account_id = CASE WHEN seed.cleared_at IS NULL \
     THEN seed.account_id ELSE excluded.account_id END, \
     created_at = CASE WHEN seed.cleared_at IS NULL \
     THEN seed.created_at ELSE excluded.created_at END, \
     rebound_at = CASE WHEN seed.cleared_at IS NULL THEN seed.rebound_at ELSE NULL END, \
     cleared_at = NULL, clearing = NULL \
     RETURNING account_id, created_at, rebound_at";

const REBIND: &str = "UPDATE seed SET account_id = $1, rebound_at = $2 \
     WHERE digest = $3 AND cleared_at IS NULL \
     RETURNING account_id, created_at, rebound_at";

/// The account, when it was made, and when it was bound anew.
type Binding = (String, i64, Option<i64>);
type Row = (String, Vec<u8>, String, i64, Option<i64>);

impl Database {
    /// Binds a seed that is not there yet; one that is there stays as it is.
    ///
    /// Fails with `NotFound` when there is no such account.
    pub async fn bind_seed(
        &self,
        name: &SecretString,
        account: AccountId,
        now: i64,
    ) -> Result<StoredSeed, DatabaseError> {
        if let Some(seed) = self.seed(name).await? {
            return Ok(seed);
        }
        let id = self.seed_id(name);
        let sealed = self.seal("seed.name", &id, name)?;
        let digest = id.clone();
        let binding: Binding = transaction!(self, |connection| {
            let known: Option<i64> = sqlx::query_scalar(KNOWN_ACCOUNT)
                .bind(account.to_string())
                .fetch_optional(&mut *connection)
                .await?;
            known.ok_or(DatabaseError::NotFound)?;
            let binding = sqlx::query_as(BIND)
                .bind(digest)
                .bind(sealed)
                .bind(account.to_string())
                .bind(now)
                .fetch_one(&mut *connection)
                .await?;
            sqlx::query(BUMP)
                .bind(SEED_TOPIC)
                .execute(&mut *connection)
                .await?;
            binding
        })?;
        stored(id, name.clone(), &binding)
    }

    /// The seed of that name.
    pub async fn seed(&self, name: &SecretString) -> Result<Option<StoredSeed>, DatabaseError> {
        let id = self.seed_id(name);
        let binding: Option<Binding> = read_on_both!(self, |pool| {
            sqlx::query_as(SELECT)
                .bind(id.as_str())
                .fetch_optional(pool)
                .await
        })?;
        let seed = binding.map(|it| stored(id, name.clone(), &it));
        seed.transpose()
    }

    /// All seeds, the oldest first.
    pub async fn seeds(&self) -> Result<Vec<StoredSeed>, DatabaseError> {
        let rows: Vec<Row> = read_on_both!(self, |pool| sqlx::query_as(ALL).fetch_all(pool).await)?;
        let read = |(id, sealed, account, created_at, rebound_at): Row| {
            let name = self.unseal("seed.name", &id, &sealed)?;
            stored(id, name, &(account, created_at, rebound_at))
        };
        rows.into_iter().map(read).collect()
    }

    /// Binds a seed to another account; fails with `NotFound` when either is not there.
    pub async fn rebind_seed(
        &self,
        name: &SecretString,
        account: AccountId,
        now: i64,
    ) -> Result<StoredSeed, DatabaseError> {
        let id = self.seed_id(name);
        let digest = id.clone();
        let binding: Binding = transaction!(self, |connection| {
            let known: Option<i64> = sqlx::query_scalar(KNOWN_ACCOUNT)
                .bind(account.to_string())
                .fetch_optional(&mut *connection)
                .await?;
            known.ok_or(DatabaseError::NotFound)?;
            let binding = sqlx::query_as(REBIND)
                .bind(account.to_string())
                .bind(now)
                .bind(digest)
                .fetch_one(&mut *connection)
                .await?;
            sqlx::query(BUMP)
                .bind(SEED_TOPIC)
                .execute(&mut *connection)
                .await?;
            binding
        })?;
        stored(id, name.clone(), &binding)
    }

    /// Removes a seed for ever; whether there was one.
    pub async fn remove_seed(&self, name: &SecretString) -> Result<bool, DatabaseError> {
        let id = self.seed_id(name);
        transaction!(self, |connection| {
            let removed = sqlx::query("DELETE FROM seed WHERE digest = $1 AND cleared_at IS NULL")
                .bind(id)
                .execute(&mut *connection)
                .await?
                .rows_affected();
            sqlx::query(BUMP)
                .bind(SEED_TOPIC)
                .execute(&mut *connection)
                .await?;
            removed > 0
        })
    }

    fn seed_id(&self, name: &SecretString) -> String {
        let digest = self.shared.vault.digest("seed", name.expose_secret());
        digest.iter().fold(String::new(), |mut text, byte| {
            let _never_fails = write!(text, "{byte:02x}");
            text
        })
    }
}

fn stored(
    id: String,
    name: SecretString,
    (account, created_at, rebound_at): &Binding,
) -> Result<StoredSeed, DatabaseError> {
    let account = account.parse();
    Ok(StoredSeed {
        id,
        name,
        account: account.map_err(|_| DatabaseError::BadRecord("seed"))?,
        created_at: *created_at,
        rebound_at: *rebound_at,
    })
}
