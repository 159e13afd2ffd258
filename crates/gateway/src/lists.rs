//! Lists of what is the visitor's: their conversations, what is found in them, their shared links
//! and the tasks that run in them.
//!
//! Upstream's lists have everybody's. The list of conversations is the gateway's own; the others
//! are upstream's, page after page, with what is not the visitor's taken out.

use std::collections::HashSet;

use axum::response::Response;
use http::StatusCode;
use jiff::Timestamp;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use store::records::{ListedConversation, ListedPage};
use upstream::web::PassedRequest;
use web::ApiError;

use crate::Gateway;
use crate::allow_list::IdKind;
use crate::answers;
use crate::failure_shape::{invalid, stored};
use crate::shared::Checked;

/// How long a page is where nothing is said, and at most.
const USUAL_LIMIT: i64 = 28;
const LARGEST_LIMIT: i64 = 100;

/// Pages of upstream's that are read for one of ours.
const MAX_PAGES: usize = 20;

/// `GET /backend-api/conversations`.
pub(crate) async fn conversations(
    gateway: &Gateway,
    checked: &Checked<'_>,
) -> Result<Response, ApiError> {
    let page = ListedPage {
        is_archived: flag(checked, "is_archived")?.unwrap_or(false),
        is_starred: flag(checked, "is_starred")?,
        by_creation: checked.query.get("order") == Some("created"),
        offset: number(checked, "offset", 0)?,
        limit: number(checked, "limit", USUAL_LIMIT)?.min(LARGEST_LIMIT),
    };
    let database = &gateway.parts.database;
    let listed = database.listed_conversations(&checked.owner, page).await;
    let (listed, total) = listed.map_err(|error| stored(&error))?;
    let items: Vec<Value> = listed.iter().map(listed_row).collect();
    Ok(answers::json(
        StatusCode::OK,
        &json!({
            "items": items,
            "total": total,
            "limit": page.limit,
            "offset": page.offset,
            "has_missing_conversations": false,
            "cursor": null,
        }),
    ))
}

/// A conversation as upstream's list has it.
fn listed_row(it: &ListedConversation) -> Value {
    let title = it.title.as_ref().map(ExposeSecret::expose_secret);
    json!({
        "id": it.id,
        "title": title.unwrap_or("New chat"),
        "create_time": iso(it.created_at),
        "update_time": iso(it.updated_at),
        "pinned_time": null,
        "mapping": null,
        "current_node": null,
        "conversation_template_id": it.gizmo_id,
        "gizmo_id": it.gizmo_id,
        "is_archived": it.is_archived,
        "is_starred": it.is_starred,
        "is_do_not_remember": false,
        "memory_scope": "global_enabled",
        "workspace_id": null,
        "async_status": null,
        "safe_urls": [],
        "blocked_urls": [],
        "conversation_origin": null,
        "snippet": null,
    })
}

/// `GET /backend-api/conversations/search`: upstream's pages, without what is not the visitor's.
pub(crate) async fn search(gateway: &Gateway, checked: &Checked<'_>) -> Result<Response, ApiError> {
    let query = checked.query.get("query").unwrap_or_default();
    let mut cursor = checked.query.get("cursor").unwrap_or_default().to_owned();
    let mut items = Vec::new();
    let mut rest = Value::Null;
    for _ in 0..MAX_PAGES {
        let asked = [("query", query), ("cursor", &cursor)];
        let page = page(gateway, checked, &checked.path, &asked).await?;
        let own = own_items(gateway, checked, &page["items"], "conversation_id").await?;
        items.extend(own);
        rest = page["cursor"].clone();
        match rest.as_str().filter(|it| !it.is_empty()) {
            Some(next) if items.is_empty() => next.clone_into(&mut cursor),
            _ => break,
        }
    }
    let found = json!({"items": items, "cursor": rest});
    Ok(answers::json(StatusCode::OK, &found))
}

/// `GET /backend-api/shared_conversations`.
pub(crate) async fn shares(gateway: &Gateway, checked: &Checked<'_>) -> Result<Response, ApiError> {
    let offset = number(checked, "offset", 0)?;
    let limit = number(checked, "limit", 50)?.min(LARGEST_LIMIT);
    let database = &gateway.parts.database;
    let own = database
        .objects_of(&checked.owner, IdKind::Share.word())
        .await;
    let own = own.map_err(|error| stored(&error))?;
    let own: HashSet<&str> = own.iter().map(|it| it.id.as_str()).collect();
    let mut items: Vec<Value> = Vec::new();
    let mut at = 0;
    // Whoever has none is not worth a question.
    for _ in 0..if own.is_empty() { 0 } else { MAX_PAGES } {
        let from = at.to_string();
        let asked = [("order", "created"), ("limit", "100"), ("offset", &from)];
        let page = page(gateway, checked, &checked.path, &asked).await?;
        let rows = page["items"].as_array().cloned().unwrap_or_default();
        at += rows.len();
        let is_last = rows.len() < 100;
        items.extend(rows.into_iter().filter(|it| is_among(&own, &it["id"])));
        if is_last || items.len() >= own.len() {
            break;
        }
    }
    let total = items.len();
    let skipped = usize::try_from(offset).unwrap_or(usize::MAX);
    let taken = usize::try_from(limit).unwrap_or(usize::MAX);
    let items: Vec<Value> = items.into_iter().skip(skipped).take(taken).collect();
    Ok(answers::json(
        StatusCode::OK,
        &json!({
            "items": items,
            "total": total,
            "limit": limit,
            "offset": offset,
            "has_missing_conversations": false,
        }),
    ))
}

/// `GET /backend-api/tasks`.
pub(crate) async fn tasks(gateway: &Gateway, checked: &Checked<'_>) -> Result<Response, ApiError> {
    let page = page(gateway, checked, &checked.path, &[]).await?;
    let own = own_items(gateway, checked, &page["tasks"], "conversation_id").await?;
    Ok(answers::json(StatusCode::OK, &json!({"tasks": own})))
}

/// A page of upstream's own list.
async fn page(
    gateway: &Gateway,
    checked: &Checked<'_>,
    path: &str,
    query: &[(&str, &str)],
) -> Result<Value, ApiError> {
    let path = address(path, query);
    let request = PassedRequest::get(path, &checked.headers);
    let passed = checked.ask_for(gateway, &request).await?;
    let (status, value, _lease) = passed.json().await?;
    if status.is_success() {
        return Ok(value);
    }
    Err(ApiError::new(
        StatusCode::BAD_GATEWAY,
        web::ErrorClass::Upstream,
        "upstream_error",
        format!("upstream did not give its list: status {status}"),
    ))
}

fn address(path: &str, query: &[(&str, &str)]) -> String {
    let mut written = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in query.iter().filter(|it| !it.1.is_empty()) {
        written.append_pair(name, value);
    }
    match written.finish().as_str() {
        "" => path.to_owned(),
        query => format!("{path}?{query}"),
    }
}

/// The rows that are about a conversation of the visitor's.
async fn own_items(
    gateway: &Gateway,
    checked: &Checked<'_>,
    rows: &Value,
    member: &str,
) -> Result<Vec<Value>, ApiError> {
    let mut own = Vec::new();
    for row in rows.as_array().into_iter().flatten() {
        let Some(id) = row[member].as_str() else {
            continue;
        };
        let known = gateway.ownership.conversation(&checked.owner, id).await;
        if known.map_err(|error| stored(&error))?.is_some() {
            own.push(row.clone());
        }
    }
    Ok(own)
}

fn is_among(own: &HashSet<&str>, id: &Value) -> bool {
    id.as_str().is_some_and(|id| own.contains(id))
}

fn number(checked: &Checked<'_>, name: &str, usual: i64) -> Result<i64, ApiError> {
    let Some(text) = checked.query.get(name).filter(|it| !it.is_empty()) else {
        return Ok(usual);
    };
    let number = text.parse().ok().filter(|it| *it >= 0);
    number.ok_or_else(|| invalid(format!("{name} has to be a number that is not below 0")))
}

fn flag(checked: &Checked<'_>, name: &str) -> Result<Option<bool>, ApiError> {
    match checked.query.get(name) {
        None | Some("") => Ok(None),
        Some("true") => Ok(Some(true)),
        Some("false") => Ok(Some(false)),
        Some(_) => Err(invalid(format!("{name} has to be true or false"))),
    }
}

/// A time as upstream's lists write it.
fn iso(seconds: i64) -> String {
    let at = Timestamp::from_second(seconds).unwrap_or_default();
    format!("{}.000000+00:00", at.strftime("%Y-%m-%dT%H:%M:%S"))
}
