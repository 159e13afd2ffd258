//! The Codex backend: the Responses API as ChatGPT plans have it, with its own rules for what a
//! request must and may not say, its limits in the headers of every reply, and its models.

pub(crate) mod compact;
pub(crate) mod limits;
mod models;
mod required;

use std::collections::HashMap;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Query, State as Shared};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use http::header::IF_NONE_MATCH;
use http::{HeaderMap, StatusCode};
use serde_json::Value;

use crate::ids;
use crate::reply::Reply;
use crate::responses::body;
use crate::responses::check;
use crate::responses::events::Told;
use crate::responses::faults::{self, Outcome};
use crate::responses::history;
use crate::responses::object::Object;
use crate::responses::play;
use crate::responses::sealed;
use crate::simulator::State;
use crate::timestamps::since_epoch;
use crate::tokens::Caller;

/// The routes.
pub(crate) fn routes() -> Router<Arc<State>> {
    Router::new()
        .route("/backend-api/codex/responses", post(respond))
        .route("/backend-api/codex/responses/compact", post(compacted))
        .route("/backend-api/codex/models", get(list_models))
        .route("/backend-api/wham/usage", get(usage))
}

async fn respond(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let reply = answer(&state, &caller, &headers, &body).await;
    let reply = reply.unwrap_or_else(IntoResponse::into_response);
    limits::with_headers(reply, &state, &caller)
}

async fn answer(
    state: &State,
    caller: &Caller,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Response, Reply> {
    let request = required::read(headers, body)?;
    required::check(&request)?;
    let input = body::input_items(&request["input"]);
    check_all(caller, &request, &input)?;
    let asked = body::read(&request, &input);
    let fault = match faults::outcome(state, caller, headers, &asked.prompt).await {
        Outcome::Reply(reply) => return Ok(reply),
        Outcome::Answer(fault) => fault,
    };
    limits::refuse(state, caller)?;
    let id = format!("resp_{}", ids::hex(&[&state.fresh_id("response")], 48));
    let object = Object::new(&id, since_epoch(state.now()).as_secs(), &request);
    let answer = play::play(&asked);
    let tells_output = answer.tells_output;
    let sealed = asked.reasoning.sealed;
    let told = Told::new(object, answer, &caller.account, sealed, asked.input_tokens);
    let mut stream = told.stream(tells_output);
    faults::bend(fault, &mut stream);
    Ok(stream.response(state))
}

/// What both kinds of call are refused for.
fn check_all(caller: &Caller, request: &Value, input: &[Value]) -> Result<(), Reply> {
    check::check(request, input)?;
    history::check(input)?;
    required::check_input(input)?;
    sealed::check(&caller.account, input)?;
    let model = request["model"].as_str().unwrap_or_default();
    if models::exists(model) {
        return Ok(());
    }
    let said =
        format!("The '{model}' model is not supported when using Codex with a ChatGPT account.");
    Err(Reply::detail(StatusCode::BAD_REQUEST, said))
}

async fn compacted(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let reply = compact_input(&state, &caller, &headers, &body).await;
    let reply = reply.unwrap_or_else(IntoResponse::into_response);
    limits::with_headers(reply, &state, &caller)
}

async fn compact_input(
    state: &State,
    caller: &Caller,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Response, Reply> {
    let request = required::read(headers, body)?;
    required::check_compact(&request)?;
    let input = body::input_items(&request["input"]);
    check_all(caller, &request, &input)?;
    let asked = body::read(&request, &input);
    if let Outcome::Reply(reply) = faults::outcome(state, caller, headers, &asked.prompt).await {
        return Ok(reply);
    }
    limits::refuse(state, caller)?;
    let object = compact::compact(state, &caller.account, &input, asked.input_tokens);
    Ok(Reply::ok(&object).into_response())
}

async fn list_models(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
) -> Response {
    let reply = if query.contains_key("client_version") {
        let tag = limits::models_etag(&caller);
        let known = headers.get(IF_NONE_MATCH);
        let known = known
            .and_then(|tags| tags.to_str().ok())
            .unwrap_or_default();
        let reply = if known.split(',').any(|known| known.trim() == tag) {
            Reply::not_modified()
        } else {
            Reply::ok(&models::list(&caller.account.plan))
        };
        reply.with("etag", tag)
    } else {
        let said = "client_version is required";
        Reply::detail(StatusCode::BAD_REQUEST, said)
    };
    limits::with_headers(reply.into_response(), &state, &caller)
}

async fn usage(Shared(state): Shared<Arc<State>>, caller: Caller) -> Json<Value> {
    Json(limits::usage(&state, &caller))
}
