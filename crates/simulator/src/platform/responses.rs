//! The Responses API of the platform: like the Codex backend's, but whole or streamed, with what it
//! refuses there, and kept, so that it can be looked at and gone on with.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State as Shared};
use axum::response::{IntoResponse, Response};
use http::HeaderMap;
use serde_json::{Value, json};

use super::keys::Key;
use super::models::Kind;
use super::stored::Stored;
use crate::codex::compact;
use crate::ids;
use crate::reply::Reply;
use crate::responses::asked::Asked;
use crate::responses::events::Told;
use crate::responses::faults::{self, Outcome};
use crate::responses::object::{self, Object};
use crate::responses::{body, check, errors, history, play, sealed};
use crate::simulator::State;
use crate::timestamps::since_epoch;
use crate::tokens::Caller;

type App = Shared<Arc<State>>;

/// What a request may say.
const PARAMETERS: [&str; 27] = [
    "background",
    "include",
    "input",
    "instructions",
    "max_output_tokens",
    "max_tool_calls",
    "metadata",
    "model",
    "parallel_tool_calls",
    "previous_response_id",
    "prompt",
    "prompt_cache_key",
    "prompt_cache_retention",
    "reasoning",
    "safety_identifier",
    "service_tier",
    "store",
    "stream",
    "stream_options",
    "temperature",
    "text",
    "tool_choice",
    "tools",
    "top_logprobs",
    "top_p",
    "truncation",
    "user",
];

/// `POST /v1/responses`.
pub(super) async fn respond(
    Shared(state): App,
    Key(caller): Key,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Reply> {
    let request = super::object(&body)?;
    let (asked, input) = checked(&state, &caller, &request)?;
    let fault = match faults::outcome(&state, &caller, &headers, &asked.prompt).await {
        Outcome::Reply(reply) => return Ok(reply),
        Outcome::Answer(fault) => fault,
    };
    super::check_rate(
        &state,
        &caller,
        request["model"].as_str().unwrap_or_default(),
    )?;
    let id = format!("resp_{}", ids::hex(&[&state.fresh_id("response")], 48));
    let object = Object::new(&id, since_epoch(state.now()).as_secs(), &request);
    let answer = play::play(&asked);
    let sealed = asked.reasoning.sealed;
    let told = Told::new(object, answer, &caller.account, sealed, asked.input_tokens);
    let ended = told.ended(&told.output());
    let is_in_background = request["background"] == true && request["stream"] != true;
    let mut shown = ended.clone();
    if is_in_background {
        shown = told.object.begun();
        shown["status"] = json!("queued");
    }
    if request["store"] != false {
        let stored = Stored {
            owner: caller.account.id.clone(),
            object: shown.clone(),
            awaited: is_in_background.then_some(ended),
            input,
        };
        state.stored_responses().add(stored);
    }
    if request["stream"] != true {
        return Ok(whole(fault, &told, &shown));
    }
    let mut stream = told.stream(true);
    faults::bend(fault, &mut stream);
    Ok(stream.response(&state))
}

/// A reply that is no stream. What spoils a stream makes it a failed response, as far as it can.
fn whole(fault: &str, told: &Told, shown: &Value) -> Response {
    let code = match fault {
        "overloaded-early" | "overloaded-mid" => "server_is_overloaded",
        "failed-rate-limit" => "rate_limit_exceeded",
        "failed-mid" | "error-event" | "error-event-first" | "error-first" | "error-mid" => {
            "server_error"
        }
        _ => return Reply::ok(shown).into_response(),
    };
    let failed = told.object.failed(code, "The response failed. (simulated)");
    Reply::ok(&failed).into_response()
}

/// What a request asks for, and its input as items with ids, after all that came before.
fn checked(state: &State, caller: &Caller, request: &Value) -> Result<(Asked, Vec<Value>), Reply> {
    let members = request.as_object().into_iter().flatten();
    for (name, _) in members {
        if !PARAMETERS.contains(&name.as_str()) {
            return Err(errors::unknown(name));
        }
    }
    super::model(request, Kind::Text)?;
    if request["input"].is_null() {
        return Err(errors::missing("input"));
    }
    if request["background"] == true && request["store"] == false {
        let message = "Background mode requires 'store' to be true.";
        return Err(errors::invalid(None, Some("background"), message));
    }
    let new = body::input_items(&request["input"]);
    check::check(request, &new)?;
    sealed::check(&caller.account, &new)?;
    let owner = &caller.account.id;
    let mut input = earlier(state, owner, &request["previous_response_id"])?;
    for item in new {
        input.push(resolved(state, owner, item)?);
    }
    history::check(&input)?;
    Ok((body::read(request, &input), input))
}

/// All that came before, if the request goes on with something.
fn earlier(state: &State, owner: &str, id: &Value) -> Result<Vec<Value>, Reply> {
    let Some(id) = id.as_str() else {
        return Ok(Vec::new());
    };
    let mut stored = state.stored_responses();
    let previous = stored.get(owner, id).map(|stored| stored.items());
    previous.ok_or_else(|| {
        let message = format!("Previous response with id '{id}' not found.");
        let param = Some("previous_response_id");
        errors::invalid(Some("previous_response_not_found"), param, &message)
    })
}

/// The item that one refers to, or the same item with an id.
fn resolved(state: &State, owner: &str, mut item: Value) -> Result<Value, Reply> {
    let id = item["id"].as_str();
    if item["type"] == "item_reference" {
        let id = id.unwrap_or_default();
        let found = state.stored_responses().item(owner, id);
        return found.ok_or_else(|| {
            let message = format!("Item with id '{id}' not found.");
            errors::invalid(None, Some("input"), &message)
        });
    }
    if id.is_none() {
        let kind = check::kind_of(&item).to_owned();
        let prefix = match kind.as_str() {
            "message" => "msg",
            "reasoning" => "rs",
            "function_call" | "function_call_output" => "fc",
            _ => "item",
        };
        let digits = ids::hex(&[&state.fresh_id("item")], 48);
        item["id"] = json!(format!("{prefix}_{digits}"));
        item["type"] = json!(kind);
    }
    if let (Some(text), true) = (item["content"].as_str(), item["role"].is_string()) {
        let kind = if item["role"] == "assistant" {
            "output_text"
        } else {
            "input_text"
        };
        let mut part = json!({"type": kind, "text": text});
        if kind == "output_text" {
            part["annotations"] = json!([]);
        }
        item["content"] = json!([part]);
    }
    Ok(item)
}

/// `GET /v1/responses/{id}`.
pub(super) async fn show(Shared(state): App, Key(caller): Key, Path(id): Path<String>) -> Reply {
    let mut stored = state.stored_responses();
    match stored.get(&caller.account.id, &id) {
        Some(stored) => Reply::ok(&stored.look()),
        None => object::not_found(&id),
    }
}

/// `DELETE /v1/responses/{id}`.
pub(super) async fn delete(Shared(state): App, Key(caller): Key, Path(id): Path<String>) -> Reply {
    if state.stored_responses().remove(&caller.account.id, &id) {
        Reply::ok(&json!({"id": id, "object": "response", "deleted": true}))
    } else {
        object::not_found(&id)
    }
}

/// `POST /v1/responses/{id}/cancel`.
pub(super) async fn cancel(Shared(state): App, Key(caller): Key, Path(id): Path<String>) -> Reply {
    let mut stored = state.stored_responses();
    let Some(stored) = stored.get(&caller.account.id, &id) else {
        return object::not_found(&id);
    };
    if stored.cancel() {
        return Reply::ok(&stored.object);
    }
    let message = "Cannot cancel a synchronous response.";
    errors::invalid(None, None, message)
}

/// `GET /v1/responses/{id}/input_items`, newest first.
pub(super) async fn input_items(
    Shared(state): App,
    Key(caller): Key,
    Path(id): Path<String>,
) -> Reply {
    let mut stored = state.stored_responses();
    let Some(stored) = stored.get(&caller.account.id, &id) else {
        return object::not_found(&id);
    };
    let items: Vec<&Value> = stored.input.iter().rev().collect();
    let id_of = |item: Option<&&Value>| item.map_or(Value::Null, |item| item["id"].clone());
    Reply::ok(&json!({
        "object": "list",
        "data": items,
        "first_id": id_of(items.first()),
        "last_id": id_of(items.last()),
        "has_more": false,
    }))
}

/// `POST /v1/responses/compact`.
pub(super) async fn compacted(
    Shared(state): App,
    Key(caller): Key,
    body: Bytes,
) -> Result<Reply, Reply> {
    let request = super::object(&body)?;
    let (asked, input) = checked(&state, &caller, &request)?;
    let account = &caller.account;
    Ok(Reply::ok(&compact::compact(
        &state,
        account,
        &input,
        asked.input_tokens,
    )))
}
