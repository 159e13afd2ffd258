//! What is asked, in no particular protocol.
//!
//! Made by `request` from a public body; read by the drivers in `upstream`.

mod drawing;
mod native;
mod tool;

use bytes::Bytes;

pub use drawing::Drawing;
pub use native::{Dialect, NativeBody};
pub use tool::{AnswerFormat, CustomTool, FunctionTool, JsonSchema, Tool, ToolChoice, ToolKind};

/// One question to a model.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Turn {
    /// The model's name, as the caller wrote it.
    pub model: String,
    /// The history and the question.
    pub messages: Vec<TurnMessage>,
    /// How long to think.
    pub effort: Option<Effort>,
    /// The upstream conversation to go on with.
    pub conversation_id: Option<String>,
    /// The upstream message to go on from.
    pub parent_message_id: Option<String>,
    /// Whether upstream keeps the conversation; `None` leaves it to the setting.
    pub keep_history: Option<bool>,
    /// Where to cut the answer.
    pub limits: OutputLimits,
    /// What the model is to use for this turn.
    pub hints: Vec<Hint>,
    /// The picture that is all that is wanted, with [`Hint::Picture`].
    pub drawing: Option<Drawing>,
    /// What the model may call.
    pub tools: Vec<Tool>,
    /// Whether it has to.
    pub tool_choice: ToolChoice,
    /// Whether it may call several at once; `None` leaves it to upstream.
    pub parallel_tool_calls: Option<bool>,
    /// What form the answer has to have.
    pub format: AnswerFormat,
    /// How long the answer is to be.
    pub verbosity: Option<Verbosity>,
    /// What tells the conversation from others, so that upstream finds what it has cached of it.
    pub cache_key: Option<String>,
    /// The body as it came, for a driver that speaks the caller's protocol.
    pub native: Option<NativeBody>,
}

/// How long an answer is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verbosity {
    /// Brief.
    Low,
    /// As usual.
    Medium,
    /// At length.
    High,
}

impl Verbosity {
    /// The word in every protocol spoken here.
    pub fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// Something the model is to use, as a person picks it in the composer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hint {
    /// Draw a picture.
    Picture,
    /// Search the web.
    Search,
    /// Run code.
    Code,
}

/// One message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TurnMessage {
    /// Who speaks.
    pub role: Speaker,
    /// What is said and shown, in order.
    pub parts: Vec<TurnPart>,
    /// The id of the tool call that this is the result of; only with [`Speaker::Tool`].
    pub answers: Option<String>,
}

/// One part of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TurnPart {
    /// Text.
    Text(String),
    /// A picture, a recording or a file.
    Attachment(Attachment),
    /// The model's call of a tool.
    ToolCall(ToolCall),
    /// What the model thought, as it was told.
    Thought(Thought),
}

/// A call of a tool, with all of its input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolCall {
    /// What its result refers to.
    pub id: String,
    /// The tool.
    pub name: String,
    /// What kind of tool it is.
    pub kind: ToolKind,
    /// A function's arguments as JSON, any other tool's input as it is.
    pub input: String,
}

/// What the model thought in one go.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Thought {
    /// What may be shown of it, part after part.
    pub summary: Vec<String>,
    /// The thought itself, sealed by upstream for the account that it came from. The driver that
    /// made it puts a mark of the account before it, and drops the thought for any other.
    pub sealed: Option<String>,
}

/// Something attached to a message, as the caller sent it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Where it stands in the caller's body, as in `messages[0].content[1]`.
    pub path: String,
    /// What the caller says it is.
    pub kind: AttachmentKind,
    /// Where its bytes are.
    pub source: AttachmentSource,
    /// The file's name, where stated.
    pub name: Option<String>,
}

/// What an attachment is said to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttachmentKind {
    /// A picture.
    Image(ImageDetail),
    /// A recording of speech.
    Audio,
    /// Any file; a picture among them is used as a picture.
    File,
}

/// How closely a picture is looked at; upstream has no such choice, it only counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ImageDetail {
    /// As the model likes.
    #[default]
    Auto,
    /// Roughly.
    Low,
    /// Closely.
    High,
}

/// Where the bytes of an attachment are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AttachmentSource {
    /// Here, with the type the caller states.
    Data {
        /// The bytes, decoded.
        bytes: Bytes,
        /// The stated type, which is not believed.
        mime: Option<String>,
    },
    /// At an address on the web.
    Url(String),
    /// In the gateway's own files.
    FileId(String),
}

impl Turn {
    /// Whether it names files that only the gateway has, so that the caller's own body is of no
    /// use to anybody else.
    pub fn names_kept_files(&self) -> bool {
        let mut attachments = self.messages.iter().flat_map(TurnMessage::attachments);
        attachments.any(|it| matches!(it.source, AttachmentSource::FileId(_)))
    }

    /// The same turn without its attachments, which are large.
    #[must_use]
    pub fn texts_only(&self) -> Self {
        let texts =
            |message: &TurnMessage| TurnMessage::text(message.role, message.countable_text());
        Self {
            tools: self.tools.clone(),
            messages: self.messages.iter().map(texts).collect(),
            ..Self::default()
        }
    }
}

impl TurnMessage {
    /// A message of text only.
    pub fn text(role: Speaker, text: impl Into<String>) -> Self {
        Self {
            role,
            parts: vec![TurnPart::Text(text.into())],
            answers: None,
        }
    }

    /// All its text, part after part.
    pub fn joined_text(&self) -> String {
        let texts = self.parts.iter().filter_map(|part| match part {
            TurnPart::Text(text) => Some(text.as_str()),
            _ => None,
        });
        texts.collect::<Vec<_>>().join("\n")
    }

    /// All that is counted of it: its text, and what it calls.
    pub fn countable_text(&self) -> String {
        let mut text = self.joined_text();
        for call in self.tool_calls() {
            text.push_str(&call.name);
            text.push_str(&call.input);
        }
        text
    }

    /// Its attachments, in order.
    pub fn attachments(&self) -> impl Iterator<Item = &Attachment> {
        self.parts.iter().filter_map(|part| match part {
            TurnPart::Attachment(attachment) => Some(attachment),
            _ => None,
        })
    }

    /// Its tool calls, in order.
    pub fn tool_calls(&self) -> impl Iterator<Item = &ToolCall> {
        self.parts.iter().filter_map(|part| match part {
            TurnPart::ToolCall(call) => Some(call),
            _ => None,
        })
    }
}

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speaker {
    /// Instructions to the model.
    System,
    /// The person.
    User,
    /// The model.
    Assistant,
    /// A tool of the caller's.
    Tool,
}

impl Speaker {
    /// The role's name, the same in every protocol spoken here.
    pub fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::User => "user",
            Self::Assistant => "assistant",
            Self::Tool => "tool",
        }
    }
}

/// How long to think.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effort {
    /// Not at all.
    None,
    /// As little as the model can.
    Minimal,
    /// Less than usual.
    Low,
    /// As usual.
    Medium,
    /// More than usual.
    High,
    /// Much more than usual.
    ExtraHigh,
    /// As long as the model can.
    Max,
}

impl Effort {
    /// Every word for it, in ascending order.
    pub const ALL: [(&'static str, Self); 7] = [
        ("none", Self::None),
        ("minimal", Self::Minimal),
        ("low", Self::Low),
        ("medium", Self::Medium),
        ("high", Self::High),
        ("xhigh", Self::ExtraHigh),
        ("max", Self::Max),
    ];

    /// The word that `OpenAI`'s own protocols have for it.
    pub fn name(self) -> &'static str {
        let mut words = Self::ALL.iter();
        words
            .find(|(_, effort)| *effort == self)
            .map_or("medium", |(word, _)| word)
    }
}

/// Where to cut the answer; upstream has no such limits, so it is done on the way.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OutputLimits {
    /// At most this many tokens of visible text.
    pub max_tokens: Option<u64>,
    /// Before the first of these.
    pub stop: Vec<String>,
    /// At most this many tokens of thoughts and of calls' input; nothing for no limit.
    pub max_beside: Option<u64>,
}
