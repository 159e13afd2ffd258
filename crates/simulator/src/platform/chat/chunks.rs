//! A chat completion in chunks.

use serde_json::{Value, json};

use super::Completion;
use crate::frame::FrameKind;
use crate::pieces;
use crate::responses::events::message::deltas;
use crate::responses::stream::{Data, Dialect, Event, Stream};

impl Completion {
    /// The chunks, and the mark at their end.
    pub(super) fn stream(&self, includes_usage: bool) -> Stream {
        let mut events = Vec::new();
        let choices = 0..self.choices;
        let first = json!({"role": "assistant", "content": self.first_content(), "refusal": null});
        for index in choices.clone() {
            events.push(self.chunk(FrameKind::Begin, index, &first, None, includes_usage));
        }
        let preamble = events.len();
        for delta in self.deltas() {
            for index in choices.clone() {
                events.push(self.chunk(FrameKind::Delta, index, &delta, None, includes_usage));
            }
        }
        for index in choices {
            let finish = Some(self.finish);
            events.push(self.chunk(FrameKind::Side, index, &json!({}), finish, includes_usage));
        }
        if includes_usage {
            let mut chunk = self.bare();
            chunk["usage"] = self.usage.of_chat();
            events.push(event(FrameKind::Side, Data::Json(chunk)));
        }
        events.push(event(FrameKind::Done, Data::Text("[DONE]".to_owned())));
        Stream::new(events, preamble, Dialect::Chat)
    }

    /// A text begins empty; where there is none, there is nothing.
    fn first_content(&self) -> Option<&'static str> {
        self.text.as_ref().map(|_| "")
    }

    /// A chunk without choices.
    fn bare(&self) -> Value {
        json!({
            "id": self.id,
            "object": "chat.completion.chunk",
            "created": self.created,
            "model": self.model,
            "service_tier": "default",
            "system_fingerprint": "fp_simulator",
            "choices": [],
        })
    }

    fn chunk(
        &self,
        kind: FrameKind,
        index: u64,
        delta: &Value,
        finish: Option<&str>,
        includes_usage: bool,
    ) -> Event {
        let mut chunk = self.bare();
        chunk["choices"] = json!([{
            "index": index,
            "delta": delta,
            "logprobs": null,
            "finish_reason": finish,
        }]);
        if includes_usage {
            chunk["usage"] = Value::Null;
        }
        event(kind, Data::Json(chunk))
    }

    /// What each chunk adds.
    fn deltas(&self) -> Vec<Value> {
        let mut all = Vec::new();
        if let Some(text) = &self.text {
            all.extend(
                deltas(text)
                    .into_iter()
                    .map(|piece| json!({"content": piece})),
            );
        }
        if !self.sources.is_empty() {
            all.push(json!({"annotations": self.annotations()}));
        }
        if let Some(text) = &self.refusal {
            all.extend(
                deltas(text)
                    .into_iter()
                    .map(|piece| json!({"refusal": piece})),
            );
        }
        if let Some(audio) = &self.audio {
            all.extend(audio_deltas(audio));
        }
        for (index, call) in self.calls.iter().enumerate() {
            all.extend(call_deltas(index, call));
        }
        all
    }
}

/// A call: its name, then its arguments piece by piece.
fn call_deltas(index: usize, call: &Value) -> Vec<Value> {
    let (kind, member) = if call["type"] == "custom" {
        ("custom", "input")
    } else {
        ("function", "arguments")
    };
    let name = &call[kind]["name"];
    let mut deltas = vec![json!({"tool_calls": [{
        "index": index,
        "id": call["id"],
        "type": kind,
        kind: {"name": name, member: ""},
    }]})];
    let text = call[kind][member].as_str().unwrap_or_default();
    let pieces = pieces::words(text).into_iter();
    deltas.extend(
        pieces.map(|piece| json!({"tool_calls": [{"index": index, kind: {member: piece}}]})),
    );
    deltas
}

/// What is spoken: its id, its words, its sound, and until when it is there.
fn audio_deltas(audio: &Value) -> Vec<Value> {
    let mut deltas = vec![json!({"audio": {"id": audio["id"]}})];
    let words = pieces::words(audio["transcript"].as_str().unwrap_or_default());
    let of_words = |piece: &str| json!({"audio": {"transcript": piece}});
    deltas.extend(words.into_iter().map(of_words));
    deltas.push(json!({"audio": {"data": audio["data"]}}));
    deltas.push(json!({"audio": {"expires_at": audio["expires_at"]}}));
    deltas
}

fn event(kind: FrameKind, data: Data) -> Event {
    Event {
        kind,
        name: None,
        data,
    }
}
