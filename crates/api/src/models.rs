//! `GET /v1/models` and `/v1/models/{id}`: what the caller's accounts really offer.

use std::collections::BTreeSet;
use std::sync::Arc;

use accounts::Lease;
use anthropic::model::{ModelInfo, ModelPage};
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use futures_util::StreamExt;
use futures_util::stream;
use http::HeaderMap;
use openai::model::{Model, ModelList};
use transcode::model_name;
use upstream::{Failure, FailureKind, Retry};
use web::request_id::RequestId;
use web::{ApiError, caller_auth};

use crate::conversation::error_for;
use crate::{Api, messages};

/// Catalogues asked for at once.
const AT_ONCE: usize = 8;

pub(crate) async fn list(
    State(api): State<Arc<Api>>,
    id: Option<Extension<RequestId>>,
    headers: HeaderMap,
) -> Response {
    let names = names(&api, &headers).await;
    if messages::is_asked(&headers) {
        let page = |names: BTreeSet<String>| {
            Json(ModelPage::new(
                names.into_iter().map(ModelInfo::new).collect(),
            ))
        };
        let listed = names.map(|names| page(names).into_response());
        return messages::reply(id.as_ref(), listed);
    }
    let list = |names: BTreeSet<String>| ModelList {
        object: "list",
        data: names.into_iter().map(model).collect(),
    };
    names.map(|names| Json(list(names))).into_response()
}

pub(crate) async fn retrieve(
    State(api): State<Arc<Api>>,
    Path(name): Path<String>,
    id: Option<Extension<RequestId>>,
    headers: HeaderMap,
) -> Response {
    let names = names(&api, &headers).await;
    if messages::is_asked(&headers) {
        // A name of Anthropic's is there if the model is that is asked for in its place.
        let meant = api.anthropic_models.model(&name).unwrap_or(&name);
        let found = names.and_then(|names| find(&names, meant));
        let found = found.map(|()| Json(ModelInfo::new(name)).into_response());
        return messages::reply(id.as_ref(), found);
    }
    let found = names.and_then(|names| find(&names, &name));
    found.map(|()| Json(model(name))).into_response()
}

fn find(names: &BTreeSet<String>, name: &str) -> Result<(), ApiError> {
    if names.contains(name) {
        return Ok(());
    }
    let message =
        format!("the model \"{name}\" does not exist; GET /v1/models lists what there is");
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
        api.driver.catalogue(credential),
        api.driver.gizmos(credential)
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
