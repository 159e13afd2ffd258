//! What of an account's own stands inside conversations, taken out for those who share it: custom
//! instructions and memories, which upstream sends along as hidden messages. Pure.
//!
//! Everything else of a conversation is the visitor's and stays as it is. Contract: B08.

use serde_json::{Map, Value};

/// Kinds of content that hold what the account's owner wrote about themselves.
const PERSONAL_KINDS: [&str; 2] = ["user_editable_context", "model_editable_context"];

/// Members of metadata with the same.
const PERSONAL_MEMBERS: [&str; 2] = ["user_context_message_data", "model_set_context"];

/// Whether a text may hold something of it, so that it is worth reading.
pub(crate) fn may_be_personal(text: &str) -> bool {
    let mut marks = PERSONAL_KINDS.iter().chain(&PERSONAL_MEMBERS);
    marks.any(|it| text.contains(it))
}

/// Empties it; whether there was anything.
pub(crate) fn empty(value: &mut Value) -> bool {
    match value {
        Value::Object(members) => {
            let mut changed = false;
            for name in PERSONAL_MEMBERS {
                changed |= members.shift_remove(name).is_some();
            }
            let kind = members.get("content_type").and_then(Value::as_str);
            if kind.is_some_and(|it| PERSONAL_KINDS.contains(&it)) {
                blank(members);
                return true;
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

/// The same members, of the same types, with nothing in them.
fn blank(members: &mut Map<String, Value>) {
    for (name, value) in members {
        if name == "content_type" {
            continue;
        }
        *value = match value {
            Value::String(_) => Value::from(""),
            Value::Array(_) => Value::Array(Vec::new()),
            Value::Object(_) => Value::Object(Map::new()),
            _ => Value::Null,
        };
    }
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
