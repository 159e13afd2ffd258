//! How much of its plan an account has used: in the headers of every reply, in `wham/usage`, and as
//! a refusal when there is nothing left.

use std::time::Duration;

use axum::response::Response;
use http::header::HeaderName;
use http::{HeaderValue, StatusCode};
use serde_json::{Value, json};

use crate::ids;
use crate::reply::Reply;
use crate::responses::faults::usage_limit;
use crate::simulator::State;
use crate::timestamps::since_epoch;
use crate::tokens::Caller;

/// What a token names if its account has used up Codex.
pub(crate) const NAME: &str = "codex";

/// How much of its plan an account has used, as the owner of a simulator sets it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CodexUsage {
    /// How much of the shorter window is used, in percent; at 100 requests are refused.
    pub primary_percent: f64,
    /// How long until the shorter window begins again.
    pub primary_resets_in: Duration,
    /// The same of the longer window.
    pub secondary_percent: f64,
    /// How long until the longer window begins again.
    pub secondary_resets_in: Duration,
}

impl Default for CodexUsage {
    fn default() -> Self {
        Self {
            primary_percent: 12.0,
            primary_resets_in: Duration::from_mins(200),
            secondary_percent: 3.0,
            secondary_resets_in: Duration::from_hours(5 * 24),
        }
    }
}

/// One of the two windows at a moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Window {
    percent: f64,
    minutes: u64,
    /// Seconds since 1970.
    resets_at: u64,
    resets_in: u64,
}

/// Both windows of an account.
struct Windows {
    primary: Window,
    secondary: Window,
}

impl Windows {
    /// The windows as they are now. What was set is over when its time has come.
    fn of(state: &State, caller: &Caller) -> Self {
        let now = since_epoch(state.now()).as_secs();
        let (set_at, mut usage) = state
            .codex_usage(&caller.account.id)
            .unwrap_or_else(|| (now, CodexUsage::default()));
        if let Some(end) = caller.limits.end_of(NAME) {
            usage.primary_percent = 100.0;
            usage.primary_resets_in = Duration::from_secs(end.saturating_sub(set_at));
        }
        let is_free = matches!(caller.account.plan.as_str(), "free" | "go");
        let window = |percent: f64, lasts: Duration, minutes: u64| {
            let end = set_at + lasts.as_secs();
            let is_over = end <= now;
            let resets_at = if is_over { now + minutes * 60 } else { end };
            Window {
                percent: if is_over { 0.0 } else { percent },
                minutes,
                resets_at,
                resets_in: resets_at - now,
            }
        };
        let shorter = if is_free { 43_200 } else { 300 };
        Self {
            primary: window(usage.primary_percent, usage.primary_resets_in, shorter),
            secondary: window(usage.secondary_percent, usage.secondary_resets_in, 10_080),
        }
    }

    /// The window that is full, if one is.
    fn full(&self) -> Option<Window> {
        let windows = [self.secondary, self.primary];
        windows.into_iter().find(|window| window.percent >= 100.0)
    }
}

/// Refuses one who has nothing left.
pub(super) fn refuse(state: &State, caller: &Caller) -> Result<(), Reply> {
    let Some(window) = Windows::of(state, caller).full() else {
        return Ok(());
    };
    let now = since_epoch(state.now()).as_secs();
    let (plan, lasts) = (&caller.account.plan, window.resets_in);
    Err(usage_limit(StatusCode::TOO_MANY_REQUESTS, plan, now, lasts))
}

/// The tag of an account's list of models.
pub(super) fn models_etag(caller: &Caller) -> String {
    format!(
        "W/\"{}\"",
        ids::hex(&["codex models", &caller.account.plan], 16)
    )
}

/// The same reply with the headers that every reply has.
pub(super) fn with_headers(mut reply: Response, state: &State, caller: &Caller) -> Response {
    let windows = Windows::of(state, caller);
    for (name, window) in [
        ("primary", windows.primary),
        ("secondary", windows.secondary),
    ] {
        set(
            &mut reply,
            &format!("x-codex-{name}-used-percent"),
            &format!("{:.1}", window.percent),
        );
        set(
            &mut reply,
            &format!("x-codex-{name}-window-minutes"),
            &window.minutes.to_string(),
        );
        set(
            &mut reply,
            &format!("x-codex-{name}-reset-at"),
            &window.resets_at.to_string(),
        );
        let after = window.resets_in.to_string();
        set(
            &mut reply,
            &format!("x-codex-{name}-reset-after-seconds"),
            &after,
        );
    }
    for (name, value) in [
        ("x-codex-plan-type", caller.account.plan.as_str()),
        ("x-codex-active-limit", "premium"),
        ("x-codex-primary-over-secondary-limit-percent", "0"),
        ("x-codex-credits-has-credits", "False"),
        ("x-codex-credits-unlimited", "False"),
        ("x-codex-credits-balance", ""),
        ("x-models-etag", &models_etag(caller)),
    ] {
        set(&mut reply, name, value);
    }
    reply
}

/// Sets a header that is not there yet.
fn set(reply: &mut Response, name: &str, value: &str) {
    if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
        reply.headers_mut().entry(name).or_insert(value);
    }
}

/// What `wham/usage` says.
pub(super) fn usage(state: &State, caller: &Caller) -> Value {
    let windows = Windows::of(state, caller);
    let window = |window: Window| {
        json!({
            "used_percent": window.percent,
            "limit_window_seconds": window.minutes * 60,
            "reset_after_seconds": window.resets_in,
            "reset_at": window.resets_at,
        })
    };
    let is_full = windows.full().is_some();
    let reached = if is_full {
        json!({"type": "rate_limit_reached"})
    } else {
        Value::Null
    };
    json!({
        "user_id": caller.account.user_id,
        "account_id": caller.account.id,
        "email": caller.account.email,
        "plan_type": caller.account.plan,
        "rate_limit": {
            "allowed": !is_full,
            "limit_reached": is_full,
            "primary_window": window(windows.primary),
            "secondary_window": window(windows.secondary),
        },
        "code_review_rate_limit": null,
        "additional_rate_limits": null,
        "credits": {"has_credits": false, "unlimited": false, "balance": "0"},
        "rate_limit_reset_credits": {"available_count": 0},
        "rate_limit_reached_type": reached,
    })
}
