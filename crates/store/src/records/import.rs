//! Taking accounts in: new ones, and new tokens of those that are there.
//!
//! All of a list at once or nothing of it. An account is recognised by who it is, and by any
//! RefreshToken it ever had, so the same list changes nothing the second time.

mod known;

use secrecy::SecretString;
use sqlx::QueryBuilder;
use uuid::Uuid;

use super::accounts::{AccountId, TOPIC};
use super::credentials::ALIAS;
use crate::database::{BUMP, Database, read_on_both, transaction};
use crate::database_error::DatabaseError;
use known::{Known, Prepared};

/// An account that may be new.
#[derive(Debug, Clone)]
pub struct NewAccount {
    /// What tells the ChatGPT account from others.
    pub identity: [u8; 16],
    /// Its name in messages and lists, when it is new.
    pub label: String,
    /// Where it comes from, by `accounts`' word.
    pub source: String,
    /// What it states as its device, when it is new.
    pub device_id: Uuid,
    /// The workspace it acts for.
    pub workspace: Option<String>,
    /// Where its server is, if its AccessToken is a key of a server with API keys.
    pub base_url: Option<String>,
    /// Its plan, if the token says.
    pub plan: Option<String>,
    /// Its tokens.
    pub tokens: NewTokens,
}

/// The tokens of an account that may be new; at least one is there.
#[derive(Debug, Clone, Default)]
pub struct NewTokens {
    /// The AccessToken.
    pub access: Option<SecretString>,
    /// When that ends, in unix seconds.
    pub access_expires_at: Option<i64>,
    /// The RefreshToken.
    pub refresh: Option<SecretString>,
    /// Which client the RefreshToken belongs to, if that is known.
    pub refresh_client: Option<String>,
}

/// What came of one entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Imported {
    /// The account.
    pub id: AccountId,
    /// What was done.
    pub outcome: Outcome,
}

/// What was done with an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The account is new.
    Added,
    /// The account was there, and has new tokens, or was a caller's own and is shared now.
    Updated,
    /// The account had been cleared, and is back.
    Restored,
    /// Nothing: the account was there with these tokens or newer ones.
    Unchanged,
}

/// The row of `revision` that whoever takes accounts in holds until the end.
const ONE_AT_A_TIME: &str = "import";

const KNOWN: &str = "SELECT account.id, identity, source, cleared_at, position, access_expires_at, \
     CAST(CASE WHEN access_sealed IS NULL THEN 0 ELSE 1 END AS BIGINT) \
     FROM account JOIN credential ON credential.account_id = account.id";

const ALIASES: &str = "SELECT fingerprint, account_id FROM credential_alias";

const RESTORE: &str = "UPDATE account SET cleared_at = NULL, clearing = NULL, \
     plan = COALESCE($1, plan) WHERE id = $2";

/// A new RefreshToken means that nothing is under way with the old one any more; an AccessToken
/// alone says nothing of it.
const REPLACE: &str = "UPDATE credential SET access_sealed = COALESCE($1, access_sealed), \
     access_expires_at = CASE WHEN $1 IS NULL THEN access_expires_at ELSE $2 END, \
     refresh_sealed = COALESCE($3, refresh_sealed), \
     refresh_fingerprint = COALESCE($4, refresh_fingerprint), \
     refresh_client = CASE WHEN $3 IS NULL THEN refresh_client ELSE $5 END, \
     intent_at_ms = CASE WHEN $3 IS NULL THEN intent_at_ms ELSE NULL END, \
     lease_owner = CASE WHEN $3 IS NULL THEN lease_owner ELSE NULL END, \
     lease_until_ms = CASE WHEN $3 IS NULL THEN lease_until_ms ELSE NULL END, \
     generation = generation + 1 WHERE account_id = $6";

const SHARE: &str = "UPDATE account SET source = $1 WHERE id = $2";

const HEALTHY: &str = "UPDATE account_health SET state = 'healthy', reason = NULL, since = $1 \
     WHERE account_id = $2";

const ADD_ACCOUNT: &str = "INSERT INTO account (id, identity, label, source, position, \
     device_id, workspace, base_url, is_disabled, plan, created_at) ";

const ADD_CREDENTIAL: &str = "INSERT INTO credential (account_id, access_sealed, \
     access_expires_at, refresh_sealed, refresh_fingerprint, refresh_client, generation) ";

const ADD_HEALTH: &str = "INSERT INTO account_health (account_id, state, since) ";

const ADD_ALIAS: &str = "INSERT INTO credential_alias (fingerprint, account_id, first_seen) ";

/// Accounts in one statement; each takes eleven of the parameters a statement may have.
const AT_ONCE: usize = 500;

/// Runs a statement that is not kept ready: each number of accounts is another one.
macro_rules! run_once {
    ($insert:ident, $connection:expr) => {{
        let statement = $insert.build().persistent(false);
        statement.execute(&mut *$connection).await?;
    }};
}

/// Writes new accounts, few statements for many of them.
macro_rules! add_chunk {
    ($database:expr, $connection:expr, $chunk:expr, $now:expr) => {{
        let mut insert = QueryBuilder::new(ADD_ACCOUNT);
        insert.push_values($chunk, |mut row, (position, it)| {
            row.push_bind(it.id.to_string())
                .push_bind(it.identity.as_slice())
                .push_bind(it.label.as_str())
                .push_bind(it.source.as_str())
                .push_bind(*position)
                .push_bind(it.device_id.to_string())
                .push_bind(it.workspace.as_deref())
                .push_bind(it.base_url.as_deref())
                .push_bind(0_i64)
                .push_bind(it.plan.as_deref())
                .push_bind($now);
        });
        run_once!(insert, $connection);
        let mut sealed = Vec::with_capacity($chunk.len());
        for (_, it) in $chunk {
            sealed.push($database.seal_tokens(it.id, &it.tokens)?);
        }
        let mut insert = QueryBuilder::new(ADD_CREDENTIAL);
        insert.push_values($chunk.iter().zip(sealed), |mut row, ((_, it), sealed)| {
            row.push_bind(it.id.to_string())
                .push_bind(sealed.access)
                .push_bind(it.tokens.access_expires_at)
                .push_bind(sealed.refresh)
                .push_bind(it.fingerprint.as_deref())
                .push_bind(it.tokens.refresh_client.as_deref())
                .push_bind(0_i64);
        });
        run_once!(insert, $connection);
        let mut insert = QueryBuilder::new(ADD_HEALTH);
        insert.push_values($chunk, |mut row, (_, it)| {
            row.push_bind(it.id.to_string())
                .push_bind("healthy")
                .push_bind($now);
        });
        run_once!(insert, $connection);
        let known = $chunk
            .iter()
            .filter_map(|(_, it)| Some((it.id, it.fingerprint.as_deref()?)));
        let known: Vec<_> = known.collect();
        if !known.is_empty() {
            let mut insert = QueryBuilder::new(ADD_ALIAS);
            insert.push_values(known, |mut row, (id, fingerprint)| {
                row.push_bind(fingerprint)
                    .push_bind(id.to_string())
                    .push_bind($now);
            });
            run_once!(insert, $connection);
        }
    }};
}

impl Database {
    /// Takes accounts in; one result for each, in their order.
    pub async fn import_accounts(
        &self,
        entries: Vec<NewAccount>,
        now: i64,
    ) -> Result<Vec<Imported>, DatabaseError> {
        let mut prepared = Vec::with_capacity(entries.len());
        for entry in entries {
            prepared.push(self.prepare(entry, now)?);
        }
        let database = self.clone();
        transaction!(self, |connection| {
            // PostgreSQL would let another process add the same account meanwhile.
            sqlx::query(BUMP)
                .bind(ONE_AT_A_TIME)
                .execute(&mut *connection)
                .await?;
            let rows = sqlx::query_as(KNOWN).fetch_all(&mut *connection).await?;
            let aliases = sqlx::query_as(ALIASES).fetch_all(&mut *connection).await?;
            let plan = Known::new(rows, aliases)?.plan(prepared);
            // First, because a later line of the list may change what an earlier one adds.
            for chunk in plan.added.chunks(AT_ONCE) {
                add_chunk!(database, connection, chunk, now);
            }
            for (id, source) in plan.shared {
                let query = sqlx::query(SHARE).bind(source).bind(id.to_string());
                query.execute(&mut *connection).await?;
            }
            for (id, entry) in plan.changes {
                let sealed = database.seal_tokens(id, &entry.tokens)?;
                let row = id.to_string();
                sqlx::query(RESTORE)
                    .bind(entry.plan)
                    .bind(row.as_str())
                    .execute(&mut *connection)
                    .await?;
                sqlx::query(REPLACE)
                    .bind(sealed.access)
                    .bind(entry.tokens.access_expires_at)
                    .bind(sealed.refresh)
                    .bind(entry.fingerprint.clone())
                    .bind(entry.tokens.refresh_client)
                    .bind(row.as_str())
                    .execute(&mut *connection)
                    .await?;
                sqlx::query(HEALTHY)
                    .bind(now)
                    .bind(row.as_str())
                    .execute(&mut *connection)
                    .await?;
                if let Some(fingerprint) = entry.fingerprint {
                    sqlx::query(ALIAS)
                        .bind(fingerprint)
                        .bind(row.as_str())
                        .bind(now)
                        .execute(&mut *connection)
                        .await?;
                }
            }
            sqlx::query(BUMP)
                .bind(TOPIC)
                .execute(&mut *connection)
                .await?;
            plan.results
        })
    }

    /// What [`Database::import_accounts`] would do; writes nothing.
    pub async fn try_import(
        &self,
        entries: Vec<NewAccount>,
        now: i64,
    ) -> Result<Vec<Imported>, DatabaseError> {
        let prepared: Result<Vec<_>, _> = entries
            .into_iter()
            .map(|it| self.prepare(it, now))
            .collect();
        let rows = read_on_both!(self, |pool| sqlx::query_as(KNOWN).fetch_all(pool).await)?;
        let aliases = read_on_both!(self, |pool| sqlx::query_as(ALIASES).fetch_all(pool).await)?;
        Ok(Known::new(rows, aliases)?.plan(prepared?).results)
    }

    fn prepare(&self, entry: NewAccount, now: i64) -> Result<Prepared, DatabaseError> {
        let refresh = entry.tokens.refresh.as_ref();
        Ok(Prepared {
            id: AccountId(self.new_id(now)?),
            identity: entry.identity,
            label: entry.label,
            source: entry.source,
            device_id: entry.device_id,
            workspace: entry.workspace,
            base_url: entry.base_url,
            plan: entry.plan,
            fingerprint: refresh.map(|it| self.refresh_fingerprint(it)),
            tokens: entry.tokens,
        })
    }

    fn seal_tokens(&self, id: AccountId, tokens: &NewTokens) -> Result<Sealed, DatabaseError> {
        let row = id.to_string();
        let seal = |column, token: &Option<SecretString>| {
            let token = token.as_ref();
            token.map(|it| self.seal(column, &row, it)).transpose()
        };
        Ok(Sealed {
            access: seal("credential.access", &tokens.access)?,
            refresh: seal("credential.refresh", &tokens.refresh)?,
        })
    }
}

struct Sealed {
    access: Option<Vec<u8>>,
    refresh: Option<Vec<u8>>,
}
