//! `flowgpt account list`: all accounts, and how they are.

use accounts::{AccountView, Health};
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
            it.plan.clone().unwrap_or_default(),
            state(it, now),
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
        "plan",
        "state",
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
        "state": word(account),
        "health": account.health.word(),
        "reason": account.health.reason(),
        "health_since": account.health_since,
        "is_disabled": account.is_disabled,
        "is_usable": account.is_usable,
        "is_shared": account.is_shared,
        "limits": limits.collect::<Vec<_>>(),
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
