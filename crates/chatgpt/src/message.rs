//! A view of one message of a conversation: what a reader of the stream needs of it.
//!
//! The same view is read from a cumulative snapshot (borrowing from its text) and from a
//! document built by deltas. Called by `transcode`. Protocol: message model, content types.

use serde::Deserialize;

pub use crate::loose::{LooseList, LooseText};

/// One message.
#[derive(Debug, Deserialize)]
pub struct Message<'a> {
    /// Its id, stable over all snapshots.
    #[serde(borrow)]
    pub id: LooseText<'a>,
    /// Who wrote it.
    #[serde(borrow, default)]
    pub author: Author<'a>,
    /// What it says.
    #[serde(borrow, default)]
    pub content: Content<'a>,
    /// `in_progress`, `finished_successfully`, `finished_partial_completion`, …
    #[serde(borrow, default)]
    pub status: LooseText<'a>,
    /// `true` on the turn's last assistant message.
    #[serde(default)]
    pub end_turn: Option<bool>,
    /// `all`, or the tool the message is a call of.
    #[serde(borrow, default)]
    pub recipient: LooseText<'a>,
    /// `final`, `commentary`, `analysis` or nothing.
    #[serde(borrow, default)]
    pub channel: LooseText<'a>,
    /// Facts beside the content.
    #[serde(borrow, default)]
    pub metadata: Option<Metadata<'a>>,
}

/// Who wrote a message.
#[derive(Debug, Default, Deserialize)]
pub struct Author<'a> {
    /// `system`, `user`, `assistant` or `tool`.
    #[serde(borrow, default)]
    pub role: LooseText<'a>,
    /// Of a tool: which.
    #[serde(borrow, default)]
    pub name: LooseText<'a>,
}

/// What a message says; which fields are set depends on `content_type`.
#[derive(Debug, Default, Deserialize)]
pub struct Content<'a> {
    /// `text`, `multimodal_text`, `code`, `execution_output`, `thoughts`, …
    #[serde(borrow, default)]
    pub content_type: LooseText<'a>,
    /// Of text: the pieces; a picture reads as an empty piece.
    #[serde(borrow, default)]
    pub parts: LooseList<LooseText<'a>>,
    /// Of code and output: the whole.
    #[serde(borrow, default)]
    pub text: LooseText<'a>,
    /// Of code: its language.
    #[serde(borrow, default)]
    pub language: LooseText<'a>,
    /// Of thoughts: the steps.
    #[serde(borrow, default)]
    pub thoughts: LooseList<Thought<'a>>,
}

/// One step of reasoning.
#[derive(Debug, Deserialize)]
pub struct Thought<'a> {
    /// Its headline.
    #[serde(borrow, default)]
    pub summary: LooseText<'a>,
    /// Its text.
    #[serde(borrow, default)]
    pub content: LooseText<'a>,
}

/// The metadata a reader of the stream needs.
#[derive(Debug, Deserialize)]
pub struct Metadata<'a> {
    /// The model that wrote the message.
    #[serde(borrow, default)]
    pub model_slug: LooseText<'a>,
    /// The model behind that name, where stated.
    #[serde(borrow, default)]
    pub resolved_model_slug: LooseText<'a>,
    /// How the message ended.
    #[serde(borrow, default)]
    pub finish_details: Option<FinishDetails<'a>>,
    /// Whether people see the message at all.
    #[serde(default)]
    pub is_visually_hidden_from_conversation: Option<bool>,
    /// `Reasoning`, on tool messages that carry reasoning in the older layout.
    #[serde(borrow, default)]
    pub initial_text: LooseText<'a>,
}

/// How a message ended.
#[derive(Debug, Deserialize)]
pub struct FinishDetails<'a> {
    /// `stop`, `max_tokens` or `interrupted`.
    #[serde(rename = "type", borrow, default)]
    pub kind: LooseText<'a>,
}

impl Message<'_> {
    /// Whether the message is for the model only.
    pub fn is_hidden(&self) -> bool {
        self.metadata
            .as_ref()
            .and_then(|metadata| metadata.is_visually_hidden_from_conversation)
            .unwrap_or(false)
    }

    /// Whether nothing more will come for it.
    pub fn is_finished(&self) -> bool {
        self.status.text().starts_with("finished")
    }

    /// The model that wrote the message, where stated.
    pub fn model(&self) -> Option<&str> {
        let metadata = self.metadata.as_ref()?;
        metadata
            .model_slug
            .as_deref()
            .or(metadata.resolved_model_slug.as_deref())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Message;

    #[test]
    fn odd_types_read_as_absence_and_the_rest_survives() {
        let value = json!({
            "id": "A", "author": {"role": "assistant", "name": null, "metadata": {}},
            "content": {"content_type": "multimodal_text", "parts": ["a", {"asset_pointer": "x"}, "b"], "text": {"x": 1}},
            "status": 7, "end_turn": null, "metadata": {"model_slug": ["x"], "resolved_model_slug": "m"},
        });
        let from_value: Message<'_> = Message::deserialize_from(&value);
        let text = value.to_string();
        let from_text: Message<'_> = serde_json::from_str(&text).unwrap();
        for message in [from_value, from_text] {
            let parts: Vec<&str> = message
                .content
                .parts
                .0
                .iter()
                .map(super::super::loose::LooseText::text)
                .collect();
            assert_eq!(parts, ["a", "", "b"]);
            assert_eq!(message.model(), Some("m"));
            assert!(!message.is_finished());
        }
    }

    impl<'a> Message<'a> {
        fn deserialize_from(value: &'a serde_json::Value) -> Self {
            serde::Deserialize::deserialize(value).unwrap()
        }
    }
}
