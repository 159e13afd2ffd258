//! Which ids a reply of upstream's names, so that they are the visitor's from then on. Pure.
//!
//! Read by the names of members, never from what a model or a person wrote: a text that names an
//! id makes it nobody's.

use serde_json::Value;

use crate::allow_list::IdKind;
use crate::id_checks::bare;

/// What a reply names.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Learned {
    pub(crate) conversations: Vec<String>,
    pub(crate) objects: Vec<LearnedObject>,
}

/// Something that is no conversation.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct LearnedObject {
    pub(crate) kind: IdKind,
    pub(crate) id: String,
    pub(crate) conversation_id: Option<String>,
}

/// Members whose value is an id.
const MEMBERS: &[(&str, IdKind)] = &[
    ("message_id", IdKind::Message),
    ("file_id", IdKind::File),
    ("library_file_id", IdKind::File),
    ("asset_pointer", IdKind::File),
    ("share_id", IdKind::Share),
    ("task_id", IdKind::Task),
    ("turn_exchange_id", IdKind::Turn),
    (TOPIC, IdKind::Turn),
];

/// What a socket's message is about; only some topics are turns.
const TOPIC: &str = "topic_id";

/// How a socket calls the making of an answer.
pub(crate) const TURN_TOPIC: &str = "conversation-turn-";

const CONVERSATION: &str = "conversation_id";
const FILES_BY_ID: &str = "attachments";

/// The nodes of a stored conversation, by their ids.
const NODES: &str = "mapping";

impl Learned {
    /// What one document names.
    pub(crate) fn of(document: &Value) -> Self {
        let mut learned = Self::default();
        let conversation = document[CONVERSATION].as_str().map(str::to_owned);
        learned.walk(document, None, conversation.as_deref());
        learned
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.conversations.is_empty() && self.objects.is_empty()
    }

    /// Adds what another document names.
    pub(crate) fn extend(&mut self, other: Self) {
        for id in other.conversations {
            if !self.conversations.contains(&id) {
                self.conversations.push(id);
            }
        }
        for object in other.objects {
            if !self.objects.contains(&object) {
                self.objects.push(object);
            }
        }
    }

    fn walk(&mut self, value: &Value, above: Option<&str>, conversation: Option<&str>) {
        match value {
            Value::Object(members) => {
                let id = members.get("id").and_then(Value::as_str);
                if let Some(id) = id
                    && members.contains_key("author")
                {
                    self.add(IdKind::Message, id, conversation);
                }
                if let Some(id) = id
                    && above == Some(FILES_BY_ID)
                {
                    self.add(IdKind::File, id, conversation);
                }
                for (name, value) in members {
                    if above == Some(NODES) {
                        self.add(IdKind::Message, name, conversation);
                    }
                    self.member(name, value, conversation);
                }
            }
            Value::Array(values) => {
                for value in values {
                    self.walk(value, above, conversation);
                }
            }
            _ => {}
        }
    }

    fn member(&mut self, name: &str, value: &Value, conversation: Option<&str>) {
        let known = MEMBERS.iter().find(|it| it.0 == name);
        match (known, value) {
            (_, Value::String(id)) if name == CONVERSATION => {
                if !id.is_empty() && !self.conversations.contains(id) {
                    self.conversations.push(id.clone());
                }
            }
            (Some((TOPIC, _)), Value::String(topic)) => {
                if let Some(turn) = topic.strip_prefix(TURN_TOPIC) {
                    self.add(IdKind::Turn, turn, conversation);
                }
            }
            (Some((_, kind)), Value::String(id)) => self.add(*kind, bare(id), conversation),
            _ => self.walk(value, Some(name), conversation),
        }
    }

    fn add(&mut self, kind: IdKind, id: &str, conversation: Option<&str>) {
        // What is too short to be an id would be the same for everybody.
        let is_id = id.len() >= 8 && id != "client-created-root" && kind.has_shape(id);
        if !is_id || self.objects.iter().any(|it| it.id == id) {
            return;
        }
        self.objects.push(LearnedObject {
            kind,
            id: id.to_owned(),
            conversation_id: conversation.map(str::to_owned),
        });
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Learned;
    use crate::allow_list::IdKind;

    #[test]
    fn a_stored_conversation_names_itself_its_messages_and_its_files() {
        let learned = Learned::of(&json!({
            "conversation_id": "conversation-1",
            "mapping": {
                "client-created-root": {"id": "client-created-root", "message": null},
                "message-1": {"message": {
                    "id": "message-1",
                    "author": {"role": "user"},
                    "content": {"parts": [
                        {"asset_pointer": "sediment://file_00001"},
                        "file_00002 is a text",
                    ]},
                    "metadata": {"attachments": [{"id": "file-00003"}]},
                }},
            },
        }));
        assert_eq!(learned.conversations, ["conversation-1"]);
        let mut objects: Vec<(IdKind, &str)> = Vec::new();
        for it in &learned.objects {
            assert_eq!(it.conversation_id.as_deref(), Some("conversation-1"));
            objects.push((it.kind, &it.id));
        }
        let expected = [
            (IdKind::Message, "message-1"),
            (IdKind::File, "file_00001"),
            (IdKind::File, "file-00003"),
        ];
        assert_eq!(objects, expected);
    }

    #[test]
    fn what_a_model_writes_makes_nothing_anybodys() {
        let learned = Learned::of(&json!({"v": "{\"file_id\":\"file-000009\"}", "o": "append"}));
        assert!(learned.is_empty());
    }
}
