//! The messages of a Chat Completions request.
//!
//! Reads every role; the parts of a message's content are in `message_part`. What a driver
//! cannot serve is refused later, in `transcode`, with the part named.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// One message of the history.
#[derive(Debug, Deserialize)]
pub struct RequestMessage<'a> {
    /// Who speaks.
    pub role: Role,
    /// What is said; `None` for `null` or absent.
    #[serde(borrow, default)]
    pub content: Option<Content<'a>>,
    /// What the model called of the caller's tools.
    #[serde(default)]
    pub tool_calls: Option<Vec<RequestToolCall>>,
    /// A function call, as it was before there were tools.
    #[serde(default)]
    pub function_call: Option<RequestFunctionCall>,
    /// Which call a tool's message is the result of.
    #[serde(default)]
    pub tool_call_id: Option<String>,
    /// Why the model refused, in an earlier answer.
    #[serde(default)]
    pub refusal: Option<String>,
    /// What the model thought, as this gateway told it.
    #[serde(default)]
    pub reasoning_content: Option<String>,
    /// Tells speakers of one role apart.
    #[serde(default)]
    pub name: Option<String>,
}

/// A call of one of the caller's tools, in the history.
#[derive(Debug, Deserialize)]
pub struct RequestToolCall {
    /// What its result refers to.
    pub id: String,
    /// The call of a function.
    #[serde(default)]
    pub function: Option<RequestFunctionCall>,
    /// The call of a tool that takes text.
    #[serde(default)]
    pub custom: Option<RequestCustomCall>,
}

/// A function that was called.
#[derive(Debug, Deserialize)]
pub struct RequestFunctionCall {
    /// Its name.
    pub name: String,
    /// JSON, as text.
    #[serde(default)]
    pub arguments: String,
}

/// A tool that was called with text.
#[derive(Debug, Deserialize)]
pub struct RequestCustomCall {
    /// Its name.
    pub name: String,
    /// The text.
    #[serde(default)]
    pub input: String,
}

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Instructions, the older name.
    System,
    /// Instructions, the newer name.
    Developer,
    /// The person.
    User,
    /// The model.
    Assistant,
    /// The result of a tool call.
    Tool,
    /// The result of a function call, before tools.
    Function,
}

/// A string, or a list of parts.
#[derive(Debug)]
pub enum Content<'a> {
    /// Plain text.
    Text(String),
    /// Typed parts, each to be read with [`Part::read`](crate::message_part::Part::read), so
    /// that an error can name the part.
    Parts(Vec<&'a RawValue>),
}

impl<'de: 'a, 'a> Deserialize<'de> for Content<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ContentVisitor)
    }
}

struct ContentVisitor;

impl<'de> Visitor<'de> for ContentVisitor {
    type Value = Content<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string or a list of content parts")
    }

    fn visit_str<E>(self, text: &str) -> Result<Content<'de>, E> {
        Ok(Content::Text(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Content<'de>, E> {
        Ok(Content::Text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Content<'de>, A::Error> {
        let mut parts = Vec::new();
        while let Some(part) = seq.next_element()? {
            parts.push(part);
        }
        Ok(Content::Parts(parts))
    }
}

#[cfg(test)]
mod tests {
    use super::{Content, RequestMessage, Role};

    #[test]
    fn content_is_a_string_or_parts_that_are_read_later() {
        let message: RequestMessage<'_> = serde_json::from_str(
            r#"{"role":"developer","content":[{"type":"text","text":"a\u00e9"},{"type":7}]}"#,
        )
        .unwrap();
        assert_eq!(message.role, Role::Developer);
        let Some(Content::Parts(parts)) = message.content else {
            panic!("not parts")
        };
        assert_eq!(parts[1].get(), r#"{"type":7}"#);
    }

    #[test]
    fn calls_of_both_kinds_of_tools_are_read() {
        let message: RequestMessage<'_> = serde_json::from_str(
            r#"{"role":"assistant","content":null,"tool_calls":[
                {"id":"a","type":"function","function":{"name":"f","arguments":"{}"}},
                {"id":"b","type":"custom","custom":{"name":"c","input":"x"}}]}"#,
        )
        .unwrap();
        let calls = message.tool_calls.unwrap();
        assert_eq!(calls[0].function.as_ref().unwrap().name, "f");
        assert_eq!(calls[1].custom.as_ref().unwrap().input, "x");
    }
}
