//! A stream put together the way Anthropic's own clients do.

use serde_json::{Value, json};

use crate::support::stream_events;

/// What Anthropic's Python client makes of a stream (`accumulate_event`), and what it takes for
/// granted: blocks come one after another, each begun and ended once.
pub(super) fn accumulated(stream: &[u8]) -> Value {
    let mut message = Value::Null;
    let mut inputs = String::new();
    let mut open: Option<u64> = None;
    let mut next = 0;
    for (name, data) in stream_events(stream) {
        let event: Value = serde_json::from_str(&data).unwrap();
        assert_eq!(event["type"], name.unwrap().as_str());
        match event["type"].as_str().unwrap() {
            "message_start" => {
                assert!(message.is_null());
                message = event["message"].clone();
            }
            "content_block_start" => {
                assert_eq!((open, event["index"].as_u64()), (None, Some(next)));
                open = Some(next);
                next += 1;
                inputs.clear();
                let input = event["content_block"].get("input");
                assert!(
                    input.is_none_or(|it| *it == json!({})),
                    "it comes in pieces"
                );
                let content = message["content"].as_array_mut().unwrap();
                content.push(event["content_block"].clone());
            }
            "content_block_delta" => {
                assert_eq!(event["index"].as_u64(), open);
                let index = usize::try_from(open.unwrap()).unwrap();
                more(&mut message["content"][index], &event["delta"], &mut inputs);
            }
            "content_block_stop" => assert_eq!(event["index"].as_u64(), open.take()),
            "message_delta" => {
                for (name, value) in event["delta"].as_object().unwrap() {
                    message[name] = value.clone();
                }
                for (name, value) in event["usage"].as_object().unwrap() {
                    message["usage"][name] = value.clone();
                }
            }
            "message_stop" => assert_eq!(open, None),
            other => panic!("{other}"),
        }
    }
    message
}

fn more(block: &mut Value, delta: &Value, inputs: &mut String) {
    let push = |block: &mut Value, field: &str| {
        let more = delta[field].as_str().unwrap();
        let text = block[field].as_str().unwrap().to_owned() + more;
        block[field] = text.into();
    };
    match (
        delta["type"].as_str().unwrap(),
        block["type"].as_str().unwrap(),
    ) {
        ("text_delta", "text") => push(block, "text"),
        ("thinking_delta", "thinking") => push(block, "thinking"),
        ("signature_delta", "thinking") => block["signature"] = delta["signature"].clone(),
        ("citations_delta", "text") => match block["citations"].as_array_mut() {
            Some(citations) => citations.push(delta["citation"].clone()),
            None => block["citations"] = json!([delta["citation"]]),
        },
        ("input_json_delta", "tool_use" | "server_tool_use") => {
            inputs.push_str(delta["partial_json"].as_str().unwrap());
            if let Ok(input) = serde_json::from_str(inputs) {
                block["input"] = input;
            }
        }
        other => panic!("{other:?}"),
    }
}
