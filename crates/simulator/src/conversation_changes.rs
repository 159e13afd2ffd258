//! What a caller does to conversations it has: it reads, renames, hides, archives, moves, stops and
//! rates them. Answers come from `conversation`, lists from `conversation_list`.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{Path, State as Shared};
use http::StatusCode;
use serde_json::json;

use crate::conversation_request::text_of;
use crate::conversations::Order;
use crate::fields::Fields;
use crate::gizmos;
use crate::reply::Reply;
use crate::simulator::State;
use crate::story;
use crate::timestamps::since_epoch;
use crate::tokens::Caller;
use crate::tree::Tree;

type App = Shared<Arc<State>>;

/// How long a temporary chat can be read after its last turn.
const TEMPORARY_LIFE: Duration = Duration::from_hours(1);

/// `GET /backend-api/conversation/{id}`.
pub(crate) async fn show(
    Shared(state): App,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Reply, Reply> {
    let mut conversations = state.conversations();
    conversations
        .of_account_mut(&id, &caller.account.id)
        .filter(|tree| is_served(&state, tree))
        .map(|tree| {
            state.look(tree);
            Reply::ok(&tree.document())
        })
        .ok_or_else(|| Reply::conversation_not_found(&id))
}

/// Whether a conversation can be read: a temporary one only for a while, or not at all.
pub(crate) fn is_served(state: &State, tree: &Tree) -> bool {
    let age = since_epoch(state.now()).as_secs_f64() - tree.update_time();
    let is_young = age < TEMPORARY_LIFE.as_secs_f64();
    !tree.details.is_temporary || (state.options.temporary_is_served && is_young)
}

/// `PATCH /backend-api/conversation/{id}`.
pub(crate) async fn change(
    Shared(state): App,
    caller: Caller,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Reply, Reply> {
    let fields = Fields::of_body(&body)?;
    let mut conversations = state.conversations();
    let tree = conversations
        .of_account_mut(&id, &caller.account.id)
        .ok_or_else(|| Reply::conversation_not_found(&id))?;
    let mut is_changed = false;
    if let Some(title) = fields.optional("title").as_str() {
        title.clone_into(&mut tree.details.title);
        tree.details.is_renamed = true;
        is_changed = true;
    }
    if let Some(gizmo) = fields.optional("gizmo_id").as_str() {
        let gizmo = gizmos::find(&state, &caller.account, gizmo)?;
        tree.details.gizmo_id = Some(gizmo.id);
        is_changed = true;
    }
    is_changed |= switch(tree, &fields);
    if is_changed {
        Ok(success())
    } else {
        Err(Reply::detail(StatusCode::BAD_REQUEST, "Nothing to change"))
    }
}

/// `PATCH /backend-api/conversations`: all of an account's conversations at once.
pub(crate) async fn change_all(
    Shared(state): App,
    caller: Caller,
    body: Bytes,
) -> Result<Reply, Reply> {
    let fields = Fields::of_body(&body)?;
    let is_known = ["is_visible", "is_archived"]
        .iter()
        .any(|name| fields.optional(name).is_boolean());
    if !is_known {
        return Err(Reply::detail(StatusCode::BAD_REQUEST, "Nothing to change"));
    }
    let mut conversations = state.conversations();
    let listed = conversations.listed(&caller.account.id, Order::Updated);
    let ids: Vec<String> = listed.into_iter().map(|tree| tree.id.clone()).collect();
    for id in ids {
        if let Some(tree) = conversations.get_mut(&id) {
            switch(tree, &fields);
        }
    }
    Ok(success())
}

/// Sets the switches a body names; says whether it names any.
fn switch(tree: &mut Tree, fields: &Fields) -> bool {
    let details = &mut tree.details;
    let mut is_changed = false;
    for (name, switch) in [
        ("is_visible", &mut details.is_visible),
        ("is_archived", &mut details.is_archived),
        ("is_starred", &mut details.is_starred),
    ] {
        if let Some(value) = fields.optional(name).as_bool() {
            *switch = value;
            is_changed = true;
        }
    }
    is_changed
}

/// `POST /backend-api/conversation/gen_title/{id}`.
pub(crate) async fn generate_title(
    Shared(state): App,
    caller: Caller,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Reply, Reply> {
    let mut fields = Fields::of_body(&body)?;
    let message_id = fields.text("message_id");
    fields.accept()?;
    let mut conversations = state.conversations();
    let tree = conversations
        .of_account_mut(&id, &caller.account.id)
        .ok_or_else(|| Reply::conversation_not_found(&id))?;
    let asked = tree
        .user_message(&message_id)
        .ok_or_else(|| Reply::message_not_found(&message_id))?;
    let title = story::title_of(&text_of(asked));
    if tree.details.is_renamed {
        let title = &tree.details.title;
        let message = format!("Conversation {title} already has a title");
        return Ok(Reply::ok(&json!({"message": message})));
    }
    tree.details.title.clone_from(&title);
    Ok(Reply::ok(&json!({"title": title})))
}

/// `POST /backend-api/stop_conversation`. The answer was made at once, so nothing is left to stop.
pub(crate) async fn stop(Shared(state): App, caller: Caller, body: Bytes) -> Result<Reply, Reply> {
    let mut fields = Fields::of_body(&body)?;
    let id = fields.text("conversation_id");
    fields.accept()?;
    let conversations = state.conversations();
    conversations
        .of_account(&id, &caller.account.id)
        .map(|_| success())
        .ok_or_else(|| Reply::conversation_not_found(&id))
}

/// `POST /backend-api/conversation/message_feedback`.
pub(crate) async fn rate(Shared(state): App, caller: Caller, body: Bytes) -> Result<Reply, Reply> {
    let mut fields = Fields::of_body(&body)?;
    let id = fields.text("conversation_id");
    let message_id = fields.text("message_id");
    let rating = fields.one_of("rating", &["thumbsUp", "thumbsDown"]);
    fields.accept()?;
    let conversations = state.conversations();
    let tree = conversations
        .of_account(&id, &caller.account.id)
        .ok_or_else(|| Reply::conversation_not_found(&id))?;
    if tree.message(&message_id).is_none() {
        return Err(Reply::message_not_found(&message_id));
    }
    Ok(Reply::ok(&json!({
        "message_id": message_id,
        "conversation_id": id,
        "user_id": caller.account.user_id,
        "rating": rating,
        "content": "{}",
    })))
}

/// `GET /backend-api/conversation/{id}/textdocs`: always none; documents are in the messages.
pub(crate) async fn textdocs(
    Shared(state): App,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Reply, Reply> {
    let conversations = state.conversations();
    conversations
        .of_account(&id, &caller.account.id)
        .map(|_| Reply::ok(&json!([])))
        .ok_or_else(|| Reply::conversation_not_found(&id))
}

fn success() -> Reply {
    Reply::ok(&json!({"success": true}))
}
