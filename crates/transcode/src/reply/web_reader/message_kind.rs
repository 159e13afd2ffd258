//! Which messages of a stream are the answer, and what the others are.
//!
//! Decided once, when a message first appears. Protocol: message model, tool names.

use chatgpt::message::Message;

/// What a message is to the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MessageKind {
    /// Text for the caller.
    Answer,
    /// Code the model runs.
    Code,
    /// What the code printed.
    Output,
    /// Steps of reasoning.
    Thoughts,
    /// Reasoning as running text, in the older layout.
    OlderReasoning,
    /// Echoes, hidden frames, recaps, calls of other tools.
    Ignored,
}

/// The tool whose messages carried reasoning before there were thoughts.
const OLDER_REASONING_TOOL: &str = "a8km123";

impl MessageKind {
    pub(super) fn of(message: &Message<'_>) -> Self {
        if message.is_hidden() {
            return Self::Ignored;
        }
        let content_type = message.content.content_type.text();
        match (message.author.role.text(), content_type) {
            ("assistant", "text" | "multimodal_text") if is_for_all(message) => {
                if message.channel.text() == "analysis" {
                    Self::OlderReasoning
                } else {
                    Self::Answer
                }
            }
            ("assistant", "thoughts") => Self::Thoughts,
            ("assistant", "code") if message.recipient.text().starts_with("python") => Self::Code,
            ("tool", "execution_output") => Self::Output,
            ("tool", "text") if carries_older_reasoning(message) => Self::OlderReasoning,
            _ => Self::Ignored,
        }
    }
}

fn is_for_all(message: &Message<'_>) -> bool {
    matches!(message.recipient.text(), "all" | "")
}

fn carries_older_reasoning(message: &Message<'_>) -> bool {
    message.author.name.text() == OLDER_REASONING_TOOL
        || message
            .metadata
            .as_ref()
            .is_some_and(|metadata| metadata.initial_text.text() == "Reasoning")
}
