//! Which ids a request names, and what has to be true of each before it is sent on. Pure.
//!
//! A body is walked by the names of its members, which are data, and beside that every value that
//! looks like an id is noted: whatever it is, it may not be somebody else's. What people write,
//! in the parts of a message, is no id.

use serde_json::Value;

use crate::allow_list::IdKind;
use crate::matching::CheckedQuery;

/// A body with more ids than this is refused.
pub(crate) const MAX_IDS: usize = 512;

/// The members that hold an id, and of what.
const MEMBERS: &[(&str, IdKind)] = &[
    ("conversation_id", IdKind::Conversation),
    ("original_conversation_id", IdKind::Conversation),
    ("parent_message_id", IdKind::Message),
    ("message_id", IdKind::Message),
    ("current_node_id", IdKind::Message),
    ("highlighted_message_id", IdKind::Message),
    ("file_id", IdKind::File),
    ("library_file_id", IdKind::File),
    ("file_ids", IdKind::File),
    ("asset_pointer", IdKind::File),
    ("share_id", IdKind::Share),
    ("continue_from_shared_conversation_id", IdKind::Share),
    ("task_id", IdKind::Task),
    ("gizmo_id", IdKind::Gizmo),
];

/// What holds files by a plain `id`.
const FILES_BY_ID: &str = "attachments";

/// The members that hold what people write.
const WRITTEN: [&str; 3] = ["parts", "text", "title"];

/// The first message of a conversation hangs on this.
const ROOT: &str = "client-created-root";

/// How a pointer to a file begins.
const POINTERS: [&str; 2] = ["file-service://", "sediment://"];

/// The ids of a request.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct NamedIds {
    /// What has to be the visitor's own.
    pub(crate) own: Vec<(IdKind, String)>,
    /// What may be new, but nobody else's.
    pub(crate) nobodys: Vec<String>,
}

/// A request that cannot be sent on, whoever asks.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Unfit {
    /// It names too much.
    TooMany,
    /// It names a project, which is the account's own.
    Project,
    /// The value of a member is no id.
    NoId(&'static str),
}

impl NamedIds {
    /// The ids of a path and a query.
    pub(crate) fn of_address(path: Vec<(IdKind, String)>, query: &CheckedQuery) -> Self {
        let of_query = query.pairs.iter().map(|it| (it.1, it.2.clone()));
        let named = path.into_iter().chain(of_query);
        let own = named.filter(|it| it.0 != IdKind::Word && !it.1.is_empty());
        Self {
            own: own.collect(),
            nobodys: Vec::new(),
        }
    }

    /// Adds those of a body.
    pub(crate) fn add_body(&mut self, body: &Value) -> Result<(), Unfit> {
        let is_in_conversation = body["conversation_id"].is_string();
        self.walk(body, None, is_in_conversation)?;
        if self.own.len() + self.nobodys.len() > MAX_IDS {
            return Err(Unfit::TooMany);
        }
        Ok(())
    }

    /// `above` is the name of the member or list that `value` stands in.
    fn walk(&mut self, value: &Value, above: Option<&str>, in_one: bool) -> Result<(), Unfit> {
        match value {
            Value::Object(members) => {
                for (name, value) in members {
                    if above == Some(FILES_BY_ID) && name == "id" {
                        self.member(("id", IdKind::File), value, in_one)?;
                        continue;
                    }
                    match MEMBERS.iter().find(|it| it.0 == name) {
                        Some(member) => self.member(*member, value, in_one)?,
                        None if WRITTEN.contains(&name.as_str()) => self.written(value, in_one)?,
                        None => self.walk(value, Some(name), in_one)?,
                    }
                }
                Ok(())
            }
            Value::Array(values) => values
                .iter()
                .try_for_each(|value| self.walk(value, above, in_one)),
            Value::String(text) => {
                if looks_like_an_id(text) {
                    self.nobodys.push(bare(text).to_owned());
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// What people write holds pointers to files, and texts that are nobody's business.
    fn written(&mut self, value: &Value, in_one: bool) -> Result<(), Unfit> {
        match value {
            Value::Array(parts) => parts.iter().try_for_each(|it| self.written(it, in_one)),
            Value::Object(_) => self.walk(value, None, in_one),
            _ => Ok(()),
        }
    }

    fn member(
        &mut self,
        (name, kind): (&'static str, IdKind),
        value: &Value,
        in_one: bool,
    ) -> Result<(), Unfit> {
        let text = match value {
            Value::Null => return Ok(()),
            Value::Array(values) => {
                let mut values = values.iter();
                return values.try_for_each(|it| self.member((name, kind), it, in_one));
            }
            Value::String(text) => bare(text),
            _ => return Err(Unfit::NoId(name)),
        };
        match kind {
            _ if text.is_empty() => {}
            IdKind::Gizmo if text.starts_with("g-p-") => return Err(Unfit::Project),
            IdKind::Gizmo => self.nobodys.push(text.to_owned()),
            // A conversation that begins hangs on a message that is not there yet.
            IdKind::Message if name == "parent_message_id" && text == ROOT => {}
            IdKind::Message if name == "parent_message_id" && !in_one => {
                self.nobodys.push(text.to_owned());
            }
            _ => self.own.push((kind, text.to_owned())),
        }
        Ok(())
    }
}

/// An id without what points to it.
pub(crate) fn bare(text: &str) -> &str {
    let stripped = POINTERS.iter().find_map(|it| text.strip_prefix(it));
    let id = stripped.unwrap_or(text);
    // A pointer may say which part of a file is meant.
    id.split(['#', '?']).next().unwrap_or(id)
}

/// Whether a value may be an id, wherever it stands.
fn looks_like_an_id(text: &str) -> bool {
    let id = bare(text);
    uuid::Uuid::parse_str(id).is_ok() || IdKind::File.has_shape(id)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{NamedIds, Unfit};
    use crate::allow_list::IdKind;

    const UUID: &str = "00000000-0000-4000-8000-000000000001";

    fn read(body: &Value) -> Result<NamedIds, Unfit> {
        let mut ids = NamedIds::default();
        ids.add_body(body).map(|()| ids)
    }

    fn own(ids: &NamedIds) -> Vec<(IdKind, &str)> {
        let own = ids.own.iter().map(|it| (it.0, it.1.as_str()));
        own.collect()
    }

    #[test]
    fn what_a_message_is_about_has_to_be_the_visitors() {
        let ids = read(&json!({
            "conversation_id": "c",
            "parent_message_id": "p",
            "messages": [{
                "id": UUID,
                "content": {"parts": [
                    {"asset_pointer": "sediment://file_1#page", "width": 1},
                    UUID,
                ]},
                "metadata": {"attachments": [{"id": "file-2", "name": "a"}]},
            }],
        }));
        let ids = ids.unwrap();
        let expected = [
            (IdKind::Conversation, "c"),
            (IdKind::Message, "p"),
            (IdKind::File, "file_1"),
            (IdKind::File, "file-2"),
        ];
        assert_eq!(own(&ids), expected);
        // The new message's id; the same text as what somebody wrote is none.
        assert_eq!(ids.nobodys, [UUID]);
    }

    #[test]
    fn the_first_message_of_a_conversation_hangs_on_nothing_of_anybodys() {
        let begun = read(&json!({"parent_message_id": "client-created-root"}));
        assert_eq!(begun.unwrap(), NamedIds::default());
        let older = read(&json!({"conversation_id": null, "parent_message_id": UUID}));
        assert_eq!(older.unwrap().nobodys, [UUID]);
    }

    #[test]
    fn whatever_looks_like_an_id_may_not_be_somebody_elses() {
        let ids = read(&json!({"new": {"member": ["sediment://file_9", "text", UUID]}}));
        assert_eq!(ids.unwrap().nobodys, ["file_9", UUID]);
    }

    #[test]
    fn a_project_is_the_accounts_own_and_a_number_is_no_id() {
        let project = json!({"conversation_mode": {"gizmo_id": "g-p-1"}});
        assert_eq!(read(&project), Err(Unfit::Project));
        let number = json!({"conversation_id": 7});
        assert_eq!(read(&number), Err(Unfit::NoId("conversation_id")));
        let many: Vec<&str> = vec!["file_1"; 600];
        assert_eq!(read(&json!({"file_ids": many})), Err(Unfit::TooMany));
    }
}
