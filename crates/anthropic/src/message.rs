//! An answer: whole, or as a stream begins with it.

use serde::Serialize;

use crate::content_block::ContentBlock;
use crate::usage::Usage;

/// `type: "message"`
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Message {
    /// `msg_…`
    pub id: String,
    /// Always `message`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Always `assistant`.
    pub role: &'static str,
    /// The model, by the name it was asked by.
    pub model: String,
    /// What the model said and did, in order.
    pub content: Vec<ContentBlock>,
    /// Why the answer ended; null while it goes on.
    pub stop_reason: Option<StopReason>,
    /// The stop sequence that was met.
    pub stop_sequence: Option<String>,
    /// More about why it ended.
    pub stop_details: Option<StopDetails>,
    /// Always null: nothing runs in a container of the caller's.
    pub container: Option<()>,
    /// Always null.
    pub diagnostics: Option<()>,
    /// Tokens used.
    pub usage: Usage,
}

/// Why an answer ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StopReason {
    /// The model was done.
    EndTurn,
    /// A token limit was met.
    MaxTokens,
    /// A stop sequence was met.
    StopSequence,
    /// The model waits for the results of the tools it calls.
    ToolUse,
    /// The answer is refused or was withdrawn.
    Refusal,
}

/// More about a refusal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StopDetails {
    /// Always `refusal`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Always null: upstream names none.
    pub category: Option<()>,
    /// What is said about it.
    pub explanation: Option<String>,
}

impl Message {
    /// An answer without anything in it yet.
    pub fn begun(id: String, model: String, usage: Usage) -> Self {
        Self {
            id,
            kind: "message",
            role: "assistant",
            model,
            content: Vec::new(),
            stop_reason: None,
            stop_sequence: None,
            stop_details: None,
            container: None,
            diagnostics: None,
            usage,
        }
    }
}

impl StopDetails {
    /// A refusal, with what is said about it.
    pub fn refusal(explanation: Option<String>) -> Self {
        Self {
            kind: "refusal",
            category: None,
            explanation,
        }
    }
}
