//! What one account shows upstream, and the identity that goes with it.
//!
//! Nothing outside this crate can read the token back. Made by `accounts`.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// An account's AccessToken, its workspace, and its stable device id.
#[derive(Clone)]
pub struct Credential {
    token: SecretString,
    account_id: Option<String>,
    expires_at: Option<u64>,
    label: String,
    key: [u8; 16],
    device_id: Uuid,
}

/// Why a text is not a usable AccessToken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CredentialError {
    /// Not a JWT, nor an opaque relay token.
    #[error("this is not an AccessToken (a JWT that begins with eyJ, or fk-… for a relay)")]
    NotAnAccessToken,
    /// A kind of token that must be exchanged first.
    #[error(
        "this looks like a RefreshToken or session token; send the AccessToken that \
         chatgpt.com/api/auth/session shows"
    )]
    NeedsExchange,
}

impl Credential {
    /// Reads `token`, or `token,account_id`; `label` names the account in messages.
    pub fn parse(text: &str, label: impl Into<String>) -> Result<Self, CredentialError> {
        let (token, account_id) = match text.split_once(',') {
            Some((token, account)) => (token.trim(), Some(account.trim().to_owned())),
            None => (text.trim(), None),
        };
        let claims = chatgpt::access_token::claims(token);
        if claims.is_none() && !token.starts_with("fk-") {
            let needs_exchange = token.starts_with("rt_")
                || token.starts_with("rt.")
                || token.starts_with("sess-")
                || token.len() == 45;
            return Err(if needs_exchange {
                CredentialError::NeedsExchange
            } else {
                CredentialError::NotAnAccessToken
            });
        }
        let claims = claims.unwrap_or_default();
        let account_id = account_id.filter(|id| !id.is_empty());
        let workspace = account_id.as_deref().or(claims.account_id.as_deref());
        let key = match (&claims.user_id, workspace) {
            (None, None) => digest(&["token", token]),
            (user, account) => digest(&[
                "account",
                user.as_deref().unwrap_or_default(),
                account.unwrap_or_default(),
            ]),
        };
        let device: [u8; 16] = digest(&["device", &Uuid::from_bytes(key).to_string()]);
        Ok(Self {
            token: token.into(),
            account_id,
            expires_at: claims.expires_at,
            label: label.into(),
            key,
            device_id: uuid::Builder::from_custom_bytes(device).into_uuid(),
        })
    }

    /// The same account acting for another workspace.
    #[must_use]
    pub fn for_workspace(mut self, account_id: String) -> Self {
        self.account_id = Some(account_id);
        self
    }

    /// The account's name in messages and logs.
    pub fn label(&self) -> &str {
        &self.label
    }

    /// What tells this account from others, and nothing else.
    pub fn key(&self) -> [u8; 16] {
        self.key
    }

    /// What tells this very token, acting for this workspace, from every other.
    ///
    /// Claims are not verified here, so what upstream showed a token is remembered by
    /// this, and never by the account that the token claims to be.
    pub(crate) fn token_key(&self) -> [u8; 16] {
        let token = self.token.expose_secret();
        digest(&[
            "proven",
            token,
            self.account_id.as_deref().unwrap_or_default(),
        ])
    }

    /// Whether the token says that it has expired by `unix_seconds`.
    pub fn is_expired_at(&self, unix_seconds: u64) -> bool {
        self.expires_at.is_some_and(|at| at <= unix_seconds)
    }

    pub(crate) fn bearer(&self) -> String {
        format!("Bearer {}", self.token.expose_secret())
    }

    pub(crate) fn account_id(&self) -> Option<&str> {
        self.account_id.as_deref()
    }

    pub(crate) fn device_id(&self) -> String {
        self.device_id.to_string()
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Credential({})", self.label)
    }
}

fn digest(parts: &[&str]) -> [u8; 16] {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part);
    }
    let hash: [u8; 32] = hasher.finalize().into();
    let mut first = [0; 16];
    first.copy_from_slice(&hash[..16]);
    first
}
