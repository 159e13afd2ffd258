//! Reads the body of a conversation call and refuses one that is malformed, listing every fault
//! the way upstream's validation does. Knows nothing of conversations that exist.

use http::StatusCode;
use serde_json::{Value, json};

use crate::reply::Reply;

/// What a call wants done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// An answer to new messages.
    Next,
    /// Another answer to an old message.
    Variant,
    /// More of an answer that was cut off.
    Continue,
}

/// A well-formed body.
#[derive(Clone, Debug)]
pub(crate) struct ConversationRequest {
    pub(crate) action: Action,
    pub(crate) messages: Vec<Value>,
    pub(crate) conversation_id: Option<String>,
    pub(crate) parent_message_id: String,
    pub(crate) model: String,
    /// The GPT or project the conversation is held with.
    pub(crate) gizmo_id: Option<String>,
    /// Whether the conversation is not to be listed.
    pub(crate) is_temporary: bool,
    /// Whether the caller reads the delta encoding.
    pub(crate) reads_v1: bool,
}

impl ConversationRequest {
    /// Reads a body.
    pub(crate) fn read(body: &[u8]) -> Result<Self, Reply> {
        let Ok(body) = serde_json::from_slice::<Value>(body) else {
            let fault = fault(&[json!(0)], "Expecting value", "value_error.jsondecode");
            return Err(refusal(&[fault]));
        };
        let mut faults = Vec::new();
        let action = read_action(&body, &mut faults);
        let messages = read_messages(&body, action, &mut faults);
        let parent_message_id = read_text(&body, "parent_message_id", &mut faults);
        let model = read_text(&body, "model", &mut faults);
        let conversation_id = match &body["conversation_id"] {
            Value::Null => None,
            Value::String(id) => Some(id.clone()),
            _ => {
                faults.push(wrong_type(&[json!("conversation_id")], "str"));
                None
            }
        };
        let gizmo_id = read_gizmo(&body, &mut faults);
        if !faults.is_empty() {
            return Err(refusal(&faults));
        }
        Ok(Self {
            action,
            messages,
            conversation_id,
            parent_message_id,
            model,
            gizmo_id,
            is_temporary: body["history_and_training_disabled"] == true,
            reads_v1: body["supported_encodings"]
                .as_array()
                .is_some_and(|encodings| encodings.iter().any(|encoding| encoding == "v1")),
        })
    }

    /// The text of the last user message of the request.
    pub(crate) fn prompt(&self) -> Option<String> {
        self.last_user_message().map(text_of)
    }

    /// The last user message of the request.
    pub(crate) fn last_user_message(&self) -> Option<&Value> {
        let mut latest_first = self.messages.iter().rev();
        latest_first.find(|message| message["author"]["role"] == "user")
    }
}

/// The text of a message; its other parts are left out.
pub(crate) fn text_of(message: &Value) -> String {
    let parts = message["content"]["parts"].as_array();
    let texts: Vec<&str> = parts
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    texts.join("\n")
}

fn read_action(body: &Value, faults: &mut Vec<Value>) -> Action {
    let field = [json!("action")];
    match &body["action"] {
        Value::String(name) => match name.as_str() {
            "next" => return Action::Next,
            "variant" => return Action::Variant,
            "continue" => return Action::Continue,
            _ => faults.push(fault(
                &field,
                "value is not a valid enumeration member; permitted: 'next', 'variant', 'continue'",
                "type_error.enum",
            )),
        },
        Value::Null => faults.push(missing(&field)),
        _ => faults.push(wrong_type(&field, "str")),
    }
    Action::Next
}

/// The id a call must name if it is to a GPT or project.
fn read_gizmo(body: &Value, faults: &mut Vec<Value>) -> Option<String> {
    let mode = &body["conversation_mode"];
    if mode["kind"] != "gizmo_interaction" {
        return None;
    }
    let field = [json!("conversation_mode"), json!("gizmo_id")];
    match &mode["gizmo_id"] {
        Value::String(id) => return Some(id.clone()),
        Value::Null => faults.push(missing(&field)),
        _ => faults.push(wrong_type(&field, "str")),
    }
    None
}

fn read_messages(body: &Value, action: Action, faults: &mut Vec<Value>) -> Vec<Value> {
    let field = [json!("messages")];
    let messages = match &body["messages"] {
        Value::Array(messages) => messages,
        Value::Null if action == Action::Next => {
            faults.push(missing(&field));
            return Vec::new();
        }
        Value::Null => return Vec::new(),
        _ => {
            faults.push(fault(
                &field,
                "value is not a valid list",
                "type_error.list",
            ));
            return Vec::new();
        }
    };
    if messages.is_empty() && action == Action::Next {
        faults.push(fault(
            &field,
            "ensure this value has at least 1 items",
            "value_error.list.min_items",
        ));
    }
    for (index, message) in messages.iter().enumerate() {
        check_message(index, message, faults);
    }
    messages.clone()
}

fn check_message(index: usize, message: &Value, faults: &mut Vec<Value>) {
    let at = |path: &[&str]| -> Vec<Value> {
        let mut location = vec![json!("messages"), json!(index)];
        location.extend(path.iter().map(|name| json!(name)));
        location
    };
    if !message.is_object() {
        faults.push(wrong_type(&at(&[]), "dict"));
        return;
    }
    match (&message["author"], &message["author"]["role"]) {
        (Value::Null, _) => faults.push(missing(&at(&["author"]))),
        (_, Value::Null) => faults.push(missing(&at(&["author", "role"]))),
        (_, Value::String(role))
            if ["user", "assistant", "system", "tool"].contains(&role.as_str()) => {}
        _ => faults.push(fault(
            &at(&["author", "role"]),
            "value is not a valid enumeration member; permitted: 'system', 'user', 'assistant', \
             'tool'",
            "type_error.enum",
        )),
    }
    match (&message["content"], &message["content"]["content_type"]) {
        (Value::Null, _) => faults.push(missing(&at(&["content"]))),
        (_, Value::Null) => faults.push(missing(&at(&["content", "content_type"]))),
        (content, Value::String(kind)) => {
            if kind.ends_with("text") && !content["parts"].is_array() {
                faults.push(missing(&at(&["content", "parts"])));
            }
        }
        _ => faults.push(wrong_type(&at(&["content", "content_type"]), "str")),
    }
    if !matches!(message["id"], Value::Null | Value::String(_)) {
        faults.push(wrong_type(&at(&["id"]), "str"));
    }
}

fn read_text(body: &Value, name: &str, faults: &mut Vec<Value>) -> String {
    match &body[name] {
        Value::String(text) => return text.clone(),
        Value::Null => faults.push(missing(&[json!(name)])),
        _ => faults.push(wrong_type(&[json!(name)], "str")),
    }
    String::new()
}

fn missing(location: &[Value]) -> Value {
    fault(location, "field required", "value_error.missing")
}

fn wrong_type(location: &[Value], expected: &str) -> Value {
    let message = format!("{expected} type expected");
    fault(location, &message, &format!("type_error.{expected}"))
}

fn fault(location: &[Value], message: &str, kind: &str) -> Value {
    let mut full = vec![json!("body")];
    full.extend_from_slice(location);
    json!({"loc": full, "msg": message, "type": kind})
}

fn refusal(faults: &[Value]) -> Reply {
    Reply::detail(StatusCode::UNPROCESSABLE_ENTITY, json!(faults))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good() -> Value {
        json!({
            "action": "next",
            "messages": [{
                "id": "m",
                "author": {"role": "user"},
                "content": {"content_type": "text", "parts": ["hello", {"x": 1}, "you"]},
            }],
            "parent_message_id": "client-created-root",
            "model": "auto",
            "supported_encodings": ["v1"],
        })
    }

    fn refused(body: &Value) -> String {
        let refusal = ConversationRequest::read(body.to_string().as_bytes()).unwrap_err();
        assert_eq!(refusal.status(), StatusCode::UNPROCESSABLE_ENTITY);
        format!("{refusal:?}").replace('\\', "")
    }

    #[test]
    fn a_good_body_is_read() {
        let request = ConversationRequest::read(good().to_string().as_bytes()).unwrap();
        assert_eq!(request.prompt().as_deref(), Some("hello\nyou"));
        assert_eq!(request.action, Action::Next);
        assert!(request.reads_v1 && request.conversation_id.is_none());
    }

    #[test]
    fn whatever_is_missing_is_named() {
        for name in ["action", "messages", "parent_message_id", "model"] {
            let mut body = good();
            body.as_object_mut().unwrap().remove(name);
            let text = refused(&body);
            assert!(text.contains(&format!("[\"body\",\"{name}\"]")), "{text}");
            assert!(text.contains("value_error.missing"));
        }
        for name in ["author", "content"] {
            let mut body = good();
            body["messages"][0].as_object_mut().unwrap().remove(name);
            assert!(refused(&body).contains(&format!("[\"body\",\"messages\",0,\"{name}\"]")));
        }
    }

    #[test]
    fn whatever_is_wrong_is_named() {
        for (pointer, value, location) in [
            ("/action", json!("stop"), r#"["body","action"]"#),
            ("/messages", json!({}), r#"["body","messages"]"#),
            ("/messages", json!([]), r#"["body","messages"]"#),
            ("/messages/0", json!("x"), r#"["body","messages",0]"#),
            (
                "/messages/0/author/role",
                json!("king"),
                r#"["body","messages",0,"author","role"]"#,
            ),
            (
                "/messages/0/content",
                json!({"content_type": "text"}),
                r#""content","parts"]"#,
            ),
            ("/model", json!(5), r#"["body","model"]"#),
        ] {
            let mut body = good();
            *body.pointer_mut(pointer).unwrap() = value;
            let text = refused(&body);
            assert!(text.contains(location), "{pointer}: {text}");
        }
    }

    #[test]
    fn what_is_not_json_is_refused_alike() {
        let refusal = ConversationRequest::read(b"{").unwrap_err();
        assert_eq!(refusal.status(), StatusCode::UNPROCESSABLE_ENTITY);
    }

    #[test]
    fn a_call_to_a_gpt_names_it() {
        let mut body = good();
        body["conversation_mode"] = json!({"kind": "gizmo_interaction"});
        assert!(refused(&body).contains(r#"["body","conversation_mode","gizmo_id"]"#));
        body["conversation_mode"]["gizmo_id"] = json!("g-1");
        let request = ConversationRequest::read(body.to_string().as_bytes()).unwrap();
        assert_eq!(request.gizmo_id.as_deref(), Some("g-1"));
    }

    #[test]
    fn only_a_next_call_needs_messages() {
        for action in ["variant", "continue"] {
            let mut body = good();
            body["action"] = json!(action);
            body["messages"] = json!([]);
            assert!(ConversationRequest::read(body.to_string().as_bytes()).is_ok());
        }
    }
}
