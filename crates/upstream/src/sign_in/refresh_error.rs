//! What a refresh that brought no AccessToken means for the RefreshToken.
//!
//! One table. An account is given up only for an explicit word of the sign-in service, in
//! JSON; pages, limits and breakdowns pass. Read by `accounts`.

use std::time::Duration;

use chatgpt::sign_in::Refusal;
use chatgpt::token_kind::RefreshFamily;
use secrecy::SecretString;

use super::exchange::Answer;
use super::refresh::RefreshGrant;
use crate::egress::Egress;

/// Words that say that a RefreshToken is good no more, and why.
const PERMANENT: [(&str, &str); 4] = [
    (
        "invalid_grant",
        "the sign-in service does not accept the RefreshToken any more",
    ),
    (
        "access_denied",
        "the sign-in service denies the account access",
    ),
    (
        "refresh_token_expired",
        "the RefreshToken has not been used for too long",
    ),
    (
        "refresh_token_invalidated",
        "the RefreshToken was revoked, by a sign-out or a new password",
    ),
];

/// A refresh without an AccessToken.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{message}")]
pub struct RefreshError {
    /// What it means for the RefreshToken.
    pub class: RefreshClass,
    /// What happened and what the owner must do; holds no token.
    pub message: String,
    /// The status of the answer, if there was one: 429 is a limit on the whole way out.
    pub status: Option<u16>,
    /// A RefreshToken that came without an AccessToken: it takes the place of the one sent.
    pub rotated: Option<SecretString>,
}

/// What a failed refresh means for the RefreshToken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefreshClass {
    /// It is good no more, for this reason of the sign-in service's.
    Permanent(&'static str),
    /// It is spent. If the stored one is another by now, somebody was faster.
    Reused,
    /// It stays good; try later, and not before this long if stated.
    Transient {
        /// How long the sign-in service asks us to wait.
        retry_after: Option<Duration>,
    },
    /// It stays good: nothing was sent.
    Unsent,
    /// It may be spent: it may have arrived, and no whole answer came back.
    Ambiguous,
}

impl RefreshError {
    /// The error for an answer that is not the tokens it should be.
    pub(super) fn refused(answer: &Answer, grant: &RefreshGrant) -> Self {
        let is_worded = matches!(answer.status, 400 | 401 | 403) && !answer.is_page();
        let refusal = is_worded.then(|| Refusal::read(&answer.body)).flatten();
        let (class, message) = match refusal {
            Some(refusal) => worded(answer, grant, refusal.code.as_deref()),
            None => passing(answer, &wordless(answer), &grant.egress),
        };
        Self {
            status: Some(answer.status),
            ..Self::new(class, message)
        }
    }

    /// The error for a request that never left.
    pub(super) fn unsent(message: String) -> Self {
        Self::new(RefreshClass::Unsent, message)
    }

    /// The error for a request whose fate is unknown.
    pub(super) fn ambiguous(egress: &Egress) -> Self {
        let message = format!(
            "the connection to the sign-in service broke before its answer was whole (egress \
             \"{egress}\"), so the RefreshToken may be spent; it is tried once more after a \
             while, and if that fails, sign in again"
        );
        Self::new(RefreshClass::Ambiguous, message)
    }

    fn new(class: RefreshClass, message: String) -> Self {
        Self {
            class,
            message,
            status: None,
            rotated: None,
        }
    }
}

/// The meaning of a refusal in JSON.
fn worded(answer: &Answer, grant: &RefreshGrant, code: Option<&str>) -> (RefreshClass, String) {
    let egress = &grant.egress;
    let known = PERMANENT.iter().find(|(word, _)| Some(*word) == code);
    if let Some((word, why)) = known {
        let message = format!("{why} ({word}); {}", sign_in_again(grant.family));
        return (RefreshClass::Permanent(word), message);
    }
    match code {
        Some("refresh_token_reused") => (
            RefreshClass::Reused,
            "the RefreshToken was spent by another program (refresh_token_reused); stop that \
             program using this account, and sign in again"
                .to_owned(),
        ),
        // These are about us and not about the token, which stays as good as it was.
        Some(word @ ("invalid_client" | "unauthorized_client")) => {
            let what = format!(
                "the sign-in service does not accept the OAuth client ({word}); check the \
                 client id in the settings, and which client the RefreshToken was made for"
            );
            passing(answer, &what, egress)
        }
        Some("unsupported_country_region_territory") => {
            let what = "the sign-in service does not serve the place it is asked from; give \
                        the account another proxy";
            passing(answer, what, egress)
        }
        _ if answer.status == 401 => {
            let message = format!(
                "the sign-in service does not accept the RefreshToken (status 401); {}",
                sign_in_again(grant.family)
            );
            (RefreshClass::Permanent("unauthorized"), message)
        }
        _ => passing(answer, &wordless(answer), egress),
    }
}

fn passing(answer: &Answer, what: &str, egress: &Egress) -> (RefreshClass, String) {
    let class = RefreshClass::Transient {
        retry_after: answer.retry_after,
    };
    (class, format!("{what} (egress \"{egress}\")"))
}

/// What an answer is that has no word for what is wrong.
fn wordless(answer: &Answer) -> String {
    let status = answer.status;
    let what = match status {
        _ if answer.is_page() => {
            "answered with a page for browsers instead of tokens; it is asked again later, and \
             if that lasts, use another network or proxy"
        }
        429 => "asks us to wait; it is asked again later",
        200..300 => "answered without an AccessToken; it is asked again later",
        _ => "failed; it is asked again later",
    };
    format!("the sign-in service {what} (status {status})")
}

fn sign_in_again(family: Option<RefreshFamily>) -> &'static str {
    match family {
        Some(_) => "sign in again with this account",
        None => {
            "sign in again with this account, or import the token again and say which client \
             it was made for"
        }
    }
}
