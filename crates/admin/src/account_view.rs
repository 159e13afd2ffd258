//! An account as the routes show it: what the pool knows of it, and how it was used last.

use std::collections::HashMap;

use accounts::AccountView;
use axum::Json;
use secrecy::{ExposeSecret, SecretString};
use store::records::{AccountId, LastUse};
use web::ApiError;

use crate::Admin;
use crate::accounts_list::{found, state};
use crate::body::stored;
use crate::replies::{Account, LastError, Limit, Window};

/// These accounts, without their tokens.
pub(crate) async fn shown(
    admin: &Admin,
    views: impl Iterator<Item = &AccountView> + Clone,
) -> Result<Vec<Account>, ApiError> {
    let ids: Vec<AccountId> = views.clone().map(|it| it.id).collect();
    let last = admin.parts.database.last_uses(&ids).await;
    let last = last.map_err(stored)?.into_iter();
    let mut by_id: HashMap<_, _> = last.map(|it| (it.account, it)).collect();
    Ok(views.map(|it| account(it, by_id.remove(&it.id))).collect())
}

/// The account of a path, as it is now.
pub(crate) async fn show_one(admin: &Admin, id: &str) -> Result<Json<Account>, ApiError> {
    let view = found(admin, id)?;
    let last = admin.parts.database.last_uses(&[view.id]).await;
    Ok(Json(account(&view, last.map_err(stored)?.pop())))
}

fn account(it: &AccountView, last: Option<LastUse>) -> Account {
    let limits = it.cool_downs.iter().map(|it| Limit {
        scope: it.scope.to_string(),
        until: it.until,
        source: it.source,
    });
    let plain = |secret: &Option<SecretString>| {
        let secret = secret.as_ref();
        secret.map(|it| it.expose_secret().to_owned())
    };
    let last_error = last.as_ref().and_then(|it| {
        Some(LastError {
            code: it.code.clone()?,
            at: it.failed_at?,
        })
    });
    Account {
        id: it.id.to_string(),
        label: it.label.clone(),
        source: it.source.clone(),
        plan: it.plan.clone(),
        workspace: it.workspace.clone(),
        base_url: it.base_url.clone(),
        email: plain(&it.email),
        name: plain(&it.name),
        state: state(it),
        health: it.health.word(),
        reason: it.health.reason().map(str::to_owned),
        health_since: it.health_since,
        is_disabled: it.is_disabled,
        is_usable: it.is_usable,
        is_shared: it.is_shared,
        limits: limits.collect(),
        windows: it.windows.iter().map(Window::from).collect(),
        in_use: it.in_use,
        max_in_use: it.max_in_use,
        egress: it.egress.clone(),
        device_id: it.device_id.to_string(),
        access_expires_at: it.access_expires_at,
        can_refresh: it.can_refresh,
        refreshed_at: it.refreshed_at,
        checked_at: it.checked_at,
        created_at: it.created_at,
        last_used_at: last.as_ref().and_then(|it| it.used_at),
        last_error,
        seeds: last.map_or(0, |it| it.seeds),
    }
}
