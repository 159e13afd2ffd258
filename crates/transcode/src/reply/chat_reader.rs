//! The chunks of a Chat Completions stream as [`TurnEvent`]s, from any server that speaks it.
//!
//! Servers differ in much; what one of them leaves out is made up for where that is safe. An
//! answer is whole when a chunk said why it ended, or with `[DONE]`. Called by `upstream`'s
//! platform driver.

mod beside;
mod calls;
mod chunk;

use chatgpt::known::Unknown;
use openai::chat_completion::FinishReason;
use openai::usage::Usage;
use serde_json::Value;

use super::answer_output::AnswerOutput;
use super::answer_reader::{
    AnswerFault, AnswerReader, BrokenAnswer, MAX_MALFORMED, Opening, ReadingOptions, native,
};
use crate::turn::Thought;
use crate::turn_event::{Identity, TurnEvent};
use calls::Calls;
use chunk::{Chunk, Delta};

/// What ends a stream.
const DONE: &str = "[DONE]";

/// Reads one answer.
#[derive(Debug)]
pub struct ChatReader {
    wants_native: bool,
    now: u64,
    opening: Opening,
    output: AnswerOutput,
    calls: Calls,
    id: String,
    model: Option<String>,
    /// What was thought since the last thought ended.
    thinking: String,
    usage: Option<Usage>,
    finish: Option<FinishReason>,
    is_done: bool,
    malformed: usize,
}

impl ChatReader {
    /// A reader of one answer.
    pub fn new(options: ReadingOptions) -> Self {
        Self {
            wants_native: options.wants_native,
            now: options.now,
            opening: Opening::new(options.head),
            output: AnswerOutput::new(options.style),
            calls: Calls::default(),
            id: String::new(),
            model: None,
            thinking: String::new(),
            usage: None,
            finish: None,
            is_done: false,
            malformed: 0,
        }
    }

    fn read_chunk(&mut self, chunk: &Chunk<'_>, out: &mut Vec<TurnEvent>) {
        if let Some(usage) = beside::usage(&chunk.usage) {
            self.usage = Some(usage);
        }
        let choices = chunk.choices.objects();
        let first = choices.filter(|it| it.index.0.unwrap_or_default() == 0);
        for choice in first {
            if let Some(delta) = choice.delta.get() {
                self.read_delta(delta, out);
            }
            if let Some(reason) = choice.finish_reason.said() {
                self.finish = Some(finish_reason(reason));
            }
        }
    }

    fn read_delta(&mut self, delta: &Delta<'_>, out: &mut Vec<TurnEvent>) {
        let thought = [&delta.reasoning_content, &delta.reasoning];
        if let Some(piece) = thought.into_iter().find_map(|it| it.said()) {
            let is_new = self.thinking.is_empty();
            self.thinking.push_str(piece);
            self.output.thought(piece, is_new, out);
        }
        if let Some(piece) = delta.content.said() {
            self.end_thought(out);
            self.output.text(piece, out);
        }
        if let Some(piece) = delta.refusal.said() {
            self.end_thought(out);
            out.push(TurnEvent::Refusal(piece.to_owned()));
        }
        for call in delta.calls() {
            self.end_thought(out);
            self.calls.read(call, &self.id, out);
        }
        for citation in beside::citations(&delta.annotations) {
            out.push(TurnEvent::Citation(citation));
        }
        for picture in beside::pictures(&delta.images, &self.id) {
            self.output.picture(picture, out);
        }
        if let Some(sound) = beside::sound(&delta.audio) {
            self.end_thought(out);
            out.push(TurnEvent::Audio(Box::new(sound)));
        }
    }

    fn end_thought(&mut self, out: &mut Vec<TurnEvent>) {
        if self.thinking.is_empty() {
            return;
        }
        let thought = std::mem::take(&mut self.thinking);
        let is_shown = self.output.shows_thoughts();
        out.push(TurnEvent::Thought(Thought {
            summary: if is_shown { vec![thought] } else { Vec::new() },
            sealed: None,
        }));
        self.output.begin_block(out);
    }

    fn identify(&mut self, chunk: &Chunk<'_>, out: &mut Vec<TurnEvent>) {
        if let (true, Some(id)) = (self.id.is_empty(), chunk.id.said()) {
            id.clone_into(&mut self.id);
        }
        let model = chunk.model.said();
        if model.is_some() && model != self.model.as_deref() {
            self.model = model.map(str::to_owned);
            let identity = Identity {
                model: self.model.clone(),
                ..Identity::default()
            };
            out.push(TurnEvent::Identity(identity));
        }
    }
}

impl AnswerReader for ChatReader {
    fn read(
        &mut self,
        name: Option<&str>,
        data: &str,
        out: &mut Vec<TurnEvent>,
    ) -> Result<(), BrokenAnswer> {
        if self.is_done || data.is_empty() {
            return Ok(());
        }
        if data == DONE {
            self.is_done = true;
            return Ok(());
        }
        let chunk: Chunk<'_> = match serde_json::from_str(data) {
            Ok(chunk) => chunk,
            Err(error) if error.is_data() => return Ok(()),
            Err(_) if self.malformed >= MAX_MALFORMED => return Err(BrokenAnswer::Malformed),
            Err(_) => {
                self.malformed += 1;
                return Ok(());
            }
        };
        if name == Some("error") || !matches!(chunk.error, Value::Null) {
            let error = match &chunk.error {
                Value::Null => serde_json::from_str(data).unwrap_or_default(),
                error => error.clone(),
            };
            return Err(BrokenAnswer::Reported(AnswerFault::read(&error, self.now)));
        }
        let mut made = Vec::new();
        self.identify(&chunk, &mut made);
        self.read_chunk(&chunk, &mut made);
        let native = self.wants_native.then(|| native(None, data.to_owned()));
        if !self.opening.has_begun() && !chunk.says_something() {
            for event in native.into_iter().chain(made) {
                self.opening.tell(event, out);
            }
            return Ok(());
        }
        self.opening.begin(out);
        out.extend(native);
        out.append(&mut made);
        Ok(())
    }

    fn has_ended(&self) -> bool {
        self.is_done
    }

    fn has_begun(&self) -> bool {
        self.opening.has_begun()
    }

    fn finish(&mut self, out: &mut Vec<TurnEvent>) -> Result<(), BrokenAnswer> {
        let has_calls = self.calls.count() > 0;
        let reason = match self.finish {
            None if !self.is_done => return Err(BrokenAnswer::Truncated),
            None | Some(FinishReason::Stop) if has_calls => FinishReason::ToolCalls,
            Some(FinishReason::ToolCalls) if !has_calls => FinishReason::Stop,
            reason => reason.unwrap_or(FinishReason::Stop),
        };
        self.opening.begin(out);
        self.end_thought(out);
        self.output.end(out);
        self.calls.end(out);
        out.extend(self.usage.take().map(TurnEvent::Usage));
        out.push(TurnEvent::Finish(reason));
        Ok(())
    }

    /// Every server says something of its own; that is no sign of anything.
    fn take_unknown(&mut self) -> Vec<Unknown> {
        Vec::new()
    }
}

fn finish_reason(word: &str) -> FinishReason {
    match word {
        "length" | "max_tokens" => FinishReason::Length,
        "content_filter" => FinishReason::ContentFilter,
        "tool_calls" | "function_call" => FinishReason::ToolCalls,
        _ => FinishReason::Stop,
    }
}
