//! What can go wrong between us and upstream: whose fault it is and whether retry may help.
//!
//! Account rotation, status codes and logs all read this one type. How an HTTP answer
//! becomes a failure is in `http_answer`; how a failure becomes a reply is in `web`.

mod broken_answer;
mod fault;
mod http_answer;
mod in_stream;
mod platform_answer;
mod transport;

use std::time::Duration;

use chatgpt::upstream_error::UpstreamError;
use transcode::driver_kind::DriverKind;

pub(crate) use broken_answer::broken_answer;
pub(crate) use fault::{Backend, Said, codex_answer};
pub(crate) use http_answer::ErrorAnswer;
pub(crate) use in_stream::broken_stream;
pub(crate) use platform_answer::platform_answer;
pub(crate) use transport::transport_failure;

/// Something that went wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// What went wrong.
    pub kind: FailureKind,
    /// Whether trying again may help.
    pub retry: Retry,
    /// A sentence for the caller; holds no token, prompt or address.
    pub message: String,
    /// Upstream's own word for it.
    pub upstream_code: Option<String>,
    /// The status upstream answered with.
    pub upstream_status: Option<u16>,
}

/// What went wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FailureKind {
    /// The account's token is not accepted any more.
    Unauthorized,
    /// The account or its workspace is gone.
    Deactivated,
    /// Upstream demands something only a browser or a person can give.
    Challenge(Box<Challenge>),
    /// The account may not do this.
    Forbidden,
    /// Upstream does not serve this place.
    Region,
    /// The model does not exist for the account; these are alike.
    UnknownModel(Vec<String>),
    /// The conversation does not exist for the account.
    UnknownConversation,
    /// Something else was not found.
    NotFound,
    /// The prompt is too long.
    TooLong,
    /// Upstream does not understand the request.
    Rejected,
    /// Moderation refused the prompt.
    Moderated,
    /// The account has used up a limit, for this long if stated.
    RateLimited(Option<Duration>),
    /// The account has used up a feature, for this long if stated.
    FeatureLimited(&'static str, Option<Duration>),
    /// Upstream is overloaded, for this long if stated.
    Overloaded(Option<Duration>),
    /// Upstream failed.
    Upstream,
    /// No connection could be made.
    Unreachable,
    /// The connection is not secure.
    Tls,
    /// The proxy does not let us through.
    Proxy,
    /// Upstream did not begin to answer in time.
    Timeout,
    /// Upstream answered with something else than was asked for.
    BadContent,
    /// Upstream sends us elsewhere.
    Redirected,
    /// The answer stopped coming.
    Stalled,
    /// The answer ended before it was complete.
    Truncated,
    /// The answer was empty.
    Empty,
    /// The answer went to another channel.
    HandedOff,
    /// The answer has not the form that was asked for.
    BadForm,
    /// The answer was taken back after a part of it was sent.
    Rewritten,
    /// The part of a file that was asked for is not there.
    NoSuchRange,
    /// A file could not be given to upstream.
    FileUpload,
    /// Another model answers than was asked for, and the operator does not want that.
    Downgraded,
}

/// Whether trying again may help, before a byte went to the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// It will not.
    Never,
    /// With any account, this one included.
    AnyAccount,
    /// With another account only.
    OtherAccount,
}

/// A demand that this program does not meet, and where it was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge {
    /// What was demanded.
    pub kind: ChallengeKind,
    /// The account's label.
    pub account: String,
    /// The egress's name, without credentials.
    pub egress: String,
    /// What upstream was spoken to with.
    pub driver: DriverKind,
}

/// What was demanded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChallengeKind {
    /// A browser check.
    Turnstile,
    /// An older browser check.
    Arkose,
    /// Cloudflare's page.
    Cloudflare,
    /// A proof of work above the ceiling.
    ProofOfWork,
    /// A telephone number.
    PhoneVerification,
    /// Upstream finds the traffic unusual.
    UnusualActivity,
}

impl ChallengeKind {
    /// The word in headers, bodies and documents.
    pub fn name(self) -> &'static str {
        match self {
            Self::Turnstile => "turnstile",
            Self::Arkose => "arkose",
            Self::Cloudflare => "cloudflare",
            Self::ProofOfWork => "proof_of_work",
            Self::PhoneVerification => "phone_verification",
            Self::UnusualActivity => "unusual_activity",
        }
    }

    /// What this program does about it, and what the owner can do.
    fn advice(self) -> &'static str {
        match self {
            Self::Turnstile | Self::Arkose | Self::Cloudflare => {
                "This gateway does not solve browser checks. \
                 Open chatgpt.com with that account and try again later."
            }
            Self::ProofOfWork => "Set POW_DIFFICULTY lower to allow it, or try again later.",
            Self::PhoneVerification => "Open chatgpt.com with that account and do it there.",
            Self::UnusualActivity => {
                "This gateway stops here and tries no other account. \
                 Open chatgpt.com with that account and try again later."
            }
        }
    }

    /// What upstream asked for, as part of a sentence.
    fn demand(self) -> &'static str {
        match self {
            Self::Turnstile => "for a browser check (Turnstile)",
            Self::Arkose => "for a browser check (Arkose)",
            Self::Cloudflare => "for a browser check (Cloudflare)",
            Self::ProofOfWork => "for more proof of work than POW_DIFFICULTY allows",
            Self::PhoneVerification => "for a phone number to be verified",
            Self::UnusualActivity => "to stop for now, because of unusual activity",
        }
    }
}

impl Failure {
    /// A failure with a sentence for the caller.
    pub fn new(kind: FailureKind, retry: Retry, message: impl Into<String>) -> Self {
        Self {
            kind,
            retry,
            message: message.into(),
            upstream_code: None,
            upstream_status: None,
        }
    }

    /// The same failure with upstream's own words after ours, if they are fit to be passed on.
    pub(crate) fn quoting(mut self, said: &str) -> Self {
        self.message.push_str(&http_answer::quote(&UpstreamError {
            message: Some(said.to_owned()),
            ..UpstreamError::default()
        }));
        self
    }

    /// A challenge: never retried, never met.
    pub(crate) fn challenge(kind: ChallengeKind, at: &Place<'_>, detail: &str) -> Self {
        let Place {
            account,
            egress,
            driver,
        } = *at;
        let demand = kind.demand();
        let detail = if detail.is_empty() {
            String::new()
        } else {
            format!(" ({detail})")
        };
        let advice = kind.advice();
        let message = format!(
            "ChatGPT asked {demand}{detail} on account \"{account}\" via egress \"{egress}\". {advice}"
        );
        let challenge = Challenge {
            kind,
            account: account.to_owned(),
            egress: egress.to_owned(),
            driver,
        };
        Self::new(
            FailureKind::Challenge(Box::new(challenge)),
            Retry::Never,
            message,
        )
    }
}

/// Where a request was made: what a challenge must name.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) account: &'a str,
    pub(crate) egress: &'a str,
    pub(crate) driver: DriverKind,
}
