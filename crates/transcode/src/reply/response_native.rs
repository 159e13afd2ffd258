//! An answer of an upstream that speaks the Responses protocol itself: its events passed on with all
//! that this program does not know, and its response as it is.
//!
//! Only what the gateway answers for is its own: the id, the numbers of the events, and what was
//! asked of it about keeping. Called by `api`.

use std::collections::BTreeMap;

use openai::chat_completion::FinishReason;
use serde_json::{Map, Value, json};

use super::response_answer::{Ending, ResponseAnswer};
use super::response_told::{Told, Written};
use crate::turn_event::TurnEvent;

/// What a response says of its request that upstream is not asked for, or not asked in that way.
const OURS: [&str; 4] = [
    "background",
    "conversation",
    "previous_response_id",
    "store",
];

/// Passes one answer on.
#[derive(Debug)]
pub struct NativeAnswer {
    told: Told,
    /// What stays ours in the response.
    ours: Map<String, Value>,
    /// Whether its beginning was told before upstream answered.
    was_queued: bool,
    response: Map<String, Value>,
    /// Items that are done, by their place.
    output: BTreeMap<u64, Value>,
    /// The last event, which waits until the answer is kept.
    last: Option<Map<String, Value>>,
    is_over: bool,
}

impl NativeAnswer {
    /// Goes on from an answer that has not begun.
    pub fn new(answer: ResponseAnswer) -> Self {
        let (response, told) = answer.into_parts();
        let response = serde_json::to_value(&response).unwrap_or_default();
        let response = match response {
            Value::Object(members) => members,
            _ => Map::new(),
        };
        let ours = OURS.into_iter().chain(["id"]).filter_map(|name| {
            let value = response.get(name)?.clone();
            Some((name.to_owned(), value))
        });
        Self {
            ours: ours.collect(),
            was_queued: response.get("status") == Some(&json!("queued")),
            told,
            response,
            output: BTreeMap::new(),
            last: None,
            is_over: false,
        }
    }

    /// Takes one event; those beside upstream's own say the same.
    pub fn take(&mut self, event: &TurnEvent) {
        if let TurnEvent::Native(event) = event
            && !self.is_over
            && let Ok(Value::Object(members)) = serde_json::from_str(&event.data)
        {
            self.pass(members);
        }
    }

    fn pass(&mut self, mut event: Map<String, Value>) {
        let kind = event
            .get("type")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let kind = kind.to_owned();
        if let Some(Value::Object(response)) = event.get_mut("response") {
            response.extend(self.ours.clone());
            self.response.clone_from(response);
        }
        if let Some(id) = event.get_mut("response_id") {
            *id = self.ours.get("id").cloned().unwrap_or_default();
        }
        match kind.as_str() {
            "response.created" | "response.queued" if self.was_queued => return,
            "response.output_item.done" => {
                let place = event.get("output_index").and_then(Value::as_u64);
                let place = place.unwrap_or(self.output.len() as u64);
                self.output.insert(place, event["item"].clone());
            }
            "response.completed" | "response.incomplete" | "response.done" => {
                self.last = Some(event);
                return;
            }
            _ => {}
        }
        self.told.tell_native(event);
    }

    /// Ends the answer; `now` in Unix seconds.
    pub fn end(&mut self, ending: Ending<'_>, now: u64) {
        if std::mem::replace(&mut self.is_over, true) {
            return;
        }
        match ending {
            Ending::Finished(reason) => match self.last.take() {
                Some(event) => self.told.tell_native(event),
                None => self.cut(reason, now),
            },
            Ending::Failed {
                code,
                detail,
                message,
                param,
            } => {
                self.told.tell_error(Some(detail), message, param);
                let error = json!({"code": code, "message": message});
                self.response.insert("error".to_owned(), error);
                self.close("failed", "response.failed");
            }
            Ending::Cancelled => self.close("cancelled", "response.failed"),
        }
    }

    /// Upstream did not come to its own end: a limit kept here was met.
    fn cut(&mut self, reason: FinishReason, now: u64) {
        let reason = match reason {
            FinishReason::Stop | FinishReason::ToolCalls => {
                self.response.insert("completed_at".to_owned(), now.into());
                return self.close("completed", "response.completed");
            }
            FinishReason::Length => "max_output_tokens",
            FinishReason::ContentFilter => "content_filter",
        };
        let details = json!({"reason": reason});
        self.response
            .insert("incomplete_details".to_owned(), details);
        self.close("incomplete", "response.incomplete");
    }

    fn close(&mut self, status: &str, kind: &str) {
        self.response.insert("status".to_owned(), status.into());
        let output = self.kept_output();
        self.response.insert("output".to_owned(), output.into());
        let event = json!({"type": kind, "response": self.response});
        if let Value::Object(event) = event {
            self.told.tell_native(event);
        }
    }

    /// What was told since the last time.
    pub fn take_written(&mut self) -> Vec<Written> {
        self.told.take()
    }

    /// The response so far.
    pub fn body(&self) -> Value {
        Value::Object(self.response.clone())
    }

    /// The items so far: those of the response, or else those that are done.
    pub fn kept_output(&self) -> Vec<Value> {
        match self.response.get("output") {
            Some(Value::Array(items)) if !items.is_empty() => items.clone(),
            _ => self.output.values().cloned().collect(),
        }
    }
}

#[cfg(test)]
mod tests;
