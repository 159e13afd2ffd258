//! What upstream tells of conversations without being asked: each push goes to all sockets of one
//! account, whichever of its conversations it is about. The newest are kept for sockets that come
//! back. The sockets themselves are in `socket`.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::broadcast;

use crate::simulator::{State, lock};
use crate::timestamps::since_epoch;
use crate::tree::Tree;

/// The topic of all pushes.
pub(crate) const TOPIC: &str = "conversations";

/// How many pushes are kept, and may wait for a slow socket.
const MOST_PUSHES: usize = 256;

/// One push.
#[derive(Clone, Debug)]
pub(crate) struct Push {
    /// Grows from push to push; the first has 1.
    pub(crate) number: u64,
    pub(crate) account_id: String,
    /// What is sent.
    pub(crate) message: Value,
}

/// All pushes. Clones share everything.
#[derive(Clone)]
pub(crate) struct Pushes {
    past: Arc<Mutex<Past>>,
    sender: broadcast::Sender<Push>,
}

#[derive(Default)]
struct Past {
    sent: u64,
    kept: VecDeque<Push>,
}

/// What a socket gets that asks for pushes.
pub(crate) struct Missed {
    /// Those it has not seen, oldest first.
    pub(crate) messages: Vec<Value>,
    /// The number and the offset of the newest push of the account.
    pub(crate) newest: u64,
    pub(crate) offset: String,
}

impl Default for Pushes {
    fn default() -> Self {
        Self {
            past: Arc::default(),
            sender: broadcast::Sender::new(MOST_PUSHES),
        }
    }
}

impl Pushes {
    /// Every push from now on.
    pub(crate) fn subscribe(&self) -> broadcast::Receiver<Push> {
        self.sender.subscribe()
    }

    /// What an account has missed since an offset; nothing without one.
    pub(crate) fn missed(&self, account_id: &str, since: Option<&str>) -> Missed {
        let past = lock(&self.past);
        let seen = since.map_or(u64::MAX, number_of);
        let own = past
            .kept
            .iter()
            .filter(|push| push.account_id == account_id);
        let newest = own.clone().next_back();
        Missed {
            messages: own
                .clone()
                .filter(|push| push.number > seen)
                .map(|push| push.message.clone())
                .collect(),
            newest: past.sent,
            offset: newest
                .and_then(|push| push.message["offset"].as_str())
                .unwrap_or("0")
                .to_owned(),
        }
    }

    /// Tells that an account's turn is over.
    pub(crate) fn turn_is_complete(&self, of: &TurnName, now: Duration) {
        let payload = json!({
            "conversation_id": of.conversation_id,
            "turn_exchange_id": of.exchange,
        });
        self.push(&of.account_id, now, "conversation-turn-complete", &payload);
    }

    /// Tells that a task of an account's conversation does something.
    pub(crate) fn task(&self, task: &TaskNews<'_>, now: Duration) {
        let payload = json!({
            "conversation_id": task.conversation_id,
            "update_type": task.update_type,
            "update_content": {"async_task_id": task.task_id, "message": task.message},
        });
        self.push(task.account_id, now, "conversation-update", &payload);
    }

    fn push(&self, account_id: &str, now: Duration, kind: &str, payload: &Value) {
        let mut past = lock(&self.past);
        past.sent += 1;
        let push = Push {
            number: past.sent,
            account_id: account_id.to_owned(),
            message: json!({
                "type": "message",
                "topic_id": TOPIC,
                "offset": format!("{}-{}", now.as_millis(), past.sent),
                "payload": {"type": kind, "payload": payload},
            }),
        };
        past.kept.push_back(push.clone());
        if past.kept.len() > MOST_PUSHES {
            past.kept.pop_front();
        }
        // It fails only if nobody listens. The lock is held so that none overtakes another.
        let _ = self.sender.send(push);
    }
}

/// A turn, and whose it is.
#[derive(Clone, Debug)]
pub(crate) struct TurnName {
    pub(crate) account_id: String,
    pub(crate) conversation_id: String,
    pub(crate) exchange: String,
}

/// What a task does.
pub(crate) struct TaskNews<'a> {
    pub(crate) account_id: &'a str,
    pub(crate) conversation_id: &'a str,
    pub(crate) update_type: &'static str,
    pub(crate) task_id: &'a str,
    pub(crate) message: &'a Value,
}

impl State {
    /// Looks for messages a conversation awaits, and tells its owner when a task's arrive.
    pub(crate) fn look(&self, tree: &mut Tree) {
        if !tree.look() {
            return;
        }
        if let Some((task_id, message)) = tree.made() {
            let news = TaskNews {
                account_id: &tree.account_id,
                conversation_id: &tree.id,
                update_type: "async-task-update-message",
                task_id,
                message,
            };
            self.pushes.task(&news, since_epoch(self.now()));
        }
    }
}

/// The number at an offset's end; zero for what is no offset.
pub(crate) fn number_of(offset: &str) -> u64 {
    let number = offset
        .rsplit_once('-')
        .and_then(|(_, number)| number.parse().ok());
    number.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tell(pushes: &Pushes, account_id: &str, conversation_id: &str) {
        let turn = TurnName {
            account_id: account_id.to_owned(),
            conversation_id: conversation_id.to_owned(),
            exchange: "E".to_owned(),
        };
        pushes.turn_is_complete(&turn, Duration::from_millis(5));
    }

    #[test]
    fn an_account_misses_only_its_own() {
        let pushes = Pushes::default();
        tell(&pushes, "a", "A1");
        tell(&pushes, "b", "B1");
        tell(&pushes, "a", "A2");
        let all = pushes.missed("a", Some("0"));
        let told: Vec<&Value> = all
            .messages
            .iter()
            .map(|message| &message["payload"]["payload"]["conversation_id"])
            .collect();
        assert_eq!(told, ["A1", "A2"]);
        assert_eq!((all.newest, all.offset.as_str()), (3, "5-3"));
        assert_eq!(pushes.missed("a", Some("5-1")).messages.len(), 1);
        assert!(pushes.missed("a", None).messages.is_empty());
        assert_eq!(pushes.missed("c", None).offset, "0");
    }

    #[test]
    fn old_ones_are_forgotten() {
        let pushes = Pushes::default();
        for _ in 0..MOST_PUSHES + 5 {
            tell(&pushes, "a", "A");
        }
        assert_eq!(pushes.missed("a", Some("0")).messages.len(), MOST_PUSHES);
    }
}
