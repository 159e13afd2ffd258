//! What is asked, in no particular protocol.
//!
//! Made by `request` from a public body; read by the drivers in `upstream`.

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
}

/// One message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TurnMessage {
    /// Who speaks.
    pub role: Speaker,
    /// What is said.
    pub text: String,
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
