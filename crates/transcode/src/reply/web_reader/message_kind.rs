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
    /// What the model asks of another tool.
    Call,
    /// What another tool answers, pictures among it.
    Tool,
    /// Echoes, hidden frames, recaps.
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
        match message.author.role.text() {
            "assistant" => Self::of_assistant(message, content_type),
            "tool" => match content_type {
                "execution_output" if is_interpreter(message.author.name.text()) => Self::Output,
                "text" if carries_older_reasoning(message) => Self::OlderReasoning,
                _ => Self::Tool,
            },
            _ => Self::Ignored,
        }
    }

    fn of_assistant(message: &Message<'_>, content_type: &str) -> Self {
        let recipient = message.recipient.text();
        let is_for_all = matches!(recipient, "all" | "");
        match content_type {
            "thoughts" => Self::Thoughts,
            "text" | "multimodal_text" if is_for_all => {
                if message.channel.text() == "analysis" {
                    Self::OlderReasoning
                } else {
                    Self::Answer
                }
            }
            "text" | "multimodal_text" | "code" if !is_for_all => {
                if is_interpreter(recipient) {
                    Self::Code
                } else {
                    Self::Call
                }
            }
            _ => Self::Ignored,
        }
    }
}

/// Whether a tool is the code interpreter, whose work people see.
fn is_interpreter(tool: &str) -> bool {
    tool.starts_with("python")
}

fn carries_older_reasoning(message: &Message<'_>) -> bool {
    message.author.name.text() == OLDER_REASONING_TOOL
        || message.metadata.initial_text.text() == "Reasoning"
}
