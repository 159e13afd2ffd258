//! Taking in the account that somebody has just signed in.

use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use store::DatabaseError;
use upstream::sign_in::FreshTokens;

use super::Pool;
use crate::import::{Mode, Source, Verdict};

impl Pool {
    /// Stores the tokens of a sign-in; a known account has them in place of its own.
    pub async fn take_signed_in(
        &self,
        tokens: &FreshTokens,
    ) -> Result<Option<Verdict>, DatabaseError> {
        let refresh = tokens.refresh_token.as_ref();
        // As the Codex client keeps them, whose sign-in this is.
        let document = json!({"tokens": {
            "access_token": tokens.access_token.expose_secret(),
            "refresh_token": refresh.map(ExposeSecret::expose_secret),
        }});
        let document = SecretString::from(document.to_string());
        let verdicts = self.import(&document, Source::SignIn, Mode::Write).await?;
        Ok(verdicts.into_iter().next())
    }
}
