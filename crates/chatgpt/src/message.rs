//! A view of one message of a conversation: what a reader of the stream needs of it.
//!
//! The same view is read from a cumulative snapshot (borrowing from its text) and from a
//! document built by deltas. Called by `transcode`. Protocol: message model, content types.

use std::borrow::Cow;

use serde::Deserialize;

use crate::loose::object_or_default;

pub use crate::content_part::{Asset, Part};
pub use crate::content_reference::{ContentReference, OlderCitation, Source};
pub use crate::loose::{LooseBool, LooseList, LooseNumber, LooseObject, LooseText};
pub use crate::metadata::{AggregateResult, Metadata};

/// One message.
#[derive(Debug, Deserialize)]
pub struct Message<'a> {
    /// Its id, stable over all snapshots.
    #[serde(borrow)]
    pub id: LooseText<'a>,
    /// Who wrote it.
    #[serde(borrow, default, deserialize_with = "object_or_default")]
    pub author: Author<'a>,
    /// What it says.
    #[serde(borrow, default, deserialize_with = "object_or_default")]
    pub content: Content<'a>,
    /// `in_progress`, `finished_successfully`, `finished_partial_completion`, …
    #[serde(borrow, default)]
    pub status: LooseText<'a>,
    /// `true` on the turn's last assistant message.
    #[serde(default)]
    pub end_turn: LooseBool,
    /// `all`, or the tool the message is a call of.
    #[serde(borrow, default)]
    pub recipient: LooseText<'a>,
    /// `final`, `commentary`, `analysis` or nothing.
    #[serde(borrow, default)]
    pub channel: LooseText<'a>,
    /// Facts beside the content.
    #[serde(borrow, default, deserialize_with = "object_or_default")]
    pub metadata: Metadata<'a>,
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
    /// Of text: the pieces.
    #[serde(borrow, default)]
    pub parts: LooseList<Part<'a>>,
    /// Of code and output: the whole.
    #[serde(borrow, default)]
    pub text: LooseText<'a>,
    /// Of thoughts: the steps.
    #[serde(borrow, default)]
    pub thoughts: LooseList<LooseObject<Thought<'a>>>,
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

impl Message<'_> {
    /// Whether the message is for the model only.
    pub fn is_hidden(&self) -> bool {
        self.metadata.is_visually_hidden_from_conversation.is_true()
    }

    /// Whether nothing more will come for it.
    pub fn is_finished(&self) -> bool {
        self.status.text().starts_with("finished")
    }

    /// The model that wrote the message, where stated.
    pub fn model(&self) -> Option<&str> {
        let slug = self.metadata.model_slug.as_deref();
        slug.or(self.metadata.resolved_model_slug.as_deref())
    }

    /// Its text, wherever its kind of content has it.
    pub fn text(&self) -> Cow<'_, str> {
        match (self.content.text.said(), self.content.parts.0.as_slice()) {
            (Some(text), _) => text.into(),
            (None, [only]) => only.text().into(),
            (None, parts) => parts.iter().map(Part::text).collect::<String>().into(),
        }
    }

    /// The pictures among its pieces, each with its place.
    pub fn pictures(&self) -> impl Iterator<Item = (usize, &Asset<'_>)> {
        let parts = self.content.parts.0.iter().enumerate();
        parts.filter_map(|(index, part)| Some((index, part.picture()?)))
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
                .map(super::Part::text)
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
