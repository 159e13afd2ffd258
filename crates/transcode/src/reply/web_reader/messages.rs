//! The messages of one turn that matter, and the text they make together.
//!
//! Does not know the encodings: it is told the state of a message, or that its text grew.

use std::borrow::Cow;
use std::ops::Range;

use chatgpt::message::{LooseText, Message};
use openai::chat_completion::FinishReason;

use super::BrokenStream;
use super::message_kind::MessageKind;
use super::reasoning::Reasoning;
use crate::reply::answer_text::{AnswerText, News};
use crate::turn_event::{Identity, TurnEvent};

/// The messages so far.
#[derive(Debug, Default)]
pub(super) struct TurnMessages {
    sent_ids: Vec<String>,
    tracked: Vec<Tracked>,
    /// The message whose block is being written.
    current: Option<usize>,
    answer: AnswerText,
    reasoning: Reasoning,
    identity: Identity,
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

impl TurnMessages {
    pub(super) fn new(sent_ids: Vec<String>) -> Self {
        Self {
            sent_ids,
            ..Self::default()
        }
    }

    /// Reads the state of one message; returns its index if it matters.
    pub(super) fn read(
        &mut self,
        message: &Message<'_>,
        out: &mut Vec<TurnEvent>,
    ) -> Result<Option<usize>, BrokenStream> {
        let id = message.id.text();
        let index = if let Some(index) = self.tracked.iter().rposition(|it| it.id == id) {
            index
        } else {
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

    /// Text was added to a message; `false` when its state has to be read instead.
    pub(super) fn append(&mut self, index: usize, text: &str) -> bool {
        let is_current = self.current == Some(index);
        if is_current {
            self.answer.push(text);
        }
        is_current
    }

    /// The conversation is known to be this one.
    pub(super) fn note_conversation(&mut self, id: Option<&str>) {
        if self.identity.conversation_id.as_deref() != id
            && let Some(id) = id
        {
            self.identity.conversation_id = Some(id.to_owned());
        }
    }

    /// How the answer ended: `None` without an answer, an error while it is not finished.
    pub(super) fn finish(&mut self) -> Option<Result<FinishReason, BrokenStream>> {
        let mut latest = self.tracked.iter().rev();
        let answer = latest.find(|it| it.kind == MessageKind::Answer)?;
        if !answer.finished {
            return Some(Err(BrokenStream::Truncated));
        }
        self.answer.close_fence();
        Some(Ok(answer.finish.unwrap_or(FinishReason::Stop)))
    }

    /// Adds what is new to `out`.
    pub(super) fn hand_out(&mut self, out: &mut Vec<TurnEvent>) {
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
fn joined<'a>(message: &'a Message<'_>) -> Cow<'a, str> {
    match message.content.parts.0.as_slice() {
        [only] => only.text().into(),
        parts => parts.iter().map(LooseText::text).collect::<String>().into(),
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
