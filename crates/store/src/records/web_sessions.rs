//! Who is signed in to the web chat: by the digest of a cookie, the credential that was shown.
//!
//! What the credential opens is not said here: it is asked anew at every request, by `accounts`.

use std::fmt::Write as _;

use secrecy::{ExposeSecret, SecretString};

use crate::database::{Database, on_both, read_on_both};
use crate::database_error::DatabaseError;

/// A session as it is stored.
#[derive(Debug, Clone)]
pub struct WebSession {
    /// What was shown at the sign-in.
    pub credential: SecretString,
    /// When it was last extended, in Unix seconds.
    pub last_seen_at: i64,
    /// When it ends.
    pub expires_at: i64,
}

const PLACE: &str = "web_session.credential";

impl Database {
    /// Begins a session.
    pub async fn create_web_session(
        &self,
        token: &SecretString,
        credential: &SecretString,
        now: i64,
        expires_at: i64,
    ) -> Result<(), DatabaseError> {
        let digest = self.web_session_digest(token);
        let sealed = self.seal(PLACE, &digest, credential)?;
        on_both!(self, |pool| {
            sqlx::query(
                "INSERT INTO web_session \
                 (digest, credential_sealed, created_at, last_seen_at, expires_at) \
                 VALUES ($1, $2, $3, $3, $4)",
            )
            .bind(digest.as_str())
            .bind(sealed.as_slice())
            .bind(now)
            .bind(expires_at)
            .execute(pool)
            .await
            .map(drop)
        })?;
        Ok(())
    }

    /// The session of that token, if it is not over.
    pub async fn web_session(
        &self,
        token: &SecretString,
        now: i64,
    ) -> Result<Option<WebSession>, DatabaseError> {
        let digest = self.web_session_digest(token);
        let row: Option<(Vec<u8>, i64, i64)> = read_on_both!(self, |pool| {
            sqlx::query_as(
                "SELECT credential_sealed, last_seen_at, expires_at FROM web_session \
                 WHERE digest = $1 AND expires_at > $2",
            )
            .bind(digest.as_str())
            .bind(now)
            .fetch_optional(pool)
            .await
        })?;
        let Some((sealed, last_seen_at, expires_at)) = row else {
            return Ok(None);
        };
        Ok(Some(WebSession {
            credential: self.unseal(PLACE, &digest, &sealed)?,
            last_seen_at,
            expires_at,
        }))
    }

    /// Notes that a session was seen, and lets it go on until then.
    pub async fn extend_web_session(
        &self,
        token: &SecretString,
        now: i64,
        expires_at: i64,
    ) -> Result<(), DatabaseError> {
        let digest = self.web_session_digest(token);
        on_both!(self, |pool| {
            sqlx::query(
                "UPDATE web_session SET last_seen_at = $1, expires_at = $2 WHERE digest = $3",
            )
            .bind(now)
            .bind(expires_at)
            .bind(digest.as_str())
            .execute(pool)
            .await
            .map(drop)
        })?;
        Ok(())
    }

    /// Ends a session; whether there was one.
    pub async fn end_web_session(&self, token: &SecretString) -> Result<bool, DatabaseError> {
        let digest = self.web_session_digest(token);
        let ended = on_both!(self, |pool| {
            sqlx::query("DELETE FROM web_session WHERE digest = $1")
                .bind(digest.as_str())
                .execute(pool)
                .await
                .map(|it| it.rows_affected())
        })?;
        Ok(ended > 0)
    }

    /// Forgets the sessions that are over.
    pub async fn forget_web_sessions(&self, now: i64) -> Result<u64, DatabaseError> {
        self.forget("DELETE FROM web_session WHERE expires_at <= $1", now)
            .await
    }

    fn web_session_digest(&self, token: &SecretString) -> String {
        let digest = self
            .shared
            .vault
            .digest("web-session", token.expose_secret());
        digest.iter().fold(String::new(), |mut text, byte| {
            let _infallible = write!(text, "{byte:02x}");
            text
        })
    }
}
