//! What is left of a turn after its first stream: the rest by `resume`, whether it is still being
//! told, and the tasks that go on. Only the conversation's owner gets any of it.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, Query, State as Shared};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, Method, StatusCode};
use serde_json::{Value, json};

use super::recording::{Recording, Resumption};
use super::{Ending, respond};
use crate::playback::Performance;
use crate::reply::Reply;
use crate::simulator::State;
use crate::tokens;

type App = Shared<Arc<State>>;

/// Which stream to go on with, and from which event.
struct Wanted {
    conversation_id: String,
    event: usize,
}

/// `POST /backend-api/f/conversation/resume`
pub(crate) async fn post(Shared(state): App, headers: HeaderMap, body: Bytes) -> Response {
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    answer(&state, &headers, &Method::POST, &body)
}

/// `GET /backend-api/f/conversation/resume?conversation_id=…&offset=…`
pub(crate) async fn get(
    Shared(state): App,
    headers: HeaderMap,
    Query(query): Query<Vec<(String, String)>>,
) -> Response {
    let mut body = json!({});
    for (name, value) in query {
        body[&name] = match value.parse::<u64>() {
            Ok(number) if name == "offset" => json!(number),
            _ => json!(value),
        };
    }
    answer(&state, &headers, &Method::GET, &body)
}

fn answer(state: &State, headers: &HeaderMap, method: &Method, body: &Value) -> Response {
    rest(state, headers, method, body).unwrap_or_else(IntoResponse::into_response)
}

fn rest(
    state: &State,
    headers: &HeaderMap,
    method: &Method,
    body: &Value,
) -> Result<Response, Reply> {
    let caller = tokens::authenticate(headers, state)?;
    let wanted = read(body)?;
    let id = &wanted.conversation_id;
    let mut conversations = state.conversations();
    let recording = conversations
        .of_account_mut(id, &caller.account.id)
        .and_then(|tree| tree.recording.as_mut())
        .ok_or_else(|| Reply::conversation_not_found(id))?;
    let frames = match recording.resumption() {
        Resumption::Rest => recording.frames_from(wanted.event),
        Resumption::Persisted => {
            return Err(Reply::detail(StatusCode::GONE, "persisted_final_available"));
        }
        Resumption::NoPath if method == Method::POST => return Err(Reply::method_not_allowed()),
        Resumption::NoPath | Resumption::Gone => None,
    };
    let performance = Performance::of(frames.ok_or_else(Reply::not_found)?);
    let timeline = recording.timeline().filter(|_| recording.hands_off());
    let ending = timeline.and_then(|timeline| Ending::of(state, recording, &timeline));
    Ok(respond(state, &performance, recording, ending))
}

fn read(body: &Value) -> Result<Wanted, Reply> {
    let mut faults = Vec::new();
    let mut missing = |name: &str| {
        faults.push(json!({
            "loc": ["body", name],
            "msg": "field required",
            "type": "value_error.missing",
        }));
    };
    let conversation_id = body["conversation_id"].as_str().unwrap_or_else(|| {
        missing("conversation_id");
        ""
    });
    let event = body["offset"].as_u64().unwrap_or_else(|| {
        missing("offset");
        0
    });
    if !faults.is_empty() {
        return Err(Reply::detail(
            StatusCode::UNPROCESSABLE_ENTITY,
            json!(faults),
        ));
    }
    Ok(Wanted {
        conversation_id: conversation_id.to_owned(),
        event: usize::try_from(event).unwrap_or(usize::MAX),
    })
}

/// `GET /backend-api/conversation/{id}/stream_status`
pub(crate) async fn status(
    Shared(state): App,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Reply, Reply> {
    let caller = tokens::authenticate(&headers, &state)?;
    let mut conversations = state.conversations();
    let tree = conversations
        .of_account_mut(&id, &caller.account.id)
        .ok_or_else(|| Reply::conversation_not_found(&id))?;
    if tree.is_being_made() {
        state.look(tree);
    }
    let is_read = tree.recording.as_ref().is_some_and(Recording::is_read);
    let status = if is_read || tree.is_being_made() {
        "IS_STREAMING"
    } else {
        "COMPLETE"
    };
    Ok(Reply::ok(&json!({ "status": status })))
}

/// `GET /backend-api/tasks`
pub(crate) async fn tasks(Shared(state): App, headers: HeaderMap) -> Result<Reply, Reply> {
    let caller = tokens::authenticate(&headers, &state)?;
    let mut conversations = state.conversations();
    let mut tasks = Vec::new();
    for id in conversations.ids_of_account(&caller.account.id) {
        let Some(tree) = conversations.get_mut(&id) else {
            continue;
        };
        // A look at one that has no task would hurry a stream that is awaited.
        if tree.task().is_some() {
            state.look(tree);
            tasks.extend(tree.task());
        }
    }
    Ok(Reply::ok(&json!({ "tasks": tasks })))
}
