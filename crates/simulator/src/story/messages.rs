//! The shapes of the messages a turn consists of. No order, no events: the rest of the story
//! decides when they appear.

use serde_json::{Map, Value, json};

use super::{Opening, Story};

/// The same message, finished.
pub(crate) fn finished(mut message: Value) -> Value {
    message["status"] = json!("finished_successfully");
    message
}

impl Story<'_> {
    /// An assistant message in progress, a child of the newest message.
    pub(crate) fn assistant(&mut self, content: &Value, channel: Option<&str>) -> Value {
        let id = self.next_id();
        json!({
            "id": id,
            "author": {"role": "assistant", "name": null, "metadata": {}},
            "create_time": self.request.now,
            "update_time": null,
            "content": content,
            "status": "in_progress",
            "end_turn": null,
            "weight": 1.0,
            "metadata": self.answer_metadata(),
            "recipient": "all",
            "channel": channel,
        })
    }

    /// An assistant message that calls a tool.
    pub(crate) fn tool_call(&mut self, recipient: &str, content: &Value) -> Value {
        let mut message = self.assistant(content, Some("commentary"));
        message["recipient"] = json!(recipient);
        message["end_turn"] = json!(false);
        message
    }

    /// What a tool says, in progress.
    pub(crate) fn tool_message(&mut self, name: &str, content: &Value, metadata: Value) -> Value {
        let mut message = self.assistant(content, None);
        message["author"] = json!({"role": "tool", "name": name, "metadata": {}});
        message["metadata"] = metadata;
        message["metadata"]["parent_id"] = json!(self.parent);
        message["metadata"]["model_slug"] = json!(self.served);
        message
    }

    fn answer_metadata(&self) -> Value {
        let message_type = match self.opening {
            Opening::Variant => "variant",
            Opening::New | Opening::Continued => "next",
        };
        let mut metadata = json!({
            "citations": [],
            "content_references": [],
            "message_type": message_type,
            "model_slug": self.served,
            "resolved_model_slug": self.served,
            "default_model_slug": "auto",
            "model_switcher_deny": [],
            "parent_id": self.parent,
            "request_id": self.id_of("request"),
            "turn_exchange_id": self.id_of("exchange"),
        });
        self.name_gizmo(&mut metadata);
        metadata
    }

    /// Says in a message's metadata which GPT or project it belongs to, if any.
    fn name_gizmo(&self, metadata: &mut Value) {
        if let Some(gizmo) = &self.facts.gizmo {
            metadata["gizmo_id"] = json!(gizmo.id);
        }
    }

    /// A finished message that a reader is not to show.
    pub(super) fn hidden(&mut self, role: &str, content: &Value) -> Value {
        let id = self.next_id();
        json!({
            "id": id,
            "author": {"role": role, "name": null, "metadata": {}},
            "create_time": null,
            "update_time": null,
            "content": content,
            "status": "finished_successfully",
            "end_turn": if role == "system" { json!(true) } else { Value::Null },
            "weight": 0.0,
            "metadata": {
                "is_visually_hidden_from_conversation": true,
                "model_switcher_deny": [],
                "parent_id": self.parent,
            },
            "recipient": "all",
            "channel": null,
        })
    }

    /// A message of the request as the server repeats it: what was sent, made whole.
    pub(super) fn echo(&mut self, sent: &Value) -> Value {
        let mut members: Map<String, Value> = sent.as_object().cloned().unwrap_or_default();
        if members.get("id").and_then(Value::as_str).is_none() {
            members.insert("id".to_owned(), json!(self.next_id()));
        }
        let defaults = json!({
            "create_time": self.request.now,
            "update_time": null,
            "status": "finished_successfully",
            "end_turn": null,
            "weight": 1.0,
            "recipient": "all",
            "channel": null,
        });
        for (key, value) in defaults.as_object().into_iter().flatten() {
            members.entry(key.clone()).or_insert_with(|| value.clone());
        }
        let mut message = Value::Object(members);
        if let Some(author) = message["author"].as_object_mut() {
            author.entry("name").or_insert(Value::Null);
            author.entry("metadata").or_insert_with(|| json!({}));
        }
        if !message["metadata"].is_object() {
            message["metadata"] = json!({});
        }
        message["metadata"]["parent_id"] = json!(self.parent);
        message["metadata"]["request_id"] = json!(self.id_of("request"));
        message["metadata"]["turn_exchange_id"] = json!(self.id_of("exchange"));
        self.name_gizmo(&mut message["metadata"]);
        message
    }

    /// The user message of a request that has only a prompt.
    pub(super) fn user_message(&self) -> Value {
        json!({
            "id": self.request.user_message_id,
            "author": {"role": "user"},
            "create_time": self.request.now,
            "content": {"content_type": "text", "parts": [self.request.prompt]},
            "metadata": {},
        })
    }
}
