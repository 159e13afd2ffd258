//! A history made shorter: what the user said stays, and all else becomes one sealed item.

use serde_json::{Value, json};

use crate::account::Account;
use crate::ids;
use crate::responses::check::kind_of;
use crate::responses::sealed;
use crate::simulator::State;
use crate::timestamps::since_epoch;

/// The shorter history.
pub(crate) fn compact(state: &State, account: &Account, input: &[Value], tokens: usize) -> Value {
    /// How long the sealed item is.
    const SUMMARY: usize = 120;
    let fresh = state.fresh_id("compaction");
    let is_of_user = |item: &&Value| kind_of(item) == "message" && item["role"] == "user";
    let messages = input.iter().filter(is_of_user).enumerate();
    let mut output: Vec<Value> = messages
        .map(|(index, item)| kept(&fresh, index, item))
        .collect();
    let id = format!("cmp_{}", ids::hex(&[&fresh], 48));
    output.push(json!({
        "id": id,
        "type": "compaction",
        "encrypted_content": sealed::seal(account, &id),
    }));
    json!({
        "id": format!("resp_{}", ids::hex(&["compacted", &fresh], 48)),
        "object": "response.compaction",
        "created_at": since_epoch(state.now()).as_secs(),
        "output": output,
        "usage": {
            "input_tokens": tokens,
            "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
            "output_tokens": SUMMARY,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": tokens + SUMMARY,
        },
    })
}

/// A message of the user, whole.
fn kept(fresh: &str, index: usize, item: &Value) -> Value {
    let content = match &item["content"] {
        Value::String(text) => json!([{"type": "input_text", "text": text}]),
        parts => parts.clone(),
    };
    json!({
        "id": format!("msg_{}", ids::hex(&[fresh, &index.to_string()], 48)),
        "type": "message",
        "status": "completed",
        "role": "user",
        "content": content,
    })
}
