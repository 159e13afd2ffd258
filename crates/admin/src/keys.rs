//! Managed keys.

use std::sync::Arc;

use accounts::{KeyPolicy, KeyView, NewManagedKey};
use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use http::{HeaderMap, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};
use store::DatabaseError;
use web::ApiError;

use crate::Admin;
use crate::accounts_list::present;
use crate::body::{self, SMALL, check_name, invalid, not_found, stored};
use crate::guard::Operator;
use crate::replies::Key;

/// A value that is to open longer than a month beside the new one is better left as it is.
const MAX_OVERLAP_SECONDS: i64 = 31 * 86_400;

pub(crate) async fn list(
    State(admin): State<Arc<Admin>>,
    _operator: Operator,
) -> Result<Json<Value>, ApiError> {
    let keys = admin.parts.keys.list().await.map_err(stored)?;
    let keys = keys.into_iter().map(|it| shown(it, None));
    Ok(Json(json!({"keys": keys.collect::<Vec<_>>()})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct New {
    name: String,
    #[serde(default)]
    policy: KeyPolicy,
    expires_at: Option<i64>,
}

pub(crate) async fn create(
    State(admin): State<Arc<Admin>>,
    operator: Operator,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<Key>), ApiError> {
    let asked: New = body::read(&headers, body, SMALL).await?;
    check_name(&asked.name, "name")?;
    check_policy(&admin, &asked.policy)?;
    if asked.expires_at.is_some_and(|at| at <= admin.now()) {
        return Err(invalid("invalid_value", "that moment is over").with_param("expires_at"));
    }
    let chance = chance(&admin)?;
    let new = NewManagedKey {
        name: asked.name,
        policy: asked.policy,
        expires_at: asked.expires_at,
    };
    let made = admin
        .parts
        .keys
        .create(new, &chance, admin.now())
        .await
        .map_err(stored)?;
    operator
        .did(&admin, "create_key", Some(made.view.id.to_string()), None)
        .await;
    // The value is shown now and never again.
    let key = shown(made.view, Some(&made.secret));
    Ok((StatusCode::CREATED, Json(key)))
}

#[expect(clippy::option_option, reason = "null and nothing differ")]
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Change {
    name: Option<String>,
    policy: Option<KeyPolicy>,
    is_disabled: Option<bool>,
    /// Null for never.
    #[serde(default, deserialize_with = "present")]
    expires_at: Option<Option<i64>>,
}

pub(crate) async fn change(
    State(admin): State<Arc<Admin>>,
    operator: Operator,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Key>, ApiError> {
    let asked: Change = body::read(&headers, body, SMALL).await?;
    if let Some(name) = &asked.name {
        check_name(name, "name")?;
    }
    if let Some(policy) = &asked.policy {
        check_policy(&admin, policy)?;
    }
    let key = found(&admin, &id).await?;
    let keys = &admin.parts.keys;
    let changed = keys.change(
        key.id,
        asked.name,
        asked.policy.as_ref(),
        asked.is_disabled,
        asked.expires_at,
    );
    changed.await.map_err(stored)?;
    operator
        .did(&admin, "change_key", Some(id.clone()), None)
        .await;
    Ok(Json(shown(found(&admin, &id).await?, None)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rotate {
    #[serde(default)]
    overlap_seconds: i64,
}

pub(crate) async fn rotate(
    State(admin): State<Arc<Admin>>,
    operator: Operator,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Key>, ApiError> {
    let asked: Rotate = body::read(&headers, body, SMALL).await?;
    if !(0..=MAX_OVERLAP_SECONDS).contains(&asked.overlap_seconds) {
        let message = format!("0 to {MAX_OVERLAP_SECONDS} seconds");
        return Err(invalid("invalid_value", message).with_param("overlap_seconds"));
    }
    let key = found(&admin, &id).await?;
    let until = admin.now() + asked.overlap_seconds;
    let chance = chance(&admin)?;
    let rotated = admin.parts.keys.rotate(key.id, &chance, until).await;
    let secret = rotated.map_err(stored)?;
    let detail = format!("the value before opens for {} s", asked.overlap_seconds);
    operator
        .did(&admin, "rotate_key", Some(id.clone()), Some(detail))
        .await;
    // The value is shown now and never again.
    Ok(Json(shown(found(&admin, &id).await?, Some(&secret))))
}

fn chance(admin: &Admin) -> Result<[u8; 64], ApiError> {
    let chance = admin.parts.chance.bytes();
    chance.map_err(|it: std::io::Error| stored(DatabaseError::Other(it.to_string())))
}

pub(crate) async fn remove(
    State(admin): State<Arc<Admin>>,
    operator: Operator,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    let key = found(&admin, &id).await?;
    admin
        .parts
        .keys
        .remove(key.id, admin.now())
        .await
        .map_err(stored)?;
    operator.did(&admin, "remove_key", Some(id), None).await;
    Ok(StatusCode::NO_CONTENT)
}

pub(crate) async fn usage(
    State(admin): State<Arc<Admin>>,
    _operator: Operator,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let key = found(&admin, &id).await?;
    let spend = admin
        .parts
        .admission
        .spend(&id, &key.policy)
        .await
        .map_err(stored)?;
    let budgets = key
        .policy
        .budgets
        .iter()
        .zip(&spend)
        .map(|(budget, spend)| {
            json!({
                "period": spend.period,
                "starts_at": spend.starts_at,
                "resets_at": budget.period.end(spend.starts_at),
                "requests": {"used": spend.requests, "reserved": 0, "limit": budget.requests},
                "tokens": {
                    "used": spend.tokens, "reserved": spend.reserved, "limit": budget.tokens
                },
            })
        });
    Ok(Json(json!({"budgets": budgets.collect::<Vec<_>>()})))
}

async fn found(admin: &Admin, id: &str) -> Result<KeyView, ApiError> {
    let keys = admin.parts.keys.list().await.map_err(stored)?;
    let key = keys.into_iter().find(|it| it.id.to_string() == id);
    key.ok_or_else(|| not_found("there is no such key"))
}

/// Refuses what would make a key that opens nothing, or never works.
fn check_policy(admin: &Admin, policy: &KeyPolicy) -> Result<(), ApiError> {
    let refused = |param: &str, message: String| {
        Err(invalid("invalid_value", message).with_param(format!("policy.{param}")))
    };
    // As the policy reads them: the beginning of an id names nothing there.
    let accounts = admin.parts.pool.accounts();
    let is_there = |name: &String| {
        accounts
            .iter()
            .any(|it| it.label == *name || it.id.to_string() == *name)
    };
    if let Some(unknown) = policy.accounts.iter().find(|it| !is_there(it)) {
        return refused("accounts", format!("there is no account \"{unknown}\""));
    }
    let is_driver = |name: &&String| upstream::DriverKind::of_name(name).is_some();
    if let Some(unknown) = policy.drivers.iter().find(|it| !is_driver(it)) {
        return refused("drivers", format!("there is no driver \"{unknown}\""));
    }
    if policy.models.iter().any(|it| it.trim().is_empty()) {
        return refused("models", "a model's name is empty".to_owned());
    }
    if policy.max_in_use == Some(0) {
        let message = "no request at once; disable the key instead";
        return refused("max_in_use", message.to_owned());
    }
    for (index, budget) in policy.budgets.iter().enumerate() {
        if budget.requests == Some(0) || budget.tokens == Some(0) {
            let message = "a budget of nothing; disable the key instead";
            return refused("budgets", message.to_owned());
        }
        if budget.requests.is_none() && budget.tokens.is_none() {
            let message = "a budget names `requests`, `tokens` or both";
            return refused("budgets", message.to_owned());
        }
        // They are counted by their period.
        let earlier = &policy.budgets[..index];
        if earlier.iter().any(|it| it.period == budget.period) {
            let message = format!("two budgets for the {}", budget.period.word());
            return refused("budgets", message);
        }
    }
    Ok(())
}

fn shown(key: KeyView, secret: Option<&SecretString>) -> Key {
    Key {
        id: key.id.to_string(),
        name: key.name,
        hint: key.hint,
        policy: key.policy,
        is_disabled: key.is_disabled,
        created_at: key.created_at,
        expires_at: key.expires_at,
        previous_until: key.previous_until,
        key: secret.map(|it| it.expose_secret().to_owned()),
    }
}
