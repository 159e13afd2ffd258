//! One event of a streamed answer.

use serde::Serialize;

use crate::content_block::{ContentBlock, TextCitation};
use crate::message::{Message, StopDetails, StopReason};
use crate::usage::DeltaUsage;

/// An event.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum MessageEvent {
    /// The answer begins.
    MessageStart {
        /// It, still empty.
        message: Box<Message>,
    },
    /// A block begins.
    ContentBlockStart {
        /// Which, from 0.
        index: usize,
        /// It, still empty, or whole where no more of it comes.
        content_block: ContentBlock,
    },
    /// More of a block.
    ContentBlockDelta {
        /// Which.
        index: usize,
        /// What is more.
        delta: BlockDelta,
    },
    /// A block is over.
    ContentBlockStop {
        /// Which.
        index: usize,
    },
    /// Why the answer ends, and what it used.
    MessageDelta {
        /// Why.
        delta: EndDelta,
        /// Totals.
        usage: DeltaUsage,
    },
    /// The answer is over.
    MessageStop,
}

/// More of a block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum BlockDelta {
    /// Of a text.
    TextDelta {
        /// The piece.
        text: String,
    },
    /// Of a call's input.
    InputJsonDelta {
        /// A piece of JSON.
        partial_json: String,
    },
    /// Of a thought.
    ThinkingDelta {
        /// The piece.
        thinking: String,
    },
    /// The seal of a thought.
    SignatureDelta {
        /// All of it.
        signature: String,
    },
    /// One more source of a text.
    CitationsDelta {
        /// The source.
        citation: TextCitation,
    },
}

/// Why an answer ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EndDelta {
    /// Why.
    pub stop_reason: StopReason,
    /// The stop sequence that was met.
    pub stop_sequence: Option<String>,
    /// More about it.
    pub stop_details: Option<StopDetails>,
    /// Always null.
    pub container: Option<()>,
}

impl MessageEvent {
    /// The event's name, which is its type.
    pub fn name(&self) -> &'static str {
        match self {
            Self::MessageStart { .. } => "message_start",
            Self::ContentBlockStart { .. } => "content_block_start",
            Self::ContentBlockDelta { .. } => "content_block_delta",
            Self::ContentBlockStop { .. } => "content_block_stop",
            Self::MessageDelta { .. } => "message_delta",
            Self::MessageStop => "message_stop",
        }
    }
}
