//! What of an account's socket somebody may say and hear who shares it.
//!
//! Commands are those that are known, about what is theirs. Messages are about conversations and
//! turns of theirs; what one names is written down before it is handed on.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use crate::Gateway;
use crate::allow_list::IdKind;
use crate::learning::{Learned, TURN_TOPIC};
use crate::ownership::Place;
use crate::relay::looked_at;

/// What tells of all conversations of an account.
const CONVERSATIONS: &str = "conversations";

/// A socket is quicker than the stream of an answer: whose its conversation is may be known a
/// moment later.
const PATIENCE: Duration = Duration::from_secs(3);

/// Messages that wait for it.
const MAX_WAITING: usize = 64;

/// Whose something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whose {
    Theirs,
    Others,
    /// Nobody's that is known.
    Unknown,
}

/// Filters one socket.
pub(super) struct Filter {
    gateway: Arc<Gateway>,
    place: Place,
    /// Turns the page may hear of.
    turns: HashSet<String>,
    waiting: Vec<(Instant, Value)>,
}

impl Filter {
    pub(super) fn new(gateway: &Arc<Gateway>, place: Place) -> Self {
        Self {
            gateway: Arc::clone(gateway),
            place,
            turns: HashSet::new(),
            waiting: Vec::new(),
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
                if self.whose(&mut message).await == Whose::Theirs {
                    kept.push(message);
                }
            }
            if !catchups.is_null() {
                told["reply"]["catchups"] = Value::Array(kept);
            }
            return Some(told.to_string());
        }
        match self.whose(&mut told).await {
            Whose::Theirs => Some(told.to_string()),
            Whose::Others => None,
            Whose::Unknown => {
                if self.waiting.len() < MAX_WAITING {
                    self.waiting.push((Instant::now(), told));
                }
                None
            }
        }
    }

    /// Whether something is told of what nobody is known to have yet.
    pub(super) fn is_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// What was told too early and is known to be the visitor's by now.
    pub(super) async fn known_by_now(&mut self) -> Vec<String> {
        let mut known = Vec::new();
        for (since, mut message) in std::mem::take(&mut self.waiting) {
            match self.whose(&mut message).await {
                Whose::Theirs => known.push(message.to_string()),
                Whose::Unknown if since.elapsed() < PATIENCE => {
                    self.waiting.push((since, message));
                }
                Whose::Unknown | Whose::Others => {}
            }
        }
        known
    }

    async fn whose(&mut self, message: &mut Value) -> Whose {
        let topic = message["topic_id"].as_str().map(str::to_owned);
        let is_turn = topic.as_deref().is_some_and(|it| self.turns.contains(it));
        if !is_turn && topic.as_deref() != Some(CONVERSATIONS) {
            return Whose::Others;
        }
        let named = named_in(message);
        let database = &self.gateway.parts.database;
        for id in &named.conversations {
            match database.conversation(id).await {
                Ok(Some(known)) if known.owner == self.place.owner => {}
                Ok(None) => return Whose::Unknown,
                _ => return Whose::Others,
            }
        }
        // What says nothing of whose it is, is nobody's.
        if named.conversations.is_empty() && !is_turn {
            return Whose::Others;
        }
        let learned = self.gateway.ownership.learn(&self.place, named).await;
        match learned {
            Ok(()) => Whose::Theirs,
            Err(_) => Whose::Others,
        }
    }
}

/// What a message names; in the piece of an event stream that it may carry, what is the account
/// owner's own is emptied.
fn named_in(message: &mut Value) -> Learned {
    let mut named = Learned::of(message);
    let Some(item) = encoded_item(message) else {
        return named;
    };
    let (written, document) = looked_at(item.into_bytes());
    if let Some(document) = document {
        named.extend(Learned::of(&document));
    }
    if let Ok(written) = String::from_utf8(written) {
        message["payload"]["payload"]["encoded_item"] = written.into();
    }
    named
}

/// The piece of an event stream that a message of a turn carries.
fn encoded_item(message: &Value) -> Option<String> {
    let item = &message["payload"]["payload"]["encoded_item"];
    item.as_str().map(str::to_owned)
}
