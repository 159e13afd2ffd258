//! Chat Completions answers of an upstream that speaks the same: passed on with all that this
//! program does not know, streamed and whole.
//!
//! The other events of such an answer say the same and are left to whoever counts. Called by
//! `api`.

use openai::chat_completion::FinishReason;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Map, Value, json};

use crate::turn_event::TurnEvent;

/// What a stream of chunks ends with, and what is no chunk.
const DONE: &str = "[DONE]";

/// Passes the chunks of a streamed answer on.
#[derive(Debug)]
pub struct NativeChunks {
    /// Whether the caller wants the chunk of the usage, which upstream is always asked for.
    includes_usage: bool,
    /// Whether a limit kept here has ended the answer.
    is_over: bool,
}

impl NativeChunks {
    /// A writer for one answer.
    pub fn new(includes_usage: bool) -> Self {
        Self {
            includes_usage,
            is_over: false,
        }
    }

    /// Appends what an event is to the caller.
    pub fn write(&mut self, event: &TurnEvent, out: &mut Vec<u8>) {
        match event {
            TurnEvent::Native(event) if event.data != DONE && self.is_wanted(&event.data) => {
                let _infallible = sse::data_event(out, |out| {
                    out.extend_from_slice(event.data.as_bytes());
                    Ok::<(), ()>(())
                });
            }
            TurnEvent::Finish(_) if !self.is_over => {
                self.is_over = true;
                out.extend_from_slice(sse::DONE);
            }
            _ => {}
        }
    }

    fn is_wanted(&self, data: &str) -> bool {
        #[derive(Deserialize)]
        struct Chunk {
            #[serde(default)]
            choices: Option<Vec<IgnoredAny>>,
        }
        let is_empty = || {
            let chunk = serde_json::from_str(data);
            chunk.is_ok_and(|it: Chunk| it.choices.is_some_and(|it| it.is_empty()))
        };
        // A look at the text is enough for nearly all of them.
        self.includes_usage || !data.contains("\"usage\"") || !is_empty()
    }
}

/// Makes one whole answer of the chunks.
#[derive(Debug, Default)]
pub struct NativeReply {
    reply: Map<String, Value>,
    choices: Vec<Value>,
    finish: Option<FinishReason>,
}

impl NativeReply {
    /// Takes one event.
    pub fn push(&mut self, event: &TurnEvent) {
        match event {
            TurnEvent::Native(event) => {
                if let Ok(Value::Object(chunk)) = serde_json::from_str(&event.data) {
                    self.add(chunk);
                }
            }
            TurnEvent::Finish(reason) => self.finish = Some(*reason),
            _ => {}
        }
    }

    /// The answer; `None` while it is not finished.
    pub fn to_json(&self) -> Option<Vec<u8>> {
        self.finish?;
        let mut reply = self.reply.clone();
        reply.insert("object".into(), json!("chat.completion"));
        reply.insert("choices".into(), Value::Array(self.choices.clone()));
        serde_json::to_vec(&reply).ok()
    }

    fn add(&mut self, chunk: Map<String, Value>) {
        for (name, value) in chunk {
            match (name.as_str(), value) {
                ("choices", Value::Array(choices)) => {
                    for choice in choices {
                        self.add_choice(choice);
                    }
                }
                (_, Value::Null) => {}
                (_, value) => _ = self.reply.insert(name, value),
            }
        }
    }

    fn add_choice(&mut self, choice: Value) {
        let Value::Object(choice) = choice else {
            return;
        };
        let index = choice.get("index").cloned().unwrap_or_else(|| json!(0));
        let known = self.choices.iter().position(|it| it["index"] == index);
        let at = known.unwrap_or_else(|| {
            self.choices.push(json!({
                "index": index,
                "message": {"role": "assistant", "content": null, "refusal": null},
                "logprobs": null,
                "finish_reason": null,
            }));
            self.choices.len() - 1
        });
        let whole = &mut self.choices[at];
        for (name, value) in choice {
            match name.as_str() {
                "index" => {}
                "delta" => grow(&mut whole["message"], value),
                _ => grow(&mut whole[name], value),
            }
        }
    }
}

/// Adds a piece to what is there: texts and lists grow, members one by one; the rest is replaced.
fn grow(whole: &mut Value, piece: Value) {
    match (whole, piece) {
        (_, Value::Null) => {}
        (Value::Object(whole), Value::Object(piece)) => {
            for (name, value) in piece {
                // These are said again, not gone on with.
                let is_fixed = matches!(name.as_str(), "role" | "type" | "id" | "index" | "name");
                let at = whole.entry(name).or_insert(Value::Null);
                if is_fixed {
                    *at = value;
                } else {
                    grow(at, value);
                }
            }
        }
        (Value::String(whole), Value::String(piece)) => whole.push_str(&piece),
        (Value::Array(whole), Value::Array(pieces)) => {
            for piece in pieces {
                add_item(whole, piece);
            }
        }
        (whole @ Value::Null, Value::Array(pieces)) => {
            *whole = json!([]);
            grow(whole, Value::Array(pieces));
        }
        (whole, piece) => *whole = piece,
    }
}

/// Items with an index are pieces of the item of that index, which a whole answer does not state.
fn add_item(items: &mut Vec<Value>, mut piece: Value) {
    let index = piece.as_object_mut().and_then(|it| it.remove("index"));
    let at = index.and_then(|it| usize::try_from(it.as_u64()?).ok());
    match at.and_then(|at| items.get_mut(at)) {
        Some(item) => grow(item, piece),
        None => items.push(piece),
    }
}

#[cfg(test)]
mod tests {
    use openai::chat_completion::FinishReason;
    use serde_json::{Value, json};

    use super::{NativeChunks, NativeReply};
    use crate::turn_event::{NativeEvent, TurnEvent};

    fn chunk(choice: &Value) -> TurnEvent {
        let data = json!({"id": "c", "object": "chat.completion.chunk", "new": 7,
            "choices": [choice]});
        native(&data.to_string())
    }

    fn native(data: &str) -> TurnEvent {
        TurnEvent::Native(NativeEvent {
            name: None,
            data: data.to_owned(),
        })
    }

    #[test]
    fn a_whole_answer_holds_all_that_its_chunks_hold() {
        let call = |index, piece: Value| json!({"index": index, "function": piece});
        let events = [
            chunk(&json!({"index": 0, "delta": {"role": "assistant", "content": "一"}})),
            chunk(&json!({"index": 1, "delta": {"content": "x", "odd": [1]}})),
            chunk(&json!({"index": 0, "delta": {"content": "二"},
                "logprobs": {"content": [{"token": "二"}]}})),
            chunk(&json!({"index": 0, "delta": {"tool_calls": [
                {"index": 0, "id": "a", "type": "function",
                    "function": {"name": "f", "arguments": ""}}]}})),
            chunk(
                &json!({"index": 0, "delta": {"tool_calls": [call(0, json!({"arguments": "{}"}))]}}),
            ),
            chunk(&json!({"index": 0, "delta": {}, "finish_reason": "tool_calls"})),
            native(&json!({"id": "c", "choices": [], "usage": {"total_tokens": 3}}).to_string()),
            native("[DONE]"),
        ];
        let mut reply = NativeReply::default();
        for event in &events {
            reply.push(event);
        }
        assert_eq!(reply.to_json(), None, "it is not finished");
        reply.push(&TurnEvent::Finish(FinishReason::ToolCalls));
        let whole: Value = serde_json::from_slice(&reply.to_json().unwrap()).unwrap();
        let expected = json!({
            "id": "c", "object": "chat.completion", "new": 7, "usage": {"total_tokens": 3},
            "choices": [
                {"index": 0, "finish_reason": "tool_calls",
                    "logprobs": {"content": [{"token": "二"}]},
                    "message": {"role": "assistant", "content": "一二", "refusal": null,
                        "tool_calls": [{"id": "a", "type": "function",
                            "function": {"name": "f", "arguments": "{}"}}]}},
                {"index": 1, "finish_reason": null, "logprobs": null,
                    "message": {"role": "assistant", "content": "x", "refusal": null,
                        "odd": [1]}},
            ],
        });
        assert_eq!(whole, expected);
    }

    #[test]
    fn a_stream_is_passed_on_as_it_is_and_ends_once() {
        let mut chunks = NativeChunks::new(false);
        let mut out = Vec::new();
        for event in [
            native(r#"{"a": 1}"#),
            TurnEvent::Text("beside".into()),
            native(r#"{"choices": [], "usage": {"total_tokens": 3}}"#),
            native("[DONE]"),
            TurnEvent::Finish(FinishReason::Stop),
            TurnEvent::Finish(FinishReason::Stop),
        ] {
            chunks.write(&event, &mut out);
        }
        let text = String::from_utf8(out).unwrap();
        assert_eq!(text, "data: {\"a\": 1}\n\ndata: [DONE]\n\n");
    }
}
