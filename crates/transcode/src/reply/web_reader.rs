//! The web driver's stream, event by event, as [`TurnEvent`]s.
//!
//! Reads both encodings and judges whether the stream ended properly; what the messages
//! mean is in `messages`. It does not touch the network. Called by `upstream`'s web driver.

mod message_kind;
mod messages;
mod reasoning;

use chatgpt::delta::{Change, DeltaError, DeltaReader};
use chatgpt::message::Message;
use chatgpt::stream_event::{MalformedEvent, Snapshot, StreamEvent, TypedEvent, UpstreamFault};
use openai::chat_completion::FinishReason;
use serde::Deserialize;
use serde_json::Value;

use crate::turn_event::TurnEvent;
use messages::TurnMessages;

/// So many events that cannot be read are passed over; one more and the stream is broken.
const MAX_MALFORMED: usize = 3;

/// Where a message's text is.
const CONTENT: &str = "/message/content";

/// What is said when moderation withdraws an answer.
const WITHDRAWN: &str = "ChatGPT withdrew this answer: its moderation blocked it.";

/// Why a stream is not a whole answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BrokenStream {
    /// Upstream said so.
    #[error("upstream reported an error in its answer: {}", .0.message)]
    Reported(UpstreamFault),
    /// It ended before the answer did.
    #[error("upstream's answer ended before it was complete")]
    Truncated,
    /// It ended properly, without an answer.
    #[error("upstream ended its answer without saying anything")]
    Empty,
    /// The answer continues elsewhere.
    #[error("upstream moved the answer to another channel")]
    HandedOff,
    /// A picture is still being drawn.
    #[error("upstream ended its answer before its picture was drawn")]
    ImagePending {
        /// Upstream's id of the job, where stated.
        task_id: Option<String>,
    },
    /// An earlier message changed after a later one had begun.
    #[error("upstream changed a part of its answer that was already finished")]
    OutOfOrder,
    /// Too many events could not be read.
    #[error("upstream's answer cannot be read")]
    Malformed,
}

/// Reads one stream.
#[derive(Debug, Default)]
pub struct WebReader {
    deltas: DeltaReader,
    /// For each channel, the message its document is.
    channels: Vec<Option<usize>>,
    messages: TurnMessages,
    malformed: usize,
    signs: Signs,
}

/// What upstream said about the end of its answer.
#[derive(Debug, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "four independent facts of the protocol"
)]
struct Signs {
    /// `[DONE]`
    done: bool,
    /// `message_stream_complete`
    complete: bool,
    /// Moderation withdrew the answer.
    blocked: bool,
    /// The answer continues elsewhere.
    handed_off: bool,
}

/// The root of a document.
#[derive(Default, Deserialize)]
struct Envelope<'a> {
    #[serde(borrow, default)]
    message: Option<Message<'a>>,
    #[serde(default)]
    conversation_id: Option<&'a str>,
    #[serde(default)]
    error: Option<Value>,
    #[serde(default)]
    error_code: Option<String>,
}

impl WebReader {
    /// A reader that passes over the messages that were sent, which upstream echoes.
    pub fn new(sent_ids: Vec<String>, _style: crate::reply::answer_style::AnswerStyle) -> Self {
        Self {
            messages: TurnMessages::new(sent_ids),
            ..Self::default()
        }
    }

    /// Reads one event and adds what it means to `out`.
    pub fn read(
        &mut self,
        name: Option<&str>,
        data: &str,
        out: &mut Vec<TurnEvent>,
    ) -> Result<(), BrokenStream> {
        if self.signs.done {
            return Ok(());
        }
        match StreamEvent::read(name, data) {
            Ok(StreamEvent::Delta(data)) => self.read_delta(data, out)?,
            Ok(StreamEvent::Snapshot(snapshot)) => self.read_snapshot(&snapshot, out)?,
            Ok(StreamEvent::Typed(event)) => self.read_typed(event)?,
            Ok(StreamEvent::Done) => self.signs.done = true,
            Ok(StreamEvent::Nothing) => {}
            Err(MalformedEvent(error)) => self.pass_over(&error)?,
        }
        self.messages.hand_out(out);
        Ok(())
    }

    /// Whether `[DONE]` was read; what comes after it does not count.
    pub fn has_ended(&self) -> bool {
        self.signs.done
    }

    /// Judges the stream once it is over, and adds the end of the answer to `out`.
    pub fn finish(&mut self, out: &mut Vec<TurnEvent>) -> Result<(), BrokenStream> {
        if self.signs.blocked {
            out.push(TurnEvent::Refusal(WITHDRAWN));
            out.push(TurnEvent::Finish(FinishReason::ContentFilter));
            return Ok(());
        }
        if !(self.signs.done || self.signs.complete) {
            return Err(BrokenStream::Truncated);
        }
        let finish = match self.messages.finish() {
            Some(finish) => finish?,
            None if self.signs.handed_off => return Err(BrokenStream::HandedOff),
            None => return Err(BrokenStream::Empty),
        };
        self.messages.hand_out(out);
        out.push(TurnEvent::Finish(finish));
        Ok(())
    }

    /// provisional
    pub fn conversation_id(&self) -> Option<&str> {
        None
    }
    /// provisional
    pub fn resume_token(&self) -> Option<&str> {
        None
    }
    /// provisional
    pub fn events_seen(&self) -> u64 {
        0
    }
    /// provisional
    pub fn reopen(&mut self) {}
    /// provisional
    pub fn read_stored(&mut self, _: &str, _: &mut Vec<TurnEvent>) -> Result<bool, BrokenStream> {
        Ok(true)
    }
    /// provisional
    pub fn take_unknown(&mut self) -> Vec<chatgpt::known::Unknown> {
        Vec::new()
    }

    fn read_delta(&mut self, data: &str, out: &mut Vec<TurnEvent>) -> Result<(), BrokenStream> {
        let (channel, appended) = match self.deltas.apply(data) {
            // A piece of an answer that cannot be put in its place would be missing from it.
            Err(DeltaError::NoSuchPlace(path)) if path.starts_with(CONTENT) => {
                return Err(BrokenStream::Malformed);
            }
            Err(_) => return self.count_malformed(),
            Ok(Change::Nothing) => return Ok(()),
            Ok(Change::Appended { channel, text }) => (channel, Some(text)),
            Ok(Change::Document { channel }) => (channel, None),
        };
        if let Some(text) = appended
            && let Some(Some(index)) = self.channels.get(channel)
            && self.messages.append(*index, &text)
        {
            return Ok(());
        }
        self.read_document(channel, out)
    }

    fn read_document(
        &mut self,
        channel: usize,
        out: &mut Vec<TurnEvent>,
    ) -> Result<(), BrokenStream> {
        let document = self.deltas.document(channel).unwrap_or(&Value::Null);
        // A shape nobody knows is nobody's business either.
        let envelope = Envelope::deserialize(document).unwrap_or_default();
        if let Some(error) = envelope.error {
            let message = error.as_str().or_else(|| error.get("message")?.as_str());
            return Err(BrokenStream::Reported(UpstreamFault {
                message: message.unwrap_or_default().to_owned(),
                code: envelope.error_code,
            }));
        }
        self.messages.note_conversation(envelope.conversation_id);
        let index = match &envelope.message {
            Some(message) => self.messages.read(message, out)?,
            None => None,
        };
        if self.channels.len() <= channel {
            self.channels.resize(channel + 1, None);
        }
        self.channels[channel] = index;
        if index.is_none() {
            // The message is nobody's business, however it changes.
            self.deltas.forget(channel);
        }
        Ok(())
    }

    fn read_snapshot(
        &mut self,
        snapshot: &Snapshot<'_>,
        out: &mut Vec<TurnEvent>,
    ) -> Result<(), BrokenStream> {
        if let Some(fault) = &snapshot.error {
            return Err(BrokenStream::Reported(fault.clone()));
        }
        self.messages.note_conversation(snapshot.conversation_id);
        let Some(message) = snapshot.message else {
            return Ok(());
        };
        match serde_json::from_str::<Message<'_>>(message) {
            Ok(message) => self.messages.read(&message, out).map(|_| ()),
            Err(error) => self.pass_over(&error),
        }
    }

    fn read_typed(&mut self, event: TypedEvent<'_>) -> Result<(), BrokenStream> {
        match event {
            TypedEvent::Complete => self.signs.complete = true,
            TypedEvent::Blocked => self.signs.blocked = true,
            TypedEvent::Handoff => self.signs.handed_off = true,
            TypedEvent::Error(fault) => return Err(BrokenStream::Reported(fault)),
            TypedEvent::Other { conversation_id } => {
                self.messages.note_conversation(conversation_id);
            }
        }
        Ok(())
    }

    /// Passes over an event of a shape nobody knows; one that is not even JSON is counted.
    fn pass_over(&mut self, error: &serde_json::Error) -> Result<(), BrokenStream> {
        if error.is_data() {
            return Ok(());
        }
        self.count_malformed()
    }

    fn count_malformed(&mut self) -> Result<(), BrokenStream> {
        self.malformed += 1;
        if self.malformed > MAX_MALFORMED {
            return Err(BrokenStream::Malformed);
        }
        Ok(())
    }
}
