//! One stored conversation: a tree of messages, in which each turn adds a branch, and the document
//! upstream shows of it. Holds what it is given; the conversation route decides what that is.

mod awaited;
mod thread;

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::attachments;
use crate::conversation::Recording;
use crate::gizmos;
use crate::timestamps;

pub(crate) use awaited::{Awaited, Maker};

/// A stored conversation.
pub(crate) struct Tree {
    pub(crate) id: String,
    pub(crate) account_id: String,
    pub(crate) details: Details,
    create_time: f64,
    update_time: f64,
    nodes: BTreeMap<String, Node>,
    current: String,
    awaited: Option<Awaited>,
    /// Files that were shown on the way to what is stored.
    pub(crate) shown: HashSet<String>,
    /// The newest turn, to be told again.
    pub(crate) recording: Option<Recording>,
}

/// What is said of a conversation beside its messages, and may be changed.
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent switches, most of them named by upstream"
)]
pub(crate) struct Details {
    pub(crate) title: String,
    /// Whether its owner chose the title.
    pub(crate) is_renamed: bool,
    /// The GPT or project it is held with.
    pub(crate) gizmo_id: Option<String>,
    pub(crate) is_visible: bool,
    pub(crate) is_archived: bool,
    pub(crate) is_starred: bool,
    /// Whether it is a chat that is never listed.
    pub(crate) is_temporary: bool,
}

struct Node {
    message: Value,
    parent: Option<String>,
    children: Vec<String>,
}

impl Tree {
    /// A conversation without messages, whose root is the node its first message names as parent.
    pub(crate) fn new(id: &str, account_id: &str, root: &str, title: String, now: f64) -> Self {
        let node = Node {
            message: Value::Null,
            parent: None,
            children: Vec::new(),
        };
        Self {
            id: id.to_owned(),
            account_id: account_id.to_owned(),
            details: Details {
                title,
                is_renamed: false,
                gizmo_id: None,
                is_visible: true,
                is_archived: false,
                is_starred: false,
                is_temporary: false,
            },
            create_time: now,
            update_time: now,
            nodes: BTreeMap::from([(root.to_owned(), node)]),
            current: root.to_owned(),
            awaited: None,
            shown: HashSet::new(),
            recording: None,
        }
    }

    /// Whether a message is in it.
    pub(crate) fn has(&self, id: &str) -> bool {
        self.nodes.contains_key(id)
    }

    /// Adds messages as a chain below a node; one that is already there is stepped over.
    pub(crate) fn attach(&mut self, parent: &str, messages: Vec<Value>, now: f64) {
        let mut above = parent.to_owned();
        for message in messages {
            let Some(id) = message["id"].as_str().map(str::to_owned) else {
                continue;
            };
            if !self.has(&id) {
                if let Some(node) = self.nodes.get_mut(&above) {
                    node.children.push(id.clone());
                }
                let node = Node {
                    message,
                    parent: Some(above),
                    children: Vec::new(),
                };
                self.nodes.insert(id.clone(), node);
            }
            above = id;
        }
        self.current = above;
        self.update_time = now;
    }

    /// Where another answer to a message branches off: the message itself, or the hidden message
    /// that stands between it and its answers.
    pub(crate) fn fork(&self, id: &str) -> String {
        let hidden = |child: &&String| {
            self.nodes.get(*child).is_some_and(|node| {
                node.message["metadata"]["is_visually_hidden_from_conversation"] == true
            })
        };
        self.nodes
            .get(id)
            .and_then(|node| node.children.iter().find(hidden))
            .map_or_else(|| id.to_owned(), Clone::clone)
    }

    /// The nearest user message at or above a node.
    pub(crate) fn user_message(&self, id: &str) -> Option<&Value> {
        let mut at = id;
        loop {
            let node = self.nodes.get(at)?;
            if node.message["author"]["role"] == "user" {
                return Some(&node.message);
            }
            at = node.parent.as_deref()?;
        }
    }

    /// A message.
    pub(crate) fn message(&self, id: &str) -> Option<&Value> {
        self.nodes.get(id).map(|node| &node.message)
    }

    /// Whether one of its messages shows or names a file.
    pub(crate) fn shows_file(&self, file_id: &str) -> bool {
        self.shown.contains(file_id)
            || self
                .messages()
                .any(|message| attachments::ids_in(message).contains(file_id))
    }

    /// Its messages, in no particular order.
    pub(crate) fn messages(&self) -> impl Iterator<Item = &Value> {
        self.nodes.values().map(|node| &node.message)
    }

    /// When it was begun, in seconds since 1970.
    pub(crate) fn create_time(&self) -> f64 {
        self.create_time
    }

    /// When it was last added to, in seconds since 1970.
    pub(crate) fn update_time(&self) -> f64 {
        self.update_time
    }

    /// The row upstream has for it in lists.
    pub(crate) fn row(&self) -> Value {
        let details = &self.details;
        let iso = |time| timestamps::iso(Duration::try_from_secs_f64(time).unwrap_or_default());
        json!({
            "id": self.id,
            "title": details.title,
            "create_time": iso(self.create_time),
            "update_time": iso(self.update_time),
            "pinned_time": null,
            "mapping": null,
            "current_node": null,
            "conversation_template_id": details.gizmo_id,
            "gizmo_id": details.gizmo_id,
            "is_archived": details.is_archived,
            "is_starred": details.is_starred.then_some(true),
            "is_do_not_remember": false,
            "memory_scope": "global_enabled",
            "context_scopes": null,
            "context_scopes_v2": null,
            "workspace_id": null,
            "async_status": self.async_status(),
            "safe_urls": [],
            "blocked_urls": [],
            "conversation_origin": null,
            "snippet": null,
            "sugar_item_id": null,
            "sugar_item_visible": false,
        })
    }

    /// The document upstream shows.
    pub(crate) fn document(&self) -> Value {
        let mut mapping = Map::new();
        for (id, node) in &self.nodes {
            mapping.insert(
                id.clone(),
                json!({
                    "id": id,
                    "message": node.message,
                    "parent": node.parent,
                    "children": node.children,
                }),
            );
        }
        let mut document = constant_fields();
        let details = &self.details;
        document["title"] = json!(details.title);
        document["gizmo_id"] = json!(details.gizmo_id);
        document["gizmo_type"] = json!(details.gizmo_id.as_deref().map(gizmos::kind_of));
        document["is_archived"] = json!(details.is_archived);
        document["is_starred"] = json!(details.is_starred.then_some(true));
        document["create_time"] = json!(self.create_time);
        document["update_time"] = json!(self.update_time);
        document["mapping"] = Value::Object(mapping);
        document["current_node"] = json!(self.current);
        document["conversation_id"] = json!(self.id);
        document["async_status"] = self.async_status();
        document
    }
}

/// What is the same in every document.
fn constant_fields() -> Value {
    json!({
        "moderation_results": [],
        "plugin_ids": null,
        "conversation_template_id": null,
        "safe_urls": [],
        "blocked_urls": [],
        "default_model_slug": "auto",
        "conversation_origin": null,
        "voice": null,
        "disabled_tool_ids": [],
        "is_do_not_remember": false,
        "memory_scope": "global_enabled",
        "context_scopes": null,
        "sugar_item_id": null,
        "sugar_item_visible": false,
        "is_study_mode": false,
        "is_read_only": null,
        "owner": null,
        "workspace_id": null,
        "atlas_mode_enabled": null,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(id: &str, role: &str, hidden: bool) -> Value {
        json!({
            "id": id,
            "author": {"role": role},
            "content": {"content_type": "text", "parts": [id]},
            "metadata": {"is_visually_hidden_from_conversation": hidden},
        })
    }

    fn tree() -> Tree {
        let mut tree = Tree::new("C", "a", "root", "T".to_owned(), 1.0);
        let turn = vec![
            message("s", "system", true),
            message("u", "user", false),
            message("h", "assistant", true),
            message("a", "assistant", false),
        ];
        tree.attach("root", turn, 2.0);
        tree
    }

    #[test]
    fn a_turn_is_a_chain() {
        let document = tree().document();
        assert_eq!(document["current_node"], "a");
        assert_eq!(document["mapping"]["root"]["message"], Value::Null);
        assert_eq!(document["mapping"]["root"]["children"], json!(["s"]));
        assert_eq!(document["mapping"]["a"]["parent"], "h");
        assert_eq!(document["update_time"], 2.0);
    }

    #[test]
    fn variants_are_siblings() {
        let mut tree = tree();
        assert_eq!(tree.fork("u"), "h");
        tree.attach(&tree.fork("u"), vec![message("b", "assistant", false)], 3.0);
        let document = tree.document();
        assert_eq!(document["mapping"]["h"]["children"], json!(["a", "b"]));
        assert_eq!(document["current_node"], "b");
    }

    #[test]
    fn the_message_to_answer_is_found_upwards() {
        let tree = tree();
        let asked = |id: &str| tree.user_message(id).map(|message| message["id"].clone());
        assert_eq!(asked("a"), Some(json!("u")));
        assert_eq!(asked("u"), Some(json!("u")));
        assert_eq!(asked("s"), None);
        assert_eq!(asked("nowhere"), None);
    }
}
