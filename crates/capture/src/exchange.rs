//! One exchange of a capture: a request and its answer, without anything secret or personal.
//!
//! A file of the capture's folder each. Made by `scrub`; read by `report` and by whoever plays
//! a capture again.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A request and its answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Exchange {
    /// `POST`, for example.
    pub method: String,
    /// The path with its ids replaced, as `/backend-api/conversation/{id}`.
    pub path: String,
    /// The query, values scrubbed.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub query: BTreeMap<String, String>,
    /// The headers that may be kept.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub request_headers: BTreeMap<String, String>,
    /// The body of the request.
    #[serde(default)]
    pub request: Body,
    /// The status of the answer.
    pub status: u16,
    /// The headers that may be kept.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub response_headers: BTreeMap<String, String>,
    /// The body of the answer.
    #[serde(default)]
    pub response: Body,
    /// How the answer ended.
    #[serde(default)]
    pub ending: Ending,
}

/// A body.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Body {
    /// There is none.
    #[default]
    Empty,
    /// JSON.
    Json(Value),
    /// An event stream.
    Events(EventStream),
    /// Anything else is not kept.
    Other {
        /// Its media type.
        content_type: String,
        /// Its size.
        bytes: usize,
    },
}

/// An event stream.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct EventStream {
    /// The events in order.
    pub events: Vec<Event>,
    /// The sizes of the pieces the network brought, in bytes, before scrubbing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pieces: Vec<usize>,
    /// Bytes after the last whole event, which are not kept.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub unread_bytes: usize,
}

/// One event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Its `event:` name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its data, spaced and padded as it came.
    pub data: String,
}

/// How an answer ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// It was read to its end.
    #[default]
    Complete,
    /// The connection broke.
    Broken,
    /// Nobody wanted the rest.
    Left,
}

impl Exchange {
    /// The name of its file, as the `number`th of the session.
    pub fn file_name(&self, number: usize) -> String {
        let kept =
            |it: char| it.is_ascii_alphanumeric() || matches!(it, '-' | '_' | '.' | '{' | '}');
        let words: Vec<String> = self
            .path
            .split('/')
            .filter(|part| !part.is_empty())
            .map(|part| part.chars().filter(|it| kept(*it)).collect::<String>())
            .collect();
        let path = words.join("-").replace(['{', '}'], "");
        format!("{number:04}-{}-{path}.json", self.method)
    }
}

impl EventStream {
    /// The stream as bytes.
    pub fn bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        for event in &self.events {
            if let Some(name) = &event.name {
                out.extend_from_slice(format!("event: {name}\n").as_bytes());
            }
            for line in event.data.split('\n') {
                out.extend_from_slice(format!("data: {line}\n").as_bytes());
            }
            out.push(b'\n');
        }
        out
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the form serde asks for")]
fn is_zero(number: &usize) -> bool {
    *number == 0
}
