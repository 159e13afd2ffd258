//! The events of a streamed response as they are written: numbered, named, and in order.
//!
//! Whole replies go the same way and tell nothing. Called by `response_answer` and `response_native`.

use std::borrow::Cow;

use openai::response_event::{ErrorEvent, ResponseEvent};
use serde_json::{Map, Value};

/// One event, ready to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Its name, as `response.created`.
    pub name: Cow<'static, str>,
    /// Its data.
    pub json: Vec<u8>,
}

impl Written {
    /// Appends the event as a stream has it.
    pub fn write(&self, out: &mut Vec<u8>) {
        let _infallible = sse::named_event(out, &self.name, |out| {
            out.extend_from_slice(&self.json);
            Ok::<(), ()>(())
        });
    }
}

/// Gathers what is told.
#[derive(Debug)]
pub(super) struct Told {
    is_heard: bool,
    next: u64,
    events: Vec<Written>,
}

impl Told {
    pub(super) fn new(is_heard: bool) -> Self {
        Self {
            is_heard,
            next: 0,
            events: Vec::new(),
        }
    }

    /// Whether anybody is told.
    pub(super) fn is_heard(&self) -> bool {
        self.is_heard
    }

    /// Tells an event; its number is set here.
    pub(super) fn tell(&mut self, mut event: ResponseEvent<'_>) {
        if !self.is_heard {
            return;
        }
        event.sequence_number = self.next;
        // Writing strings and numbers into memory cannot fail.
        let json = serde_json::to_vec(&event).unwrap_or_default();
        self.push(event.kind, json);
    }

    /// Tells what went wrong.
    pub(super) fn tell_error(&mut self, code: Option<&str>, message: &str, param: Option<&str>) {
        if !self.is_heard {
            return;
        }
        let event = ErrorEvent {
            kind: "error",
            sequence_number: self.next,
            code,
            message,
            param,
        };
        let json = serde_json::to_vec(&event).unwrap_or_default();
        self.push(event.kind, json);
    }

    /// Tells an event of upstream's; its number is set here.
    pub(super) fn tell_native(&mut self, mut event: Map<String, Value>) {
        if !self.is_heard {
            return;
        }
        event.insert("sequence_number".to_owned(), self.next.into());
        let name = event.get("type").and_then(Value::as_str);
        let name = name.unwrap_or_default().to_owned();
        self.push(name, Value::Object(event).to_string().into_bytes());
    }

    fn push(&mut self, name: impl Into<Cow<'static, str>>, json: Vec<u8>) {
        self.next += 1;
        self.events.push(Written {
            name: name.into(),
            json,
        });
    }

    /// What was told since the last time.
    pub(super) fn take(&mut self) -> Vec<Written> {
        std::mem::take(&mut self.events)
    }
}
