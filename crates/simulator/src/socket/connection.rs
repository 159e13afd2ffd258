//! One open socket: it reads commands, which come several at once, answers each, and passes on
//! what its account has asked to be told. It ends when its client leaves.

use std::collections::VecDeque;
use std::sync::Arc;

use axum::extract::ws::{Message, WebSocket};
use serde_json::{Value, json};
use tokio::sync::broadcast::error::RecvError;
use tokio::time::Instant;

use super::turns::{self, Item};
use crate::pushes::{self, Push};
use crate::simulator::State;
use crate::timestamps::since_epoch;

/// How the topic of a turn begins.
const TURN_TOPIC: &str = "conversation-turn-";

/// What is known of one socket.
pub(super) struct Connection {
    state: Arc<State>,
    account_id: String,
    /// The number of the last push that is not passed on, once pushes are asked for.
    pushes_after: Option<u64>,
    /// What is still to be told of turns, in order.
    to_tell: VecDeque<Item>,
    /// When the first of it is.
    next_at: Option<Instant>,
}

impl Connection {
    pub(super) fn new(state: Arc<State>, account_id: String) -> Self {
        Self {
            state,
            account_id,
            pushes_after: None,
            to_tell: VecDeque::new(),
            next_at: None,
        }
    }

    /// Serves the socket until its client leaves.
    pub(super) async fn run(mut self, mut socket: WebSocket) {
        let mut pushes = self.state.pushes.subscribe();
        loop {
            let next_at = self.next_at;
            let said = tokio::select! {
                received = socket.recv() => match received {
                    Some(Ok(Message::Text(text))) => self.answer(text.as_str()),
                    Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                    Some(Ok(_)) => Vec::new(),
                },
                news = pushes.recv() => match news {
                    Ok(push) => self.wanted(push).into_iter().collect(),
                    Err(RecvError::Lagged(_)) => Vec::new(),
                    Err(RecvError::Closed) => return,
                },
                () = at(next_at) => self.told().into_iter().collect(),
            };
            for message in said {
                let message = Message::text(message.to_string());
                if socket.send(message).await.is_err() {
                    return;
                }
            }
        }
    }

    /// The replies to some commands.
    fn answer(&mut self, text: &str) -> Vec<Value> {
        match serde_json::from_str(text) {
            Ok(Value::Array(commands)) => {
                let replies = commands.iter().map(|command| self.reply(command));
                replies.collect()
            }
            Ok(command @ Value::Object(_)) => vec![self.reply(&command)],
            _ => vec![error(
                &Value::Null,
                "invalid_message",
                "Expected an array of commands",
            )],
        }
    }

    fn reply(&mut self, message: &Value) -> Value {
        let (id, command) = (&message["id"], &message["command"]);
        let topic = command["topic_id"].as_str();
        let reply = match (command["type"].as_str(), topic) {
            (Some("subscribe"), Some(topic)) => {
                let offset = command["offset"]
                    .as_str()
                    .filter(|offset| !offset.is_empty());
                self.subscribe(topic, offset)
            }
            (Some("unsubscribe"), Some(topic)) => {
                self.unsubscribe(topic);
                json!({"type": "unsubscribe", "topic_id": topic})
            }
            (Some("subscribe" | "unsubscribe"), None) => {
                return error(id, "invalid_command", "A topic_id is required");
            }
            (Some(other), _) => json!({"type": other}),
            (None, _) => return error(id, "invalid_command", "A command has a type"),
        };
        json!({"id": id, "type": "reply", "reply": reply})
    }

    /// Passes on what comes on a topic from now on, and gives what was missed.
    fn subscribe(&mut self, topic: &str, offset: Option<&str>) -> Value {
        if topic == pushes::TOPIC {
            let missed = self.state.pushes.missed(&self.account_id, offset);
            self.pushes_after = Some(missed.newest);
            return subscribed(topic, true, &json!(missed.offset), &missed.messages);
        }
        let Some(exchange) = topic.strip_prefix(TURN_TOPIC) else {
            return subscribed(topic, true, &Value::Null, &[]);
        };
        let Some(told) = turns::told(&self.state, &self.account_id, exchange, offset) else {
            return subscribed(topic, false, &Value::Null, &[]);
        };
        self.unsubscribe(topic);
        let catchups: Vec<Value> = told.missed.into_iter().map(|item| item.message).collect();
        let last = catchups.last().map(|message| &message["offset"]);
        let last = last.map_or_else(|| json!(offset.unwrap_or("0")), Value::clone);
        self.to_tell.extend(told.to_come);
        self.wait_for_next();
        subscribed(topic, true, &last, &catchups)
    }

    fn unsubscribe(&mut self, topic: &str) {
        if topic == pushes::TOPIC {
            self.pushes_after = None;
        }
        self.to_tell
            .retain(|item| item.message["topic_id"] != topic);
        self.next_at = None;
        self.wait_for_next();
    }

    /// A push, if it is this account's, asked for, and not known.
    fn wanted(&self, push: Push) -> Option<Value> {
        let is_new = self.pushes_after.is_some_and(|known| push.number > known);
        (is_new && push.account_id == self.account_id).then_some(push.message)
    }

    /// The next of what is to be told of turns. With the last of a turn, all the account's sockets
    /// are told that it is over.
    fn told(&mut self) -> Option<Value> {
        let item = self.to_tell.pop_front();
        self.next_at = None;
        self.wait_for_next();
        let item = item?;
        if let Some(turn) = &item.ends {
            let now = since_epoch(self.state.now());
            self.state.pushes.turn_is_complete(turn, now);
        }
        Some(item.message)
    }

    fn wait_for_next(&mut self) {
        if let (None, Some(item)) = (self.next_at, self.to_tell.front()) {
            self.next_at = Some(Instant::now() + item.pause);
        }
    }
}

/// Waits until then; forever without a time.
async fn at(time: Option<Instant>) {
    match time {
        Some(time) => tokio::time::sleep_until(time).await,
        None => std::future::pending().await,
    }
}

fn subscribed(topic: &str, recovered: bool, last_offset: &Value, catchups: &[Value]) -> Value {
    json!({
        "type": "subscribe",
        "topic_id": topic,
        "recovered": recovered,
        "last_offset": last_offset,
        "catchups": catchups,
    })
}

fn error(id: &Value, code: &str, message: &str) -> Value {
    json!({"id": id, "type": "error", "error": {"code": code, "message": message}})
}
