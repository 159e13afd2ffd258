//! Finds calls of tools in the text of an answer and makes them events.
//!
//! Called by `api` for every emulated answer, between the driver and the limits: before [`super::FormatKeeper`] and
//! [`crate::reply::output_limits::LimitKeeper`], so that neither sees a block as text.
//!
//! - Text before the first block is text. White space between blocks is dropped.
//! - Words after a block are dropped too, and counted: callers of tools read what stands before a
//!   call, if at all, and models that go on after a call mostly invent its result. To fail for
//!   that would throw away a good call.
//! - Where one call is allowed, the first counts; the model makes the next one when it has the
//!   result. Further ones are dropped and counted.
//! - A block that is not as agreed is never passed on as text; it is a [`Violation`].

use std::collections::VecDeque;
use std::sync::Arc;

use openai::chat_completion::FinishReason;

use super::argument_stream::ArgumentStream;
use super::block_opening::BlockOpening;
use super::call_block::CallBlock;
use super::call_output::CallOutput;
use super::grammar::BLANK;
use super::plan::Plan;
use super::violation::Violation;
use crate::turn::ToolKind;
use crate::turn_event::{Citation, TurnEvent};

/// When a call is passed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// When it is whole and as agreed. Nothing of a bad call is seen, so it can be repaired.
    Checked,
    /// A function's name and arguments as they arrive, where that is possible. What turns out to
    /// be wrong at the end has been sent by then: there is a violation, and the call never ends.
    Streamed,
}

/// What was left out of an answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Dropped {
    /// Words after a call.
    pub has_text: bool,
    /// Calls beyond the one that was allowed.
    pub calls: usize,
}

/// Finds the calls of one answer.
pub struct CallDetector {
    plan: Arc<Plan>,
    delivery: Delivery,
    output: CallOutput,
    citations: VecDeque<Citation>,
    reading: Reading,
    is_refused: bool,
}

/// How far the present text was read.
#[derive(Default)]
struct Reading {
    /// All of it, as the model wrote it.
    answer: String,
    opening: BlockOpening,
    block: Option<(CallBlock, ArgumentStream)>,
    has_block: bool,
    /// How many calls were as agreed.
    calls: usize,
    /// How many characters were passed on.
    passed: usize,
    dropped: Dropped,
    violations: Vec<Violation>,
}

impl CallDetector {
    /// Reads an answer by `plan`. `new_id` makes something unique for each call.
    pub fn new(
        plan: Arc<Plan>,
        delivery: Delivery,
        new_id: impl FnMut() -> String + Send + 'static,
    ) -> Self {
        Self {
            plan,
            delivery,
            output: CallOutput::new(Box::new(new_id)),
            citations: VecDeque::new(),
            reading: Reading::default(),
            is_refused: false,
        }
    }

    /// What is not as agreed, in order. Final once the answer is over; a rewritten answer begins
    /// with none.
    pub fn violations(&self) -> &[Violation] {
        &self.reading.violations
    }

    /// What was left out.
    pub fn dropped(&self) -> Dropped {
        self.reading.dropped
    }

    /// The text as the model wrote it, for [`super::repair_turn`].
    pub fn answer(&self) -> &str {
        &self.reading.answer
    }

    /// Replaces `events` by what they are with calls taken out of the text.
    pub fn apply(&mut self, events: &mut Vec<TurnEvent>) {
        if !self.plan.has_calls() {
            self.note(events);
            return;
        }
        for event in std::mem::take(events) {
            match event {
                TurnEvent::Text(text) => self.text(text, events),
                TurnEvent::Rewritten(text) => self.rewritten(text, events),
                TurnEvent::Citation(citation) => {
                    self.citations.push_back(citation);
                    self.cite(events);
                }
                TurnEvent::Finish(reason) => self.finish(reason, events),
                TurnEvent::Refusal(_) => {
                    self.is_refused = true;
                    events.push(event);
                }
                other => events.push(other),
            }
        }
    }

    /// Keeps the answer of which nothing is changed.
    fn note(&mut self, events: &[TurnEvent]) {
        for event in events {
            match event {
                TurnEvent::Text(text) => self.reading.answer.push_str(text),
                TurnEvent::Rewritten(text) => self.reading.answer.clone_from(text),
                _ => {}
            }
        }
    }

    /// The text counts anew; the calls in it are compared with what was sent.
    fn rewritten(&mut self, text: String, out: &mut Vec<TurnEvent>) {
        self.reading = Reading::default();
        self.citations.clear();
        self.output.restart();
        let mut read = Vec::new();
        self.text(text, &mut read);
        let mut kept = String::new();
        read.retain(|event| match event {
            TurnEvent::Text(text) => {
                kept.push_str(text);
                false
            }
            _ => true,
        });
        out.push(TurnEvent::Rewritten(kept));
        out.append(&mut read);
    }

    fn text(&mut self, text: String, out: &mut Vec<TurnEvent>) {
        self.reading.answer.push_str(&text);
        let mut rest = text;
        loop {
            if let Some((block, _)) = &mut self.reading.block {
                let behind = block.push(&rest).map(str::to_owned);
                self.stream_arguments(out);
                let Some(behind) = behind else { return };
                self.end_block(true, out);
                rest = behind;
            } else {
                let looked = self.reading.opening.push(&rest);
                self.pass(looked.text, out);
                let Some(inside) = looked.inside else { return };
                self.reading.block = Some((CallBlock::new(), ArgumentStream::new()));
                rest = inside;
            }
        }
    }

    /// Passes on text outside blocks.
    fn pass(&mut self, text: String, out: &mut Vec<TurnEvent>) {
        if self.reading.has_block {
            self.reading.dropped.has_text |= !text.trim_matches(BLANK).is_empty();
        } else if !text.is_empty() {
            self.reading.passed += text.chars().count();
            out.push(TurnEvent::Text(text));
            self.cite(out);
        }
    }

    /// Passes on the sources whose links were passed on whole.
    fn cite(&mut self, out: &mut Vec<TurnEvent>) {
        let passed = self.reading.passed;
        while let Some(citation) = self.citations.pop_front_if(|it| it.end <= passed) {
            out.push(TurnEvent::Citation(citation));
        }
    }

    /// Whether a further call is left out.
    fn is_enough(&self) -> bool {
        self.plan.has_one_call() && self.reading.calls > 0
    }

    fn stream_arguments(&mut self, out: &mut Vec<TurnEvent>) {
        if self.delivery == Delivery::Checked || self.is_enough() {
            return;
        }
        let Some((block, stream)) = &mut self.reading.block else {
            return;
        };
        let arrived = stream.advance(block.body());
        if let Some(name) = &arrived.name {
            let tool = self.plan.callable(name);
            if !tool.is_ok_and(|tool| tool.kind == ToolKind::Function) {
                // What is wrong with it is said at its end.
                stream.stop();
                return;
            }
            self.output.begin(name, ToolKind::Function, out);
        }
        if !arrived.piece.is_empty() {
            self.output.input(arrived.piece, out);
        }
    }

    fn end_block(&mut self, is_whole: bool, out: &mut Vec<TurnEvent>) {
        let Some((block, _)) = self.reading.block.take() else {
            return;
        };
        self.reading.opening = BlockOpening::default();
        self.reading.has_block = true;
        if self.is_enough() {
            self.reading.dropped.calls += 1;
            return;
        }
        let call = if is_whole {
            self.plan.check_call(block.body())
        } else {
            Err(Violation::CutCall)
        };
        match call {
            Ok(call) => {
                self.reading.calls += 1;
                self.output.complete(&call, out);
            }
            Err(violation) => {
                self.reading.violations.push(violation);
                self.output.leave();
            }
        }
    }

    fn finish(&mut self, reason: FinishReason, out: &mut Vec<TurnEvent>) {
        if let Some((block, _)) = &mut self.reading.block {
            let is_whole = block.finish();
            self.stream_arguments(out);
            self.end_block(is_whole, out);
        }
        let held = self.reading.opening.rest();
        self.pass(held, out);
        let has_calls = self.reading.calls > 0;
        let is_done = reason == FinishReason::Stop;
        if self.output.is_changed() {
            self.reading.violations.push(Violation::ChangedCall);
        }
        let is_missing = self.plan.requires_call() && !has_calls && !self.is_refused;
        if is_done && is_missing && self.reading.violations.is_empty() {
            self.reading.violations.push(Violation::MissingCall);
        }
        out.push(TurnEvent::Finish(if is_done && has_calls {
            FinishReason::ToolCalls
        } else {
            reason
        }));
    }
}

#[cfg(test)]
mod tests;
