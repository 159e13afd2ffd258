//! Seeds, for operators.

use std::sync::Arc;

use accounts::SeedRefused;
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use http::{HeaderMap, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};
use store::records::StoredSeed;
use web::ApiError;

use crate::Admin;
use crate::accounts_list::found;
use crate::accounts_work::clear_all_seeds;
use crate::body::{self, SMALL, invalid, not_found, stored};
use crate::guard::Operator;
use crate::replies::Seed;

pub(crate) async fn list(
    State(admin): State<Arc<Admin>>,
    _operator: Operator,
) -> Result<Json<Value>, ApiError> {
    let seeds = admin.parts.seeds.list().await.map_err(stored)?;
    let seeds = seeds.iter().map(|it| shown(&admin, it));
    Ok(Json(json!({"seeds": seeds.collect::<Vec<_>>()})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Bind {
    seed: SecretString,
    account_id: Option<String>,
}

/// Makes a seed, or binds it to another account.
pub(crate) async fn bind(
    State(admin): State<Arc<Admin>>,
    operator: Operator,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Seed>, ApiError> {
    let asked: Bind = body::read(&headers, body, SMALL).await?;
    let account = match &asked.account_id {
        Some(id) => Some(found(&admin, id)?.id),
        None => None,
    };
    let bound = admin
        .parts
        .seeds
        .bind(&asked.seed, account, admin.now())
        .await;
    let bound = bound.map_err(refused)?;
    operator
        .did(&admin, "bind_seed", Some(bound.id.clone()), None)
        .await;
    Ok(Json(shown(&admin, &bound)))
}

#[derive(Deserialize)]
pub(crate) struct Named {
    seed: SecretString,
}

pub(crate) async fn remove(
    State(admin): State<Arc<Admin>>,
    operator: Operator,
    headers: HeaderMap,
    body: Body,
) -> Result<StatusCode, ApiError> {
    let asked: Named = body::read(&headers, body, SMALL).await?;
    let seed = admin.parts.seeds.get(&asked.seed).await.map_err(stored)?;
    let seed = seed.ok_or_else(|| not_found("there is no such seed"))?;
    admin
        .parts
        .seeds
        .remove(&asked.seed)
        .await
        .map_err(stored)?;
    operator
        .did(&admin, "remove_seed", Some(seed.id), None)
        .await;
    Ok(StatusCode::NO_CONTENT)
}

pub(crate) async fn clear(
    State(admin): State<Arc<Admin>>,
    operator: Operator,
) -> Result<Json<Value>, ApiError> {
    Ok(Json(clear_all_seeds(&admin, &operator).await?))
}

/// Why a seed was not bound.
pub(crate) fn refused(refused: SeedRefused) -> ApiError {
    match refused {
        SeedRefused::Store(error) => stored(error),
        SeedRefused::NoAccount(none) => none.into(),
        other => invalid("invalid_value", other.to_string()).with_param("seed"),
    }
}

fn shown(admin: &Admin, seed: &StoredSeed) -> Seed {
    let account = admin.parts.pool.account(seed.account);
    Seed {
        id: seed.id.clone(),
        seed: seed.name.expose_secret().to_owned(),
        account_id: seed.account.to_string(),
        account: account.map(|it| it.label),
        created_at: seed.created_at,
        rebound_at: seed.rebound_at,
    }
}
