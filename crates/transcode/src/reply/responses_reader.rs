//! The events of the Responses protocol as [`TurnEvent`]s, from the Codex backend or any other
//! server that speaks it.
//!
//! The answer is built from the events of its items; what came only when an item was done, or
//! only at the end, is still told once. Called by `upstream`'s drivers.

mod call_items;
mod ending;
mod event;
mod items;
mod steps;
mod text_items;

use chatgpt::codex_limits::windows_in_event;
use chatgpt::known::{Unknown, UnknownKind};
use chatgpt::limits::LimitsReport;
use openai::chat_completion::FinishReason;
use serde_json::Value;

use super::answer_output::AnswerOutput;
use super::answer_reader::{
    AnswerFault, AnswerReader, BrokenAnswer, MAX_MALFORMED, Opening, ReadingOptions, native,
};
use super::unknown_events::UnknownEvents;
use crate::account_mark::AccountMark;
use crate::turn_event::{Identity, TurnEvent};
use event::{Event, is_known, is_opening};
use items::{Items, PartKind};

/// Reads one answer.
#[derive(Debug)]
pub struct ResponsesReader {
    mark: AccountMark,
    wants_native: bool,
    now: u64,
    opening: Opening,
    output: AnswerOutput,
    items: Items,
    model: Option<String>,
    finish: Option<FinishReason>,
    malformed: usize,
    unknown: UnknownEvents,
}

impl ResponsesReader {
    /// A reader of one answer.
    pub fn new(options: ReadingOptions) -> Self {
        Self {
            mark: options.mark,
            wants_native: options.wants_native,
            now: options.now,
            opening: Opening::new(options.head),
            output: AnswerOutput::new(options.style),
            items: Items::default(),
            model: None,
            finish: None,
            malformed: 0,
            unknown: UnknownEvents::default(),
        }
    }

    fn dispatch(
        &mut self,
        kind: &str,
        event: &Event<'_>,
        out: &mut Vec<TurnEvent>,
    ) -> Result<(), BrokenAnswer> {
        match kind {
            "response.output_text.delta" => self.delta(PartKind::Text, event, out),
            "response.output_text.done" => self.whole(PartKind::Text, event, out),
            "response.refusal.delta" => self.delta(PartKind::Refusal, event, out),
            "response.refusal.done" => self.whole(PartKind::Refusal, event, out),
            "response.reasoning_summary_text.delta" => self.delta(PartKind::Summary, event, out),
            "response.reasoning_summary_text.done" => self.whole(PartKind::Summary, event, out),
            "response.reasoning_text.delta" => self.delta(PartKind::Reasoning, event, out),
            "response.reasoning_text.done" => self.whole(PartKind::Reasoning, event, out),
            "response.output_text.annotation.added" => self.annotated(event, out),
            "response.function_call_arguments.delta" | "response.custom_tool_call_input.delta" => {
                self.input_delta(event, out);
            }
            "response.function_call_arguments.done" | "response.custom_tool_call_input.done" => {
                self.input_whole(event, out);
            }
            "response.image_generation_call.partial_image" => self.preview(event, out),
            "response.output_item.added" => self.item_added(event, out),
            "response.output_item.done" => {
                let index = event.output_index.0;
                self.item_done(index, &event.item, out);
            }
            "response.created" | "response.in_progress" | "response.queued" => {
                self.identify(&event.response, out);
            }
            "response.completed" | "response.done" | "response.incomplete" => {
                self.completed(kind, &event.response, out);
            }
            "response.failed" | "response.cancelled" => {
                let error = &event.response["error"];
                return Err(BrokenAnswer::Reported(AnswerFault::read(error, self.now)));
            }
            "error" => return Err(self.reported(event)),
            "codex.rate_limits" => self.limited(event, out),
            kind if is_known(kind) => {}
            kind => self.unknown.note(UnknownKind::EventType, kind),
        }
        Ok(())
    }

    fn reported(&self, event: &Event<'_>) -> BrokenAnswer {
        let mut fault = AnswerFault::read(&event.error, self.now);
        let told = [event.message.as_deref(), event.code.as_deref()];
        if let (true, Some(message)) = (fault.message.is_empty(), told[0]) {
            message.clone_into(&mut fault.message);
        }
        fault.code = fault.code.or_else(|| told[1].map(str::to_owned));
        BrokenAnswer::Reported(fault)
    }

    fn limited(&mut self, event: &Event<'_>, out: &mut Vec<TurnEvent>) {
        let windows = windows_in_event(&event.limits(), self.now);
        if !windows.is_empty() {
            let report = LimitsReport {
                windows,
                ..LimitsReport::default()
            };
            self.opening.tell(TurnEvent::Limits(report), out);
        }
    }

    fn identify(&mut self, response: &Value, out: &mut Vec<TurnEvent>) {
        let model = response["model"].as_str().filter(|it| !it.is_empty());
        if model.is_some() && model != self.model.as_deref() {
            self.model = model.map(str::to_owned);
            let identity = Identity {
                model: self.model.clone(),
                ..Identity::default()
            };
            self.opening.tell(TurnEvent::Identity(identity), out);
        }
    }

    /// The event with the account's mark before all that is sealed in it.
    fn native_data(&self, data: &str) -> String {
        if !data.contains("\"encrypted_content\"") {
            return data.to_owned();
        }
        let Ok(mut value) = serde_json::from_str::<Value>(data) else {
            return data.to_owned();
        };
        self.mark.put_everywhere(&mut value);
        value.to_string()
    }

    fn pass_over(&mut self, error: &serde_json::Error) -> Result<(), BrokenAnswer> {
        if error.is_data() {
            return Ok(());
        }
        self.malformed += 1;
        if self.malformed > MAX_MALFORMED {
            return Err(BrokenAnswer::Malformed);
        }
        Ok(())
    }
}

impl AnswerReader for ResponsesReader {
    fn read(
        &mut self,
        name: Option<&str>,
        data: &str,
        out: &mut Vec<TurnEvent>,
    ) -> Result<(), BrokenAnswer> {
        if self.finish.is_some() || data.is_empty() || data == "[DONE]" {
            return Ok(());
        }
        let event: Event<'_> = match serde_json::from_str(data) {
            Ok(event) => event,
            Err(error) => return self.pass_over(&error),
        };
        let kind = event.kind.said().or(name).unwrap_or_default();
        let native = (self.wants_native && kind.starts_with("response."))
            .then(|| native(Some(kind), self.native_data(data)));
        if is_opening(kind) {
            if let Some(native) = native {
                self.opening.tell(native, out);
            }
            return self.dispatch(kind, &event, out);
        }
        let mut made = Vec::new();
        self.dispatch(kind, &event, &mut made)?;
        self.opening.begin(out);
        out.extend(native);
        out.append(&mut made);
        Ok(())
    }

    fn has_ended(&self) -> bool {
        self.finish.is_some()
    }

    fn has_begun(&self) -> bool {
        self.opening.has_begun()
    }

    fn finish(&mut self, out: &mut Vec<TurnEvent>) -> Result<(), BrokenAnswer> {
        let Some(reason) = self.finish else {
            return Err(BrokenAnswer::Truncated);
        };
        out.push(TurnEvent::Finish(reason));
        Ok(())
    }

    fn take_unknown(&mut self) -> Vec<Unknown> {
        self.unknown.take()
    }
}
