//! The sign-in service: buys each AccessToken, and lets people sign in.
//!
//! The only code that talks to it. Every request is sent once, by the way out it is given
//! and by no other, and no recording sees it. When to refresh, and what becomes of an
//! account, is decided by `accounts`. Protocol: web session, refresh token, Codex CLI OAuth.

mod exchange;

mod refresh;
mod refresh_error;

mod session;

mod authorization_code;
mod callback;
mod device;
mod sign_in_error;

use std::time::Duration;

use chatgpt::access_token::{Claims, claims};
use chatgpt::sign_in::TokenAnswer;
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use url::Url;

use crate::client::Clients;
use crate::clock::Clock;

pub use authorization_code::{LOCAL_REDIRECT, PendingSignIn};
pub use chatgpt::token_kind::{CODEX_CLIENT_ID, RefreshFamily};
pub use device::{DEVICE_SIGN_IN_LIFETIME, DevicePoll, DeviceSignIn};
pub use refresh::RefreshGrant;
pub use refresh_error::{RefreshClass, RefreshError};
pub use session::{FreshSession, SessionGrant};
pub use sign_in_error::SignInError;

/// Where the sign-in service is, unless the settings say otherwise.
pub const AUTH_BASE_URL: &str = "https://auth.openai.com";

/// How long a connection to the sign-in service may take.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// How long one request may take in all. Whoever holds a lease for it counts on this.
pub const TOTAL_TIMEOUT: Duration = Duration::from_secs(20);

/// How the sign-in service is reached; validated by the settings of the program.
#[derive(Debug, Clone)]
pub struct SignInSettings {
    /// Where it is: [`AUTH_BASE_URL`], or what stands in for it.
    pub auth_base_url: Url,
    /// Who we are to it: [`CODEX_CLIENT_ID`], the only client of its kind that it knows.
    pub oauth_client_id: String,
    /// Our own name and version.
    pub user_agent: String,
    /// Until a connection stands: [`CONNECT_TIMEOUT`]. Shorter than the total.
    pub connect_timeout: Duration,
    /// From the first byte sent to the last one received: [`TOTAL_TIMEOUT`].
    pub total_timeout: Duration,
}

/// The sign-in service.
#[derive(Debug)]
pub struct SignIn {
    settings: SignInSettings,
    clock: Clock,
    clients: Clients,
}

/// Tokens just bought. Store them before the AccessToken is used.
#[derive(Debug, Clone)]
pub struct FreshTokens {
    /// The AccessToken.
    pub access_token: SecretString,
    /// The RefreshToken from now on; none means that the old one stays good.
    pub refresh_token: Option<SecretString>,
    /// When the AccessToken ends, in Unix seconds, if anything tells.
    pub expires_at: Option<u64>,
    /// What the AccessToken says about itself.
    pub claims: Claims,
}

impl SignIn {
    /// Opens no connection yet.
    pub fn new(settings: SignInSettings, clock: Clock) -> Self {
        Self {
            clients: Clients::for_single_requests(
                settings.user_agent.clone(),
                settings.connect_timeout,
            ),
            settings,
            clock,
        }
    }

    /// Asks that a RefreshToken be good no more; says whether the service has agreed.
    ///
    /// Best effort: the account is forgotten here whether it works or not.
    pub async fn revoke(&self, grant: &RefreshGrant) -> bool {
        let body = json!({
            "token": grant.token.expose_secret(),
            "token_type_hint": "refresh_token",
            "client_id": self.client_id(grant.family),
        });
        let address = self.address("/oauth/revoke");
        let answer = self.post_json(&grant.egress, address, &body).await;
        answer.is_ok_and(|answer| answer.is_success())
    }

    /// The OAuth client to be for a token of this family.
    fn client_id(&self, family: Option<RefreshFamily>) -> &str {
        match family {
            Some(RefreshFamily::Mobile) => chatgpt::token_kind::MOBILE_CLIENT_ID,
            Some(RefreshFamily::Codex) | None => &self.settings.oauth_client_id,
        }
    }

    /// The address of a path of the sign-in service.
    fn address(&self, path: &str) -> Url {
        address(&self.settings.auth_base_url, path)
    }

    /// The tokens of an answer, if it holds an AccessToken.
    fn fresh_tokens(&self, answer: TokenAnswer) -> Option<FreshTokens> {
        let access_token = answer.access_token?;
        let claims = claims(&access_token).unwrap_or_default();
        let counted = || Some(self.clock.since_epoch().as_secs() + answer.expires_in?);
        Some(FreshTokens {
            expires_at: claims.expires_at.or_else(counted),
            claims,
            access_token: access_token.into(),
            refresh_token: answer.refresh_token.map(SecretString::from),
        })
    }
}

/// The address of a path below a base.
fn address(base: &Url, path: &str) -> Url {
    let mut address = base.clone();
    let below = format!("{}{path}", base.path().trim_end_matches('/'));
    address.set_path(&below);
    address
}
