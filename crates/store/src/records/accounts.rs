//! Accounts: who they are, how they are set up, and their tokens as they are now.

use std::fmt;
use std::str::FromStr;

use secrecy::SecretString;
use sqlx::FromRow;
use uuid::Uuid;

use super::health::StoredHealth;
use crate::database::{BUMP, Database, read_on_both, transaction};
use crate::database_error::DatabaseError;
use crate::vault::Place;

/// What others poll to learn of changed accounts.
pub(crate) const TOPIC: &str = "account";

/// Tells accounts apart; made once, never used again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AccountId(pub Uuid);

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for AccountId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, uuid::Error> {
        Uuid::parse_str(text).map(Self)
    }
}

/// An account as it is stored.
#[derive(Debug, Clone)]
pub struct StoredAccount {
    /// Its id.
    pub id: AccountId,
    /// What tells the ChatGPT account from others.
    pub identity: [u8; 16],
    /// Its name in messages and lists.
    pub label: String,
    /// Where it came from, by `accounts`' word.
    pub source: String,
    /// Its place in the order of upload.
    pub position: i64,
    /// What it states as its device.
    pub device_id: Uuid,
    /// The workspace it acts for.
    pub workspace: Option<String>,
    /// Where its server is, if its AccessToken is a key of a server with API keys.
    pub base_url: Option<String>,
    /// The egress it is bound to, as a URL.
    pub egress: Option<SecretString>,
    /// The most requests it answers at once.
    pub max_in_use: Option<u32>,
    /// Whether the operator took it out.
    pub is_disabled: bool,
    /// Its plan, as upstream names it.
    pub plan: Option<String>,
    /// What is known of its owner, as JSON.
    pub profile: Option<SecretString>,
    /// Unix seconds.
    pub created_at: i64,
    /// When upstream was last asked about it.
    pub checked_at: Option<i64>,
    /// Its tokens.
    pub tokens: StoredTokens,
    /// How it is.
    pub health: StoredHealth,
}

/// An account's tokens; the RefreshToken itself is only given to who claims it.
#[derive(Debug, Clone)]
pub struct StoredTokens {
    /// The AccessToken.
    pub access: Option<SecretString>,
    /// When that ends, in unix seconds.
    pub access_expires_at: Option<i64>,
    /// Which client its RefreshToken belongs to; nothing without one.
    pub refresh_client: Option<String>,
    /// Whether there is a RefreshToken.
    pub can_refresh: bool,
    /// How often the tokens were replaced.
    pub generation: i64,
    /// When that was last.
    pub refreshed_at: Option<i64>,
    /// Whether a sealed value of the account does not open.
    pub is_locked: bool,
}

/// What an operator may change; `None` leaves a thing as it is.
#[derive(Debug, Clone, Default)]
pub struct AccountPatch {
    /// Its name.
    pub label: Option<String>,
    /// Whether it is taken out.
    pub is_disabled: Option<bool>,
    /// The most requests at once; `Some(None)` for the general limit.
    pub max_in_use: Option<Option<u32>>,
    /// The egress; `Some(None)` for the one that follows from the settings.
    pub egress: Option<Option<SecretString>>,
    /// A new device id.
    pub device_id: Option<Uuid>,
    /// What upstream says of it: its plan and its owner, and when.
    pub facts: Option<(Option<String>, SecretString, i64)>,
}

const SELECT: &str = "SELECT account.id, identity, label, source, position, device_id, workspace, \
     base_url, egress_sealed, max_in_use, is_disabled, plan, profile_sealed, created_at, checked_at, \
     access_sealed, access_expires_at, refresh_client, generation, refreshed_at, \
     CAST(CASE WHEN refresh_sealed IS NULL THEN 0 ELSE 1 END AS BIGINT) AS can_refresh, \
     state, reason, since \
     FROM account \
     JOIN credential ON credential.account_id = account.id \
     JOIN account_health ON account_health.account_id = account.id \
     WHERE cleared_at IS NULL ORDER BY position";

const CHANGE: &str = "UPDATE account SET label = COALESCE($1, label), \
     is_disabled = COALESCE($2, is_disabled), device_id = COALESCE($3, device_id), \
     max_in_use = CASE WHEN $4 = 1 THEN $5 ELSE max_in_use END, \
     egress_sealed = CASE WHEN $6 = 1 THEN $7 ELSE egress_sealed END, \
     plan = COALESCE($8, plan), profile_sealed = COALESCE($9, profile_sealed), \
     checked_at = COALESCE($10, checked_at) \
     WHERE id = $11 AND cleared_at IS NULL";

const HOLD_UNUSED: &str = "UPDATE credential SET generation = generation WHERE account_id = $1 \
     AND generation = 0 AND lease_owner IS NULL AND intent_at_ms IS NULL";

#[derive(FromRow)]
struct Row {
    id: String,
    identity: Vec<u8>,
    label: String,
    source: String,
    position: i64,
    device_id: String,
    workspace: Option<String>,
    base_url: Option<String>,
    egress_sealed: Option<Vec<u8>>,
    max_in_use: Option<i64>,
    is_disabled: i64,
    plan: Option<String>,
    profile_sealed: Option<Vec<u8>>,
    created_at: i64,
    checked_at: Option<i64>,
    access_sealed: Option<Vec<u8>>,
    access_expires_at: Option<i64>,
    refresh_client: Option<String>,
    generation: i64,
    refreshed_at: Option<i64>,
    can_refresh: i64,
    state: String,
    reason: Option<String>,
    since: i64,
}

impl Database {
    /// All accounts that were not cleared, in the order of upload.
    pub async fn accounts(&self) -> Result<Vec<StoredAccount>, DatabaseError> {
        let rows: Vec<Row> = read_on_both!(self, |pool| {
            sqlx::query_as(SELECT).fetch_all(pool).await
        })?;
        rows.into_iter().map(|row| self.stored(row)).collect()
    }

    /// Changes what is named; fails with `NotFound` for an account that is not there.
    pub async fn change_account(
        &self,
        id: AccountId,
        patch: AccountPatch,
    ) -> Result<(), DatabaseError> {
        let row = id.to_string();
        let egress = match &patch.egress {
            Some(Some(url)) => Some(self.seal("account.egress", &row, url)?),
            _ => None,
        };
        let (plan, profile, checked_at) = match patch.facts {
            Some((plan, profile, at)) => {
                let profile = self.seal("account.profile", &row, &profile)?;
                (plan, Some(profile), Some(at))
            }
            None => (None, None, None),
        };
        transaction!(self, |connection| {
            let changed = sqlx::query(CHANGE)
                .bind(patch.label)
                .bind(patch.is_disabled.map(i64::from))
                .bind(patch.device_id.map(|it| it.to_string()))
                .bind(i64::from(patch.max_in_use.is_some()))
                .bind(patch.max_in_use.flatten().map(i64::from))
                .bind(i64::from(patch.egress.is_some()))
                .bind(egress)
                .bind(plan)
                .bind(profile)
                .bind(checked_at)
                .bind(row)
                .execute(&mut *connection)
                .await?
                .rows_affected();
            if changed == 0 {
                return Err(DatabaseError::NotFound);
            }
            sqlx::query(BUMP)
                .bind(TOPIC)
                .execute(&mut *connection)
                .await?;
        })
    }

    /// Removes an account for ever.
    pub async fn remove_account(&self, id: AccountId) -> Result<(), DatabaseError> {
        let row = id.to_string();
        transaction!(self, |connection| {
            let removed = sqlx::query("DELETE FROM account WHERE id = $1")
                .bind(row)
                .execute(&mut *connection)
                .await?
                .rows_affected();
            if removed == 0 {
                return Err(DatabaseError::NotFound);
            }
            sqlx::query(BUMP)
                .bind(TOPIC)
                .execute(&mut *connection)
                .await?;
        })
    }

    /// Removes an account whose RefreshToken bought nothing and is on its way nowhere; `false` for
    /// any other, which another process may have begun to use.
    pub async fn remove_unused_account(&self, id: AccountId) -> Result<bool, DatabaseError> {
        let row = id.to_string();
        transaction!(self, |connection| {
            // Holds the row, so that nobody claims the token in between.
            let held = sqlx::query(HOLD_UNUSED)
                .bind(row.as_str())
                .execute(&mut *connection)
                .await?
                .rows_affected();
            if held == 0 {
                return Ok(false);
            }
            sqlx::query("DELETE FROM account WHERE id = $1")
                .bind(row)
                .execute(&mut *connection)
                .await?;
            sqlx::query(BUMP)
                .bind(TOPIC)
                .execute(&mut *connection)
                .await?;
            true
        })
    }

    /// Seals a value for one place.
    pub(crate) fn seal(
        &self,
        column: &'static str,
        row: &str,
        secret: &SecretString,
    ) -> Result<Vec<u8>, DatabaseError> {
        let place = Place { column, row };
        self.shared.vault.seal(&self.shared.chance, place, secret)
    }

    /// Opens a value of one place.
    pub(crate) fn unseal(
        &self,
        column: &'static str,
        row: &str,
        sealed: &[u8],
    ) -> Result<SecretString, DatabaseError> {
        self.shared.vault.unseal(Place { column, row }, sealed)
    }

    fn stored(&self, row: Row) -> Result<StoredAccount, DatabaseError> {
        const BAD: DatabaseError = DatabaseError::BadRecord("account");
        let mut is_locked = false;
        let mut open = |column, sealed: Option<Vec<u8>>| {
            let opened = sealed.map(|sealed| self.unseal(column, &row.id, &sealed));
            is_locked |= matches!(opened, Some(Err(_)));
            opened.and_then(Result::ok)
        };
        let egress = open("account.egress", row.egress_sealed);
        let profile = open("account.profile", row.profile_sealed);
        let access = open("credential.access", row.access_sealed);
        Ok(StoredAccount {
            id: row.id.parse().map_err(|_| BAD)?,
            identity: row.identity.try_into().map_err(|_| BAD)?,
            label: row.label,
            source: row.source,
            position: row.position,
            device_id: Uuid::parse_str(&row.device_id).map_err(|_| BAD)?,
            workspace: row.workspace,
            base_url: row.base_url,
            egress,
            max_in_use: row.max_in_use.and_then(|it| u32::try_from(it).ok()),
            is_disabled: row.is_disabled != 0,
            plan: row.plan,
            profile,
            created_at: row.created_at,
            checked_at: row.checked_at,
            tokens: StoredTokens {
                access,
                access_expires_at: row.access_expires_at,
                refresh_client: row.refresh_client,
                can_refresh: row.can_refresh != 0,
                generation: row.generation,
                refreshed_at: row.refreshed_at,
                is_locked,
            },
            health: StoredHealth {
                state: row.state,
                reason: row.reason,
                since: row.since,
            },
        })
    }
}
