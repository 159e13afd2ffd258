//! What of an account's socket somebody may say and hear who shares it.
//!
//! Commands are those that are known, about what is theirs. Messages are about conversations and
//! turns of theirs; what one names is written down before it is handed on.

use std::collections::HashSet;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::Gateway;
use crate::allow_list::IdKind;
use crate::learning::{Learned, TURN_TOPIC};
use crate::ownership::Place;
use crate::relay::looked_at;

/// What tells of all conversations of an account.
const CONVERSATIONS: &str = "conversations";

/// Filters one socket.
pub(super) struct Filter {
    gateway: Arc<Gateway>,
    place: Place,
    /// Turns the page may hear of.
    turns: HashSet<String>,
}

impl Filter {
    pub(super) fn new(gateway: &Arc<Gateway>, place: Place) -> Self {
        Self {
            gateway: Arc::clone(gateway),
            place,
            turns: HashSet::new(),
        }
    }

    /// Of a page's commands, those that go on.
    pub(super) async fn up(&mut self, text: &str) -> Option<String> {
        let said: Value = serde_json::from_str(text).ok()?;
        let commands = match said {
            Value::Array(commands) => commands,
            command => vec![command],
        };
        let mut allowed = Vec::new();
        for command in commands {
            if let Some(command) = self.allowed(&command).await {
                allowed.push(command);
            }
        }
        (!allowed.is_empty()).then(|| Value::Array(allowed).to_string())
    }

    /// A command written anew, if it may go on.
    async fn allowed(&mut self, command: &Value) -> Option<Value> {
        let (id, asked) = (&command["id"], &command["command"]);
        let kind = asked["type"].as_str()?;
        let topic = asked["topic_id"].as_str();
        match (kind, topic) {
            ("connect", None) => Some(json!({"id": id, "command": {
                "type": "connect",
                "presence": {"type": "presence", "state": "background"},
            }})),
            ("subscribe" | "unsubscribe", Some(topic)) => {
                if topic != CONVERSATIONS && !self.is_own_turn(topic).await {
                    return None;
                }
                let mut asked_again = json!({"type": kind, "topic_id": topic});
                if let offset @ Value::String(_) = &asked["offset"] {
                    asked_again["offset"] = offset.clone();
                }
                Some(json!({"id": id, "command": asked_again}))
            }
            _ => None,
        }
    }

    async fn is_own_turn(&mut self, topic: &str) -> bool {
        let Some(turn) = topic.strip_prefix(TURN_TOPIC) else {
            return false;
        };
        if self.turns.contains(topic) {
            return true;
        }
        let database = &self.gateway.parts.database;
        let known = database.owned_objects(&[turn.to_owned()]).await;
        let is_own = known.is_ok_and(|known| {
            let mut known = known.iter();
            known.any(|it| it.owner == self.place.owner && it.kind == IdKind::Turn.word())
        });
        if is_own {
            self.turns.insert(topic.to_owned());
        }
        is_own
    }

    /// A message of upstream's, if it is about what is the visitor's.
    pub(super) async fn down(&mut self, text: &str) -> Option<String> {
        let mut told: Value = serde_json::from_str(text).ok()?;
        if told["type"] == "reply" {
            let catchups = told["reply"]["catchups"].take();
            let mut kept = Vec::new();
            for mut message in catchups.as_array().cloned().unwrap_or_default() {
                if self.is_theirs(&mut message).await {
                    kept.push(message);
                }
            }
            if !catchups.is_null() {
                told["reply"]["catchups"] = Value::Array(kept);
            }
            return Some(told.to_string());
        }
        self.is_theirs(&mut told).await.then(|| told.to_string())
    }

    async fn is_theirs(&mut self, message: &mut Value) -> bool {
        let topic = message["topic_id"].as_str().map(str::to_owned);
        let is_turn = topic.as_deref().is_some_and(|it| self.turns.contains(it));
        if !is_turn && topic.as_deref() != Some(CONVERSATIONS) {
            return false;
        }
        let mut named = Learned::of(message);
        if let Some(item) = encoded_item(message) {
            let (written, document) = looked_at(item.into_bytes());
            if let Some(document) = document {
                named.extend(Learned::of(&document));
            }
            if let Ok(written) = String::from_utf8(written) {
                message["payload"]["payload"]["encoded_item"] = written.into();
            }
        }
        for id in &named.conversations {
            let known = self.gateway.ownership.conversation(&self.place.owner, id);
            if !matches!(known.await, Ok(Some(_))) {
                return false;
            }
        }
        // What says nothing of whose it is, is nobody's.
        if named.conversations.is_empty() && !is_turn {
            return false;
        }
        self.gateway
            .ownership
            .learn(&self.place, named)
            .await
            .is_ok()
    }
}

/// The piece of an event stream that a message of a turn carries.
fn encoded_item(message: &Value) -> Option<String> {
    let item = &message["payload"]["payload"]["encoded_item"];
    item.as_str().map(str::to_owned)
}
