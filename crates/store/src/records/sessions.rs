//! Who is signed in to the administration. Only a keyed digest of a session's token is stored.

use secrecy::{ExposeSecret, SecretString};
use sqlx::FromRow;

use crate::database::{Database, on_both, read_on_both};
use crate::database_error::DatabaseError;

/// A session is not written to more often than this, to note that it was seen.
const SEEN_EVERY_SECONDS: i64 = 60;

/// A session as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct StoredSession {
    /// What it is for, by `admin`'s word.
    pub kind: String,
    /// Unix seconds.
    pub created_at: i64,
    /// When it was last used, to the minute.
    pub last_seen_at: i64,
    /// When it ends.
    pub expires_at: i64,
}

impl Database {
    /// Begins a session.
    pub async fn create_session(
        &self,
        token: &SecretString,
        kind: &str,
        now: i64,
        expires_at: i64,
    ) -> Result<(), DatabaseError> {
        on_both!(self, |pool| {
            sqlx::query(
                "INSERT INTO session (digest, kind, created_at, last_seen_at, expires_at) \
                 VALUES ($1, $2, $3, $3, $4)",
            )
            .bind(self.session_digest(token))
            .bind(kind)
            .bind(now)
            .bind(expires_at)
            .execute(pool)
            .await
            .map(drop)
        })?;
        Ok(())
    }

    /// The session of that token, if it is not over; notes that it was seen.
    pub async fn session(
        &self,
        token: &SecretString,
        now: i64,
    ) -> Result<Option<StoredSession>, DatabaseError> {
        let digest = self.session_digest(token);
        let session: Option<StoredSession> = read_on_both!(self, |pool| {
            sqlx::query_as(
                "SELECT kind, created_at, last_seen_at, expires_at FROM session \
                 WHERE digest = $1 AND expires_at > $2",
            )
            .bind(digest.as_slice())
            .bind(now)
            .fetch_optional(pool)
            .await
        })?;
        let Some(session) = session else {
            return Ok(None);
        };
        if now - session.last_seen_at < SEEN_EVERY_SECONDS {
            return Ok(Some(session));
        }
        on_both!(self, |pool| {
            sqlx::query("UPDATE session SET last_seen_at = $1 WHERE digest = $2")
                .bind(now)
                .bind(digest.as_slice())
                .execute(pool)
                .await
                .map(drop)
        })?;
        Ok(Some(StoredSession {
            last_seen_at: now,
            ..session
        }))
    }

    /// Ends a session; whether there was one.
    pub async fn end_session(&self, token: &SecretString) -> Result<bool, DatabaseError> {
        let ended = on_both!(self, |pool| {
            sqlx::query("DELETE FROM session WHERE digest = $1")
                .bind(self.session_digest(token))
                .execute(pool)
                .await
                .map(|it| it.rows_affected())
        })?;
        Ok(ended > 0)
    }

    /// Ends all sessions of a kind; how many there were.
    pub async fn end_all_sessions(&self, kind: &str) -> Result<u64, DatabaseError> {
        let ended = on_both!(self, |pool| {
            sqlx::query("DELETE FROM session WHERE kind = $1")
                .bind(kind)
                .execute(pool)
                .await
                .map(|it| it.rows_affected())
        })?;
        Ok(ended)
    }

    /// Forgets the sessions that are over.
    pub async fn forget_sessions(&self, now: i64) -> Result<u64, DatabaseError> {
        self.forget("DELETE FROM session WHERE expires_at <= $1", now)
            .await
    }

    fn session_digest(&self, token: &SecretString) -> Vec<u8> {
        self.shared.vault.digest("session", token.expose_secret())
    }
}
