//! Buys an AccessToken with a RefreshToken.
//!
//! A RefreshToken may be good for a single use, so a request whose fate is unknown is never
//! sent again here. Leases, storing and trying later are `accounts`'.

use chatgpt::sign_in::TokenAnswer;
use chatgpt::token_kind::RefreshFamily;
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use super::exchange::{Answer, NoAnswer};
use super::refresh_error::RefreshError;
use super::{FreshTokens, SignIn};
use crate::egress::Egress;

/// The host of the older sign-in service, which has a redirect of its own.
const OLDER_HOST: &str = "auth0.openai.com";
const NEWER_HOST: &str = "auth.openai.com";

/// A RefreshToken, and how it is to be used.
#[derive(Debug, Clone)]
pub struct RefreshGrant {
    /// The token.
    pub token: SecretString,
    /// The client it was made for; unknown means the client of the settings, and no other
    /// after that.
    pub family: Option<RefreshFamily>,
    /// The account's own way out.
    pub egress: Egress,
}

impl SignIn {
    /// Sends the RefreshToken, once.
    ///
    /// Not to be dropped while it runs: an answer that nobody reads may hold the only token
    /// that is still good.
    pub async fn refresh(&self, grant: &RefreshGrant) -> Result<FreshTokens, RefreshError> {
        let mut body = json!({
            "client_id": self.client_id(grant.family),
            "grant_type": "refresh_token",
            "refresh_token": grant.token.expose_secret(),
        });
        if grant.family == Some(RefreshFamily::Mobile) {
            body["redirect_uri"] = self.mobile_redirect().into();
        }
        let address = self.address("/oauth/token");
        match self.post_json(&grant.egress, address, &body).await {
            Ok(answer) => self.bought(&answer, grant),
            Err(lost) => Err(no_answer(&lost, &grant.egress)),
        }
    }

    fn bought(&self, answer: &Answer, grant: &RefreshGrant) -> Result<FreshTokens, RefreshError> {
        if !answer.is_success() || answer.is_page() {
            return Err(RefreshError::refused(answer, grant));
        }
        let tokens = TokenAnswer::read(&answer.body);
        let rotated = tokens.refresh_token.clone().map(SecretString::from);
        self.fresh_tokens(tokens).ok_or_else(|| RefreshError {
            rotated,
            ..RefreshError::refused(answer, grant)
        })
    }

    /// Where the mobile app is sent after a sign-in; the service compares it.
    fn mobile_redirect(&self) -> String {
        let host = match self.settings.auth_base_url.host_str() {
            Some(OLDER_HOST) => OLDER_HOST,
            _ => NEWER_HOST,
        };
        format!("com.openai.chat://{host}/ios/com.openai.chat/callback")
    }
}

fn no_answer(lost: &NoAnswer, egress: &Egress) -> RefreshError {
    if lost.may_have_arrived() {
        return RefreshError::ambiguous(egress);
    }
    RefreshError::unsent(lost.why_unsent(egress))
}
