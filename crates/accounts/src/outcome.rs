//! What came of an attempt, and what it says about the account.
//!
//! Reported to a lease, and learned from when the lease is dropped.

use upstream::{ChallengeKind, Failure, FailureKind};

use crate::scope::Scope;

/// What came of an attempt.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Outcome {
    /// Nothing that says anything about the account.
    #[default]
    Unknown,
    /// Something is used up: until then, in unix seconds, if upstream said so.
    Limited(Scope, Option<u64>),
    /// Upstream does not accept the AccessToken.
    TokenRejected,
    /// Upstream asked for a check.
    Challenged(ChallengeKind),
    /// The account or its workspace is gone.
    Deactivated,
}

impl Outcome {
    /// What a failure says about the account. `model` is what was asked for, if anything was.
    pub fn of_failure(failure: &Failure, model: &str, now: u64) -> Self {
        let until =
            |wait: Option<std::time::Duration>| wait.map(|wait| now.saturating_add(wait.as_secs()));
        match &failure.kind {
            FailureKind::RateLimited(wait) if !model.is_empty() => {
                Self::Limited(Scope::Model(model.to_owned()), until(*wait))
            }
            // Without a stated end it may be about this one file.
            FailureKind::FeatureLimited(feature, wait @ Some(_)) => {
                Self::Limited(Scope::Feature((*feature).to_owned()), until(*wait))
            }
            FailureKind::Unauthorized => Self::TokenRejected,
            FailureKind::Challenge(challenge) => Self::Challenged(challenge.kind),
            FailureKind::Deactivated => Self::Deactivated,
            _ => Self::Unknown,
        }
    }
}
