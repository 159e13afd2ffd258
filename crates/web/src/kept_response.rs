//! A kept response as callers see it, from what the store has of it.
//!
//! Used by `api`, where one is retrieved, and by the site, where a chat is read.

use secrecy::ExposeSecret;
use serde_json::{Value, json};
use store::records::{KeptItem, KeptResponse};

/// Whoever makes a response is heard of more often than this.
pub const ALIVE_SECONDS: i64 = 30;

/// The response with its output.
pub fn whole(response: &KeptResponse, items: &[KeptItem]) -> Value {
    let mut body = head(response);
    let output = items.iter().filter(|it| it.is_output).map(shown_item);
    body["output"] = Value::Array(output.collect());
    body
}

/// What is kept of a response beside its items; one whose maker is gone says so.
pub fn head(response: &KeptResponse) -> Value {
    let mut body: Value = serde_json::from_str(response.body.expose_secret()).unwrap_or_default();
    let was_left = response.status == "failed" && body["status"] != "failed";
    body["status"] = response.status.as_str().into();
    if was_left {
        body["error"] = json!({
            "code": "server_error",
            "message": "the gateway was stopped before the answer was complete; ask again",
        });
    }
    body["output"] = json!([]);
    body
}

/// Takes a response for over when its maker was not heard of by now, in Unix seconds.
pub fn settle(response: &mut KeptResponse, now: i64) {
    if response.alive_at.is_some_and(|at| at < now - ALIVE_SECONDS) {
        "failed".clone_into(&mut response.status);
    }
}

/// An item from the store; one that cannot be read is null.
pub fn item(item: &KeptItem) -> Value {
    serde_json::from_str(item.json.expose_secret()).unwrap_or_default()
}

/// An item as callers see it later: sealed thoughts are only for upstream.
pub fn shown_item(kept: &KeptItem) -> Value {
    let mut item = item(kept);
    if let Some(members) = item.as_object_mut() {
        members.remove("encrypted_content");
    }
    item
}
