//! `/v1/conversations`: lists of items that responses read and add to.
//!
//! They are the gateway's own: conversations that ChatGPT keeps are another thing.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, RawQuery, State};
use http::HeaderMap;
use openai::error::InvalidRequest;
use openai::parameters::Parameters;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use store::DatabaseError;
use store::records::{KeptConversation, NewItem};
use transcode::request::{response_create, response_input};
use uuid::Uuid;
use web::{ApiError, caller_auth, json_body};

use crate::Api;
use crate::item_list::{PageQuery, kept_shown, list, settled, to_keep};
use crate::proven_caller::owner_of;
use crate::responses::{not_found, store_error};

/// What is added at once at most.
const MAX_ADDED: usize = 20;

pub(crate) async fn create(
    State(api): State<Arc<Api>>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Value>, ApiError> {
    let owner = owner(&api, &headers).await?;
    let body = json_body::read(&headers, body, api.body_limit_bytes).await?;
    let body = if body.is_empty() {
        b"{}".as_slice()
    } else {
        &body
    };
    let mut parameters = Parameters::read(body)?;
    let metadata = metadata(&mut parameters)?;
    let items = items(&mut parameters)?;
    let new = KeptConversation {
        id: format!("conv_{}", Uuid::new_v4().simple()),
        metadata: SecretString::from(metadata.to_string()),
        created_at: now(&api),
    };
    let shown = conversation(&new);
    let database = &api.responses.database;
    let made = database
        .keep_conversation(&owner, new, items.iter().map(new_item).collect())
        .await;
    made.map_err(|error| store_error(&error))?;
    Ok(Json(shown))
}

pub(crate) async fn retrieve(
    State(api): State<Arc<Api>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Value>, ApiError> {
    let owner = owner(&api, &headers).await?;
    Ok(Json(conversation(&find(&api, &owner, &id).await?)))
}

pub(crate) async fn update(
    State(api): State<Arc<Api>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Value>, ApiError> {
    let owner = owner(&api, &headers).await?;
    let body = json_body::read(&headers, body, api.body_limit_bytes).await?;
    let metadata = metadata(&mut Parameters::read(&body)?)?;
    let metadata = SecretString::from(metadata.to_string());
    let database = &api.responses.database;
    let noted = database.note_conversation(&owner, &id, &metadata, now(&api));
    if !noted.await.map_err(|error| store_error(&error))? {
        return Err(unknown(&id));
    }
    Ok(Json(conversation(&find(&api, &owner, &id).await?)))
}

pub(crate) async fn delete(
    State(api): State<Arc<Api>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Value>, ApiError> {
    let owner = owner(&api, &headers).await?;
    let database = &api.responses.database;
    let gone = database.forget_kept_conversation(&owner, &id).await;
    if !gone.map_err(|error| store_error(&error))? {
        return Err(unknown(&id));
    }
    Ok(Json(
        json!({"id": id, "object": "conversation.deleted", "deleted": true}),
    ))
}

pub(crate) async fn add_items(
    State(api): State<Arc<Api>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Value>, ApiError> {
    let owner = owner(&api, &headers).await?;
    let body = json_body::read(&headers, body, api.body_limit_bytes).await?;
    let items = items(&mut Parameters::read(&body)?)?;
    if items.is_empty() {
        let message = "items: send at least one item";
        return Err(InvalidRequest::parameter("items", message).into());
    }
    let database = &api.responses.database;
    let new = items.iter().map(new_item).collect();
    let added = database.add_to_conversation(&owner, &id, new, now(&api));
    match added.await {
        Ok(()) => Ok(Json(list(&items, false))),
        Err(DatabaseError::NotFound) => Err(unknown(&id)),
        Err(error) => Err(store_error(&error)),
    }
}

pub(crate) async fn list_items(
    State(api): State<Arc<Api>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, ApiError> {
    let owner = owner(&api, &headers).await?;
    let query = PageQuery::read(query.as_deref())?;
    find(&api, &owner, &id).await?;
    let items = api.responses.database.kept_items(&owner, &id).await;
    let items = items.map_err(|error| store_error(&error))?;
    Ok(Json(query.page(items.iter().map(kept_shown).collect())?))
}

pub(crate) async fn retrieve_item(
    State(api): State<Arc<Api>>,
    Path((id, item)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Json<Value>, ApiError> {
    let owner = owner(&api, &headers).await?;
    find(&api, &owner, &id).await?;
    let items = api.responses.database.kept_items(&owner, &id).await;
    let items = items.map_err(|error| store_error(&error))?;
    let found = items.iter().find(|it| it.id == item);
    Ok(Json(kept_shown(found.ok_or_else(|| unknown_item(&item))?)))
}

pub(crate) async fn delete_item(
    State(api): State<Arc<Api>>,
    Path((id, item)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Json<Value>, ApiError> {
    let owner = owner(&api, &headers).await?;
    let found = find(&api, &owner, &id).await?;
    let database = &api.responses.database;
    let gone = database.remove_kept_item(&owner, &id, &item).await;
    if !gone.map_err(|error| store_error(&error))? {
        return Err(unknown_item(&item));
    }
    Ok(Json(conversation(&found)))
}

async fn owner(api: &Api, headers: &HeaderMap) -> Result<String, ApiError> {
    let who = caller_auth::authenticate(headers, &api.callers, api.door).await?;
    owner_of(api, &who.caller).await
}

fn now(api: &Api) -> i64 {
    i64::try_from(api.clock.since_epoch().as_secs()).unwrap_or(i64::MAX)
}

async fn find(api: &Api, owner: &str, id: &str) -> Result<KeptConversation, ApiError> {
    let found = api.responses.database.kept_conversation(owner, id).await;
    found
        .map_err(|error| store_error(&error))?
        .ok_or_else(|| unknown(id))
}

fn unknown(id: &str) -> ApiError {
    let message = format!("there is no conversation \"{id}\"; it was deleted, or is too old");
    not_found("conversation_not_found", "id", message)
}

fn unknown_item(id: &str) -> ApiError {
    let message = format!("there is no item \"{id}\" in this conversation");
    not_found("item_not_found", "item", message)
}

/// A conversation as callers see it.
fn conversation(it: &KeptConversation) -> Value {
    let metadata: Value = serde_json::from_str(it.metadata.expose_secret()).unwrap_or_default();
    json!({
        "id": it.id,
        "object": "conversation",
        "created_at": it.created_at,
        "metadata": metadata,
    })
}

fn metadata(parameters: &mut Parameters<'_>) -> Result<Value, ApiError> {
    let metadata = parameters.take::<Value>("metadata")?;
    let metadata = metadata.unwrap_or_else(|| json!({}));
    response_create::check_metadata_value(&metadata)?;
    Ok(metadata)
}

/// Items that can be read, with their ids.
fn items(parameters: &mut Parameters<'_>) -> Result<Vec<Value>, ApiError> {
    let items: Vec<Value> = parameters.take("items")?.unwrap_or_default();
    if items.len() > MAX_ADDED {
        let message = format!("items: at most {MAX_ADDED} are added at once");
        return Err(InvalidRequest::parameter("items", message).into());
    }
    if !items.is_empty() {
        response_input::messages(None, &[], &items).map_err(as_items)?;
    }
    Ok(items.into_iter().map(settled).collect())
}

/// An error about the input of a response, as one about items that are added.
fn as_items(mut error: InvalidRequest) -> InvalidRequest {
    error.message = error.message.replacen("input", "items", 1);
    error.param = error.param.map(|it| it.replacen("input", "items", 1));
    error
}

fn new_item(item: &Value) -> NewItem {
    let is_output = item["role"] == "assistant";
    to_keep(item, is_output)
}
