//! What a conversation is going to hold: messages that are still being made when their stream has
//! ended, and are there once it has been looked at often enough. No clock: looks are what counts.

use serde_json::{Value, json};

use super::Tree;

/// How many looks find a conversation without the awaited messages.
const LOOKS: u32 = 3;

/// Messages to come.
pub(crate) struct Awaited {
    messages: Vec<Value>,
    /// The node they are going to hang below.
    parent: String,
    maker: Maker,
    looks_left: u32,
    arrived: bool,
    /// Whether its owner has been told that it arrived, and wants to hear no more of it.
    is_noticed: bool,
}

/// What makes them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Maker {
    /// The turn's own stream, which goes on where nobody reads it.
    Stream,
    /// A task of that id.
    Task(String),
}

impl Tree {
    /// Leaves messages to be waited for, in place of any awaited before.
    pub(crate) fn await_messages(&mut self, maker: Maker, messages: Vec<Value>) {
        self.awaited = Some(Awaited {
            messages,
            parent: self.current.clone(),
            maker,
            looks_left: LOOKS,
            arrived: false,
            is_noticed: false,
        });
    }

    /// Somebody looks for messages that are awaited: after enough looks they are there. Says
    /// whether it is this look that finds them.
    pub(crate) fn look(&mut self) -> bool {
        let Some(awaited) = &mut self.awaited else {
            return false;
        };
        if awaited.looks_left > 0 {
            awaited.looks_left -= 1;
            return false;
        }
        if awaited.arrived {
            return false;
        }
        awaited.arrived = true;
        let (parent, messages) = (awaited.parent.clone(), awaited.messages.clone());
        let newest = (self.current != parent).then(|| self.current.clone());
        let now = self.update_time;
        self.attach(&parent, messages, now);
        if let Some(newest) = newest {
            // A later turn stays the one that is shown.
            self.current = newest;
        }
        true
    }

    /// Its owner has seen that awaited messages arrived.
    pub(crate) fn notice(&mut self) {
        if let Some(awaited) = self.awaited.as_mut().filter(|awaited| awaited.arrived) {
            awaited.is_noticed = true;
        }
    }

    /// The task that has made messages, and the last of them.
    pub(crate) fn made(&self) -> Option<(&str, &Value)> {
        let awaited = self.awaited.as_ref().filter(|awaited| awaited.arrived)?;
        match &awaited.maker {
            Maker::Task(id) => Some((id, awaited.messages.last()?)),
            Maker::Stream => None,
        }
    }

    /// Whether the turn's stream is still making messages.
    pub(crate) fn is_being_made(&self) -> bool {
        self.awaited
            .as_ref()
            .is_some_and(|awaited| awaited.maker == Maker::Stream && !awaited.arrived)
    }

    /// The task that makes messages, as a list of tasks shows it.
    pub(crate) fn task(&self) -> Option<Value> {
        let awaited = self.awaited.as_ref()?;
        let Maker::Task(task_id) = &awaited.maker else {
            return None;
        };
        let made = awaited.messages.last().filter(|_| awaited.arrived);
        let message = made.map(|message| {
            json!({
                "author": message["author"],
                "content": message["content"],
                "metadata": {"is_error": false},
            })
        });
        Some(json!({
            "task_id": task_id,
            "conversation_id": self.id,
            "original_conversation_id": self.id,
            "status": if awaited.arrived { "completed" } else { "running" },
            "file_ids": [],
            "image_gen_message": message,
        }))
    }

    /// Null, or a number while a task runs and, another, until its end has been noticed.
    pub(super) fn async_status(&self) -> Value {
        match &self.awaited {
            Some(awaited) if awaited.maker != Maker::Stream && !awaited.is_noticed => {
                json!(if awaited.arrived { 2 } else { 1 })
            }
            _ => Value::Null,
        }
    }
}
