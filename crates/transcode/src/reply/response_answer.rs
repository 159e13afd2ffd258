//! An answer of the Responses API, streamed or whole: turn events as items, and as the events
//! that tell how they grow.
//!
//! One machine for both, so they cannot disagree: a whole reply is the response that the last
//! event of a stream would carry. Called by `api`.

mod calls;
mod ending;
mod messages;
mod pictures;
mod steps;
mod thoughts;

use openai::response::{Response, ResponseStatus};
use openai::response_event::ResponseEvent;
use openai::response_item::{ItemStatus, OutputItem, OutputPart, SummaryPart};
use serde_json::{Map, Value};

pub use ending::Ending;
pub use pictures::Picture;

use super::chat_chunks::RewrittenAnswer;
use super::reply_head::{ReplyHead, Shown};
use super::response_told::{Told, Written};
use crate::turn_event::TurnEvent;
use calls::Call;
use steps::Tool;

/// How an answer is written.
#[derive(Debug, Clone, Default)]
pub struct ResponseStyle {
    /// What was asked for, as the response repeats it.
    pub echo: Map<String, Value>,
    /// Whether the events are told.
    pub is_streamed: bool,
    /// Whether sealed thoughts are shown.
    pub shows_sealed: bool,
}

/// Writes one answer.
#[derive(Debug)]
pub struct ResponseAnswer {
    shown: Shown,
    response: Response,
    told: Told,
    shows_sealed: bool,
    /// What the ids of all items end with.
    suffix: String,
    /// The message or the thought that grows, by its place in the output.
    open: Option<usize>,
    calls: Vec<Call>,
    tools: Vec<Tool>,
    /// Sealed thoughts, by their place in the output.
    sealed: Vec<(usize, String)>,
    /// How many characters of the visible answer have come.
    passed: usize,
    /// How many had come when the last message began.
    message_start: usize,
    /// Whether upstream withdrew the answer.
    is_refused: bool,
    is_over: bool,
    /// What a message is that is closed: done, or cut where it is.
    closing: ItemStatus,
    /// What an item of another kind is asked for: nothing, always.
    no_content: Vec<OutputPart>,
    no_summary: Vec<SummaryPart>,
}

impl ResponseAnswer {
    /// A writer of one answer, before it begins.
    pub fn new(head: ReplyHead, style: ResponseStyle) -> Self {
        let suffix = head.id.rsplit('_').next().unwrap_or_default().to_owned();
        let response = Response {
            id: head.id.clone(),
            object: "response",
            created_at: head.created,
            status: ResponseStatus::InProgress,
            completed_at: None,
            error: None,
            incomplete_details: None,
            model: head.model.clone(),
            output: Vec::new(),
            usage: None,
            echo: style.echo,
        };
        Self {
            shown: Shown::new(head),
            response,
            told: Told::new(style.is_streamed),
            shows_sealed: style.shows_sealed,
            suffix,
            open: None,
            calls: Vec::new(),
            tools: Vec::new(),
            sealed: Vec::new(),
            passed: 0,
            message_start: 0,
            is_refused: false,
            is_over: false,
            closing: ItemStatus::Completed,
            no_content: Vec::new(),
            no_summary: Vec::new(),
        }
    }

    /// The answer waits for its turn.
    pub fn queue(&mut self) {
        self.response.status = ResponseStatus::Queued;
        self.tell_response("response.created");
        self.tell_response("response.queued");
    }

    /// The answer begins.
    pub fn begin(&mut self) {
        if self.response.status != ResponseStatus::Queued {
            self.tell_response("response.created");
        }
        self.response.status = ResponseStatus::InProgress;
        self.tell_response("response.in_progress");
    }

    /// What was learned about the answer since it was queued.
    pub fn set_head(&mut self, model: &str, prompt_tokens: u64) {
        model.clone_into(&mut self.shown.head.model);
        self.shown.head.prompt_tokens = prompt_tokens;
        self.response.model = self.shown.model().to_owned();
    }

    /// Takes one event; fails when that takes back what was told.
    pub fn take(&mut self, event: TurnEvent) -> Result<(), RewrittenAnswer> {
        if self.is_over {
            return Ok(());
        }
        match event {
            TurnEvent::Identity(identity) => {
                self.shown.update(identity);
                self.response.model = self.shown.model().to_owned();
            }
            TurnEvent::Text(text) => self.text(&text),
            TurnEvent::Rewritten(text) => return self.rewrite(&text),
            TurnEvent::Citation(citation) => self.cite(&citation),
            TurnEvent::Refusal(text) => self.refuse(&text),
            TurnEvent::Reasoning(text) => self.think(&text),
            TurnEvent::Thought(thought) => self.end_thought(thought),
            TurnEvent::ToolCall(begun) => self.call(begun),
            TurnEvent::ToolInput { index, piece } => self.input(index, &piece),
            TurnEvent::ToolCallEnded { index } => self.end_call(index),
            TurnEvent::Activity(activity) => self.step(*activity),
            TurnEvent::Image(image) => self.picture(&image, None),
            TurnEvent::Usage(usage) => self.shown.count(usage),
            // The published items have no place for sound.
            TurnEvent::Audio(_)
            | TurnEvent::Title(_)
            | TurnEvent::Limits(_)
            | TurnEvent::Finish(_)
            | TurnEvent::StopSequence(_)
            | TurnEvent::Native(_) => {}
        }
        Ok(())
    }

    /// Hands the answer on; what is left behind tells nothing more.
    #[must_use]
    pub fn take_over(&mut self) -> Self {
        let mut left = Self::new(self.shown.head.clone(), ResponseStyle::default());
        left.is_over = true;
        std::mem::replace(self, left)
    }

    /// The response, and what tells of it: somebody else goes on.
    pub(super) fn into_parts(self) -> (Response, Told) {
        (self.response, self.told)
    }

    /// What was told since the last time.
    pub fn take_written(&mut self) -> Vec<Written> {
        self.told.take()
    }

    /// The response so far.
    pub fn response(&self) -> &Response {
        &self.response
    }

    /// The items so far as they are kept: with sealed thoughts, whoever asked for them.
    pub fn kept_output(&self) -> Vec<Value> {
        let mut output: Vec<Value> = self
            .response
            .output
            .iter()
            .map(OutputItem::to_value)
            .collect();
        for (index, sealed) in &self.sealed {
            if let Some(item) = output.get_mut(*index) {
                item["encrypted_content"] = sealed.as_str().into();
            }
        }
        output
    }

    fn tell_response(&mut self, kind: &'static str) {
        let response = Some(&self.response);
        self.told.tell(ResponseEvent {
            kind,
            response,
            ..ResponseEvent::default()
        });
    }

    /// The id of the item that comes next.
    fn next_id(&self, prefix: &str) -> String {
        let number = self.response.output.len();
        format!("{prefix}_{}{number:04x}", self.suffix)
    }

    /// Adds an item, after the one that was open; tells where it is.
    fn add(&mut self, item: OutputItem) -> usize {
        self.close_open();
        let index = self.response.output.len();
        self.response.output.push(item);
        self.tell_item("response.output_item.added", index);
        index
    }

    fn tell_item(&mut self, kind: &'static str, index: usize) {
        let item = self.response.output.get(index);
        self.told.tell(ResponseEvent {
            kind,
            output_index: Some(index),
            item,
            ..ResponseEvent::default()
        });
    }

    /// An event about an item, with nothing but its place.
    fn tell_about(&mut self, kind: &'static str, index: usize) {
        let item_id = self.response.output.get(index).map(OutputItem::id);
        self.told.tell(ResponseEvent {
            kind,
            output_index: Some(index),
            item_id,
            ..ResponseEvent::default()
        });
    }

    /// Closes the message or the thought that grows.
    fn close_open(&mut self) {
        let Some(index) = self.open.take() else {
            return;
        };
        match self.response.output.get(index) {
            Some(OutputItem::Message { .. }) => self.close_message(index),
            Some(OutputItem::Reasoning { .. }) => self.close_thought(index),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests;
