//! Showing a token to upstream, once, and what the answer means for it.

use std::time::Duration;

use secrecy::SecretString;
use store::records::Claimed;
use upstream::sign_in::{RefreshClass, RefreshError, RefreshFamily, RefreshGrant, SessionGrant};
use upstream::{Failure, FailureKind};

use super::{Target, Work};
use crate::import::{CLIENT_CODEX, CLIENT_MOBILE, CLIENT_SESSION};

/// Tokens that were bought.
pub(super) struct Bought {
    pub(super) access: SecretString,
    pub(super) expires_at: Option<u64>,
    pub(super) refresh: Option<SecretString>,
    pub(super) client: Option<&'static str>,
}

/// Why nothing was bought.
pub(super) enum Lost {
    /// The token is good no more: spent by somebody who stored the next one, or the account
    /// has to be signed in again.
    Permanent(String),
    /// Try later. `is_sure` when the token is certainly not spent.
    Passing {
        message: String,
        wait: Option<Duration>,
        is_sure: bool,
        /// Whether the whole egress has to wait.
        is_limit: bool,
    },
    /// There is a new RefreshToken, and nothing else. Try that one later.
    Rotated {
        message: String,
        refresh: SecretString,
    },
}

impl Work {
    pub(super) async fn buy(&self, target: &Target, claimed: &Claimed) -> Result<Bought, Lost> {
        let client = claimed.client.as_deref();
        if client == Some(CLIENT_SESSION) {
            return self.show_session(target, &claimed.refresh).await;
        }
        let grant = RefreshGrant {
            token: claimed.refresh.clone(),
            family: match client {
                Some(CLIENT_MOBILE) => Some(RefreshFamily::Mobile),
                Some(CLIENT_CODEX) => Some(RefreshFamily::Codex),
                _ => None,
            },
            egress: target.egress.clone(),
        };
        match self.sign_in.refresh(&grant).await {
            Ok(tokens) => Ok(Bought {
                access: tokens.access_token,
                expires_at: tokens.expires_at,
                refresh: tokens.refresh_token,
                client: None,
            }),
            Err(error) => Err(refused(error)),
        }
    }

    async fn show_session(&self, target: &Target, session: &SecretString) -> Result<Bought, Lost> {
        let grant = SessionGrant {
            session_token: session.clone(),
            base_url: self.base_url.clone(),
            label: target.label.clone(),
            egress: target.egress.clone(),
        };
        match self.sign_in.exchange_session(&grant).await {
            Ok(tokens) => Ok(Bought {
                access: tokens.access_token,
                expires_at: tokens.claims.expires_at,
                refresh: tokens.session_token,
                client: Some(CLIENT_SESSION),
            }),
            Err(failure) => Err(session_refused(failure)),
        }
    }
}

fn refused(error: RefreshError) -> Lost {
    let message = error.message;
    if let Some(refresh) = error.rotated {
        return Lost::Rotated { message, refresh };
    }
    let passing = |message, wait, is_sure, is_limit| Lost::Passing {
        message,
        wait,
        is_sure,
        is_limit,
    };
    match error.class {
        RefreshClass::Permanent(_) | RefreshClass::Reused => Lost::Permanent(message),
        RefreshClass::Transient { retry_after } => {
            passing(message, retry_after, true, error.status == Some(429))
        }
        RefreshClass::Unsent => passing(message, None, true, false),
        RefreshClass::Ambiguous => passing(message, None, false, false),
    }
}

fn session_refused(failure: Failure) -> Lost {
    let (wait, is_limit) = match failure.kind {
        FailureKind::Unauthorized => return Lost::Permanent(failure.message),
        FailureKind::RateLimited(wait) => (wait, true),
        _ => (None, false),
    };
    Lost::Passing {
        message: failure.message,
        wait,
        // A session may be shown more than once.
        is_sure: true,
        is_limit,
    }
}
