//! `GET /v1/models` and `/v1/models/{id}`: what the caller's accounts really offer, over all
//! drivers.

use std::collections::BTreeMap;
use std::sync::Arc;

use accounts::{Caller, Lease};
use anthropic::model::{ModelInfo, ModelPage};
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use futures_util::{StreamExt, stream};
use http::HeaderMap;
use openai::model::{Model, ModelList};
use transcode::driver_kind::DriverKind;
use transcode::model_name;
use transcode::parameter_table;
use upstream::{Failure, FailureKind, Retry};
use web::request_id::RequestId;
use web::{ApiError, caller_auth, error_for};

use crate::{Api, messages};

/// Catalogues asked for at once.
const AT_ONCE: usize = 8;

/// Who offers the models of an account of `ChatGPT`, or of a server that does not say.
const OPENAI: &str = "openai";

/// One name in one catalogue.
struct Listed {
    id: String,
    driver: DriverKind,
    owned_by: Option<String>,
    created: Option<u64>,
}

pub(crate) async fn list(
    State(api): State<Arc<Api>>,
    id: Option<Extension<RequestId>>,
    headers: HeaderMap,
) -> Response {
    let models = models(&api, &headers).await;
    if messages::is_asked(&headers) {
        let listed = models.map(|models| {
            let infos = models.into_keys().map(ModelInfo::new);
            Json(ModelPage::new(infos.collect())).into_response()
        });
        return messages::reply(id.as_ref(), listed);
    }
    let list = |models: BTreeMap<String, Model>| ModelList {
        object: "list",
        data: models.into_values().collect(),
    };
    models.map(|models| Json(list(models))).into_response()
}

pub(crate) async fn retrieve(
    State(api): State<Arc<Api>>,
    Path(name): Path<String>,
    id: Option<Extension<RequestId>>,
    headers: HeaderMap,
) -> Response {
    let models = models(&api, &headers).await;
    if messages::is_asked(&headers) {
        // A name of Anthropic's is there if the model is that is asked for in its place.
        let meant = api.anthropic_models.model(&name).unwrap_or(&name);
        let found = models.and_then(|models| find(models, meant));
        let found = found.map(|_| Json(ModelInfo::new(name)).into_response());
        return messages::reply(id.as_ref(), found);
    }
    let found = models.and_then(|models| find(models, &name));
    found.map(Json).into_response()
}

fn find(mut models: BTreeMap<String, Model>, name: &str) -> Result<Model, ApiError> {
    let (_, plain) = model_name::driver_named(name);
    models.remove(plain).ok_or_else(|| {
        let message =
            format!("the model \"{name}\" does not exist; GET /v1/models lists what there is");
        let kind = FailureKind::UnknownModel(Vec::new());
        Failure::new(kind, Retry::Never, message).into()
    })
}

/// All models the caller may ask for; one catalogue is enough to answer.
async fn models(api: &Api, headers: &HeaderMap) -> Result<BTreeMap<String, Model>, ApiError> {
    let who = caller_auth::authenticate(headers, &api.callers, api.door).await?;
    let leases = api.pool.lease_all(&who.caller)?;
    let drivers = || api.driver_order.iter().copied();
    let mut asked = Vec::new();
    for lease in leases {
        let lease = Arc::new(lease.for_workspace(who.workspace.clone()));
        let able = drivers().filter(|driver| can_be_asked(&lease, *driver));
        asked.extend(able.map(|driver| (Arc::clone(&lease), driver)));
    }
    let lists: Vec<Result<Vec<Listed>, Failure>> = stream::iter(asked)
        .map(|(lease, driver)| async move { listed(api, &lease, driver).await })
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    let mut models = BTreeMap::new();
    let mut failure = None;
    for list in lists {
        match list {
            Ok(list) => list.into_iter().for_each(|it| merge(&mut models, it)),
            Err(error) => failure = Some(error),
        }
    }
    match failure {
        Some(failure) if models.is_empty() => Err(error_for(&who.caller, failure)),
        _ => Ok(finished(api, &who.caller, models)),
    }
}

fn can_be_asked(lease: &Lease, driver: DriverKind) -> bool {
    let credential = lease.credential();
    match driver {
        DriverKind::Web => !credential.is_platform(),
        DriverKind::Codex => !credential.is_platform() && !credential.is_anonymous(),
        DriverKind::Platform => credential.is_platform(),
    }
}

/// The models of one account on one driver.
async fn listed(api: &Api, lease: &Lease, driver: DriverKind) -> Result<Vec<Listed>, Failure> {
    let credential = lease.credential();
    let plain = |id: String| Listed {
        id,
        driver,
        owned_by: None,
        created: None,
    };
    match driver {
        DriverKind::Web => Ok(web_names(api, lease)
            .await?
            .into_iter()
            .map(plain)
            .collect()),
        DriverKind::Codex => {
            let models = api.drivers.codex.models(credential).await?;
            let shown = models.iter().filter(|it| it.is_listed);
            Ok(shown.map(|it| plain(it.slug.clone())).collect())
        }
        DriverKind::Platform => {
            let models = api.drivers.platform.models(credential).await?;
            let listed = models.iter().map(|it| Listed {
                id: it.id.clone(),
                driver,
                owned_by: it.owned_by.clone(),
                created: it.created,
            });
            Ok(listed.collect())
        }
    }
}

/// The models of one account, and its GPTs and projects as models.
async fn web_names(api: &Api, lease: &Lease) -> Result<Vec<String>, Failure> {
    let credential = lease.credential();
    let web = &api.drivers.web;
    let (catalogue, gizmos) = tokio::join!(web.catalogue(credential), web.gizmos(credential));
    let mut names = model_name::listed(&*catalogue?);
    // An account without GPTs, or an upstream without their list, has models all the same.
    let gizmos = gizmos.unwrap_or_default();
    names.extend(gizmos.iter().map(|gizmo| format!("gizmo-{}", gizmo.id)));
    Ok(names)
}

/// Adds a name, or a driver to a name that is there.
fn merge(models: &mut BTreeMap<String, Model>, listed: Listed) {
    let Listed {
        id,
        driver,
        owned_by,
        created,
    } = listed;
    let model = models.entry(id.clone()).or_insert_with(|| Model {
        id,
        object: "model",
        created: 0,
        owned_by: OPENAI.to_owned(),
        drivers: Vec::new(),
        capabilities: Vec::new(),
    });
    if !model.drivers.contains(&driver.name()) {
        model.drivers.push(driver.name());
    }
    if let Some(created) = created {
        model.created = created;
    }
    // A name that several have is OpenAI's.
    if let (Some(owner), ["platform"]) = (owned_by, model.drivers.as_slice()) {
        model.owned_by = owner;
    }
}

/// The models the caller may ask for, with what can be asked of each.
fn finished(
    api: &Api,
    caller: &Caller,
    models: BTreeMap<String, Model>,
) -> BTreeMap<String, Model> {
    let policy = caller.policy();
    let order = |name: &&str| api.driver_order.iter().position(|it| it.name() == *name);
    let finished = models.into_iter().filter_map(|(id, mut model)| {
        if let Some(policy) = policy {
            model.drivers.retain(|it| policy.allows_driver(it));
            if model.drivers.is_empty() || !policy.allows_model(&id) {
                return None;
            }
        }
        model.drivers.sort_by_key(order);
        let drivers = model.drivers.iter();
        let drivers: Vec<_> = drivers.filter_map(|it| DriverKind::of_name(it)).collect();
        model.capabilities = parameter_table::capabilities(&drivers, api.emulation);
        Some((id, model))
    });
    finished.collect()
}
