//! A caller's own body of the Responses protocol, with only what must change before it goes up.
//!
//! What this program does not know survives. [`resolved`] is called by `api`, which knows what came
//! before; the rest by `upstream`'s platform driver, which answers with the events as they come.

use serde_json::{Map, Value, json};

use crate::account_mark::AccountMark;
use crate::parameter_table::{FaceKind, Treatment, parameters};
use crate::turn::{Dialect, NativeBody};

/// What is for the gateway alone: it is done here, or stands in `input` already.
const OURS: [&str; 6] = [
    "background",
    "conversation",
    "input",
    "previous_response_id",
    "store",
    "stream",
];

/// Items that need no id; a server that keeps nothing would look in vain for one of ours.
const WITHOUT_ID: [&str; 6] = [
    "custom_tool_call",
    "custom_tool_call_output",
    "function_call",
    "function_call_output",
    "message",
    "reasoning",
];

/// Tools that another protocol has, or whose loss the driver names itself.
const TOLD_OTHERWISE: [&str; 4] = ["custom", "function", "web_search", "web_search_preview"];

/// Tools that the server would run: an answer without them is another answer.
const RUN_BY_SERVER: [&str; 4] = ["code_interpreter", "file_search", "image_generation", "mcp"];

/// A caller's body with everything that is said written out: what came `before`, and what is `said`
/// now.
pub fn resolved(body: &Map<String, Value>, before: &[Value], said: Vec<Value>) -> NativeBody {
    let ours = |name: &String| OURS.contains(&name.as_str());
    let members = body
        .iter()
        .filter(|(name, value)| !ours(name) && !value.is_null());
    let mut body: Map<_, _> = members
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    let input = before.iter().cloned().chain(said).map(plain);
    body.insert("input".to_owned(), input.collect());
    NativeBody {
        dialect: Dialect::Responses,
        body,
    }
}

/// An item without what only the gateway knows of it.
fn plain(mut item: Value) -> Value {
    let kind = item["type"].as_str();
    let is_plain = kind.map_or_else(
        || item["role"].is_string(),
        |kind| WITHOUT_ID.contains(&kind),
    );
    if let Some(members) = item.as_object_mut().filter(|_| is_plain) {
        members.remove("id");
        members.remove("status");
    }
    item
}

/// The body to send for `native`: streamed, and not kept by the server.
pub fn responses_native(
    native: &Map<String, Value>,
    model: &str,
    mark: &AccountMark,
) -> Map<String, Value> {
    let mut body = native.clone();
    body.insert("model".into(), model.into());
    body.insert("stream".into(), true.into());
    body.insert("store".into(), false.into());
    if let Some(Value::Array(items)) = body.get_mut("input") {
        items.retain_mut(|item| mark.take_from_item(item) || is_told(item));
    }
    body
}

/// Whether a thought that is not sealed for this account can be told all the same.
fn is_told(item: &mut Value) -> bool {
    let is_told = item["content"].as_array().is_some_and(|it| !it.is_empty());
    if let Some(members) = item.as_object_mut().filter(|_| is_told) {
        members.remove("encrypted_content");
    }
    is_told
}

/// What of a body is lost on a server that does not speak the protocol.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Lost {
    /// What has no effect there.
    pub dropped: Vec<&'static str>,
    /// What would change the answer.
    pub refused: Vec<&'static str>,
}

/// What of `native` is lost on a server without the protocol.
pub fn lost(native: &Map<String, Value>) -> Lost {
    let mut lost = Lost::default();
    for row in parameters() {
        for name in row.names(FaceKind::Responses) {
            let value = native.get(*name).unwrap_or(&json!(null)).clone();
            if value.is_null() || (row.asks_for_nothing)(&value) {
                continue;
            }
            match row.treatments.platform {
                Treatment::PassedOrDropped => lost.dropped.push(name),
                Treatment::PassedOrRefused => lost.refused.push(name),
                _ => {}
            }
        }
    }
    let tools = native
        .get("tools")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    let kinds = tools.filter_map(|tool| tool["type"].as_str());
    for kind in kinds.filter(|kind| !TOLD_OTHERWISE.contains(kind)) {
        let names = if RUN_BY_SERVER.contains(&kind) {
            &mut lost.refused
        } else {
            &mut lost.dropped
        };
        if !names.contains(&"tools") {
            names.push("tools");
        }
    }
    lost
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Lost, lost, resolved, responses_native};
    use crate::account_mark::AccountMark;

    #[test]
    fn everything_said_is_written_out_without_what_only_the_gateway_knows() {
        let body = json!({
            "model": "alias", "input": "Hi", "stream": false, "store": true, "background": null,
            "previous_response_id": "resp_1", "conversation": null, "user": null,
            "an_unknown_member": {"kept": true},
        });
        let before = [
            json!({"id": "msg_1", "type": "message", "role": "user", "status": "completed",
                             "content": "Hello"}),
        ];
        let said = vec![
            json!({"role": "user", "id": "mine", "content": "Hi", "odd": 1}),
            json!({"type": "web_search_call", "id": "ws_1", "status": "completed"}),
            json!({"type": "item_of_tomorrow", "id": "x"}),
        ];
        let native = resolved(body.as_object().unwrap(), &before, said);
        assert_eq!(
            Value::from(native.body),
            json!({
                "model": "alias",
                "an_unknown_member": {"kept": true},
                "input": [
                    {"type": "message", "role": "user", "content": "Hello"},
                    {"role": "user", "content": "Hi", "odd": 1},
                    {"type": "web_search_call", "id": "ws_1", "status": "completed"},
                    {"type": "item_of_tomorrow", "id": "x"},
                ],
            })
        );
    }

    #[test]
    fn the_server_keeps_nothing_and_gets_only_thoughts_that_it_can_read() {
        let body = json!({
            "model": "alias",
            "tools": [{"type": "tool_of_tomorrow"}],
            "input": [
                {"type": "reasoning", "summary": [], "encrypted_content": "00000000.own"},
                {"type": "reasoning", "summary": [], "encrypted_content": "11111111.other"},
                {"type": "reasoning", "summary": []},
                {"type": "reasoning", "summary": [], "content": [{"type": "reasoning_text", "text": "Hm."}],
                 "encrypted_content": "11111111.other"},
                {"role": "user", "content": "Hi"},
            ],
        });
        let mark = AccountMark::of([0; 16]);
        let sent = responses_native(body.as_object().unwrap(), "gpt-5.2", &mark);
        assert_eq!(
            Value::from(sent),
            json!({
                "model": "gpt-5.2", "stream": true, "store": false,
                "tools": [{"type": "tool_of_tomorrow"}],
                "input": [
                    {"type": "reasoning", "summary": [], "encrypted_content": "own"},
                    {"type": "reasoning", "summary": [],
                     "content": [{"type": "reasoning_text", "text": "Hm."}]},
                    {"role": "user", "content": "Hi"},
                ],
            })
        );
    }

    #[test]
    fn what_another_protocol_has_no_place_for_is_known() {
        let body = json!({"temperature": 0.5, "top_logprobs": 3, "user": null, "model": "m",
                          "tools": [{"type": "function"}, {"type": "mcp"}, {"type": "new"}]});
        assert_eq!(
            lost(body.as_object().unwrap()),
            Lost {
                dropped: vec!["temperature", "tools"],
                refused: vec!["top_logprobs", "tools"],
            }
        );
    }
}
