//! Replacing an account's tokens: claimed by one process at a time, and written down before
//! anything uses the new ones.
//!
//! A claim is a lease in the row, by the database's clock, so it ends by itself. It leaves a
//! note that a token may be on its way; the note goes when the new token is stored, or when
//! it is known that nothing was sent. Called by `accounts`.

use secrecy::SecretString;

use super::accounts::{AccountId, TOPIC};
use crate::database::{BUMP, Database, on_both, read_on_both, transaction};
use crate::database_error::DatabaseError;

/// How a claim went.
#[derive(Debug)]
pub enum Claim {
    /// It is ours, for as long as was asked.
    Won(Claimed),
    /// Somebody else has it, until then at most, in milliseconds of the database's clock.
    Taken(i64),
    /// A token was sent and no answer stored; it is not sent again before then.
    Unsettled(i64),
    /// There is no such account, or it has nothing to refresh with.
    Nothing,
}

/// What was claimed.
#[derive(Debug)]
pub struct Claimed {
    /// The RefreshToken.
    pub refresh: SecretString,
    /// Which client it belongs to.
    pub client: Option<String>,
    /// What the new one has to replace.
    pub fingerprint: Vec<u8>,
    /// How often the tokens were replaced before.
    pub generation: i64,
}

/// New tokens.
#[derive(Debug, Clone)]
pub struct FreshCredential {
    /// The AccessToken.
    pub access: SecretString,
    /// When it ends, in unix seconds.
    pub access_expires_at: Option<i64>,
    /// The next RefreshToken; nothing keeps the old one.
    pub refresh: Option<SecretString>,
    /// Which client it belongs to; nothing leaves that as it is.
    pub client: Option<String>,
}

const CLAIM: &str = "UPDATE credential SET lease_owner = $1, lease_until_ms = $2, \
     intent_at_ms = $3 WHERE account_id = $4 AND refresh_sealed IS NOT NULL \
     AND (lease_until_ms IS NULL OR lease_until_ms < $3) \
     AND (intent_at_ms IS NULL OR intent_at_ms < $5) \
     RETURNING refresh_sealed, refresh_client, refresh_fingerprint, generation";

const COMMIT: &str = "UPDATE credential SET access_sealed = COALESCE($1, access_sealed), \
     access_expires_at = CASE WHEN $1 IS NULL THEN access_expires_at ELSE $2 END, \
     refresh_sealed = COALESCE($3, refresh_sealed), \
     refresh_fingerprint = COALESCE($4, refresh_fingerprint), \
     refresh_client = COALESCE($5, refresh_client), \
     generation = generation + 1, refreshed_at = $6, \
     lease_owner = NULL, lease_until_ms = NULL, intent_at_ms = NULL \
     WHERE account_id = $7 AND refresh_fingerprint = $8";

/// Remembers a RefreshToken, so that it is recognised when it is spent.
pub(super) const ALIAS: &str = "INSERT INTO credential_alias (fingerprint, account_id, first_seen) \
     VALUES ($1, $2, $3) ON CONFLICT (fingerprint) DO NOTHING";

type ClaimedRow = (Vec<u8>, Option<String>, Vec<u8>, i64);
type Standing = (Option<i64>, Option<i64>);

/// The AccessToken and when it ends, the RefreshToken, and whose client's that is.
type New = (
    Option<(SecretString, Option<i64>)>,
    Option<SecretString>,
    Option<String>,
);

impl Database {
    /// The session of a browser that an account was added by, which may be used more than once.
    pub async fn session_token(
        &self,
        id: AccountId,
    ) -> Result<Option<SecretString>, DatabaseError> {
        let row = id.to_string();
        let sealed: Option<Option<Vec<u8>>> = read_on_both!(self, |pool| {
            sqlx::query_scalar(
                "SELECT refresh_sealed FROM credential \
                 WHERE account_id = $1 AND refresh_client = 'session'",
            )
            .bind(row.as_str())
            .fetch_optional(pool)
            .await
        })?;
        let sealed = sealed.flatten();
        let opened = sealed.map(|it| self.unseal("credential.refresh", &row, &it));
        opened.transpose()
    }

    /// Claims an account's RefreshToken for `owner`.
    ///
    /// A token that was sent without a stored answer is left alone for `quarantine_ms`.
    pub async fn claim_refresh(
        &self,
        id: AccountId,
        owner: &str,
        lease_ms: i64,
        quarantine_ms: i64,
    ) -> Result<Claim, DatabaseError> {
        let row = id.to_string();
        // Read before, so that it is never later than the time of the update.
        let now = self.now_ms().await?;
        let claimed: Option<ClaimedRow> = on_both!(self, |pool| {
            sqlx::query_as(CLAIM)
                .bind(owner)
                .bind(now + lease_ms)
                .bind(now)
                .bind(row.as_str())
                .bind(now - quarantine_ms)
                .fetch_optional(pool)
                .await
        })?;
        if let Some((sealed, client, fingerprint, generation)) = claimed {
            let refresh = match self.unseal("credential.refresh", &row, &sealed) {
                Ok(refresh) => refresh,
                Err(error) => {
                    // Nothing will be sent.
                    self.release_refresh(id, owner, false).await?;
                    return Err(error);
                }
            };
            return Ok(Claim::Won(Claimed {
                refresh,
                client,
                fingerprint,
                generation,
            }));
        }
        let standing: Option<Standing> = read_on_both!(self, |pool| {
            sqlx::query_as(
                "SELECT lease_until_ms, intent_at_ms FROM credential \
                 WHERE account_id = $1 AND refresh_sealed IS NOT NULL",
            )
            .bind(row.as_str())
            .fetch_optional(pool)
            .await
        })?;
        Ok(match standing {
            None => Claim::Nothing,
            Some((Some(until), _)) if until >= now => Claim::Taken(until),
            Some((_, Some(intent))) => Claim::Unsettled(intent + quarantine_ms),
            Some((until, None)) => Claim::Taken(until.unwrap_or(now)),
        })
    }

    /// Stores new tokens in place of the ones that were claimed.
    ///
    /// Goes by the token and not by the lease: an answer that comes late must still land.
    /// `false` when the account has other tokens by now.
    pub async fn commit_refresh(
        &self,
        id: AccountId,
        replaced: &[u8],
        fresh: FreshCredential,
        now: i64,
    ) -> Result<bool, DatabaseError> {
        let access = Some((fresh.access, fresh.access_expires_at));
        let new = (access, fresh.refresh, fresh.client);
        self.commit(id, replaced, new, now).await
    }

    /// The same for a RefreshToken that came alone; the AccessToken stays as it is.
    pub async fn commit_rotated(
        &self,
        id: AccountId,
        replaced: &[u8],
        refresh: SecretString,
        now: i64,
    ) -> Result<bool, DatabaseError> {
        self.commit(id, replaced, (None, Some(refresh), None), now)
            .await
    }

    async fn commit(
        &self,
        id: AccountId,
        replaced: &[u8],
        (access, refresh, client): New,
        now: i64,
    ) -> Result<bool, DatabaseError> {
        let row = id.to_string();
        let replaced = replaced.to_vec();
        let expires_at = access.as_ref().and_then(|(_, expires_at)| *expires_at);
        let access = access.map(|(token, _)| self.seal("credential.access", &row, &token));
        let access = access.transpose()?;
        let fingerprint = refresh.as_ref().map(|it| self.refresh_fingerprint(it));
        let refresh = refresh.map(|it| self.seal("credential.refresh", &row, &it));
        let refresh = refresh.transpose()?;
        transaction!(self, |connection| {
            let changed = sqlx::query(COMMIT)
                .bind(access)
                .bind(expires_at)
                .bind(refresh)
                .bind(fingerprint.clone())
                .bind(client)
                .bind(now)
                .bind(row.as_str())
                .bind(replaced)
                .execute(&mut *connection)
                .await?
                .rows_affected();
            if changed == 0 {
                return Ok(false);
            }
            if let Some(fingerprint) = fingerprint {
                let query = sqlx::query(ALIAS).bind(fingerprint).bind(row).bind(now);
                query.execute(&mut *connection).await?;
            }
            sqlx::query(BUMP)
                .bind(TOPIC)
                .execute(&mut *connection)
                .await?;
            true
        })
    }

    /// Gives a claim back. `was_sent` keeps the note that a token may be on its way.
    pub async fn release_refresh(
        &self,
        id: AccountId,
        owner: &str,
        was_sent: bool,
    ) -> Result<(), DatabaseError> {
        on_both!(self, |pool| {
            sqlx::query(
                "UPDATE credential SET lease_owner = NULL, lease_until_ms = NULL, \
                 intent_at_ms = CASE WHEN $1 = 1 THEN intent_at_ms ELSE NULL END \
                 WHERE account_id = $2 AND lease_owner = $3",
            )
            .bind(i64::from(was_sent))
            .bind(id.to_string())
            .bind(owner)
            .execute(pool)
            .await
            .map(drop)
        })?;
        Ok(())
    }

    /// Gives back what an earlier process of the same owner had claimed when it ended.
    pub async fn release_refreshes_of(&self, owner: &str) -> Result<u64, DatabaseError> {
        let released = on_both!(self, |pool| {
            sqlx::query(
                "UPDATE credential SET lease_owner = NULL, lease_until_ms = NULL \
                 WHERE lease_owner = $1",
            )
            .bind(owner)
            .execute(pool)
            .await
            .map(|it| it.rows_affected())
        })?;
        Ok(released)
    }

    /// The account that has, or ever had, this RefreshToken.
    pub async fn account_of_refresh(
        &self,
        refresh: &SecretString,
    ) -> Result<Option<AccountId>, DatabaseError> {
        let fingerprint = self.refresh_fingerprint(refresh);
        let id: Option<String> = read_on_both!(self, |pool| {
            sqlx::query_scalar(
                "SELECT account_id FROM credential_alias \
                 JOIN account ON account.id = account_id \
                 WHERE fingerprint = $1 AND cleared_at IS NULL",
            )
            .bind(fingerprint.as_slice())
            .fetch_optional(pool)
            .await
        })?;
        let id = id.map(|id| id.parse()).transpose();
        id.map_err(|_| DatabaseError::BadRecord("credential_alias"))
    }

    pub(crate) fn refresh_fingerprint(&self, refresh: &SecretString) -> Vec<u8> {
        use secrecy::ExposeSecret;
        self.shared.vault.digest("refresh", refresh.expose_secret())
    }
}
