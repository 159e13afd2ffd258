//! A caller's own body of the Responses protocol, with only what must change before it goes up.
//!
//! What this program does not know survives. Called by `upstream`'s drivers, which answer with
//! the events as they come.

use serde_json::{Map, Value, json};

use super::responses_body::{ResponsesDecisions, ResponsesServer, SEALED_THOUGHTS};

/// What the Codex backend refuses, whatever its value.
const REFUSED: &[&str] = &[
    "background",
    "conversation",
    "max_completion_tokens",
    "max_output_tokens",
    "max_tool_calls",
    "metadata",
    "previous_response_id",
    "prompt_cache_retention",
    "safety_identifier",
    "stream_options",
    "temperature",
    "top_logprobs",
    "top_p",
    "truncation",
    "user",
];

/// The one value of `service_tier` that the Codex backend takes.
const FAST: &str = "priority";

/// The body to send for `native`, and what of it was left out.
///
/// A response that is gone on with has been written out in `input` by whoever calls this.
pub fn responses_native(
    native: &Map<String, Value>,
    decisions: &ResponsesDecisions<'_>,
) -> super::responses_body::WrittenBody {
    let mut body = native.clone();
    let mut dropped = Vec::new();
    body.insert("model".into(), decisions.model.into());
    body.insert("stream".into(), true.into());
    let is_codex = decisions.server == ResponsesServer::Codex;
    if is_codex {
        strip(&mut body, &mut dropped);
        body.insert("store".into(), false.into());
        let instructions = body.entry("instructions").or_insert(Value::Null);
        if !instructions.is_string() {
            *instructions = "".into();
        }
        include_thoughts(&mut body);
        if let Some(effort) = decisions.effort {
            let reasoning = body.entry("reasoning").or_insert(Value::Null);
            if !reasoning.is_object() {
                *reasoning = json!({});
            }
            reasoning["effort"] = effort.into();
        }
    }
    if let Some(input) = body.get_mut("input") {
        edit_input(input, decisions, is_codex);
    }
    super::responses_body::WrittenBody { body, dropped }
}

/// Takes out what the Codex backend refuses.
fn strip(body: &mut Map<String, Value>, dropped: &mut Vec<&'static str>) {
    for name in REFUSED {
        let value = body.remove(*name);
        let said_something = value.is_some_and(|value| !value.is_null());
        // It is resolved, and not lost.
        if said_something && *name != "previous_response_id" {
            dropped.push(name);
        }
    }
    let tier = body.get("service_tier");
    if tier.is_some_and(|tier| tier != FAST) {
        body.remove("service_tier");
        dropped.push("service_tier");
    }
}

fn include_thoughts(body: &mut Map<String, Value>) {
    let include = body.entry("include").or_insert_with(|| json!([]));
    match include {
        Value::Array(names) if names.iter().any(|name| name == SEALED_THOUGHTS) => {}
        Value::Array(names) => names.push(SEALED_THOUGHTS.into()),
        other => *other = json!([SEALED_THOUGHTS]),
    }
}

fn edit_input(input: &mut Value, decisions: &ResponsesDecisions<'_>, is_codex: bool) {
    if let (true, Value::String(text)) = (is_codex, &*input) {
        let content = json!([{"type": "input_text", "text": text}]);
        *input = json!([{"type": "message", "role": "user", "content": content}]);
    }
    let Value::Array(items) = input else {
        return;
    };
    items.retain_mut(|item| {
        if is_codex && item["type"] == "item_reference" {
            return false;
        }
        let Some(members) = item.as_object_mut() else {
            return true;
        };
        if is_codex {
            members.remove("id");
            if members.get("role").is_some_and(|role| role == "system") {
                members.insert("role".into(), "developer".into());
            }
        }
        decisions.mark.take_from_item(item) || !(is_codex || is_sealed(item))
    });
}

/// Whether something sealed is in an item, for whomever.
fn is_sealed(item: &Value) -> bool {
    item["encrypted_content"].is_string()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::responses_native;
    use crate::account_mark::AccountMark;
    use crate::request::responses_body::{ResponsesDecisions, ResponsesServer};

    fn edited(body: &Value, server: ResponsesServer) -> (Value, Vec<&'static str>) {
        let mark = AccountMark::of([0; 16]);
        let decisions = ResponsesDecisions {
            server,
            model: "gpt-5.2",
            effort: None,
            has_verbosity: true,
            mark: &mark,
        };
        let written = responses_native(body.as_object().unwrap(), &decisions);
        (written.body.into(), written.dropped)
    }

    fn body() -> Value {
        json!({
            "model": "gpt-5-2",
            "previous_response_id": "resp_1",
            "temperature": 0.5,
            "user": null,
            "service_tier": "flex",
            "an_unknown_member": {"kept": true},
            "tools": [{"type": "tool_of_tomorrow"}],
            "input": [
                {"id": "msg_1", "type": "message", "role": "system", "content": "Be brief."},
                {"id": "rs_1", "type": "reasoning", "summary": [], "encrypted_content": "00000000.own"},
                {"id": "rs_2", "type": "reasoning", "summary": [], "encrypted_content": "11111111.other"},
                {"id": "rs_3", "type": "reasoning", "summary": []},
                {"type": "item_reference", "id": "msg_0"},
                {"role": "user", "content": "Hi", "an_unknown_member": 1},
            ],
        })
    }

    #[test]
    fn codex_gets_only_what_it_takes_and_the_unknown_survives() {
        let (body, dropped) = edited(&body(), ResponsesServer::Codex);
        assert_eq!(dropped, ["temperature", "service_tier"]);
        insta::assert_json_snapshot!(body);
    }

    #[test]
    fn another_server_gets_the_body_as_it_is() {
        let (edited, dropped) = edited(&body(), ResponsesServer::Platform);
        assert!(dropped.is_empty());
        let mut expected = body();
        expected["model"] = "gpt-5.2".into();
        expected["stream"] = true.into();
        expected["input"][1]["encrypted_content"] = "own".into();
        expected["input"].as_array_mut().unwrap().remove(2);
        assert_eq!(edited, expected);
    }

    #[test]
    fn a_text_becomes_a_message_and_the_fast_tier_stays() {
        let body = json!({"input": "Hi", "service_tier": "priority", "include": ["x"],
                          "instructions": null});
        let (body, dropped) = edited(&body, ResponsesServer::Codex);
        assert!(dropped.is_empty());
        insta::assert_json_snapshot!(body);
    }
}
