//! A chat completion in one piece.

use serde_json::{Value, json};

use super::Completion;

impl Completion {
    /// The whole completion.
    pub(super) fn whole(&self) -> Value {
        let choices = (0..self.choices).map(|index| {
            json!({
                "index": index,
                "message": self.message(),
                "logprobs": null,
                "finish_reason": self.finish,
            })
        });
        json!({
            "id": self.id,
            "object": "chat.completion",
            "created": self.created,
            "model": self.model,
            "choices": choices.collect::<Vec<Value>>(),
            "usage": self.usage.of_chat(),
            "service_tier": "default",
            "system_fingerprint": "fp_simulator",
        })
    }

    fn message(&self) -> Value {
        let mut message = json!({
            "role": "assistant",
            "content": self.text,
            "refusal": self.refusal,
            "annotations": self.annotations(),
        });
        if !self.calls.is_empty() {
            message["tool_calls"] = json!(self.calls);
        }
        if let Some(audio) = &self.audio {
            message["audio"] = audio.clone();
        }
        message
    }

    /// The sources of the text.
    pub(super) fn annotations(&self) -> Value {
        let annotation = |source: &crate::responses::answer::Source| {
            json!({"type": "url_citation", "url_citation": {
                "url": source.url,
                "title": source.title,
                "start_index": source.start,
                "end_index": source.end,
            }})
        };
        Value::Array(self.sources.iter().map(annotation).collect())
    }
}
