//! What is done with accounts: renewed, asked about, taken in and out, cleared and brought back.

use std::sync::Arc;

use accounts::{RenewRefused, Scope};
use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};
use store::records::{AccountId, AccountPatch, Cleared};
use web::{ApiError, ErrorClass};

use crate::Admin;
use crate::account_view::show_one;
use crate::accounts_list::found;
use crate::body::{self, LIST, SMALL, invalid, not_found, stored};
use crate::guard::Operator;
use crate::replies::Account;

/// What was cleared can be brought back for so long.
const UNDO_SECONDS: i64 = 24 * 3600;

pub(crate) async fn refresh(
    State(admin): State<Arc<Admin>>,
    operator: Operator,
    Path(id): Path<String>,
) -> Result<Json<Account>, ApiError> {
    let account = found(&admin, &id)?;
    let renewed = admin.parts.pool.renew_now(account.id).await;
    operator
        .did(&admin, "refresh_account", Some(id.clone()), None)
        .await;
    renewed.map_err(|refused| failed(&refused))?;
    show_one(&admin, &id).await
}

/// Renews all that can be, one after the other, behind the reply.
pub(crate) async fn refresh_all(
    State(admin): State<Arc<Admin>>,
    operator: Operator,
) -> (StatusCode, Json<Value>) {
    let accounts = admin.parts.pool.accounts().into_iter();
    let due: Vec<_> = accounts
        .filter(|it| it.can_refresh && !it.is_disabled)
        .map(|it| it.id)
        .collect();
    let count = due.len();
    let (pool, tasks) = (admin.parts.pool.clone(), admin.parts.tasks.clone());
    admin.parts.tasks.spawn(async move {
        for id in due {
            if tasks.is_closed() {
                return;
            }
            // What went wrong is in the log and in the account's health.
            let _told = pool.renew_now(id).await;
        }
    });
    let detail = Some(format!("{count} accounts"));
    operator
        .did(&admin, "refresh_all_accounts", None, detail)
        .await;
    (StatusCode::ACCEPTED, Json(json!({"accounts": count})))
}

pub(crate) async fn check(
    State(admin): State<Arc<Admin>>,
    operator: Operator,
    Path(id): Path<String>,
) -> Result<Json<Account>, ApiError> {
    let account = found(&admin, &id)?;
    let checked = admin.parts.pool.check(account.id).await;
    operator
        .did(&admin, "check_account", Some(id.clone()), None)
        .await;
    checked.map_err(|refused| failed(&refused))?;
    show_one(&admin, &id).await
}

pub(crate) async fn enable(
    admin: State<Arc<Admin>>,
    operator: Operator,
    id: Path<String>,
) -> Result<Json<Account>, ApiError> {
    set_disabled(admin, operator, id, false).await
}

pub(crate) async fn disable(
    admin: State<Arc<Admin>>,
    operator: Operator,
    id: Path<String>,
) -> Result<Json<Account>, ApiError> {
    set_disabled(admin, operator, id, true).await
}

async fn set_disabled(
    State(admin): State<Arc<Admin>>,
    operator: Operator,
    Path(id): Path<String>,
    is_disabled: bool,
) -> Result<Json<Account>, ApiError> {
    let account = found(&admin, &id)?;
    let patch = AccountPatch {
        is_disabled: Some(is_disabled),
        ..AccountPatch::default()
    };
    admin
        .parts
        .pool
        .change(account.id, patch)
        .await
        .map_err(stored)?;
    let action = if is_disabled {
        "disable_account"
    } else {
        "enable_account"
    };
    operator.did(&admin, action, Some(id.clone()), None).await;
    show_one(&admin, &id).await
}

#[derive(Default, Deserialize)]
pub(crate) struct ClearLimits {
    scope: Option<String>,
}

pub(crate) async fn clear_limits(
    State(admin): State<Arc<Admin>>,
    operator: Operator,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Account>, ApiError> {
    let account = found(&admin, &id)?;
    let asked: ClearLimits = body::read_if_any(&headers, body, SMALL).await?;
    let scope = match asked.scope {
        None => None,
        Some(text) => {
            let scope: Result<Scope, _> = text.parse();
            Some(scope.map_err(|it| invalid("invalid_value", it.to_string()).with_param("scope"))?)
        }
    };
    admin
        .parts
        .pool
        .clear_cool_downs(account.id, scope)
        .await
        .map_err(stored)?;
    operator
        .did(&admin, "clear_limits", Some(id.clone()), None)
        .await;
    show_one(&admin, &id).await
}

pub(crate) async fn mark_healthy(
    State(admin): State<Arc<Admin>>,
    operator: Operator,
    Path(id): Path<String>,
) -> Result<Json<Account>, ApiError> {
    let account = found(&admin, &id)?;
    admin.parts.pool.mark_healthy(account.id);
    operator
        .did(&admin, "mark_account_healthy", Some(id.clone()), None)
        .await;
    show_one(&admin, &id).await
}

pub(crate) async fn clear(
    State(admin): State<Arc<Admin>>,
    operator: Operator,
) -> Result<Json<Value>, ApiError> {
    Ok(Json(clear_all(&admin, &operator).await?))
}

#[derive(Deserialize)]
pub(crate) struct Named {
    ids: Vec<String>,
}

/// Clears some accounts.
pub(crate) async fn clear_some(
    State(admin): State<Arc<Admin>>,
    operator: Operator,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Value>, ApiError> {
    let asked: Named = body::read(&headers, body, LIST).await?;
    let ids = asked.ids.iter().filter_map(|it| it.parse().ok());
    let ids: Vec<AccountId> = ids.collect();
    let cleared = admin.parts.pool.clear_these(&ids).await;
    let cleared = cleared.map_err(stored)?;
    if cleared.count == 0 {
        return Err(not_found("there are no such accounts").with_param("ids"));
    }
    let detail = Some(format!("{} accounts", cleared.count));
    operator
        .did(&admin, "clear_accounts", Some(cleared.id.clone()), detail)
        .await;
    Ok(Json(taken(&admin, &cleared)))
}

/// What a clearing took, and until when it can come back.
fn taken(admin: &Admin, cleared: &Cleared) -> Value {
    json!({
        "clearing": cleared.id,
        "count": cleared.count,
        "undo_until": admin.now() + UNDO_SECONDS,
    })
}

/// Clears all accounts, for the JSON API and for the classic form.
pub(crate) async fn clear_all(admin: &Admin, operator: &Operator) -> Result<Value, ApiError> {
    let cleared = admin.parts.pool.clear().await.map_err(stored)?;
    let detail = Some(format!("{} accounts", cleared.count));
    operator
        .did(admin, "clear_accounts", Some(cleared.id.clone()), detail)
        .await;
    Ok(taken(admin, &cleared))
}

/// Clears all seeds, for the JSON API and for the classic form.
pub(crate) async fn clear_all_seeds(admin: &Admin, operator: &Operator) -> Result<Value, ApiError> {
    let cleared = admin
        .parts
        .database
        .clear_seeds(admin.now())
        .await
        .map_err(stored)?;
    let detail = Some(format!("{} records", cleared.count));
    operator
        .did(admin, "clear_seeds", Some(cleared.id.clone()), detail)
        .await;
    Ok(taken(admin, &cleared))
}

#[derive(Deserialize)]
pub(crate) struct Undo {
    clearing: String,
}

pub(crate) async fn undo(
    State(admin): State<Arc<Admin>>,
    operator: Operator,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Value>, ApiError> {
    let asked: Undo = body::read(&headers, body, SMALL).await?;
    let restored = admin.parts.pool.undo_clearing(&asked.clearing).await;
    let restored = restored.map_err(stored)?;
    if restored == 0 {
        return Err(not_found(
            "nothing can be brought back by that name any more",
        ));
    }
    operator
        .did(&admin, "undo_clearing", Some(asked.clearing), None)
        .await;
    Ok(Json(json!({"restored": restored})))
}

fn failed(refused: &RenewRefused) -> ApiError {
    match refused {
        RenewRefused::UnknownAccount => not_found("there is no such account"),
        RenewRefused::Failed(message) => ApiError::new(
            StatusCode::BAD_GATEWAY,
            ErrorClass::Upstream,
            "account_not_usable",
            message,
        ),
    }
}
