//! An answer as sound, as Chat Completions carries it.

use serde::Serialize;

/// A sound, or a piece of one in a stream.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct AnswerAudio {
    /// What a later message refers to it by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Base64.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<String>,
    /// What is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transcript: Option<String>,
    /// Until when upstream keeps it, in Unix seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<u64>,
}
