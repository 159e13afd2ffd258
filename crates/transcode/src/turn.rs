//! What is asked, in no particular protocol.
//!
//! Made by `request` from a public body; read by the drivers in `upstream`.

use bytes::Bytes;

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
}

/// Something the model is to use, as a person picks it in the composer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hint {
    /// Draw a picture.
    Picture,
    /// Search the web.
    Search,
}

/// One message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TurnMessage {
    /// Who speaks.
    pub role: Speaker,
    /// What is said and shown, in order.
    pub parts: Vec<TurnPart>,
}

/// One part of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TurnPart {
    /// Text.
    Text(String),
    /// A picture, a recording or a file.
    Attachment(Attachment),
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
    /// The same turn without its attachments, which are large.
    #[must_use]
    pub fn texts_only(&self) -> Self {
        let texts = |message: &TurnMessage| TurnMessage::text(message.role, message.joined_text());
        Self {
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
        }
    }

    /// All its text, part after part.
    pub fn joined_text(&self) -> String {
        let texts = self.parts.iter().filter_map(|part| match part {
            TurnPart::Text(text) => Some(text.as_str()),
            TurnPart::Attachment(_) => None,
        });
        texts.collect::<Vec<_>>().join("\n")
    }

    /// Its attachments, in order.
    pub fn attachments(&self) -> impl Iterator<Item = &Attachment> {
        self.parts.iter().filter_map(|part| match part {
            TurnPart::Attachment(attachment) => Some(attachment),
            TurnPart::Text(_) => None,
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
}

impl Speaker {
    /// The role's name, the same in every protocol spoken here.
    pub fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::User => "user",
            Self::Assistant => "assistant",
        }
    }
}

/// How long to think.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effort {
    /// Not at all, or as little as the model can.
    Minimal,
    /// Less than usual.
    Low,
    /// As usual.
    Medium,
    /// More than usual.
    High,
    /// As long as the model can.
    Max,
}

/// Where to cut the answer; upstream has no such limits, so it is done on the way.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OutputLimits {
    /// At most this many tokens of visible text.
    pub max_tokens: Option<u64>,
    /// Before the first of these.
    pub stop: Vec<String>,
}
