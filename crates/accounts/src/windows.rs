//! What upstream said of the spans of time in which so much of an account may be used: how much
//! is used, when that was said, and in what.
//!
//! Shown to people; what it means for choosing an account is `quota`'s. Learned by `roster`.

use chatgpt::limits::QuotaWindow;
use store::records::{AccountId, StoredQuotaWindow};

use crate::scope::Scope;

/// What is known of one span of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownWindow {
    /// What was said.
    pub window: QuotaWindow,
    /// When, in unix seconds.
    pub as_of: u64,
    /// In what.
    pub source: WindowSource,
}

/// In what upstream said how much is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WindowSource {
    /// Beside the answer to somebody's request.
    Answer,
    /// In its report on the account, which was asked for.
    Check,
}

impl WindowSource {
    /// The word in lists, records and the API.
    pub fn word(self) -> &'static str {
        match self {
            Self::Answer => "answer",
            Self::Check => "check",
        }
    }
}

impl KnownWindow {
    /// What is remembered of it where an account is chosen.
    pub(crate) fn scope(&self) -> Scope {
        Scope::of_window(&self.window.name)
    }

    /// How many percent are left.
    pub(crate) fn remaining(&self) -> u64 {
        100_u64.saturating_sub(self.window.used_percent.into())
    }

    pub(crate) fn stored(&self, account: AccountId) -> StoredQuotaWindow {
        let signed = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        StoredQuotaWindow {
            account,
            name: self.window.name.clone(),
            used_percent: self.window.used_percent.into(),
            minutes: self.window.minutes.map(signed),
            resets_at: self.window.resets_at.map(signed),
            source: self.source.word().to_owned(),
            noted_at: signed(self.as_of),
        }
    }

    pub(crate) fn read(stored: StoredQuotaWindow) -> Self {
        let unsigned = |number: i64| u64::try_from(number).unwrap_or_default();
        Self {
            window: QuotaWindow {
                name: stored.name,
                used_percent: u8::try_from(stored.used_percent).unwrap_or(100),
                minutes: stored.minutes.map(unsigned),
                resets_at: stored.resets_at.map(unsigned),
            },
            as_of: unsigned(stored.noted_at),
            source: match stored.source.as_str() {
                "check" => WindowSource::Check,
                _ => WindowSource::Answer,
            },
        }
    }
}
