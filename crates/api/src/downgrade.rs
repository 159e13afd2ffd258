//! `MODEL_DOWNGRADE`: what to do when another model answers than was asked for.
//!
//! Told by comparing names, never prevented by tricks. Called where attempts are made.

use upstream::{Failure, FailureKind, Retry};

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DowngradePolicy {
    /// Answer, and say so in a header.
    Warn,
    /// Ask another account; without another one, fail.
    Retry,
    /// Fail.
    Fail,
}

impl DowngradePolicy {
    /// Whether an answer by `served` is let through.
    pub(crate) fn judge(self, asked: &str, served: &str) -> Result<(), Failure> {
        tracing::warn!(
            model.asked = asked,
            model.served = served,
            "another model answers than was asked for"
        );
        let retry = match self {
            Self::Warn => return Ok(()),
            Self::Retry => Retry::OtherAccount,
            Self::Fail => Retry::Never,
        };
        let message = format!(
            "ChatGPT answered with the model \"{served}\" instead of \"{asked}\"; MODEL_DOWNGRADE \
             says not to take that"
        );
        Err(Failure::new(FailureKind::Downgraded, retry, message))
    }
}
