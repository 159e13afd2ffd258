//! `/api/chats/…`: one chat, read, changed, deleted and brought back by its owner.
//!
//! What is another's looks as if it were not there. The list is in `chat_list`.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use http::{HeaderMap, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};
use store::DatabaseError;
use store::records::{ChatPatch, NewChat, StoredChat, StoredTurn};
use web::kept_response::{self, ALIVE_SECONDS};
use web::{ApiError, ErrorClass};

use crate::Site;
use crate::body::{self, invalid, stored};
use crate::owner::owner;
use crate::replies::{Chat, KeptTurn, OpenedChat};

/// A deleted chat can be brought back for so long.
const UNDO_SECONDS: i64 = 60;

const TITLE_CHARS: usize = 200;
const MODEL_CHARS: usize = 200;

#[derive(Deserialize, Default)]
pub(crate) struct Create {
    title: Option<String>,
    model: Option<String>,
}

pub(crate) async fn create(
    State(site): State<Arc<Site>>,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<Chat>), ApiError> {
    let owner = owner(&site, &headers).await?;
    let asked: Create = body::read(&headers, body).await?;
    if asked
        .model
        .as_ref()
        .is_some_and(|it| it.len() > MODEL_CHARS)
    {
        return Err(invalid("model: that is no model's name").with_param("model"));
    }
    let id = format!("chat_{}", uuid::Uuid::new_v4().simple());
    let new = NewChat {
        id: id.clone(),
        owner: owner.clone(),
        title: asked.title.map(title).transpose()?,
        model: asked.model,
        created_at: site.now(),
    };
    let made = site.parts.database.create_chat(new).await;
    made.map_err(|error| stored(&error))?;
    let chat = find(&site, &owner, &id).await?;
    Ok((StatusCode::CREATED, Json(shown(chat))))
}

pub(crate) async fn retrieve(
    State(site): State<Arc<Site>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Json<OpenedChat>, ApiError> {
    let owner = owner(&site, &headers).await?;
    let chat = find(&site, &owner, &id).await?;
    let turns = site.parts.database.chat_turns(&owner, &id).await;
    let turns = turns.map_err(|error| stored(&error))?;
    let now = site.now();
    Ok(Json(OpenedChat {
        chat: shown(chat),
        turns: turns.into_iter().map(|it| turn(it, now)).collect(),
    }))
}

#[derive(Deserialize, Default)]
pub(crate) struct Change {
    title: Option<String>,
    is_pinned: Option<bool>,
    is_archived: Option<bool>,
    leaf: Option<String>,
}

pub(crate) async fn change(
    State(site): State<Arc<Site>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Chat>, ApiError> {
    let owner = owner(&site, &headers).await?;
    let asked: Change = body::read(&headers, body).await?;
    let patch = ChatPatch {
        title: asked.title.map(title).transpose()?,
        is_pinned: asked.is_pinned,
        is_archived: asked.is_archived,
        leaf: asked.leaf,
    };
    let changed = site.parts.database.change_chat(&owner, &id, patch).await;
    if changed.map_err(|error| stored(&error))? {
        return Ok(Json(shown(find(&site, &owner, &id).await?)));
    }
    // Whichever of the two it is that is not there.
    find(&site, &owner, &id).await?;
    Err(not_found("leaf: the chat has no such response").with_param("leaf"))
}

pub(crate) async fn delete(
    State(site): State<Arc<Site>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Value>, ApiError> {
    let owner = owner(&site, &headers).await?;
    let now = site.now();
    let deleted = site.parts.database.delete_chat(&owner, &id, now).await;
    if !deleted.map_err(|error| stored(&error))? {
        return Err(unknown());
    }
    Ok(Json(json!({"undo_until": now + UNDO_SECONDS})))
}

pub(crate) async fn restore(
    State(site): State<Arc<Site>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Chat>, ApiError> {
    let owner = owner(&site, &headers).await?;
    let since = site.now() - UNDO_SECONDS;
    let restored = site.parts.database.restore_chat(&owner, &id, since).await;
    if !restored.map_err(|error| stored(&error))? {
        return Err(unknown());
    }
    Ok(Json(shown(find(&site, &owner, &id).await?)))
}

/// Removes for ever what cannot be brought back any more.
pub(crate) async fn purge(site: &Site) -> Result<u64, DatabaseError> {
    let until = site.now() - UNDO_SECONDS;
    site.parts.database.purge_chats(until).await
}

/// A chat as people's programs see it.
pub(crate) fn shown(chat: StoredChat) -> Chat {
    let title = chat.title.as_ref();
    Chat {
        id: chat.id,
        title: title.map_or("", |it| it.expose_secret()).to_owned(),
        model: chat.model.unwrap_or_default(),
        created_at: chat.created_at,
        updated_at: chat.updated_at,
        is_pinned: chat.is_pinned,
        is_archived: chat.is_archived,
        leaf: chat.leaf,
        running: chat.running,
        snippet: None,
    }
}

/// Since when whoever makes a response must have been heard of.
pub(crate) fn alive_since(site: &Site) -> i64 {
    site.now() - ALIVE_SECONDS
}

fn turn(turn: StoredTurn, now: i64) -> KeptTurn {
    let StoredTurn {
        mut response,
        items,
    } = turn;
    kept_response::settle(&mut response, now);
    let said = items.iter().filter(|it| !it.is_output);
    KeptTurn {
        input: said.map(kept_response::shown_item).collect(),
        response: kept_response::whole(&response, &items),
    }
}

async fn find(site: &Site, owner: &str, id: &str) -> Result<StoredChat, ApiError> {
    let found = site.parts.database.chat(owner, id, alive_since(site)).await;
    found.map_err(|error| stored(&error))?.ok_or_else(unknown)
}

fn title(text: String) -> Result<SecretString, ApiError> {
    let is_long = text.chars().count() > TITLE_CHARS;
    if is_long || text.trim().is_empty() || text.chars().any(char::is_control) {
        let message = format!("title: 1 to {TITLE_CHARS} characters, and no control characters");
        return Err(invalid(message).with_param("title"));
    }
    Ok(SecretString::from(text))
}

fn unknown() -> ApiError {
    not_found("there is no such chat; it was never made, or is gone")
}

fn not_found(message: &str) -> ApiError {
    let class = ErrorClass::InvalidRequest;
    ApiError::new(StatusCode::NOT_FOUND, class, "chat_not_found", message)
}
