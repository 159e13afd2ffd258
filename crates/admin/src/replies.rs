//! What the JSON routes answer. The types of the pages in `ui/` are written from these.
//!
//! Only shapes; each is filled where its route is.

#![expect(
    clippy::struct_excessive_bools,
    clippy::struct_field_names,
    reason = "they are the members of JSON objects, and are read one by one"
)]

use accounts::KnownWindow;
use serde::Serialize;
use store::records::UsageRow as StoredUsage;
#[cfg(test)]
use ts_rs::TS;

#[cfg(test)]
mod ui_types;

/// An account, without its tokens.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(TS))]
pub(crate) struct Account {
    pub(crate) id: String,
    pub(crate) label: String,
    pub(crate) source: String,
    pub(crate) plan: Option<String>,
    pub(crate) workspace: Option<String>,
    pub(crate) base_url: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) name: Option<String>,
    #[cfg_attr(test, ts(type = "AccountState"))]
    pub(crate) state: &'static str,
    #[cfg_attr(test, ts(type = "AccountState"))]
    pub(crate) health: &'static str,
    pub(crate) reason: Option<String>,
    pub(crate) health_since: i64,
    pub(crate) is_disabled: bool,
    pub(crate) is_usable: bool,
    pub(crate) is_shared: bool,
    pub(crate) limits: Vec<Limit>,
    pub(crate) windows: Vec<Window>,
    pub(crate) in_use: u32,
    pub(crate) max_in_use: Option<u32>,
    pub(crate) egress: String,
    pub(crate) device_id: String,
    pub(crate) access_expires_at: Option<u64>,
    pub(crate) can_refresh: bool,
    pub(crate) refreshed_at: Option<i64>,
    pub(crate) checked_at: Option<i64>,
    pub(crate) created_at: i64,
    pub(crate) last_used_at: Option<i64>,
    pub(crate) last_error: Option<LastError>,
    pub(crate) seeds: i64,
}

/// Something an account may not do for a while.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(TS))]
pub(crate) struct Limit {
    pub(crate) scope: String,
    pub(crate) until: u64,
    pub(crate) source: &'static str,
}

/// A span of time in which so much of an account may be used.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(TS))]
pub struct Window {
    name: String,
    used_percent: u8,
    window_seconds: Option<u64>,
    resets_at: Option<u64>,
    as_of: u64,
    #[cfg_attr(test, ts(type = "\"answer\" | \"check\""))]
    source: &'static str,
}

impl From<&KnownWindow> for Window {
    fn from(it: &KnownWindow) -> Self {
        Self {
            name: it.window.name.clone(),
            used_percent: it.window.used_percent,
            window_seconds: it.window.minutes.map(|it| it.saturating_mul(60)),
            resets_at: it.window.resets_at,
            as_of: it.as_of,
            source: it.source.word(),
        }
    }
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(TS))]
pub(crate) struct LastError {
    pub(crate) code: String,
    pub(crate) at: i64,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(TS))]
pub(crate) struct AccountPage {
    pub(crate) total: usize,
    pub(crate) accounts: Vec<Account>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(TS))]
pub(crate) struct Overview {
    pub(crate) version: &'static str,
    pub(crate) api_base: String,
    pub(crate) database: &'static str,
    pub(crate) accounts: AccountCounts,
    pub(crate) requests_in_use: usize,
    pub(crate) requests_waiting: usize,
    pub(crate) today: UsageSum,
    pub(crate) yesterday: UsageSum,
    pub(crate) hours: Vec<Hour>,
    pub(crate) first_text_ms: Option<i64>,
    pub(crate) capacity: Vec<Capacity>,
    pub(crate) warnings: Vec<String>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(TS))]
pub(crate) struct AccountCounts {
    pub(crate) total: usize,
    pub(crate) usable: usize,
    #[cfg_attr(test, ts(type = "Partial<Record<AccountState, number>>"))]
    pub(crate) by_state: std::collections::BTreeMap<&'static str, usize>,
}

/// What was used.
#[derive(Debug, Default, Serialize)]
#[cfg_attr(test, derive(TS))]
pub(crate) struct UsageSum {
    requests: i64,
    failures: i64,
    prompt_tokens: i64,
    completion_tokens: i64,
}

impl From<&StoredUsage> for UsageSum {
    fn from(it: &StoredUsage) -> Self {
        Self {
            requests: it.requests,
            failures: it.failures,
            prompt_tokens: it.prompt_tokens,
            completion_tokens: it.completion_tokens,
        }
    }
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(TS))]
pub(crate) struct Hour {
    pub(crate) hour: i64,
    pub(crate) requests: i64,
    pub(crate) failures: i64,
}

/// What is left of a span of time, over the accounts that told.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(TS))]
pub(crate) struct Capacity {
    pub(crate) name: String,
    pub(crate) remaining_percent: u64,
    pub(crate) accounts: u64,
    /// The oldest word of it that was counted.
    pub(crate) as_of: u64,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(TS))]
pub(crate) struct UsageRow {
    pub(crate) name: String,
    #[serde(flatten)]
    pub(crate) sum: UsageSum,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(TS))]
pub(crate) struct RequestRow {
    pub(crate) id: String,
    pub(crate) at: i64,
    pub(crate) key_id: Option<String>,
    pub(crate) account_id: Option<String>,
    pub(crate) driver: Option<String>,
    pub(crate) route: String,
    pub(crate) model: Option<String>,
    pub(crate) status: i64,
    pub(crate) code: Option<String>,
    pub(crate) prompt_tokens: Option<i64>,
    pub(crate) completion_tokens: Option<i64>,
    pub(crate) first_text_ms: Option<i64>,
    pub(crate) duration_ms: i64,
    pub(crate) attempts: i64,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(TS))]
pub(crate) struct Key {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) hint: String,
    #[cfg_attr(test, ts(type = "Policy"))]
    pub(crate) policy: accounts::KeyPolicy,
    pub(crate) is_disabled: bool,
    pub(crate) created_at: i64,
    pub(crate) expires_at: Option<i64>,
    /// Until when the value it had before it was rotated opens too.
    pub(crate) previous_until: Option<i64>,
    /// Only in the reply that makes or rotates it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub(crate) key: Option<String>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(TS))]
pub(crate) struct Seed {
    pub(crate) id: String,
    pub(crate) seed: String,
    pub(crate) account_id: String,
    pub(crate) account: Option<String>,
    pub(crate) created_at: i64,
    pub(crate) rebound_at: Option<i64>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(TS))]
pub(crate) struct AuditEntry {
    pub(crate) id: i64,
    pub(crate) at: i64,
    pub(crate) actor: String,
    pub(crate) action: String,
    pub(crate) subject: Option<String>,
    pub(crate) detail: Option<String>,
}

/// A setting as it is in effect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(TS))]
pub struct EffectiveSetting {
    /// Its name.
    pub name: &'static str,
    /// Its value; of a secret, whether there is one.
    pub value: String,
    /// Who set it.
    pub origin: String,
    /// What holds when nobody does; empty for nothing.
    pub default: &'static str,
    /// What it does.
    pub help: &'static str,
    /// What it belongs to.
    pub group: &'static str,
    /// Whether its value is never shown.
    pub is_secret: bool,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(TS))]
pub(crate) struct AdminSession {
    pub(crate) actor: &'static str,
    pub(crate) has_second_factor: bool,
    pub(crate) password_is_given_by_settings: bool,
}
