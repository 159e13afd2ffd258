//! The messages of a Chat Completions request.
//!
//! Reads every role and every kind of content the API knows; what a driver cannot
//! serve is refused later, in `transcode`, with the part named.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, SeqAccess, Visitor};

/// One message of the history.
#[derive(Debug, Deserialize)]
pub struct RequestMessage {
    /// Who speaks.
    pub role: Role,
    /// What is said; `None` for `null` or absent.
    pub content: Option<Content>,
    /// Whether the message carries tool calls.
    #[serde(default, deserialize_with = "is_present")]
    pub tool_calls: bool,
    /// A function call, as it was before there were tools.
    #[serde(default)]
    pub function_call: Option<IgnoredAny>,
    /// Tells speakers of one role apart.
    #[serde(default)]
    pub name: Option<String>,
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
#[derive(Debug, PartialEq, Eq)]
pub enum Content {
    /// Plain text.
    Text(String),
    /// Typed parts.
    Parts(Vec<Part>),
}

/// One part of a message's content.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Part {
    /// Text.
    Text {
        /// The text.
        text: String,
    },
    /// A refusal of an earlier turn, sent back as history.
    Refusal {
        /// The refusal.
        refusal: String,
    },
    /// A picture.
    ImageUrl {},
    /// A recording.
    InputAudio {},
    /// A file.
    File {},
    /// A type this version does not know.
    #[serde(other)]
    Unknown,
}

impl<'de> Deserialize<'de> for Content {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ContentVisitor)
    }
}

struct ContentVisitor;

impl<'de> Visitor<'de> for ContentVisitor {
    type Value = Content;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string or a list of content parts")
    }

    fn visit_str<E>(self, text: &str) -> Result<Content, E> {
        Ok(Content::Text(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Content, E> {
        Ok(Content::Text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Content, A::Error> {
        let mut parts = Vec::new();
        while let Some(part) = seq.next_element()? {
            parts.push(part);
        }
        Ok(Content::Parts(parts))
    }
}

fn is_present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    Ok(
        Option::<Vec<IgnoredAny>>::deserialize(deserializer)?
            .is_some_and(|calls| !calls.is_empty()),
    )
}

#[cfg(test)]
mod tests {
    use super::{Content, Part, RequestMessage, Role};

    #[test]
    fn content_is_a_string_or_parts_and_unknown_parts_are_kept_as_such() {
        let message: RequestMessage = serde_json::from_str(
            r#"{"role":"developer","content":[{"type":"text","text":"a\u00e9"},{"type":"hologram","x":1}]}"#,
        )
        .unwrap();
        assert_eq!(message.role, Role::Developer);
        assert_eq!(
            message.content,
            Some(Content::Parts(vec![
                Part::Text { text: "aé".into() },
                Part::Unknown
            ]))
        );
    }

    #[test]
    fn empty_tool_calls_are_none() {
        for (calls, present) in [("[]", false), ("null", false), ("[{}]", true)] {
            let text = format!(r#"{{"role":"assistant","content":"x","tool_calls":{calls}}}"#);
            let message: RequestMessage = serde_json::from_str(&text).unwrap();
            assert_eq!(message.tool_calls, present, "{calls}");
        }
    }
}
