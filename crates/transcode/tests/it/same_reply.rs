//! A streamed reply gathered by a client says the same as the whole reply, for every script
//! and with tools shown in either way.

use rstest::rstest;
use serde_json::{Map, Value, json};
use simulator::{Encoding, Framing, script_names};
use transcode::reply::answer_style::{ActivityFormat, AnswerStyle};
use transcode::reply::chat_chunks::ChatChunks;
use transcode::reply::chat_reply::ChatReply;
use transcode::reply::reply_head::ReplyHead;
use transcode::turn::ToolKind;
use transcode::turn_event::{ToolCallBegun, TurnEvent};

use crate::support::{read_as, rendered, stream_events};

fn head(activity: ActivityFormat) -> ReplyHead {
    ReplyHead {
        id: "chatcmpl-1".into(),
        created: 1,
        model: "gpt-5-2".into(),
        show_ids: true,
        prompt_tokens: 1,
        activity,
        is_native: false,
    }
}

/// The message a client puts together from a stream: texts grow, lists are extended, and an
/// item of a tool replaces the one with its id.
fn gathered(stream: &[u8]) -> Value {
    let mut message = Map::new();
    for (_, data) in stream_events(stream) {
        let Ok(chunk) = serde_json::from_str::<Value>(&data) else {
            continue;
        };
        let delta = chunk["choices"][0]["delta"].as_object();
        for (key, value) in delta.into_iter().flatten() {
            let known = message.entry(key.clone()).or_insert(json!(null));
            match (known, value) {
                (Value::String(text), Value::String(more)) => text.push_str(more),
                (Value::Array(items), Value::Array(more)) => {
                    for item in more {
                        match items
                            .iter_mut()
                            .find(|it| it["id"].is_string() && it["id"] == item["id"])
                        {
                            Some(known) => *known = item.clone(),
                            None => items.push(item.clone()),
                        }
                    }
                }
                (known, value) => *known = value.clone(),
            }
        }
    }
    message.entry("refusal").or_insert(json!(null));
    if message["refusal"].is_string() {
        message.insert("content".into(), json!(null));
    }
    Value::Object(message)
}

#[rstest]
fn streamed_and_whole_say_the_same(
    #[values(ActivityFormat::Markdown, ActivityFormat::Structured)] activity: ActivityFormat,
) {
    let mut beside = [0; 3];
    for script in script_names().iter().filter(|name| **name != "image-async") {
        let stream = rendered(script, 1, Encoding::V1, &Framing::default());
        let style = AnswerStyle {
            activity,
            ..AnswerStyle::default()
        };
        let (events, end) = read_as(&[&stream.bytes], style);
        end.unwrap();
        let mut chunks = ChatChunks::new(head(activity), false);
        let mut reply = ChatReply::new(head(activity));
        let mut bytes = Vec::new();
        for event in events {
            chunks.write(event.clone(), &mut bytes).unwrap();
            reply.push(event);
        }
        let whole: Value = serde_json::from_slice(&reply.to_json().unwrap()).unwrap();
        let whole = &whole["choices"][0]["message"];
        assert_eq!(&gathered(&bytes), whole, "{script}");
        for (count, key) in beside
            .iter_mut()
            .zip(["annotations", "images", "tool_activity"])
        {
            *count += whole[key].as_array().map_or(0, Vec::len);
        }
    }
    let [annotations, images, steps] = beside;
    assert!(annotations > 0 && images > 0);
    assert_eq!(steps > 0, activity == ActivityFormat::Structured);
}

#[test]
fn an_answer_that_begins_with_a_call_begins_without_content_and_another_with_an_empty_one() {
    let call = TurnEvent::ToolCall(ToolCallBegun {
        index: 0,
        id: "call_1".into(),
        name: "weather".into(),
        kind: ToolKind::Function,
    });
    let first_deltas = |events: &[TurnEvent]| {
        let mut chunks = ChatChunks::new(head(ActivityFormat::Markdown), false);
        let mut out = Vec::new();
        for event in events {
            chunks.write(event.clone(), &mut out).unwrap();
        }
        let deltas = stream_events(&out).into_iter().map(|(_, data)| {
            let chunk: Value = serde_json::from_str(&data).unwrap();
            chunk["choices"][0]["delta"].clone()
        });
        deltas.collect::<Vec<_>>()
    };
    let deltas = first_deltas(std::slice::from_ref(&call));
    assert_eq!(deltas[0], json!({"role": "assistant", "content": null}));
    assert_eq!(deltas[1]["tool_calls"][0]["id"], "call_1");
    let deltas = first_deltas(&[TurnEvent::Text("Well: ".into()), call]);
    assert_eq!(deltas[0], json!({"role": "assistant", "content": ""}));
    assert_eq!(deltas.len(), 3);
}
