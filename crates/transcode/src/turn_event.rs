//! What the model does, in no particular protocol.
//!
//! Made by `reply::web_reader` from a driver's stream; a reply, streamed or whole, is a
//! fold over these, so the two cannot disagree.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use chatgpt::limits::LimitsReport;
use openai::chat_completion::FinishReason;
use openai::usage::Usage;

use crate::turn::{Thought, ToolKind};

/// One thing the model did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TurnEvent {
    /// Upstream said who answers and where; later ones overrule earlier ones.
    Identity(Identity),
    /// More of the visible answer.
    Text(String),
    /// The visible answer is now this instead; all its citations follow anew.
    Rewritten(String),
    /// A piece of the visible answer links to a source; comes right after that piece.
    Citation(Citation),
    /// A picture, or a preview of one that is still being drawn.
    Image(Box<ImageOutput>),
    /// A step of a tool; a later event with the same id overrules an earlier one.
    Activity(Box<Activity>),
    /// More of what the model thinks.
    Reasoning(String),
    /// The end of a thought whose text has come as [`TurnEvent::Reasoning`].
    Thought(Thought),
    /// The model begins to call a tool of the caller's.
    ToolCall(ToolCallBegun),
    /// More of the input of a call.
    ToolInput {
        /// Which call of the answer, from 0.
        index: usize,
        /// A piece of a function's arguments as JSON, or of another tool's input.
        piece: String,
    },
    /// Nothing more comes of this call.
    ToolCallEnded {
        /// Which call of the answer, from 0.
        index: usize,
    },
    /// The answer as sound.
    Audio(Box<AudioPiece>),
    /// Tokens, as upstream counted them.
    Usage(Usage),
    /// An event as upstream sent it, before the events that say the same; only where the driver
    /// speaks the caller's protocol and was asked for it.
    Native(NativeEvent),
    /// Upstream named the conversation.
    Title(String),
    /// Upstream said what of its limits is left.
    Limits(LimitsReport),
    /// More of why the answer is refused or withdrawn.
    Refusal(String),
    /// A stop sequence of the caller's was met; comes right before the end.
    StopSequence(String),
    /// The turn is over.
    Finish(FinishReason),
}

/// A call that begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolCallBegun {
    /// Which call of the answer, from 0.
    pub index: usize,
    /// What its result will refer to.
    pub id: String,
    /// The tool.
    pub name: String,
    /// What kind of tool it is.
    pub kind: ToolKind,
}

/// A piece of an answer as sound.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AudioPiece {
    /// Upstream's id of the sound.
    pub id: Option<String>,
    /// Sound in Base64.
    pub data: Option<String>,
    /// What is said.
    pub transcript: Option<String>,
    /// Until when upstream keeps it, in Unix seconds.
    pub expires_at: Option<u64>,
}

/// An event as upstream sent it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NativeEvent {
    /// Its name, where it has one.
    pub name: Option<String>,
    /// Its data: JSON.
    pub data: String,
}

/// A source of a piece of the visible answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Citation {
    /// Where the link to it begins, in characters (Unicode code points) of the answer.
    pub start: usize,
    /// Where that link ends.
    pub end: usize,
    /// The source's address.
    pub url: String,
    /// The source's title.
    pub title: String,
}

/// Something upstream made that can be downloaded.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct OutputFile {
    /// The conversation it was made in, where known.
    pub conversation_id: Option<String>,
    /// The message that shows it.
    pub message_id: String,
    /// Where upstream keeps it.
    pub place: FilePlace,
    /// Its name, where known.
    pub name: Option<String>,
}

/// Where upstream keeps a file.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum FilePlace {
    /// In the code interpreter's sandbox, at this path.
    Sandbox(String),
    /// Behind an asset pointer: `file-service://…` or `sediment://…`.
    Pointer(String),
    /// Nowhere: it came whole in the answer.
    Inline(InlineBytes),
}

/// A file that came whole in an answer.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct InlineBytes {
    /// Its type, as upstream states it.
    pub mime: String,
    /// Its bytes.
    pub bytes: Bytes,
}

impl InlineBytes {
    /// All of it as an address.
    pub fn data_url(&self) -> String {
        format!("data:{};base64,{}", self.mime, STANDARD.encode(&self.bytes))
    }
}

/// How large it is, and not what is in it.
impl fmt::Debug for InlineBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "InlineBytes({}, {} bytes)", self.mime, self.bytes.len())
    }
}

/// A picture in an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageOutput {
    /// What to download.
    pub file: OutputFile,
    /// The gateway's link to it.
    pub link: String,
    /// In pixels, where stated.
    pub size: Option<(u32, u32)>,
    /// What the model calls it.
    pub title: Option<String>,
    /// Whether it is a preview that a later picture replaces.
    pub is_partial: bool,
}

/// A step of a tool the model used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Activity {
    /// The id of the message that asked for it, or that shows it when none is seen to ask.
    pub id: String,
    /// What was done.
    pub step: Step,
    /// How far it is.
    pub status: ActivityStatus,
}

/// How far a step is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActivityStatus {
    /// Under way.
    InProgress,
    /// Done.
    Completed,
    /// Failed.
    Failed,
}

/// What a tool did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Ran code.
    Code {
        /// The code.
        code: String,
        /// What it printed, or the error it ended in.
        output: Option<String>,
    },
    /// Searched the web.
    Search {
        /// What for.
        queries: Vec<String>,
    },
    /// Drew a picture; the picture is an event of its own.
    ImageGeneration {
        /// What was asked for, where stated.
        prompt: Option<String>,
    },
    /// Wrote or changed a document.
    Canvas {
        /// Upstream's id of the document, once known.
        document_id: Option<String>,
        /// Its title.
        title: Option<String>,
        /// `document`, `code/python`, …
        kind: Option<String>,
        /// `create`, `update` or `comment`.
        action: &'static str,
        /// What was written: the text, or the changes as JSON.
        content: String,
    },
    /// Remembered something about the person.
    Memory {
        /// What.
        text: String,
    },
    /// Used another tool: a GPT's action, a file search, a connector.
    Tool {
        /// The tool's name.
        name: String,
        /// What it was asked.
        input: String,
        /// What it answered.
        output: Option<String>,
    },
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
