//! The web driver's stream, event by event, as [`TurnEvent`]s.
//!
//! Reads both encodings and judges whether the stream ended properly; what the messages
//! mean is in `messages`. It does not touch the network. Called by `upstream`'s web driver.

mod activities;
mod broken_stream;
mod canvas;
mod citations;
mod continuation;
mod ending;
mod markers;
mod message_kind;
mod messages;
mod pictures;
mod prose;
mod reasoning;
mod search_queries;
mod stored;
mod tool_messages;
mod unknown_names;

use chatgpt::delta::{CONTENT, Change, DeltaError, DeltaReader};
use chatgpt::known::{Unknown, UnknownKind};
use chatgpt::limits::LimitsReport;
use chatgpt::message::{LooseText, Message};
use chatgpt::stream_event::{MalformedEvent, Snapshot, StreamEvent, TypedEvent, UpstreamFault};
use openai::chat_completion::FinishReason;
use serde::Deserialize;
use serde_json::Value;

use super::answer_style::AnswerStyle;
use crate::turn_event::TurnEvent;
pub use broken_stream::BrokenStream;
use continuation::ResumeToken;
use ending::Ending;
use messages::TurnMessages;

/// So many events that cannot be read are passed over; one more and the stream is broken.
const MAX_MALFORMED: usize = 3;

/// What is said when moderation withdraws an answer.
const WITHDRAWN: &str = "ChatGPT withdrew this answer: its moderation blocked it.";

/// Reads one answer: its stream, and where that breaks off, what follows it.
#[derive(Debug, Default)]
pub struct WebReader {
    deltas: DeltaReader,
    /// For each channel, the message its document is.
    channels: Vec<Option<usize>>,
    messages: TurnMessages,
    malformed: usize,
    signs: Signs,
    events_seen: u64,
    resume_token: Option<ResumeToken>,
    title: Option<String>,
    /// What was told beside the messages. It waits for the first one: an answer has not begun
    /// with it.
    beside: Vec<TurnEvent>,
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
    #[serde(borrow, default)]
    conversation_id: LooseText<'a>,
    #[serde(default)]
    error: Option<Value>,
    #[serde(borrow, default)]
    error_code: LooseText<'a>,
}

impl WebReader {
    /// A reader that passes over the messages that were sent, which upstream echoes, and
    /// shows the others in `style`.
    pub fn new(sent_ids: Vec<String>, style: AnswerStyle) -> Self {
        Self {
            messages: TurnMessages::new(sent_ids, style),
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
        self.count(name, data);
        if let Some(name) = name
            && name != "delta"
        {
            self.messages.unknown.note(UnknownKind::EventName, name);
        }
        match StreamEvent::read(name, data) {
            Ok(StreamEvent::Delta(data)) => self.read_delta(data)?,
            Ok(StreamEvent::Snapshot(snapshot)) => self.read_snapshot(&snapshot)?,
            Ok(StreamEvent::Typed {
                event,
                conversation_id,
            }) => {
                self.messages.note_conversation(conversation_id);
                self.read_typed(event)?;
            }
            Ok(StreamEvent::Done) => self.signs.done = true,
            Ok(StreamEvent::Nothing) => {}
            Err(MalformedEvent(error)) => self.pass_over(&error)?,
        }
        self.messages.hand_out(out);
        if self.messages.have_begun() {
            out.append(&mut self.beside);
        }
        Ok(())
    }

    /// Whether `[DONE]` was read; what comes after it does not count.
    pub fn has_ended(&self) -> bool {
        self.signs.done
    }

    /// The names nobody knows that came up since the last time.
    pub fn take_unknown(&mut self) -> Vec<Unknown> {
        self.messages.unknown.take()
    }

    /// Judges the stream once it is over, and adds the end of the answer to `out`. After an
    /// error that says how the answer goes on, [`Self::reopen`] makes it go on.
    pub fn finish(&mut self, out: &mut Vec<TurnEvent>) -> Result<(), BrokenStream> {
        out.append(&mut self.beside);
        if self.signs.blocked {
            out.push(TurnEvent::Refusal(WITHDRAWN.to_owned()));
            out.push(TurnEvent::Finish(FinishReason::ContentFilter));
            return Ok(());
        }
        let ending = self.messages.ending();
        let is_over = matches!(ending, Ending::Finished { end_turn: true, .. });
        if self.signs.handed_off && !is_over {
            return Err(BrokenStream::HandedOff);
        }
        if !(self.signs.done || self.signs.complete) {
            return Err(BrokenStream::Truncated);
        }
        match ending {
            Ending::Nothing => Err(BrokenStream::Empty),
            Ending::Unfinished => Err(BrokenStream::Truncated),
            Ending::ImagePending { task_id } => Err(BrokenStream::ImagePending { task_id }),
            Ending::Finished { reason, .. } => {
                self.messages.finish(out);
                out.push(TurnEvent::Finish(reason));
                Ok(())
            }
        }
    }

    fn read_delta(&mut self, data: &str) -> Result<(), BrokenStream> {
        let (channel, appended) = match self.deltas.apply(data) {
            // A piece of an answer that cannot be put in its place would be missing from it.
            Err(DeltaError::NoSuchPlace(path)) if path.starts_with(CONTENT) => {
                return Err(BrokenStream::Malformed);
            }
            Err(DeltaError::NoSuchPlace(_)) => {
                // The patch may have changed other places.
                self.count_malformed()?;
                (self.deltas.channel(), None)
            }
            Err(_) => return self.count_malformed(),
            Ok(Change::Nothing) => {
                self.note_operation();
                return Ok(());
            }
            Ok(Change::Appended { channel, text }) => (channel, Some(text)),
            Ok(Change::Document { channel }) => (channel, None),
        };
        if let Some(text) = appended
            && let Some(Some(index)) = self.channels.get(channel)
            && self.messages.append(*index, &text)
        {
            return Ok(());
        }
        self.note_operation();
        self.read_document(channel)
    }

    fn note_operation(&mut self) {
        if let Some(name) = self.deltas.take_unknown_operation() {
            self.messages.unknown.note(UnknownKind::Operation, &name);
        }
    }

    fn read_document(&mut self, channel: usize) -> Result<(), BrokenStream> {
        // A shape nobody knows is nobody's business either.
        let envelope: Envelope<'_> = self.deltas.read(channel).unwrap_or_default();
        if let Some(error) = envelope.error {
            let message = error.as_str().or_else(|| error.get("message")?.as_str());
            return Err(BrokenStream::Reported(UpstreamFault {
                message: message.unwrap_or_default().to_owned(),
                code: envelope.error_code.0.map(Into::into),
            }));
        }
        self.messages
            .note_conversation(envelope.conversation_id.as_deref());
        let index = match &envelope.message {
            Some(message) => self.messages.read(message)?,
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

    fn read_snapshot(&mut self, snapshot: &Snapshot<'_>) -> Result<(), BrokenStream> {
        if let Some(fault) = &snapshot.error {
            return Err(BrokenStream::Reported(fault.clone()));
        }
        self.messages.note_conversation(snapshot.conversation_id);
        let Some(message) = snapshot.message else {
            return Ok(());
        };
        match serde_json::from_str::<Message<'_>>(message) {
            Ok(message) => self.messages.read(&message).map(|_| ()),
            Err(error) => self.pass_over(&error),
        }
    }

    fn read_typed(&mut self, event: TypedEvent<'_>) -> Result<(), BrokenStream> {
        match event {
            TypedEvent::Complete => self.signs.complete = true,
            TypedEvent::Blocked => self.signs.blocked = true,
            TypedEvent::Handoff => self.signs.handed_off = true,
            TypedEvent::Error(fault) => return Err(BrokenStream::Reported(fault)),
            TypedEvent::Title(title) => self.note_title(&title),
            TypedEvent::ResumeToken(token) => {
                self.resume_token = Some(ResumeToken(token.into_owned()));
            }
            TypedEvent::Limits(json) => {
                let report = LimitsReport::read(json);
                if !report.is_empty() {
                    self.beside.push(TurnEvent::Limits(report));
                }
            }
            TypedEvent::Other(kind) => {
                self.messages.unknown.note(UnknownKind::EventType, &kind);
            }
        }
        Ok(())
    }

    fn note_title(&mut self, title: &str) {
        if !title.is_empty() && self.title.as_deref() != Some(title) {
            self.title = Some(title.to_owned());
            self.beside.push(TurnEvent::Title(title.to_owned()));
        }
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
