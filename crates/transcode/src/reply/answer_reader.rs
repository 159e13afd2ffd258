//! What the readers of `OpenAI`'s own protocols have in common.
//!
//! The driver feeds a reader event by event, and is told when an answer is broken. Read by
//! `upstream`'s codex and platform drivers.

use chatgpt::known::Unknown;

use super::answer_style::AnswerStyle;
use crate::account_mark::AccountMark;
use crate::turn_event::{NativeEvent, TurnEvent};

/// So many events that cannot be read are passed over; one more and the stream is broken.
pub(super) const MAX_MALFORMED: usize = 3;

/// How an answer is read.
#[derive(Debug, Clone, Default)]
pub struct ReadingOptions {
    /// How it is shown.
    pub style: AnswerStyle,
    /// Whether events are handed out as they come, too.
    pub wants_native: bool,
    /// The account's mark, which goes before what is sealed.
    pub mark: AccountMark,
    /// What is known before the answer begins; handed out with its first event.
    pub head: Vec<TurnEvent>,
    /// When the answer begins, in Unix seconds.
    pub now: u64,
}

/// Reads the events of one answer.
pub trait AnswerReader {
    /// Reads one event and adds what it means to `out`.
    fn read(
        &mut self,
        name: Option<&str>,
        data: &str,
        out: &mut Vec<TurnEvent>,
    ) -> Result<(), BrokenAnswer>;

    /// Whether the last event was read; what comes after it does not count.
    fn has_ended(&self) -> bool;

    /// Whether anything of the answer has come: before that, asking again does no harm.
    fn has_begun(&self) -> bool;

    /// Judges the answer once its stream is over, and adds its end to `out`.
    fn finish(&mut self, out: &mut Vec<TurnEvent>) -> Result<(), BrokenAnswer>;

    /// The names nobody knows that came up since the last time.
    fn take_unknown(&mut self) -> Vec<Unknown>;
}

/// Why a stream is not a whole answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BrokenAnswer {
    /// Upstream said so.
    #[error("upstream reported an error in its answer: {}", .0.message)]
    Reported(AnswerFault),
    /// It ended before the answer did.
    #[error("upstream's answer ended before it was complete")]
    Truncated,
    /// Too many events could not be read.
    #[error("upstream's answer cannot be read")]
    Malformed,
}

/// Something upstream says went wrong inside a stream.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AnswerFault {
    /// Upstream's sentence.
    pub message: String,
    /// Upstream's word.
    pub code: Option<String>,
    /// In how many seconds it clears, where stated.
    pub clears_in: Option<u64>,
}

impl AnswerFault {
    /// Reads an error object; `now` is in Unix seconds.
    pub(super) fn read(error: &serde_json::Value, now: u64) -> Self {
        let word = |name: &str| match &error[name] {
            serde_json::Value::String(word) => Some(word.clone()),
            serde_json::Value::Number(number) => Some(number.to_string()),
            _ => None,
        };
        let resets_at = error["resets_at"].as_u64();
        let clears_in = error["resets_in_seconds"].as_u64();
        Self {
            message: error
                .as_str()
                .map_or_else(|| word("message").unwrap_or_default(), str::to_owned),
            code: word("code").or_else(|| word("type")),
            clears_in: clears_in.or_else(|| resets_at?.checked_sub(now)),
        }
    }
}

/// What is handed out only once the answer has begun, because until then it may fail and be
/// asked for again.
#[derive(Debug, Default)]
pub(super) struct Opening {
    held: Vec<TurnEvent>,
    has_begun: bool,
}

impl Opening {
    pub(super) fn new(held: Vec<TurnEvent>) -> Self {
        Self {
            held,
            has_begun: false,
        }
    }

    pub(super) fn has_begun(&self) -> bool {
        self.has_begun
    }

    /// The answer begins, if it has not.
    pub(super) fn begin(&mut self, out: &mut Vec<TurnEvent>) {
        self.has_begun = true;
        out.append(&mut self.held);
    }

    /// Something that is no part of the answer itself.
    pub(super) fn tell(&mut self, event: TurnEvent, out: &mut Vec<TurnEvent>) {
        if self.has_begun {
            out.push(event);
        } else {
            self.held.push(event);
        }
    }
}

/// An event as it came.
pub(super) fn native(name: Option<&str>, data: String) -> TurnEvent {
    TurnEvent::Native(NativeEvent {
        name: name.map(str::to_owned),
        data,
    })
}
