//! The events of an answer on their way: each with its name and its number, in the order in which a
//! fault leaves them, and how the stream of them ends.

use std::sync::Arc;
use std::time::Duration;

use axum::response::Response;
use http::HeaderValue;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use serde_json::{Value, json};

use crate::frame::{Frame, FrameKind};
use crate::framing::Framing;
use crate::playback::{Ending, Performance};
use crate::simulator::State;

/// An event.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(crate) kind: FrameKind,
    /// The name on the `event:` line; chat completions have none.
    pub(crate) name: Option<&'static str>,
    pub(crate) data: Data,
}

/// What an event holds.
#[derive(Clone, Debug)]
pub(crate) enum Data {
    /// JSON, with its number among the events where those are counted.
    Counted(Value),
    Json(Value),
    /// A text that need not be JSON.
    Text(String),
}

/// A stream that can be sent.
#[derive(Clone, Debug)]
pub(crate) struct Stream {
    pub(crate) events: Vec<Event>,
    /// How many events come before the model does anything.
    pub(crate) preamble: usize,
    /// Which API it is.
    pub(crate) dialect: Dialect,
    pub(crate) ending: Ending,
    pub(crate) first_delay: Duration,
    /// Whether lines end in CR LF and writes end anywhere.
    pub(crate) oddly_written: bool,
}

/// The API that a stream is of.
#[derive(Clone, Debug)]
pub(crate) enum Dialect {
    /// Responses, and the response as it is when it fails.
    Responses(Box<super::object::Object>),
    Chat,
}

impl Event {
    /// An event of a response, named by its type.
    pub(crate) fn of(name: &'static str, mut data: Value) -> Self {
        let kind = if name.rsplit('.').next() == Some("delta") {
            FrameKind::Delta
        } else {
            FrameKind::Side
        };
        data["type"] = json!(name);
        Self {
            kind,
            name: Some(name),
            data: Data::Counted(data),
        }
    }
}

impl Stream {
    /// Events and nothing unusual.
    pub(crate) fn new(events: Vec<Event>, preamble: usize, dialect: Dialect) -> Self {
        Self {
            events,
            preamble,
            dialect,
            ending: Ending::Close,
            first_delay: Duration::ZERO,
            oddly_written: false,
        }
    }

    /// The response that sends it.
    pub(crate) fn response(self, state: &State) -> Response {
        let framing = self.framing(&state.options.framing);
        let performance = Performance {
            frames: frames(self.events),
            ending: self.ending,
            first_delay: self.first_delay,
        };
        let open = Arc::new(state.open_streams.open());
        let body = performance.body(state.options.pace, &framing, open);
        let mut response = Response::new(body);
        let headers = response.headers_mut();
        let kind = HeaderValue::from_static("text/event-stream; charset=utf-8");
        headers.insert(CONTENT_TYPE, kind);
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        response
    }

    fn framing(&self, framing: &Framing) -> Framing {
        let mut framing = framing.clone();
        if self.oddly_written {
            framing.crlf = true;
            framing.split_every = Some(7);
        }
        framing
    }
}

/// The events as they are sent, counted.
fn frames(events: Vec<Event>) -> Vec<Frame> {
    let mut number = 0;
    let frame = |event: Event| {
        let data = match event.data {
            Data::Counted(mut data) => {
                data["sequence_number"] = json!(number);
                number += 1;
                data.to_string()
            }
            Data::Json(data) => data.to_string(),
            Data::Text(text) => text,
        };
        Frame {
            kind: event.kind,
            event: event.name,
            data,
        }
    };
    events.into_iter().map(frame).collect()
}
