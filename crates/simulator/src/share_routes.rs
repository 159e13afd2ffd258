//! The routes of shares: an account makes, changes, lists, reads and takes back its own, and
//! anybody opens a public one. Shares of other accounts are not there.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, Query, State as Shared};
use axum::routing::{get, patch, post};
use http::header::ACCEPT;
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use crate::conversation_list::Page;
use crate::fields::Fields;
use crate::links::OwnAddress;
use crate::reply::Reply;
use crate::shares::Share;
use crate::simulator::State;
use crate::timestamps::since_epoch;
use crate::tokens::Caller;

type App = Shared<Arc<State>>;

/// How many shares a page has where nothing is said.
const USUAL_LIMIT: usize = 50;

/// The routes.
pub(crate) fn routes() -> Router<Arc<State>> {
    Router::new()
        .route("/backend-api/share/create", post(create))
        .route(
            "/backend-api/share/{id}",
            patch(change).delete(remove).get(show),
        )
        .route("/backend-api/shared_conversations", get(list))
        .route("/share/{id}", get(open))
}

/// `POST /backend-api/share/create`. The same message of the same conversation is shared once.
async fn create(
    Shared(state): App,
    caller: Caller,
    OwnAddress(address): OwnAddress,
    body: Bytes,
) -> Result<Reply, Reply> {
    let mut fields = Fields::of_body(&body)?;
    let id = fields.text("conversation_id");
    let node = fields.text("current_node_id");
    fields.accept()?;
    let conversations = state.conversations();
    let tree = conversations
        .of_account(&id, &caller.account.id)
        .ok_or_else(|| Reply::conversation_not_found(&id))?;
    if !tree.has(&node) {
        return Err(Reply::message_not_found(&node));
    }
    let is_it = |share: &&Share| share.conversation_id == id && share.current_node_id == node;
    let known = state.shares.all().iter().find(is_it).cloned();
    let already_exists = known.is_some();
    let share = known.unwrap_or_else(|| {
        let now = since_epoch(state.now());
        let share = Share {
            id: state.fresh_id("share"),
            account_id: caller.account.id.clone(),
            author: caller.account.name.clone(),
            title: tree.details.title.clone(),
            highlighted: Value::Null,
            is_public: false,
            is_visible: true,
            is_anonymous: fields.optional("is_anonymous").as_bool().unwrap_or(true),
            created: now,
            updated: now,
            conversation_id: id.clone(),
            current_node_id: node.clone(),
        };
        state.shares.insert(share.clone());
        share
    });
    let mut described = share.described(&address);
    described["already_exists"] = json!(already_exists);
    Ok(Reply::ok(&described))
}

/// `PATCH /backend-api/share/{id}`.
async fn change(
    Shared(state): App,
    caller: Caller,
    OwnAddress(address): OwnAddress,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Reply, Reply> {
    let fields = Fields::of_body(&body)?;
    own(&state, &caller, &id)?;
    let mut shares = state.shares.all();
    let share = shares.iter_mut().find(|share| share.id == id);
    let share = share.ok_or_else(|| not_found(&id))?;
    if let Some(title) = fields.optional("title").as_str() {
        title.clone_into(&mut share.title);
    }
    if let message @ Value::String(_) = fields.optional("highlighted_message_id") {
        share.highlighted = message.clone();
    }
    for (name, switch) in [
        ("is_public", &mut share.is_public),
        ("is_visible", &mut share.is_visible),
        ("is_anonymous", &mut share.is_anonymous),
    ] {
        *switch = fields.optional(name).as_bool().unwrap_or(*switch);
    }
    share.updated = since_epoch(state.now());
    Ok(Reply::ok(&share.described(&address)))
}

/// `DELETE /backend-api/share/{id}`.
async fn remove(
    Shared(state): App,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Reply, Reply> {
    own(&state, &caller, &id)?;
    state.shares.all().retain(|share| share.id != id);
    Ok(Reply::ok(&json!({"success": true})))
}

/// `GET /backend-api/share/{id}`.
async fn show(Shared(state): App, caller: Caller, Path(id): Path<String>) -> Result<Reply, Reply> {
    let share = own(&state, &caller, &id)?;
    document(&state, &share).map(|document| Reply::ok(&document))
}

/// `GET /backend-api/shared_conversations`.
async fn list(
    Shared(state): App,
    caller: Caller,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Reply, Reply> {
    let mut fields = Fields::of_query(&query);
    let page = Page {
        offset: fields.number_or("offset", 0),
        limit: fields.number_or("limit", USUAL_LIMIT),
    };
    fields.accept()?;
    let conversations = state.conversations();
    let is_listed = |share: &&Share| {
        let account_id = &caller.account.id;
        share.account_id == *account_id
            && conversations
                .of_account(&share.conversation_id, account_id)
                .is_some()
    };
    let mut own: Vec<Share> = state
        .shares
        .all()
        .iter()
        .filter(is_listed)
        .cloned()
        .collect();
    own.reverse();
    // Stable, so that of those with the same time the one that was made later comes first.
    match fields.optional("order").as_str() {
        Some("updated") => own.sort_by_key(|share| std::cmp::Reverse(share.updated)),
        _ => own.sort_by_key(|share| std::cmp::Reverse(share.created)),
    }
    let (items, _) = page.cut(&own);
    Ok(Reply::ok(&json!({
        "items": items.iter().map(Share::row).collect::<Vec<_>>(),
        "total": own.len(),
        "limit": page.limit,
        "offset": page.offset,
        "has_missing_conversations": false,
    })))
}

/// `GET /share/{id}`, for anybody: a page, or what is on it for who asks for JSON.
async fn open(
    Shared(state): App,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Reply, Reply> {
    let share = state.shares.find(&id);
    let share = share.filter(|share| share.is_public && share.is_visible);
    let share = share.ok_or_else(|| not_found(&id))?;
    let document = document(&state, &share)?;
    let accepted = headers.get(ACCEPT).and_then(|value| value.to_str().ok());
    if accepted.is_some_and(|accepted| accepted.contains("application/json")) {
        return Ok(Reply::ok(&document));
    }
    let title = share.title.replace('&', "&amp;").replace('<', "&lt;");
    Ok(Reply::html(
        StatusCode::OK,
        format!(
            "<!DOCTYPE html><html lang=\"en-US\"><head><meta charset=\"utf-8\">\
             <title>{title}</title></head><body><h1>{title}</h1>\
             <p>A conversation that was shared in the simulator.</p></body></html>"
        ),
    ))
}

/// A share of the caller's.
fn own(state: &State, caller: &Caller, id: &str) -> Result<Share, Reply> {
    let share = state.shares.find(id);
    let own = share.filter(|share| share.account_id == caller.account.id);
    own.ok_or_else(|| not_found(id))
}

/// What a share shows, if its conversation is still there.
fn document(state: &State, share: &Share) -> Result<Value, Reply> {
    let conversations = state.conversations();
    let tree = conversations.of_account(&share.conversation_id, &share.account_id);
    let document = tree.map(|tree| share.document(tree));
    document.ok_or_else(|| not_found(&share.id))
}

fn not_found(id: &str) -> Reply {
    let message = format!("Shared conversation {id} not found");
    Reply::coded(
        StatusCode::NOT_FOUND,
        "shared_conversation_not_found",
        &message,
    )
}
