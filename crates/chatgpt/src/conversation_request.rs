//! The body of a conversation request, as the web page sends it.
//!
//! Fields that describe a browser's screen or a place are not sent: they would be made up.
//! Written by `transcode::request`. Protocol: conversation request.

use serde::Serialize;

/// `POST /backend-api/f/conversation`
#[derive(Debug, Serialize)]
pub struct ConversationRequest {
    /// Always `next`: a new turn.
    pub action: &'static str,
    /// What is said, history included.
    pub messages: Vec<OutgoingMessage>,
    /// The conversation to go on with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conversation_id: Option<String>,
    /// The message to go on from.
    pub parent_message_id: String,
    /// The model's slug.
    pub model: String,
    /// Always `none`: the warming step is not used.
    pub client_prepare_state: &'static str,
    /// How the conversation is held.
    pub conversation_mode: ConversationMode,
    /// No tool is asked for.
    pub system_hints: [&'static str; 0],
    /// How long to think, for models that have the choice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thinking_effort: Option<String>,
    /// Deltas may be batched.
    pub supports_buffering: bool,
    /// The stream encodings we read besides the cumulative one.
    pub supported_encodings: [&'static str; 1],
    /// A temporary chat: not listed, not trained on.
    pub history_and_training_disabled: bool,
}

/// How a conversation is held.
#[derive(Debug, Serialize)]
pub struct ConversationMode {
    /// `primary_assistant`
    pub kind: &'static str,
}

/// A message on its way up.
#[derive(Debug, Serialize)]
pub struct OutgoingMessage {
    /// A new UUID.
    pub id: String,
    /// Who speaks.
    pub author: OutgoingAuthor,
    /// Unix seconds.
    pub create_time: f64,
    /// What is said.
    pub content: OutgoingContent,
    /// Nothing so far.
    pub metadata: Empty,
}

/// `{}`
#[derive(Debug, Default, Serialize)]
pub struct Empty {}

/// Who speaks.
#[derive(Debug, Serialize)]
pub struct OutgoingAuthor {
    /// `system`, `user` or `assistant`.
    pub role: &'static str,
}

/// What is said.
#[derive(Debug, Serialize)]
pub struct OutgoingContent {
    /// `text`
    pub content_type: &'static str,
    /// The text, in one piece.
    pub parts: [String; 1],
}
