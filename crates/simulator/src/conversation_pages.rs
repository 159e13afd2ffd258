//! Conversations as newer pages ask for them: the last turns of one, and the messages after one.
//! Also what little such a page asks beside it: that a badge goes away, and what one might type.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, Query, State as Shared};
use axum::routing::{get, post};
use serde_json::{Value, json};

use crate::conversation_changes::is_served;
use crate::fields::Fields;
use crate::reply::Reply;
use crate::simulator::State;
use crate::tokens::Caller;

type App = Shared<Arc<State>>;

/// How many turns, and how many messages, come where nothing is said.
const USUAL_TURNS: usize = 10;
const USUAL_MESSAGES: usize = 50;

/// How many things one might type are told of at most.
const MOST_COMPLETIONS: u64 = 10;

/// The routes.
pub(crate) fn routes() -> Router<Arc<State>> {
    Router::new()
        .route("/backend-api/conversations/{id}", get(turns))
        .route("/backend-api/conversations/{id}/messages", get(messages))
        .route(
            "/backend-api/conversation/{id}/async-status",
            post(clear_async_status),
        )
        .route(
            "/backend-api/conversation/experimental/generate_autocompletions",
            post(complete),
        )
}

/// `GET /backend-api/conversations/{id}`: its last turns.
async fn turns(
    Shared(state): App,
    caller: Caller,
    Path(id): Path<String>,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Reply, Reply> {
    let mut fields = Fields::of_query(&query);
    let wanted = fields.number_or("num_turns", USUAL_TURNS).max(1);
    fields.accept()?;
    let (mut document, thread) = read(&state, &caller, &id)?;
    let asked =
        |(index, message): (usize, &Value)| (message["author"]["role"] == "user").then_some(index);
    let questions: Vec<usize> = thread.iter().enumerate().filter_map(asked).collect();
    let start = match questions.len().checked_sub(wanted) {
        None | Some(0) => 0,
        Some(earlier) => questions[earlier],
    };
    let page = page(&thread, start, thread.len());
    for (name, value) in [
        ("messages", &page["messages"]),
        ("page_info", &page["page_info"]),
    ] {
        document[name] = value.clone();
    }
    if let Some(members) = document.as_object_mut() {
        members.remove("mapping");
    }
    Ok(Reply::ok(&document))
}

/// `GET /backend-api/conversations/{id}/messages`: those after one, or the first.
async fn messages(
    Shared(state): App,
    caller: Caller,
    Path(id): Path<String>,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Reply, Reply> {
    let mut fields = Fields::of_query(&query);
    let limit = fields.number_or("limit", USUAL_MESSAGES);
    fields.accept()?;
    let (_, thread) = read(&state, &caller, &id)?;
    let start = match fields
        .optional("after")
        .as_str()
        .filter(|id| !id.is_empty())
    {
        None => 0,
        Some(after) => {
            let place = thread.iter().position(|message| message["id"] == after);
            place.ok_or_else(|| Reply::message_not_found(after))? + 1
        }
    };
    let end = start.saturating_add(limit).min(thread.len());
    Ok(Reply::ok(&page(&thread, start, end)))
}

/// A conversation of the caller's: its document, and the messages of the thread that is shown.
fn read(state: &State, caller: &Caller, id: &str) -> Result<(Value, Vec<Value>), Reply> {
    let mut conversations = state.conversations();
    let tree = conversations
        .of_account_mut(id, &caller.account.id)
        .filter(|tree| is_served(state, tree))
        .ok_or_else(|| Reply::conversation_not_found(id))?;
    state.look(tree);
    let thread = tree.thread_messages().into_iter().cloned().collect();
    Ok((tree.document(), thread))
}

fn page(thread: &[Value], start: usize, end: usize) -> Value {
    let messages = &thread[start..end];
    json!({
        "messages": messages,
        "page_info": {
            "has_previous_page": start > 0,
            "has_next_page": end < thread.len(),
            "start_cursor": messages.first().map(|message| &message["id"]),
            "end_cursor": messages.last().map(|message| &message["id"]),
        },
    })
}

/// `POST /backend-api/conversation/{id}/async-status`: null takes the badge away.
async fn clear_async_status(
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
    if fields.optional("status").is_null() {
        tree.notice();
    }
    Ok(Reply::ok(&json!({"success": true})))
}

/// `POST /backend-api/conversation/experimental/generate_autocompletions`.
async fn complete(_caller: Caller, body: Bytes) -> Result<Reply, Reply> {
    const ENDS: [&str; 4] = [
        "in one sentence",
        "step by step",
        "as a table",
        "with an example",
    ];
    let mut fields = Fields::of_body(&body)?;
    let input = fields.text("input_text");
    fields.accept()?;
    let wanted = fields.optional("num_completions").as_u64().unwrap_or(4);
    let completions = (0..wanted.min(MOST_COMPLETIONS)).zip(ENDS.into_iter().cycle());
    let completions = completions.map(|(_, end)| format!("{} {end}", input.trim_end()));
    Ok(Reply::ok(
        &json!({"completions": completions.collect::<Vec<_>>()}),
    ))
}
