//! How an account is: whether it can be asked, and what its owner has to do if not.

use std::fmt;

use upstream::ChallengeKind;

/// How an account is. Limits are apart: they pass by themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Health {
    /// It can be asked.
    Healthy,
    /// Its tokens cannot be renewed, for this reason; what is left of its AccessToken still
    /// serves.
    NeedsSignIn(String),
    /// Upstream asked for something only a browser or a person can give. It is asked again
    /// only when nobody else can be, one request at a time.
    NeedsAttention(String),
    /// It, or its workspace, is gone.
    Deactivated,
    /// Its stored tokens cannot be read.
    Locked,
}

impl Health {
    /// The word in lists, records and the API.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::NeedsSignIn(_) => "needs_sign_in",
            Self::NeedsAttention(_) => "needs_attention",
            Self::Deactivated => "deactivated",
            Self::Locked => "locked",
        }
    }

    /// Why it is so, and what to do.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Healthy => None,
            Self::NeedsSignIn(reason) | Self::NeedsAttention(reason) => Some(reason),
            Self::Deactivated => Some("ChatGPT says that the account or its workspace is gone"),
            Self::Locked => {
                Some("its stored tokens cannot be read; sign it in again, or restore a backup")
            }
        }
    }

    /// The state that is written down as `word`.
    pub(crate) fn read(word: &str, reason: Option<String>) -> Self {
        let reason = reason.unwrap_or_default();
        match word {
            "needs_sign_in" => Self::NeedsSignIn(reason),
            "needs_attention" => Self::NeedsAttention(reason),
            "deactivated" => Self::Deactivated,
            "locked" => Self::Locked,
            _ => Self::Healthy,
        }
    }

    pub(crate) fn challenged(kind: ChallengeKind) -> Self {
        Self::NeedsAttention(format!(
            "ChatGPT asked for a check ({}); open chatgpt.com with this account, then mark it \
             healthy",
            kind.name()
        ))
    }
}

impl fmt::Display for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

#[cfg(test)]
mod tests {
    use super::Health;

    #[test]
    fn every_state_is_read_as_it_is_written() {
        for health in [
            Health::Healthy,
            Health::NeedsSignIn("spent".into()),
            Health::NeedsAttention("turnstile".into()),
            Health::Deactivated,
            Health::Locked,
        ] {
            let reason = health.reason().map(str::to_owned);
            assert_eq!(Health::read(health.word(), reason), health);
        }
    }
}
