//! The messages of one turn that matter, and the text they make together.
//!
//! Does not know the encodings: it is told the state of a message, or that its text grew.
//! What tools say is read in `tool_messages`.

use chatgpt::message::{Message, Metadata};
use openai::chat_completion::FinishReason;

use super::BrokenStream;
use super::activities::Activities;
use super::ending;
use super::message_kind::MessageKind;
use super::pictures::Pictures;
use super::prose::{Beside, Prose};
use super::reasoning::Reasoning;
use super::search_queries;
use super::unknown_names::UnknownNames;
use crate::reply::answer_style::{ActivityFormat, AnswerStyle, ReasoningFormat};
use crate::reply::answer_text::{AnswerText, News};
use crate::turn_event::{Identity, TurnEvent};

/// More messages than any turn has.
const MAX_MESSAGES: usize = 4096;

/// The messages so far.
#[derive(Debug, Default)]
pub(super) struct TurnMessages {
    sent_ids: Vec<String>,
    /// Whether the messages may come again from their beginning.
    is_reopened: bool,
    pub(super) style: AnswerStyle,
    pub(super) tracked: Vec<Tracked>,
    /// The message whose block is being written.
    current: Option<usize>,
    /// Whether the block being written is reasoning.
    is_thinking: bool,
    answer: AnswerText,
    /// Whole blocks that are shown as soon as the message being written is finished.
    pub(super) waiting: Vec<String>,
    reasoning: Reasoning,
    /// Reasoning that is shown as soon as the message being written is finished.
    waiting_thoughts: String,
    pub(super) activities: Activities,
    pub(super) pictures: Pictures,
    /// The kind of the newest document in the canvas.
    pub(super) canvas_kind: Option<String>,
    pub(super) unknown: UnknownNames,
    pub(super) identity: Identity,
    /// Whether that changed since it was handed out.
    pub(super) identity_is_new: bool,
}

/// One message of the stream that matters.
#[derive(Debug)]
pub(super) struct Tracked {
    id: String,
    pub(super) kind: MessageKind,
    /// Its text, if that is shown while it grows.
    prose: Prose,
    /// Whether what is told of it only once was told.
    pub(super) told: bool,
    pub(super) finished: bool,
    pub(super) end_turn: bool,
    pub(super) finish: Option<FinishReason>,
}

impl TurnMessages {
    pub(super) fn new(sent_ids: Vec<String>, style: AnswerStyle) -> Self {
        Self {
            sent_ids,
            style,
            ..Self::default()
        }
    }

    pub(super) fn sent_ids(&self) -> &[String] {
        &self.sent_ids
    }

    /// From now on, messages that are known may come again from their beginning.
    pub(super) fn reopen(&mut self) {
        self.is_reopened = true;
    }

    /// Whether there is any message that matters.
    pub(super) fn have_begun(&self) -> bool {
        !self.tracked.is_empty()
    }

    /// Reads the state of one message; returns its index if it matters.
    pub(super) fn read(&mut self, message: &Message<'_>) -> Result<Option<usize>, BrokenStream> {
        self.unknown.note_message(message);
        let id = message.id.text();
        let index = if let Some(index) = self.tracked.iter().rposition(|it| it.id == id) {
            index
        } else {
            let kind = MessageKind::of(message);
            if kind == MessageKind::Ignored || self.sent_ids.iter().any(|sent| sent == id) {
                return Ok(None);
            }
            if self.tracked.len() >= MAX_MESSAGES {
                return Err(BrokenStream::Malformed);
            }
            self.track(id, kind, message)
        };
        let tracked = &mut self.tracked[index];
        tracked.finished = message.is_finished();
        tracked.end_turn = message.end_turn.is_true();
        tracked.finish = ending::finish_reason(message);
        match tracked.kind {
            MessageKind::Answer => self.read_answer(index, message)?,
            MessageKind::Code => self.read_code(index, message)?,
            MessageKind::Output => self.read_output(index, message),
            MessageKind::Call => self.read_call(index, message),
            MessageKind::Tool => self.read_tool(index, message),
            MessageKind::Thoughts => {
                let thoughts = message.content.thoughts.objects();
                self.reasoning.set_thoughts(id, thoughts);
            }
            MessageKind::OlderReasoning => self.reasoning.set_text(id, &message.text()),
            MessageKind::Ignored => {}
        }
        Ok(Some(index))
    }

    fn track(&mut self, id: &str, kind: MessageKind, message: &Message<'_>) -> usize {
        if kind == MessageKind::Answer {
            self.identity.message_id = Some(id.to_owned());
        }
        if let Some(model) = message.model() {
            self.identity.model = Some(model.to_owned());
        }
        self.identity_is_new = true;
        self.tracked.push(Tracked {
            id: id.to_owned(),
            kind,
            prose: Prose::default(),
            told: false,
            finished: false,
            end_turn: false,
            finish: None,
        });
        self.tracked.len() - 1
    }

    fn read_answer(&mut self, index: usize, message: &Message<'_>) -> Result<(), BrokenStream> {
        self.set_text(index, &message.text(), ("", ""))?;
        let tracked = &mut self.tracked[index];
        if self.current == Some(index) {
            let beside = Beside {
                metadata: &message.metadata,
                is_finished: tracked.finished,
                message_id: &tracked.id,
                conversation_id: self.identity.conversation_id.as_deref(),
                links: &self.style.links,
            };
            tracked.prose.show(&beside, &mut self.answer);
        }
        let queries = search_queries::of_metadata(&message.metadata);
        if !queries.is_empty() {
            self.activities.searched(message.id.text(), queries);
        }
        self.read_pictures(message);
        Ok(())
    }

    /// Code is shown while it grows.
    fn read_code(&mut self, index: usize, message: &Message<'_>) -> Result<(), BrokenStream> {
        if self.style.activity == ActivityFormat::Markdown {
            self.set_text(index, &message.text(), ("```python\n", "```"))?;
            if self.current == Some(index) {
                self.tracked[index].prose.show_plain(&mut self.answer);
            }
        }
        self.note_code(message);
        Ok(())
    }

    /// The text of a message is now this; its block begins with its first character.
    fn set_text(
        &mut self,
        index: usize,
        text: &str,
        around: (&'static str, &'static str),
    ) -> Result<(), BrokenStream> {
        let Tracked {
            prose, finished, ..
        } = &self.tracked[index];
        if self.is_reopened && !finished && prose.is_ahead_of(text) {
            return Ok(());
        }
        if self.current != Some(index) {
            if prose.has_begun() {
                let is_unchanged = prose.is(text);
                return is_unchanged.then_some(()).ok_or(BrokenStream::OutOfOrder);
            }
            if text.is_empty() {
                return Ok(());
            }
            self.end_block();
            self.answer.begin(around.0, around.1);
            self.current = Some(index);
        }
        if self.tracked[index].prose.set(text) {
            self.answer.restart_block();
        }
        Ok(())
    }

    /// Ends the block being written, and shows what waited for that.
    fn end_block(&mut self) {
        if let Some(index) = self.current.take() {
            let tracked = &mut self.tracked[index];
            // Whatever its text still waits for has not come.
            let beside = Beside {
                metadata: &Metadata::default(),
                is_finished: true,
                message_id: &tracked.id,
                conversation_id: self.identity.conversation_id.as_deref(),
                links: &self.style.links,
            };
            tracked.prose.show(&beside, &mut self.answer);
        }
        self.show_waiting();
        self.answer.end();
        self.is_thinking = false;
    }

    fn show_waiting(&mut self) {
        let thoughts = std::mem::take(&mut self.waiting_thoughts);
        if self.is_thinking {
            self.answer.push(&thoughts);
        } else if !thoughts.is_empty() {
            self.answer.begin("<think>\n", "</think>");
            self.answer.push(thoughts.trim_start_matches('\n'));
            self.is_thinking = true;
        }
        for block in self.waiting.drain(..) {
            self.answer.add(&block);
            self.is_thinking = false;
        }
    }

    /// Text was added to a message; `false` when its state has to be read instead.
    pub(super) fn append(&mut self, index: usize, text: &str) -> bool {
        if self.current != Some(index) || self.is_reopened {
            return false;
        }
        let tracked = &mut self.tracked[index];
        if tracked.kind == MessageKind::Code {
            tracked.prose.append_plain(text, &mut self.answer);
            return true;
        }
        tracked.prose.append(text, &mut self.answer)
    }

    /// The conversation is known to be this one.
    pub(super) fn note_conversation(&mut self, id: Option<&str>) {
        if self.identity.conversation_id.as_deref() != id
            && let Some(id) = id
        {
            self.identity.conversation_id = Some(id.to_owned());
            self.identity_is_new = true;
        }
    }

    /// Adds what was held back for the end of the answer to `out`.
    pub(super) fn finish(&mut self, out: &mut Vec<TurnEvent>) {
        self.take_reasoning(out);
        self.end_block();
        self.activities.finish();
        self.hand_out(out);
    }

    /// Adds what is new to `out`.
    pub(super) fn hand_out(&mut self, out: &mut Vec<TurnEvent>) {
        if self.identity_is_new && self.have_begun() {
            self.identity_is_new = false;
            out.push(TurnEvent::Identity(self.identity.clone()));
        }
        self.take_reasoning(out);
        let is_waiting = !(self.waiting.is_empty() && self.waiting_thoughts.is_empty());
        if is_waiting && self.current.is_none_or(|it| self.tracked[it].finished) {
            if self.current.is_some() {
                self.end_block();
            } else {
                self.show_waiting();
            }
        }
        match self.answer.take_news() {
            Some(News::More(text)) => out.push(TurnEvent::Text(text)),
            Some(News::Instead(text)) => out.push(TurnEvent::Rewritten(text)),
            None => {}
        }
        let citations = self.answer.take_citations();
        out.extend(citations.iter().cloned().map(TurnEvent::Citation));
        self.pictures.hand_out(out);
        self.activities.hand_out(out);
    }

    fn take_reasoning(&mut self, out: &mut Vec<TurnEvent>) {
        let Some(reasoning) = self.reasoning.take_news() else {
            return;
        };
        match self.style.reasoning {
            ReasoningFormat::Parsed => out.push(TurnEvent::Reasoning(reasoning)),
            ReasoningFormat::Raw => self.waiting_thoughts.push_str(&reasoning),
            ReasoningFormat::Hidden => {}
        }
    }
}
