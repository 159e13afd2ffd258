//! Keeps an answer that has to be JSON to its form.
//!
//! Called by `api` behind [`super::CallDetector`], whose violations come first: an answer with a bad
//! call is no JSON either. The text is held until it is whole, in a stream
//! too: JSON can only be checked whole, and what was sent cannot be repaired. White space and one
//! fence around it are taken away, the rest stays as the model wrote it. An answer that calls
//! tools, is refused or is cut is passed on as it is.

use std::ops::Range;
use std::sync::Arc;

use openai::chat_completion::FinishReason;

use super::grammar::{self, BLANK};
use super::plan::Plan;
use super::violation::Violation;
use crate::turn_event::{Citation, TurnEvent};

/// Keeps the form of one answer.
#[derive(Debug)]
pub struct FormatKeeper {
    plan: Arc<Plan>,
    answer: String,
    citations: Vec<Citation>,
    /// Whether the form is no longer looked at.
    is_free: bool,
    violation: Option<Violation>,
}

impl FormatKeeper {
    /// Keeps what `plan` says of the form.
    pub fn new(plan: Arc<Plan>) -> Self {
        Self {
            is_free: !plan.has_format(),
            plan,
            answer: String::new(),
            citations: Vec::new(),
            violation: None,
        }
    }

    /// What is not as agreed, once the answer is over; its text was then passed on to nobody.
    pub fn violation(&self) -> Option<&Violation> {
        self.violation.as_ref()
    }

    /// Replaces `events` by those without the text, and at the end by those with it.
    pub fn apply(&mut self, events: &mut Vec<TurnEvent>) {
        if self.is_free {
            return;
        }
        for event in std::mem::take(events) {
            if self.is_free {
                events.push(event);
                continue;
            }
            match event {
                TurnEvent::Text(text) => self.answer.push_str(&text),
                TurnEvent::Rewritten(text) => {
                    self.answer = text;
                    self.citations.clear();
                }
                TurnEvent::Citation(citation) => self.citations.push(citation),
                TurnEvent::Finish(FinishReason::Stop) => {
                    self.finish(events);
                    events.push(event);
                }
                TurnEvent::Finish(_) | TurnEvent::ToolCall(_) | TurnEvent::Refusal(_) => {
                    self.release(events);
                    events.push(event);
                }
                other => events.push(other),
            }
        }
    }

    /// Passes on what was held, unchecked.
    fn release(&mut self, out: &mut Vec<TurnEvent>) {
        self.is_free = true;
        if !self.answer.is_empty() {
            out.push(TurnEvent::Text(self.answer.clone()));
        }
        out.extend(self.citations.drain(..).map(TurnEvent::Citation));
    }

    fn finish(&mut self, out: &mut Vec<TurnEvent>) {
        self.is_free = true;
        let place = unfenced(&self.answer);
        let json = &self.answer[place.clone()];
        if let Err(violation) = self.plan.check_answer(json) {
            self.violation = Some(violation);
            return;
        }
        let (before, length) = (
            self.answer[..place.start].chars().count(),
            json.chars().count(),
        );
        out.push(TurnEvent::Text(json.to_owned()));
        // Positions count from the beginning of what is left.
        let inside = self.citations.drain(..).filter_map(|it| {
            let (start, end) = (it.start.checked_sub(before)?, it.end.checked_sub(before)?);
            (end <= length).then_some(Citation { start, end, ..it })
        });
        out.extend(inside.map(TurnEvent::Citation));
    }
}

/// Where the JSON of an answer is, without white space and the one fence around it.
fn unfenced(answer: &str) -> Range<usize> {
    let whole = trimmed(answer, 0..answer.len());
    match inside_fence(&answer[whole.clone()]) {
        Some(inside) => {
            let at = whole.start;
            trimmed(answer, at + inside.start..at + inside.end)
        }
        None => whole,
    }
}

fn trimmed(text: &str, range: Range<usize>) -> Range<usize> {
    let part = &text[range.clone()];
    let start = range.start + part.len() - part.trim_start_matches(BLANK).len();
    start..start + part.trim_matches(BLANK).len()
}

/// Where the inside is of the one fence that is all of `text`.
fn inside_fence(text: &str) -> Option<Range<usize>> {
    let (opening, rest) = text.split_once('\n')?;
    let info = opening.strip_prefix("```")?.trim_matches(BLANK);
    let is_json = info.is_empty() || info.eq_ignore_ascii_case("json");
    let (_, closing) = rest.rsplit_once('\n')?;
    let is_fence = is_json && grammar::is_closing(closing);
    is_fence.then(|| opening.len() + 1..text.len() - closing.len() - 1)
}

#[cfg(test)]
mod tests;
