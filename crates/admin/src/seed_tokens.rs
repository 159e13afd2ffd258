//! `/seedtoken`, as Chat-Share and other programs know it: seeds for whoever has a gateway key.
//!
//! Shows fingerprints instead of tokens, unless `EXPOSE_SEED_TOKENS` is set.

use std::sync::Arc;

use accounts::{Caller, Door, Mode, Source};
use axum::Json;
use axum::body::Body;
use axum::extract::{Query, State};
use http::{HeaderMap, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use store::records::{AccountId, StoredSeed};
use web::{ApiError, ErrorClass, caller_auth};

use crate::Admin;
use crate::body::{self, SMALL, invalid, not_found, stored};
use crate::seeds::refused;

#[derive(Deserialize)]
pub(crate) struct Wanted {
    seed: Option<SecretString>,
}

/// All seeds, or one, each with what stands for its token.
pub(crate) async fn show(
    State(admin): State<Arc<Admin>>,
    headers: HeaderMap,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Value>, ApiError> {
    check_key(&admin, &headers).await?;
    let seeds = &admin.parts.seeds;
    if let Some(word) = wanted.seed {
        let seed = seeds.get(&word).await.map_err(stored)?;
        let seed = seed.ok_or_else(|| not_found("there is no such seed"))?;
        return Ok(Json(entry(&admin, &seed)));
    }
    let all = seeds.list().await.map_err(stored)?;
    let map = all
        .iter()
        .map(|it| (it.name.expose_secret().to_owned(), entry(&admin, it)));
    Ok(Json(Value::Object(map.collect::<Map<_, _>>())))
}

#[derive(Deserialize)]
pub(crate) struct Bind {
    seed: SecretString,
    /// A token whose account the seed is bound to; the pool chooses without one.
    token: Option<SecretString>,
}

pub(crate) async fn bind(
    State(admin): State<Arc<Admin>>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Value>, ApiError> {
    check_key(&admin, &headers).await?;
    let asked: Bind = body::read(&headers, body, SMALL).await?;
    let account = match &asked.token {
        Some(token) if !token.expose_secret().is_empty() => Some(taken_in(&admin, token).await?),
        _ => None,
    };
    let bound = admin
        .parts
        .seeds
        .bind(&asked.seed, account, admin.now())
        .await;
    let bound = bound.map_err(refused)?;
    Ok(Json(json!({
        "status": "success",
        "seed": asked.seed.expose_secret(),
        "token": fingerprint(&admin, bound.account),
    })))
}

pub(crate) async fn remove(
    State(admin): State<Arc<Admin>>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Value>, ApiError> {
    check_key(&admin, &headers).await?;
    let asked: Bind = body::read(&headers, body, SMALL).await?;
    if asked.seed.expose_secret() == "clear" {
        let cleared = admin
            .parts
            .database
            .clear_seeds(admin.now())
            .await
            .map_err(stored)?;
        return Ok(Json(json!({"status": "success", "count": cleared.count})));
    }
    if !admin
        .parts
        .seeds
        .remove(&asked.seed)
        .await
        .map_err(stored)?
    {
        return Err(not_found("there is no such seed"));
    }
    Ok(Json(json!({"status": "success"})))
}

/// A key of `AUTHORIZATION`: a managed one is for asking, not for sharing accounts.
async fn check_key(admin: &Admin, headers: &HeaderMap) -> Result<(), ApiError> {
    let who = caller_auth::authenticate(headers, &admin.parts.callers, Door::Closed).await?;
    if matches!(who.caller, Caller::GatewayKey(_)) && who.caller.key_id().is_none() {
        return Ok(());
    }
    Err(ApiError::new(
        StatusCode::FORBIDDEN,
        ErrorClass::Authentication,
        "key_required",
        "seeds are managed with a key of AUTHORIZATION",
    ))
}

async fn taken_in(admin: &Admin, token: &SecretString) -> Result<AccountId, ApiError> {
    let verdicts = admin
        .parts
        .pool
        .import(token, Source::Admin, Mode::Write)
        .await;
    let verdict = verdicts.map_err(stored)?.into_iter().next();
    match verdict.map(|it| it.result) {
        Some(Ok(account)) => Ok(account.id),
        Some(Err(reason)) => Err(invalid("invalid_value", reason.to_string()).with_param("token")),
        None => Err(invalid("invalid_value", "the token is empty").with_param("token")),
    }
}

fn entry(admin: &Admin, seed: &StoredSeed) -> Value {
    json!({"token": fingerprint(admin, seed.account)})
}

/// What stands for an account where a token stood; the token itself, if the operator wants that.
fn fingerprint(admin: &Admin, account: AccountId) -> Value {
    if admin.parts.settings.exposes_seed_tokens {
        let token = admin.parts.pool.exposed_token(account);
        return token.map_or(Value::Null, |it| it.expose_secret().into());
    }
    let account = admin.parts.pool.account(account);
    account.map_or(Value::Null, |it| it.label.into())
}
