//! Why a person's sign-in came to nothing, in words for that person.
//!
//! Shown by the admin page and by the command line; holds no code and no token.

use std::time::Duration;

use chatgpt::sign_in::Refusal;

use super::exchange::{Answer, NoAnswer};
use crate::egress::Egress;

/// A sign-in without tokens.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignInError {
    /// What was pasted holds no answer to a sign-in.
    #[error(
        "this is not the address the browser ended on; copy all of it, with its code and state"
    )]
    NotACallback,
    /// The address answers somebody else's sign-in, or an earlier one.
    #[error("this address belongs to another sign-in; begin again and copy the new one")]
    OtherSignIn,
    /// The person said no.
    #[error("the sign-in was declined (access_denied); begin again and allow it")]
    Declined,
    /// The sign-in service broke the sign-in off, for reasons of its own.
    #[error("the sign-in service ended the sign-in; begin again")]
    Ended,
    /// The code is used up, too old, or not ours.
    #[error("the sign-in service does not accept the code of this sign-in any more; begin again")]
    CodeNotAccepted,
    /// The sign-in service does not know who we are.
    #[error(
        "the sign-in service does not accept the OAuth client; check the client id in the settings"
    )]
    ClientNotAccepted,
    /// There are no codes for other devices.
    #[error(
        "the sign-in service gives no codes for other devices; allow them in ChatGPT's security \
         settings, or sign in with the browser"
    )]
    NoDeviceCodes,
    /// The answer is none of those expected.
    #[error(
        "the sign-in service did not answer as it should (status {status}, egress \
         \"{egress}\"); try again, and use another network or proxy if that lasts"
    )]
    Unavailable {
        /// The status of the answer.
        status: u16,
        /// The way out, without credentials.
        egress: String,
        /// How long it asks us to wait.
        retry_after: Option<Duration>,
    },
    /// Nothing was sent.
    #[error("{0}")]
    Unreachable(String),
    /// The answer was lost, and a code that it answered may be spent.
    #[error(
        "the connection to the sign-in service broke (egress \"{0}\"); begin the sign-in again"
    )]
    Lost(String),
}

impl SignInError {
    pub(super) fn no_answer(lost: &NoAnswer, egress: &Egress) -> Self {
        if lost.may_have_arrived() {
            Self::Lost(egress.to_string())
        } else {
            Self::Unreachable(lost.why_unsent(egress))
        }
    }

    /// The error for an answer that is not what it should be.
    pub(super) fn refused(answer: &Answer, egress: &Egress) -> Self {
        let is_worded = matches!(answer.status, 400 | 401 | 403) && !answer.is_page();
        let refusal = is_worded.then(|| Refusal::read(&answer.body)).flatten();
        let Some(refusal) = refusal else {
            return Self::Unavailable {
                status: answer.status,
                egress: egress.to_string(),
                retry_after: answer.retry_after,
            };
        };
        match refusal.code.as_deref() {
            Some("access_denied") => Self::Declined,
            Some("invalid_client" | "unauthorized_client") => Self::ClientNotAccepted,
            _ => Self::CodeNotAccepted,
        }
    }
}
