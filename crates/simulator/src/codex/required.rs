//! What the Codex backend wants of a request beside what the Responses API does: what must be there,
//! and what may not be.

use http::header::CONTENT_TYPE;
use http::{HeaderMap, StatusCode};
use serde_json::Value;

use crate::reply::Reply;
use crate::responses::check::kind_of;
use crate::responses::errors;

/// What a request may say. Everything else is refused by name.
const PARAMETERS: [&str; 14] = [
    "model",
    "instructions",
    "input",
    "tools",
    "tool_choice",
    "parallel_tool_calls",
    "reasoning",
    "store",
    "stream",
    "include",
    "prompt_cache_key",
    "service_tier",
    "text",
    "client_metadata",
];

/// What a request to shorten a history may say.
const OF_COMPACT: [&str; 9] = [
    "model",
    "instructions",
    "input",
    "tools",
    "parallel_tool_calls",
    "reasoning",
    "text",
    "prompt_cache_key",
    "service_tier",
];

fn refusal(detail: &str) -> Reply {
    Reply::detail(StatusCode::BAD_REQUEST, detail)
}

/// The body, which must be an object and say that it is JSON.
pub(super) fn read(headers: &HeaderMap, body: &[u8]) -> Result<Value, Reply> {
    let kind = headers
        .get(CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok());
    let kind = kind
        .and_then(|kind| kind.split(';').next())
        .unwrap_or_default();
    if !kind.trim().eq_ignore_ascii_case("application/json") {
        return Err(Reply::detail(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "Unsupported content type",
        ));
    }
    let body: Option<Value> = serde_json::from_slice(body).ok();
    body.filter(Value::is_object)
        .ok_or_else(|| refusal("Request body must be a JSON object"))
}

/// Refuses a request for an answer that lacks something or says too much.
pub(super) fn check(body: &Value) -> Result<(), Reply> {
    check_instructions(body)?;
    if body["store"] != false {
        return Err(refusal("Store must be set to false"));
    }
    if body["stream"] != true {
        return Err(refusal("Stream must be set to true"));
    }
    check_parameters(body, &PARAMETERS)?;
    check_list(body)
}

/// Refuses a request to shorten a history that lacks something or says too much.
pub(super) fn check_compact(body: &Value) -> Result<(), Reply> {
    check_instructions(body)?;
    check_parameters(body, &OF_COMPACT)?;
    check_list(body)
}

fn check_instructions(body: &Value) -> Result<(), Reply> {
    match &body["instructions"] {
        Value::String(_) => Ok(()),
        Value::Null => Err(refusal("Instructions are required")),
        _ => Err(refusal("Instructions are not valid")),
    }
}

fn check_parameters(body: &Value, permitted: &[&str]) -> Result<(), Reply> {
    let members = body.as_object().into_iter().flatten();
    for (name, value) in members {
        let is_permitted = permitted.contains(&name.as_str());
        let is_other_tier = name == "service_tier" && !value.is_null() && value != "priority";
        if !is_permitted || is_other_tier {
            return Err(refusal(&format!("Unsupported parameter: {name}")));
        }
    }
    Ok(())
}

fn check_list(body: &Value) -> Result<(), Reply> {
    if body["model"].as_str().is_none_or(str::is_empty) {
        return Err(refusal("Model is required"));
    }
    if body["input"].is_array() {
        Ok(())
    } else {
        Err(refusal("Input must be a list"))
    }
}

/// Refuses items that mean something which is kept, for nothing is; and messages of the system.
pub(super) fn check_input(input: &[Value]) -> Result<(), Reply> {
    for item in input {
        let kind = kind_of(item);
        if kind == "message" && item["role"] == "system" {
            return Err(refusal("System messages are not allowed"));
        }
        let is_kept = kind == "item_reference"
            || (kind == "reasoning"
                && item["id"].is_string()
                && item["encrypted_content"].is_null());
        if is_kept {
            return Err(not_persisted(item["id"].as_str().unwrap_or_default()));
        }
    }
    Ok(())
}

fn not_persisted(id: &str) -> Reply {
    let message = format!(
        "Item with id '{id}' not found. Items are not persisted when `store` is set to false. Try \
         again with `store` set to true, or remove this item from your input."
    );
    let body = errors::body("invalid_request_error", None, Some("input"), &message);
    Reply::json(StatusCode::NOT_FOUND, &body)
}
