//! What becomes known of an account only when its first tokens come, and tokens that turned
//! out to be worth nothing.

use super::accounts::{AccountId, TOPIC};
use crate::database::{BUMP, Database, on_both, read_on_both, transaction};
use crate::database_error::DatabaseError;

/// Whether an account is nobody else, or somebody who was here already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Identified {
    /// It is known by its identity from now on.
    Alone,
    /// It was this account, which has its tokens now; the newcomer is gone.
    MergedInto(AccountId),
}

type Tokens = (
    Option<Vec<u8>>,
    Option<i64>,
    Option<Vec<u8>>,
    Option<Vec<u8>>,
    Option<String>,
);

const TOKENS: &str = "SELECT access_sealed, access_expires_at, refresh_sealed, \
     refresh_fingerprint, refresh_client FROM credential WHERE account_id = $1";

/// A newcomer without a RefreshToken takes none away.
const HAND_OVER: &str = "UPDATE credential SET \
     access_sealed = COALESCE($1, access_sealed), \
     access_expires_at = CASE WHEN $1 IS NULL THEN access_expires_at ELSE $2 END, \
     refresh_sealed = COALESCE($3, refresh_sealed), \
     refresh_fingerprint = COALESCE($4, refresh_fingerprint), \
     refresh_client = CASE WHEN $3 IS NULL THEN refresh_client ELSE $5 END, \
     generation = generation + 1, lease_owner = NULL, lease_until_ms = NULL, \
     intent_at_ms = NULL WHERE account_id = $6";

/// What was a caller's own is shared when the newcomer is.
const SHARE: &str = "UPDATE account SET \
     source = (SELECT newcomer.source FROM account AS newcomer WHERE newcomer.id = $2) \
     WHERE id = $1 AND source = 'caller' AND EXISTS (SELECT id FROM account WHERE id = $2)";

impl Database {
    /// Writes down who an account is, now that its AccessToken says so.
    ///
    /// When the same ChatGPT account is here already, the two become one.
    pub async fn identify_account(
        &self,
        id: AccountId,
        identity: [u8; 16],
    ) -> Result<Identified, DatabaseError> {
        let row = id.to_string();
        let database = self.clone();
        transaction!(self, |connection| {
            let other: Option<String> =
                sqlx::query_scalar("SELECT id FROM account WHERE identity = $1 AND id <> $2")
                    .bind(identity.as_slice())
                    .bind(row.as_str())
                    .fetch_optional(&mut *connection)
                    .await?;
            let identified = match other {
                None => {
                    sqlx::query("UPDATE account SET identity = $1 WHERE id = $2")
                        .bind(identity.as_slice())
                        .bind(row)
                        .execute(&mut *connection)
                        .await?;
                    Identified::Alone
                }
                Some(other) => {
                    let tokens: Tokens = sqlx::query_as(TOKENS)
                        .bind(row.as_str())
                        .fetch_one(&mut *connection)
                        .await?;
                    let (access, expires_at, refresh, fingerprint, client) = tokens;
                    let access = database.moved("credential.access", &row, &other, access)?;
                    let refresh = database.moved("credential.refresh", &row, &other, refresh)?;
                    sqlx::query(HAND_OVER)
                        .bind(access)
                        .bind(expires_at)
                        .bind(refresh)
                        .bind(fingerprint)
                        .bind(client)
                        .bind(other.as_str())
                        .execute(&mut *connection)
                        .await?;
                    for statement in [
                        "UPDATE credential_alias SET account_id = $1 WHERE account_id = $2",
                        "UPDATE seed SET account_id = $1 WHERE account_id = $2",
                        "UPDATE account SET cleared_at = NULL, clearing = NULL WHERE id = $1 \
                         AND EXISTS (SELECT id FROM account WHERE id = $2)",
                        SHARE,
                        "UPDATE account_health SET state = 'healthy', reason = NULL \
                         WHERE account_id = $1 AND EXISTS (SELECT id FROM account WHERE id = $2)",
                        "DELETE FROM account WHERE id = $2 AND id <> $1",
                    ] {
                        sqlx::query(statement)
                            .bind(other.as_str())
                            .bind(row.as_str())
                            .execute(&mut *connection)
                            .await?;
                    }
                    let id = other.parse();
                    Identified::MergedInto(id.map_err(|_| DatabaseError::BadRecord("account"))?)
                }
            };
            sqlx::query(BUMP)
                .bind(TOPIC)
                .execute(&mut *connection)
                .await?;
            identified
        })
    }

    /// Forgets an AccessToken that upstream does not accept any more; `false` when the account has
    /// newer tokens by now.
    pub async fn drop_access(&self, id: AccountId, generation: i64) -> Result<bool, DatabaseError> {
        let dropped = on_both!(self, |pool| {
            sqlx::query(
                "UPDATE credential SET access_sealed = NULL, access_expires_at = NULL \
                 WHERE account_id = $1 AND generation = $2",
            )
            .bind(id.to_string())
            .bind(generation)
            .execute(pool)
            .await
            .map(|it| it.rows_affected())
        })?;
        if dropped > 0 {
            self.bump(TOPIC).await?;
        }
        Ok(dropped > 0)
    }

    /// How often an account's tokens were replaced; nothing for an account that is gone.
    pub async fn credential_generation(&self, id: AccountId) -> Result<Option<i64>, DatabaseError> {
        let generation = read_on_both!(self, |pool| {
            sqlx::query_scalar("SELECT generation FROM credential WHERE account_id = $1")
                .bind(id.to_string())
                .fetch_optional(pool)
                .await
        })?;
        Ok(generation)
    }

    /// A sealed value of one row, sealed for another.
    fn moved(
        &self,
        column: &'static str,
        from: &str,
        to: &str,
        sealed: Option<Vec<u8>>,
    ) -> Result<Option<Vec<u8>>, DatabaseError> {
        let Some(sealed) = sealed else {
            return Ok(None);
        };
        let secret = self.unseal(column, from, &sealed)?;
        self.seal(column, to, &secret).map(Some)
    }
}
