//! The conversations that accounts have shared. A share shows its conversation up to one message,
//! for as long as the conversation is there. The routes are in `share_routes`.

use std::sync::{Mutex, MutexGuard};

use serde_json::{Map, Value, json};

use crate::simulator::lock;
use crate::timestamps::iso;
use crate::tree::Tree;

/// How many shares are remembered; beyond it the oldest is forgotten.
const MOST_SHARES: usize = 1000;

/// One share.
#[derive(Clone, Debug)]
pub(crate) struct Share {
    pub(crate) id: String,
    pub(crate) account_id: String,
    /// The name of whoever shared it.
    pub(crate) author: String,
    pub(crate) conversation_id: String,
    /// The last message that is shown.
    pub(crate) current_node_id: String,
    pub(crate) title: String,
    /// A message to be scrolled to, or null.
    pub(crate) highlighted: Value,
    /// Whether those without an account may open it.
    pub(crate) is_public: bool,
    pub(crate) is_visible: bool,
    pub(crate) is_anonymous: bool,
    /// When it was made and last changed, since 1970.
    pub(crate) created: std::time::Duration,
    pub(crate) updated: std::time::Duration,
}

/// All shares, oldest first.
#[derive(Default)]
pub(crate) struct Shares(Mutex<Vec<Share>>);

impl Shares {
    /// All of them. Whoever needs the conversations as well locks those first.
    pub(crate) fn all(&self) -> MutexGuard<'_, Vec<Share>> {
        lock(&self.0)
    }

    /// One of them.
    pub(crate) fn find(&self, id: &str) -> Option<Share> {
        self.all().iter().find(|share| share.id == id).cloned()
    }

    /// Remembers a new one.
    pub(crate) fn insert(&self, share: Share) {
        let mut all = self.all();
        all.push(share);
        if all.len() > MOST_SHARES {
            all.remove(0);
        }
    }
}

impl Share {
    /// What its owner is told of it, on an upstream of that address.
    pub(crate) fn described(&self, address: &str) -> Value {
        json!({
            "share_id": self.id,
            "share_url": format!("{address}/share/{}", self.id),
            "title": self.title,
            "is_public": self.is_public,
            "is_visible": self.is_visible,
            "is_anonymous": self.is_anonymous,
            "highlighted_message_id": self.highlighted,
            "current_node_id": self.current_node_id,
            "conversation_id": self.conversation_id,
        })
    }

    /// Its row in the list of an account's shares.
    pub(crate) fn row(&self) -> Value {
        json!({
            "id": self.id,
            "title": self.title,
            "create_time": iso(self.created),
            "update_time": iso(self.updated),
            "mapping": null,
            "current_node": null,
            "conversation_id": self.conversation_id,
            "is_archived": false,
            "is_starred": null,
            "is_public": self.is_public,
            "is_anonymous": self.is_anonymous,
        })
    }

    /// What whoever opens it sees: neither the conversation's id nor, if it is anonymous, its
    /// owner's name.
    pub(crate) fn document(&self, tree: &Tree) -> Value {
        let thread = tree.thread_to(&self.current_node_id);
        let node = |node: &Value| Some((node["id"].as_str()?.to_owned(), node.clone()));
        let mapping: Map<String, Value> = thread.iter().filter_map(node).collect();
        let author = (!self.is_anonymous).then_some(&self.author);
        json!({
            "share_id": self.id,
            "title": self.title,
            "create_time": self.created.as_secs_f64(),
            "update_time": self.updated.as_secs_f64(),
            "current_node": self.current_node_id,
            "highlighted_message_id": self.highlighted,
            "linear_conversation": thread,
            "mapping": mapping,
            "author_name": author,
            "is_public": self.is_public,
            "is_indexable": false,
            "moderation_state": {"blocked": false, "has_been_blocked": false},
        })
    }
}
