//! What the model does, in no particular protocol.
//!
//! Made by `reply::web_reader` from a driver's stream; a reply, streamed or whole, is a
//! fold over these, so the two cannot disagree.

use openai::chat_completion::FinishReason;

/// One thing the model did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TurnEvent {
    /// Upstream said who answers and where; later ones overrule earlier ones.
    Identity(Identity),
    /// More of the visible answer.
    Text(String),
    /// The visible answer is now this instead.
    Rewritten(String),
    /// More of what the model thinks.
    Reasoning(String),
    /// The answer is withdrawn, for this reason.
    Refusal(&'static str),
    /// The turn is over.
    Finish(FinishReason),
}

/// Who answers and where; what is `None` is not known yet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Identity {
    /// The upstream conversation.
    pub conversation_id: Option<String>,
    /// The upstream message to continue from.
    pub message_id: Option<String>,
    /// The model that really answers.
    pub model: Option<String>,
}

impl Identity {
    /// Takes over what `newer` knows.
    pub fn update(&mut self, newer: Self) {
        let Self {
            conversation_id,
            message_id,
            model,
        } = newer;
        self.conversation_id = conversation_id.or(self.conversation_id.take());
        self.message_id = message_id.or(self.message_id.take());
        self.model = model.or(self.model.take());
    }
}
