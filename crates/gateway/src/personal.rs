//! What of an account's own stands inside conversations, taken out for those who share it: custom
//! instructions and memories, which upstream sends along as hidden messages. Pure.
//!
//! Everything else of a conversation is the visitor's and stays as it is. Contract: B08.

use serde_json::{Map, Value};

/// Kinds of content that hold what the account's owner wrote about themselves.
const PERSONAL_KINDS: [&str; 2] = ["user_editable_context", "model_editable_context"];

/// A member of metadata with the same.
const PERSONAL_MEMBER: &str = "user_context_message_data";

/// Whether a text may hold something of it, so that it is worth reading.
pub(crate) fn may_be_personal(text: &str) -> bool {
    text.contains(PERSONAL_MEMBER) || PERSONAL_KINDS.iter().any(|it| text.contains(it))
}

/// Empties it; whether there was anything.
pub(crate) fn empty(value: &mut Value) -> bool {
    match value {
        Value::Object(members) => {
            let mut changed = members.shift_remove(PERSONAL_MEMBER).is_some();
            let kind = members.get("content_type").and_then(Value::as_str);
            if kind.is_some_and(|it| PERSONAL_KINDS.contains(&it)) {
                return blank(members) || changed;
            }
            for value in members.values_mut() {
                changed |= empty(value);
            }
            changed
        }
        Value::Array(values) => {
            let mut changed = false;
            for value in values {
                changed |= empty(value);
            }
            changed
        }
        _ => false,
    }
}

/// The same members, of the same types, with nothing in them; whether there was anything.
fn blank(members: &mut Map<String, Value>) -> bool {
    let mut changed = false;
    for (name, value) in members {
        let empty = match value {
            _ if name == "content_type" => continue,
            Value::String(_) => Value::from(""),
            Value::Array(_) => Value::Array(Vec::new()),
            Value::Object(_) => Value::Object(Map::new()),
            _ => Value::Null,
        };
        changed |= *value != empty;
        *value = empty;
    }
    changed
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::empty;

    #[test]
    fn instructions_and_memories_are_emptied_wherever_they_stand() {
        let mut conversation = json!({"mapping": {
            "a": {"message": {
                "content": {
                    "content_type": "user_editable_context",
                    "user_profile": "I live in …",
                    "user_instructions": "Answer briefly",
                },
                "metadata": {"user_context_message_data": {"about_user_message": "x"}},
            }},
            "b": {"message": {"content": {"content_type": "text", "parts": ["mine"]}}},
        }});
        assert!(empty(&mut conversation));
        let expected = json!({"mapping": {
            "a": {"message": {
                "content": {
                    "content_type": "user_editable_context",
                    "user_profile": "",
                    "user_instructions": "",
                },
                "metadata": {},
            }},
            "b": {"message": {"content": {"content_type": "text", "parts": ["mine"]}}},
        }});
        assert_eq!(conversation, expected);
        assert!(!empty(
            &mut json!({"content_type": "text", "parts": ["user_profile"]})
        ));
    }
}
