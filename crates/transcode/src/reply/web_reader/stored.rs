//! The messages of a turn as they are stored: the way from the end of a conversation's
//! document back to the message that was sent.
//!
//! What the messages mean is not its business. Called by `WebReader::read_stored`; protocol:
//! one conversation.

use std::borrow::Cow;
use std::collections::HashMap;

use chatgpt::message::{LooseText, Message};
use serde::Deserialize;
use serde_json::value::RawValue;

/// More nodes than any turn has.
const MAX_NODES: usize = 4096;

/// `GET /conversation/{id}`
#[derive(Deserialize)]
struct Document<'a> {
    #[serde(borrow)]
    mapping: HashMap<Cow<'a, str>, Node<'a>>,
    #[serde(borrow, default)]
    current_node: LooseText<'a>,
    #[serde(borrow, default)]
    conversation_id: LooseText<'a>,
    #[serde(borrow, default)]
    title: LooseText<'a>,
}

#[derive(Deserialize)]
struct Node<'a> {
    #[serde(borrow, default)]
    message: Option<&'a RawValue>,
    #[serde(borrow, default)]
    parent: LooseText<'a>,
}

/// A turn as it is stored.
pub(super) struct StoredTurn<'a> {
    /// Its messages after the sent ones, oldest first.
    pub(super) messages: Vec<Message<'a>>,
    /// The conversation.
    pub(super) conversation_id: Option<String>,
    /// Its name.
    pub(super) title: Option<String>,
}

impl<'a> StoredTurn<'a> {
    /// Finds the turn at the end of a conversation's document.
    pub(super) fn read(document: &'a str, sent_ids: &[String]) -> Result<Self, serde_json::Error> {
        let document: Document<'a> = serde_json::from_str(document)?;
        let mut messages = Vec::new();
        let mut id = document.current_node.text();
        for _ in 0..MAX_NODES {
            let Some(node) = document.mapping.get(id) else {
                break;
            };
            // What is not a message, such as the root, is on the way all the same.
            let message = node.message.map(RawValue::get);
            if let Some(Ok(message)) = message.map(serde_json::from_str::<Message<'a>>) {
                let is_sent = sent_ids.iter().any(|sent| sent == message.id.text());
                if !is_sent && message.author.role.text() == "user" && !sent_ids.is_empty() {
                    // Somebody else's turn: the one that was sent is not stored here.
                    messages.clear();
                }
                if is_sent || message.author.role.text() == "user" {
                    break;
                }
                messages.push(message);
            }
            id = node.parent.text();
        }
        messages.reverse();
        Ok(Self {
            messages,
            conversation_id: document.conversation_id.said().map(str::to_owned),
            title: document.title.said().map(str::to_owned),
        })
    }
}
