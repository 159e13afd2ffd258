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
    /// Whether the answer has ended, here or upstream.
    is_over: bool,
    /// Whether upstream said why it ended.
    has_reason: bool,
    /// The head of the chunks, for one that upstream did not send.
    head: Option<Map<String, Value>>,
}

impl NativeChunks {
    /// A writer for one answer.
    pub fn new(includes_usage: bool) -> Self {
        Self {
            includes_usage,
            is_over: false,
            has_reason: false,
            head: None,
        }
    }

    /// Appends what an event is to the caller.
    pub fn write(&mut self, event: &TurnEvent, out: &mut Vec<u8>) {
        match event {
            TurnEvent::Native(event) if event.data != DONE && self.is_wanted(&event.data) => {
                self.look_at(&event.data);
                data_event(out, event.data.as_bytes());
            }
            TurnEvent::Finish(reason) if !self.is_over => {
                self.is_over = true;
                if !self.has_reason {
                    data_event(out, self.last_chunk(*reason).to_string().as_bytes());
                }
                out.extend_from_slice(sse::DONE);
            }
            _ => {}
        }
    }

    /// Keeps the head of the first chunk, and sees whether a reason to end is stated.
    fn look_at(&mut self, data: &str) {
        self.has_reason |=
            data.contains("\"finish_reason\":\"") || data.contains("\"finish_reason\": \"");
        if self.head.is_none()
            && let Ok(Value::Object(mut head)) = serde_json::from_str(data)
        {
            head.retain(|name, _| matches!(name.as_str(), "id" | "object" | "created" | "model"));
            self.head = Some(head);
        }
    }

    /// What ends an answer that a limit kept here cuts.
    fn last_chunk(&mut self, reason: FinishReason) -> Value {
        let mut chunk = self.head.take().unwrap_or_default();
        let choice = json!({"index": 0, "delta": {}, "logprobs": null, "finish_reason": reason});
        chunk.insert("choices".into(), json!([choice]));
        Value::Object(chunk)
    }

    /// Clients look for the choices of all they get, so what has none is not for them.
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
        data.contains("\"choices\"")
            && (self.includes_usage || !data.contains("\"usage\"") || !is_empty())
    }
}

fn data_event(out: &mut Vec<u8>, data: &[u8]) {
    let _infallible = sse::data_event(out, |out| {
        out.extend_from_slice(data);
        Ok::<(), ()>(())
    });
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
                if let Ok(Value::Object(chunk)) = serde_json::from_str(&event.data)
                    && chunk.get("choices").is_some_and(Value::is_array)
                {
                    self.add(chunk);
                }
            }
            TurnEvent::Finish(reason) => self.finish = Some(*reason),
            _ => {}
        }
    }

    /// The answer; `None` while it is not finished.
    pub fn to_json(&self) -> Option<Vec<u8>> {
        let finish = self.finish?;
        let mut reply = self.reply.clone();
        let mut choices = self.choices.clone();
        choices.sort_by_key(|it| it["index"].as_u64());
        for choice in &mut choices {
            if choice["finish_reason"].is_null() {
                choice["finish_reason"] = json!(finish);
            }
            without_places(&mut choice["message"]);
        }
        reply.insert("object".into(), json!("chat.completion"));
        reply.insert("choices".into(), Value::Array(choices));
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
                let is_empty = value.as_str().is_some_and(str::is_empty);
                let at = whole.entry(name).or_insert(Value::Null);
                if is_fixed && !(is_empty && at.is_string()) {
                    *at = value;
                } else if !is_fixed {
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

/// Items with an index are pieces of the item of that index.
fn add_item(items: &mut Vec<Value>, piece: Value) {
    let index = piece.get("index").cloned();
    let known = index.and_then(|index| items.iter_mut().find(|it| it["index"] == index));
    match known {
        Some(item) => grow(item, piece),
        None => items.push(piece),
    }
}

/// The same message without the places of its pieces, which a whole answer does not state.
fn without_places(message: &mut Value) {
    for list in message
        .as_object_mut()
        .into_iter()
        .flat_map(Map::values_mut)
    {
        for item in list.as_array_mut().into_iter().flatten() {
            if let Some(item) = item.as_object_mut() {
                item.remove("index");
            }
        }
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
                {"index": 1, "finish_reason": "tool_calls", "logprobs": null,
                    "message": {"role": "assistant", "content": "x", "refusal": null,
                        "odd": [1]}},
            ],
        });
        assert_eq!(whole, expected);
    }

    #[test]
    fn calls_are_told_apart_by_their_index_wherever_it_begins() {
        let calls = |piece: Value| chunk(&json!({"index": 0, "delta": {"tool_calls": [piece]}}));
        let mut reply = NativeReply::default();
        for event in [
            calls(json!({"index": 1, "id": "a", "function": {"name": "f", "arguments": "{"}})),
            calls(json!({"index": 1, "id": "", "function": {"name": "", "arguments": "}"}})),
            TurnEvent::Finish(FinishReason::ToolCalls),
        ] {
            reply.push(&event);
        }
        let whole: Value = serde_json::from_slice(&reply.to_json().unwrap()).unwrap();
        assert_eq!(
            whole["choices"][0]["message"]["tool_calls"],
            json!([{"id": "a", "function": {"name": "f", "arguments": "{}"}}])
        );
    }

    #[test]
    fn an_answer_that_is_cut_here_says_why_it_ends_streamed_and_whole() {
        let events = [
            chunk(&json!({"index": 0, "delta": {"content": "one"}, "finish_reason": null})),
            TurnEvent::Finish(FinishReason::Length),
        ];
        let (mut chunks, mut out) = (NativeChunks::new(false), Vec::new());
        let mut reply = NativeReply::default();
        for event in &events {
            chunks.write(event, &mut out);
            reply.push(event);
        }
        let text = String::from_utf8(out).unwrap();
        let last = text.split("\n\n").nth(1).unwrap();
        let last: Value = serde_json::from_str(last.strip_prefix("data: ").unwrap()).unwrap();
        assert_eq!(
            last,
            json!({"id": "c", "object": "chat.completion.chunk", "choices": [
                {"index": 0, "delta": {}, "logprobs": null, "finish_reason": "length"}]})
        );
        assert!(text.ends_with("data: [DONE]\n\n"));
        let whole: Value = serde_json::from_slice(&reply.to_json().unwrap()).unwrap();
        assert_eq!(whole["choices"][0]["finish_reason"], "length");
    }

    #[test]
    fn what_is_no_chunk_leaves_nothing_in_a_whole_answer() {
        let mut reply = NativeReply::default();
        reply.push(&chunk(&json!({"index": 0, "delta": {"content": "一"}})));
        reply.push(&native(r#"{"type": "limits", "id": "other", "new": 8}"#));
        reply.push(&TurnEvent::Finish(FinishReason::Stop));
        let whole: Value = serde_json::from_slice(&reply.to_json().unwrap()).unwrap();
        assert_eq!((&whole["id"], &whole["new"]), (&json!("c"), &json!(7)));
        assert_eq!(whole.get("type"), None);
    }

    #[test]
    fn a_stream_is_passed_on_as_it_is_and_ends_once() {
        let mut chunks = NativeChunks::new(false);
        let mut out = Vec::new();
        for event in [
            native(r#"{"choices": [{"a": 1, "finish_reason": "stop"}]}"#),
            native(r#"{"type": "limits", "a": 1}"#),
            TurnEvent::Text("beside".into()),
            native(r#"{"choices": [], "usage": {"total_tokens": 3}}"#),
            native("[DONE]"),
            TurnEvent::Finish(FinishReason::Stop),
            TurnEvent::Finish(FinishReason::Stop),
        ] {
            chunks.write(&event, &mut out);
        }
        let text = String::from_utf8(out).unwrap();
        assert_eq!(
            text,
            "data: {\"choices\": [{\"a\": 1, \"finish_reason\": \"stop\"}]}\n\ndata: [DONE]\n\n"
        );
    }
}
