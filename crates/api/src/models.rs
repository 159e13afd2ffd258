//! `GET /v1/models` and `/v1/models/{id}`: what the caller's accounts really offer.

use std::collections::BTreeSet;
use std::sync::Arc;

use accounts::Lease;
use axum::Json;
use axum::extract::{Path, State};
use futures_util::StreamExt;
use futures_util::stream;
use http::HeaderMap;
use openai::model::{Model, ModelList};
use transcode::model_name;
use upstream::{Failure, FailureKind, Retry};
use web::{ApiError, caller_auth};

use crate::Api;
use crate::conversation::error_for;

/// Catalogues asked for at once.
const AT_ONCE: usize = 8;

pub(crate) async fn list(
    State(api): State<Arc<Api>>,
    headers: HeaderMap,
) -> Result<Json<ModelList>, ApiError> {
    let data = names(&api, &headers)
        .await?
        .into_iter()
        .map(model)
        .collect();
    Ok(Json(ModelList {
        object: "list",
        data,
    }))
}

pub(crate) async fn retrieve(
    State(api): State<Arc<Api>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Model>, ApiError> {
    if names(&api, &headers).await?.contains(&id) {
        return Ok(Json(model(id)));
    }
    let message = format!("the model \"{id}\" does not exist; GET /v1/models lists what there is");
    let kind = FailureKind::UnknownModel(Vec::new());
    Err(Failure::new(kind, Retry::Never, message).into())
}

/// The names of all models the caller may ask for; one catalogue is enough to answer.
async fn names(api: &Api, headers: &HeaderMap) -> Result<BTreeSet<String>, ApiError> {
    let who = caller_auth::authenticate(headers, &api.callers, api.door).await?;
    let leases = api.pool.lease_all(&who.caller)?;
    let lists: Vec<Result<Vec<String>, Failure>> = stream::iter(leases)
        .map(|lease| names_of(api, lease.for_workspace(who.workspace.clone())))
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    let mut names = BTreeSet::new();
    let mut failure = None;
    for list in lists {
        match list {
            Ok(list) => names.extend(list),
            Err(error) => failure = Some(error),
        }
    }
    match failure {
        Some(failure) if names.is_empty() => Err(error_for(&who.caller, failure)),
        _ => Ok(names),
    }
}

/// The models of one account, and its GPTs and projects as models.
async fn names_of(api: &Api, lease: Lease) -> Result<Vec<String>, Failure> {
    let credential = lease.credential();
    let (catalogue, gizmos) = tokio::join!(
        api.drivers.web.catalogue(credential),
        api.drivers.web.gizmos(credential)
    );
    let mut names = model_name::listed(&*catalogue?);
    // An account without GPTs, or an upstream without their list, has models all the same.
    let gizmos = gizmos.unwrap_or_default();
    names.extend(gizmos.iter().map(|gizmo| format!("gizmo-{}", gizmo.id)));
    Ok(names)
}

fn model(id: String) -> Model {
    Model {
        id,
        object: "model",
        // Upstream does not say when a model was made.
        created: 0,
        owned_by: "openai",
    }
}
