//! Sessions of people: a token in a cookie stands for the credential that was shown once.
//!
//! The credential is looked at anew every time, so a key, seed or token that is gone opens
//! nothing from that moment on. Used by `web` for requests, and by the site for signing in.

use chatgpt::pasted;
use secrecy::{ExposeSecret, SecretString};
use store::DatabaseError;

use crate::caller::Caller;
use crate::callers::{Callers, NotACaller};
use crate::seeds::Door;

/// A session ends when it was not used for so long.
const LIFETIME_SECONDS: i64 = 30 * 24 * 3600;

/// A session is not written to more often than this.
const EXTENDED_EVERY_SECONDS: i64 = 60;

/// Characters of a credential that its owner is shown at most.
const HINT_CHARS: usize = 4;

/// Somebody who is signed in.
#[derive(Debug)]
pub struct Session {
    /// Who.
    pub caller: Caller,
    /// When it ends if it is not used, in Unix seconds.
    pub expires_at: i64,
    /// The end of what was shown, so that its owner knows which it was.
    pub hint: String,
}

impl Callers {
    /// Begins a session for what was shown and found good; when it ends.
    pub async fn begin_session(
        &self,
        token: &SecretString,
        credential: &SecretString,
    ) -> Result<i64, DatabaseError> {
        let now = self.now();
        let expires_at = now + LIFETIME_SECONDS;
        let database = &self.pool.shared().database;
        let begun = database.create_web_session(token, credential, now, expires_at);
        begun.await?;
        Ok(expires_at)
    }

    /// Who is signed in with this token.
    pub async fn session(&self, token: &SecretString) -> Result<Session, NotACaller> {
        let now = self.now();
        let database = &self.pool.shared().database;
        let stored = |error: DatabaseError| NotACaller::Store(error.to_string());
        let found = database.web_session(token, now).await.map_err(stored)?;
        let session = found.ok_or(NotACaller::SignedOut)?;
        // A seed that was removed must not come back with the session that it opened.
        let shown = session.credential.expose_secret();
        let caller = self.identify(shown, Door::Closed).await?;
        let mut expires_at = session.expires_at;
        if now - session.last_seen_at >= EXTENDED_EVERY_SECONDS {
            expires_at = now + LIFETIME_SECONDS;
            let extended = database.extend_web_session(token, now, expires_at);
            extended.await.map_err(stored)?;
        }
        Ok(Session {
            caller,
            expires_at,
            hint: credential_hint(shown),
        })
    }

    /// Ends a session; whether there was one.
    pub async fn end_session(&self, token: &SecretString) -> Result<bool, DatabaseError> {
        self.pool.shared().database.end_web_session(token).await
    }

    fn now(&self) -> i64 {
        i64::try_from(self.clock.since_epoch().as_secs()).unwrap_or(i64::MAX)
    }
}

/// The credential in what somebody pastes: of the JSON of a session, the token.
pub fn pasted_credential(text: &str) -> SecretString {
    let text = text.trim();
    let Some(tokens) = pasted::read(text) else {
        return SecretString::from(text);
    };
    // One that buys others lasts longer than what it bought.
    let token = tokens.refresh_token.or(tokens.access_token);
    let token = token.or(tokens.session_token).unwrap_or_default();
    SecretString::from(match tokens.workspace {
        Some(workspace) => format!("{token},{workspace}"),
        None => token,
    })
}

/// The end of a text, and never more than a third of it.
pub fn credential_hint(text: &str) -> String {
    let count = text.chars().count();
    let shown = HINT_CHARS.min(count / 3);
    let end: String = text.chars().skip(count - shown).collect();
    format!("…{end}")
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::{credential_hint, pasted_credential};

    #[test]
    fn of_a_pasted_session_the_token_is_taken_with_its_workspace() {
        for (pasted, credential) in [
            (" word \n", "word"),
            (r#"{"accessToken":"a"}"#, "a"),
            (r#"{"accessToken":"a","account":{"id":"w"}}"#, "a,w"),
            (
                r#"{"tokens":{"access_token":"a","refresh_token":"rt_b"}}"#,
                "rt_b",
            ),
            (r#"{"other":1}"#, r#"{"other":1}"#),
        ] {
            assert_eq!(pasted_credential(pasted).expose_secret(), credential);
        }
    }

    #[test]
    fn a_hint_is_the_end_and_never_much_of_it() {
        for (text, shown) in [
            ("", "…"),
            ("ab", "…"),
            ("种子一二三四", "…三四"),
            ("sk-flowgpt-demo", "…demo"),
        ] {
            assert_eq!(credential_hint(text), shown);
        }
    }
}
