//! The web driver's stream, event by event, as [`TurnEvent`]s.
//!
//! Reads both encodings; decides which messages are the answer, which are reasoning and
//! which are nobody's business; and judges whether the stream ended properly. It does not
//! touch the network. Called by `upstream`'s web driver.

mod message_kind;
mod reasoning;

use std::ops::Range;

use chatgpt::delta::{Change, DeltaReader};
use chatgpt::message::Message;
use chatgpt::stream_event::{Snapshot, StreamEvent, TypedEvent, UpstreamFault};
use openai::chat_completion::FinishReason;
use serde::Deserialize;

use super::answer_text::{AnswerText, News};
use crate::turn_event::{Identity, TurnEvent};
use message_kind::MessageKind;
use reasoning::Reasoning;

/// So many events that cannot be read are passed over; one more and the stream is broken.
const MAX_MALFORMED: usize = 3;

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
    sent_ids: Vec<String>,
    deltas: DeltaReader,
    tracked: Vec<Tracked>,
    /// For each channel, the message its document is.
    channels: Vec<Option<usize>>,
    answer: AnswerText,
    reasoning: Reasoning,
    identity: Identity,
    malformed: usize,
    /// The message whose block is being written.
    current: Option<usize>,
    ended: bool,
    complete: bool,
    blocked: bool,
    handed_off: bool,
}

/// One message of the stream that matters.
#[derive(Debug)]
struct Tracked {
    id: String,
    kind: MessageKind,
    /// Where its text stands, once it has any.
    block: Option<Range<usize>>,
    finished: bool,
    finish: Option<FinishReason>,
}

impl WebReader {
    /// A reader that passes over the messages that were sent, which upstream echoes.
    pub fn new(sent_ids: Vec<String>) -> Self {
        Self {
            sent_ids,
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
        if self.ended {
            return Ok(());
        }
        match StreamEvent::read(name, data) {
            Ok(StreamEvent::Delta(data)) => self.read_delta(data, out)?,
            Ok(StreamEvent::Snapshot(snapshot)) => self.read_snapshot(&snapshot, out)?,
            Ok(StreamEvent::Typed(event)) => self.read_typed(event)?,
            Ok(StreamEvent::Done) => self.ended = true,
            Ok(StreamEvent::Nothing) => {}
            Err(_) => self.pass_over()?,
        }
        self.hand_out(out);
        Ok(())
    }

    /// Whether `[DONE]` was read; what comes after it does not count.
    pub fn has_ended(&self) -> bool {
        self.ended
    }

    /// Judges the stream once it is over, and adds the end of the answer to `out`.
    pub fn finish(&mut self, out: &mut Vec<TurnEvent>) -> Result<(), BrokenStream> {
        if self.blocked {
            out.push(TurnEvent::Refusal(WITHDRAWN));
            out.push(TurnEvent::Finish(FinishReason::ContentFilter));
            return Ok(());
        }
        if !(self.ended || self.complete) {
            return Err(BrokenStream::Truncated);
        }
        let answers = self.tracked.iter().rev();
        let last = answers
            .into_iter()
            .find(|it| it.kind == MessageKind::Answer);
        let finish = match last {
            Some(answer) if answer.finished => answer.finish.unwrap_or(FinishReason::Stop),
            Some(_) => return Err(BrokenStream::Truncated),
            None if self.handed_off => return Err(BrokenStream::HandedOff),
            None => return Err(BrokenStream::Empty),
        };
        self.answer.close_fence();
        self.hand_out(out);
        out.push(TurnEvent::Finish(finish));
        Ok(())
    }

    fn read_delta(&mut self, data: &str, out: &mut Vec<TurnEvent>) -> Result<(), BrokenStream> {
        let mut deltas = std::mem::take(&mut self.deltas);
        let result = match deltas.apply(data) {
            Err(_) => self.pass_over(),
            Ok(Change::Nothing) => Ok(()),
            Ok(Change::Appended { channel, text }) if self.append(channel, &text) => Ok(()),
            Ok(Change::Appended { channel, .. } | Change::Document { channel }) => {
                self.read_document(channel, deltas.document(channel), out)
            }
        };
        self.deltas = deltas;
        result
    }

    /// The short way for text of the current block; `false` when the long way is needed.
    fn append(&mut self, channel: usize, text: &str) -> bool {
        let Some(index) = self.channels.get(channel).copied().flatten() else {
            // The channel's document is read but is nobody's business.
            return channel < self.channels.len();
        };
        if self.current != Some(index) || self.tracked[index].block.is_none() {
            return false;
        }
        self.answer.push(text);
        true
    }

    fn read_document(
        &mut self,
        channel: usize,
        document: Option<&serde_json::Value>,
        out: &mut Vec<TurnEvent>,
    ) -> Result<(), BrokenStream> {
        #[derive(Deserialize)]
        struct Envelope<'a> {
            #[serde(borrow, default)]
            message: Option<Message<'a>>,
            #[serde(default)]
            conversation_id: Option<&'a str>,
            #[serde(default)]
            error: Option<serde_json::Value>,
            #[serde(default)]
            error_code: Option<String>,
        }
        let Some(document) = document else {
            return Ok(());
        };
        let Ok(envelope) = Envelope::deserialize(document) else {
            return self.pass_over();
        };
        if let Some(error) = envelope.error {
            let message = error.as_str().or_else(|| error.get("message")?.as_str());
            return Err(BrokenStream::Reported(UpstreamFault {
                message: message.unwrap_or_default().to_owned(),
                code: envelope.error_code,
            }));
        }
        self.note_conversation(envelope.conversation_id);
        let index = match &envelope.message {
            Some(message) => self.read_message(message, out)?,
            None => None,
        };
        if self.channels.len() <= channel {
            self.channels.resize(channel + 1, None);
        }
        self.channels[channel] = index;
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
        self.note_conversation(snapshot.conversation_id);
        let Some(message) = snapshot.message else {
            return Ok(());
        };
        match serde_json::from_str::<Message<'_>>(message) {
            Ok(message) => self.read_message(&message, out).map(|_| ()),
            Err(_) => self.pass_over(),
        }
    }

    fn read_typed(&mut self, event: TypedEvent<'_>) -> Result<(), BrokenStream> {
        match event {
            TypedEvent::Complete => self.complete = true,
            TypedEvent::Blocked => self.blocked = true,
            TypedEvent::Handoff => self.handed_off = true,
            TypedEvent::Error(fault) => return Err(BrokenStream::Reported(fault)),
            TypedEvent::Other { conversation_id } => self.note_conversation(conversation_id),
        }
        Ok(())
    }

    /// Reads the state of one message; returns its index if it matters.
    fn read_message(
        &mut self,
        message: &Message<'_>,
        out: &mut Vec<TurnEvent>,
    ) -> Result<Option<usize>, BrokenStream> {
        let id = message.id.text();
        let index = if let Some(index) = self.tracked.iter().rposition(|it| it.id == id) { index } else {
            let kind = MessageKind::of(message);
            if kind == MessageKind::Ignored || self.sent_ids.iter().any(|sent| sent == id) {
                return Ok(None);
            }
            self.track(id, kind, message, out)
        };
        match self.tracked[index].kind {
            MessageKind::Answer => self.set_text(index, &joined(message), None)?,
            MessageKind::Code => {
                self.set_text(index, message.content.text.text(), Some("python"))?;
            }
            MessageKind::Output => self.set_output(index, message),
            MessageKind::Thoughts => self.reasoning.set_thoughts(&message.content.thoughts.0),
            MessageKind::OlderReasoning => self.reasoning.set_text(id, &joined(message)),
            MessageKind::Ignored => {}
        }
        let tracked = &mut self.tracked[index];
        tracked.finished = message.is_finished();
        tracked.finish = finish_reason(message);
        Ok(Some(index))
    }

    fn track(
        &mut self,
        id: &str,
        kind: MessageKind,
        message: &Message<'_>,
        out: &mut Vec<TurnEvent>,
    ) -> usize {
        if kind == MessageKind::Answer {
            self.identity.message_id = Some(id.to_owned());
        }
        if let Some(model) = message.model() {
            self.identity.model = Some(model.to_owned());
        }
        out.push(TurnEvent::Identity(self.identity.clone()));
        self.tracked.push(Tracked {
            id: id.to_owned(),
            kind,
            block: None,
            finished: false,
            finish: None,
        });
        self.tracked.len() - 1
    }

    /// The text of a message is now this; its block begins with its first character.
    fn set_text(
        &mut self,
        index: usize,
        text: &str,
        code: Option<&str>,
    ) -> Result<(), BrokenStream> {
        if self.current == Some(index) {
            self.answer.set_block(text);
            return Ok(());
        }
        if let Some(block) = self.tracked[index].block.clone() {
            let unchanged = self.answer.at(block) == text;
            return if unchanged {
                Ok(())
            } else {
                Err(BrokenStream::OutOfOrder)
            };
        }
        if text.is_empty() {
            return Ok(());
        }
        self.end_block();
        match code {
            Some(language) => self.answer.begin_code(language),
            None => self.answer.begin_text(),
        }
        self.answer.push(text);
        self.tracked[index].block = Some(self.answer.block());
        self.current = Some(index);
        Ok(())
    }

    /// Output is shown once it is whole.
    fn set_output(&mut self, index: usize, message: &Message<'_>) {
        let text = message.content.text.text();
        if self.tracked[index].block.is_some() || !message.is_finished() || text.is_empty() {
            return;
        }
        self.end_block();
        self.answer.add_output(text);
        self.tracked[index].block = Some(self.answer.block());
    }

    fn end_block(&mut self) {
        if let Some(index) = self.current.take() {
            self.tracked[index].block = Some(self.answer.block());
        }
        self.answer.close_fence();
    }

    fn note_conversation(&mut self, id: Option<&str>) {
        if self.identity.conversation_id.as_deref() != id
            && let Some(id) = id
        {
            self.identity.conversation_id = Some(id.to_owned());
        }
    }

    fn pass_over(&mut self) -> Result<(), BrokenStream> {
        self.malformed += 1;
        if self.malformed > MAX_MALFORMED {
            return Err(BrokenStream::Malformed);
        }
        Ok(())
    }

    fn hand_out(&mut self, out: &mut Vec<TurnEvent>) {
        if let Some(reasoning) = self.reasoning.take_news() {
            out.push(TurnEvent::Reasoning(reasoning));
        }
        match self.answer.take_news() {
            Some(News::More(text)) => out.push(TurnEvent::Text(text)),
            Some(News::Instead(text)) => out.push(TurnEvent::Rewritten(text)),
            None => {}
        }
    }
}

/// All text pieces of a message.
fn joined<'a>(message: &'a Message<'_>) -> std::borrow::Cow<'a, str> {
    match message.content.parts.0.as_slice() {
        [only] => only.text().into(),
        parts => parts
            .iter()
            .map(chatgpt::message::LooseText::text)
            .collect::<String>()
            .into(),
    }
}

fn finish_reason(message: &Message<'_>) -> Option<FinishReason> {
    if message.status.text() == "finished_partial_completion" {
        return Some(FinishReason::Length);
    }
    let details = message.metadata.as_ref()?.finish_details.as_ref()?;
    match details.kind.text() {
        "max_tokens" => Some(FinishReason::Length),
        _ => None,
    }
}
