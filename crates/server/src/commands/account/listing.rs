//! `flowgpt account list`: all accounts, and how they are.

use accounts::{AccountView, Health};
use admin::Window;
use chatgpt::limits::QuotaWindow;
use serde_json::{Value, json};

use super::Beside;
use crate::commands::shown;

pub(super) fn list(beside: &Beside, is_json: bool) {
    let accounts = beside.services.pool.accounts();
    if is_json {
        let accounts: Vec<Value> = accounts.iter().map(as_json).collect();
        return shown::json(&json!({"total": accounts.len(), "accounts": accounts}));
    }
    let now = beside.clock.since_epoch().as_secs();
    let row = |it: &AccountView| {
        vec![
            it.label.clone(),
            plan_or_server(it),
            state(it, now),
            used(it, now),
            it.access_expires_at
                .map_or_else(String::new, |at| shown::left(at, now)),
            it.egress.clone(),
            it.source.clone(),
            it.id.to_string(),
        ]
    };
    let rows = accounts.iter().map(row).collect();
    let head = [
        "account",
        "plan or server",
        "state",
        "codex limits",
        "token ends in",
        "egress",
        "source",
        "id",
    ];
    shown::table(
        &head,
        rows,
        "There is no account; `flowgpt account add` takes one in.",
    );
}

/// What tells people what an account can do.
fn plan_or_server(account: &AccountView) -> String {
    let known = account.base_url.clone().or_else(|| account.plan.clone());
    known.unwrap_or_default()
}

/// How an account is, with the reason and what it has used up.
fn state(account: &AccountView, now: u64) -> String {
    let mut state = word(account).replace('_', " ");
    if let Some(reason) = account.health.reason() {
        state = format!("{state}: {reason}");
    }
    for it in &account.cool_downs {
        state = format!("{state}\n{} for {}", it.scope, shown::left(it.until, now));
    }
    state
}

/// How much of its spans of time is used, and how long ago that was said.
fn used(account: &AccountView, now: u64) -> String {
    let lines = account.windows.iter().map(|it| {
        let ago = now.saturating_sub(it.as_of);
        let ago = format!("{} ago", shown::span(ago));
        match it.window.resets_at {
            Some(at) if at <= now => format!("{}: begun anew since ({ago})", name(&it.window)),
            Some(at) => {
                let left = shown::left(at, now);
                format!("{}, anew in {left} ({ago})", usage(&it.window))
            }
            None => format!("{} ({ago})", usage(&it.window)),
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// How much of a span of time is used.
pub(super) fn usage(window: &QuotaWindow) -> String {
    format!("{}: {} % used", name(window), window.used_percent)
}

/// A span of time by its length, and by upstream's word where that is not one of all models'.
fn name(window: &QuotaWindow) -> String {
    let long = window.minutes.map(|it| shown::span(it.saturating_mul(60)));
    match (long, window.name.as_str()) {
        (Some(long), "primary" | "secondary") => long,
        (Some(long), name) => format!("{name}, {long}"),
        (None, name) => name.to_owned(),
    }
}

/// An account, with the names of the admin API. Who owns it and what runs on it are left out:
/// the one is personal, and the other is known only to the program that serves.
fn as_json(account: &AccountView) -> Value {
    let limits = account
        .cool_downs
        .iter()
        .map(|it| json!({"scope": it.scope.to_string(), "until": it.until, "source": it.source}));
    json!({
        "id": account.id.to_string(),
        "label": account.label,
        "source": account.source,
        "plan": account.plan,
        "workspace": account.workspace,
        "base_url": account.base_url,
        "state": word(account),
        "health": account.health.word(),
        "reason": account.health.reason(),
        "health_since": account.health_since,
        "is_disabled": account.is_disabled,
        "is_usable": account.is_usable,
        "is_shared": account.is_shared,
        "limits": limits.collect::<Vec<_>>(),
        "windows": account.windows.iter().map(Window::from).collect::<Vec<_>>(),
        "max_in_use": account.max_in_use,
        "egress": account.egress,
        "device_id": account.device_id.to_string(),
        "access_expires_at": account.access_expires_at,
        "can_refresh": account.can_refresh,
        "refreshed_at": account.refreshed_at,
        "checked_at": account.checked_at,
        "created_at": account.created_at,
    })
}

/// One word for how an account is, the operator's own first.
fn word(account: &AccountView) -> &'static str {
    if account.is_disabled {
        "disabled"
    } else if account.health == Health::Healthy && !account.cool_downs.is_empty() {
        "limited"
    } else {
        account.health.word()
    }
}
