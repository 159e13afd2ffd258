//! The body of a conversation request, as the web page sends it.
//!
//! Fields that describe a browser's screen or a place are not sent: they would be made up.
//! Written by `transcode::request`. Protocol: conversation request, using a file in a message.

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
    /// What the model is to use: `picture_v2`, `search`.
    pub system_hints: Vec<&'static str>,
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
    /// `primary_assistant` or `gizmo_interaction`
    pub kind: &'static str,
    /// The GPT or the project.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gizmo_id: Option<String>,
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
    /// Facts beside the content.
    pub metadata: OutgoingMetadata,
}

/// Who speaks.
#[derive(Debug, Serialize)]
pub struct OutgoingAuthor {
    /// `system`, `user` or `assistant`.
    pub role: &'static str,
}

/// What is said.
#[derive(Debug, Serialize)]
pub struct OutgoingContent {
    /// `text`, or `multimodal_text` with pictures.
    pub content_type: &'static str,
    /// The pictures, then the text in one piece.
    pub parts: Vec<OutgoingPart>,
}

/// A piece of what is said.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum OutgoingPart {
    /// Text.
    Text(String),
    /// A picture that was uploaded.
    Image(ImagePointer),
}

/// A picture that was uploaded.
#[derive(Debug, Serialize)]
pub struct ImagePointer {
    /// Always `image_asset_pointer`.
    pub content_type: &'static str,
    /// `file-service://…` or `sediment://…`
    pub asset_pointer: String,
    /// Bytes.
    pub size_bytes: u64,
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
}

/// Facts beside the content.
#[derive(Debug, Default, Serialize)]
pub struct OutgoingMetadata {
    /// The files that belong to the message, pictures included.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<OutgoingAttachment>,
    /// What the model is to use.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub system_hints: Vec<&'static str>,
}

/// A file that belongs to a message.
#[derive(Debug, Serialize)]
pub struct OutgoingAttachment {
    /// Upstream's id of the file.
    pub id: String,
    /// Bytes.
    pub size: u64,
    /// Its name.
    pub name: String,
    /// Its type.
    pub mime_type: String,
    /// Of a picture, in pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    /// Of a picture, in pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
    /// Of a document: how many tokens upstream counted in it.
    #[serde(rename = "fileTokenSize", skip_serializing_if = "Option::is_none")]
    pub file_token_size: Option<u64>,
}
