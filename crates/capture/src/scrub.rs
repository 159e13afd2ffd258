//! Takes everything secret and personal out of an exchange, and leaves what shows its form.
//!
//! Pure: the session's key makes the same stand-ins for the same ids, and nothing else is
//! remembered from one exchange to the next. Called by whoever records, before anything is
//! written.

mod address;
mod headers;
mod json_text;
mod policy;
mod pseudonym;
mod secret_words;
mod shape;
mod stream;
mod visit;
mod word;

use serde_json::Value;

use crate::exchange::{Body, Exchange};
use crate::raw_exchange::{RawExchange, RawMessage};
use json_text::Edits;
use policy::Policy;
use pseudonym::{Pseudonyms, UUID_LENGTH, is_uuid};
use shape::{masked, shape};
use visit::Visit;

/// What stands in the place of a secret.
const SCRUBBED: &str = "scrubbed";

/// The end of the name of a GPT's action, whose beginning names somebody's server.
const ACTION: &str = "__jit_plugin";

/// What clients send where they have no token.
const NO_TOKEN: &str = "no-token";

/// Scrubs the exchanges of one session.
#[derive(Clone)]
pub struct Scrubber {
    pseudonyms: Pseudonyms,
    keeps_text: bool,
}

impl Scrubber {
    /// `key` is random, and forgotten when the session ends; with `keeps_text` what people and
    /// models wrote stays, but for tokens, addresses and long numbers.
    pub fn new(key: [u8; 32], keeps_text: bool) -> Self {
        Self {
            pseudonyms: Pseudonyms::new(key),
            keeps_text,
        }
    }

    /// The exchange as a capture may hold it.
    pub fn exchange(&self, raw: &RawExchange) -> Exchange {
        let (path, query) = raw.target.split_once('?').unwrap_or((&raw.target, ""));
        Exchange {
            method: raw.method.clone(),
            path: address::template(path),
            query: self.query(query),
            request_headers: headers::kept(&raw.request.headers),
            request: self.body(&raw.request),
            status: raw.status,
            response_headers: headers::kept(&raw.response.headers),
            response: self.body(&raw.response),
            ending: raw.ending,
        }
    }

    fn body(&self, message: &RawMessage) -> Body {
        let headers = headers::kept(&message.headers);
        let content_type = headers.get("content-type").cloned().unwrap_or_default();
        if message.body.is_empty() && message.size == 0 {
            return Body::Empty;
        }
        let is_whole = message.body.len() == message.size;
        if content_type.starts_with("text/event-stream") {
            return Body::Events(self.events(message));
        }
        if is_whole && let Some(value) = self.json_body(&message.body) {
            return Body::Json(value);
        }
        Body::Other {
            content_type,
            bytes: message.size,
        }
    }

    fn json_body(&self, bytes: &[u8]) -> Option<Value> {
        let text = str::from_utf8(bytes).ok()?;
        serde_json::from_str(&self.json(text)?).ok()
    }

    /// Scrubbed JSON, spaced and escaped as it came; `None` for what is not JSON.
    pub fn json(&self, text: &str) -> Option<String> {
        let node = json_text::parse(text)?;
        let mut edits = Edits::default();
        let mut visit = Visit {
            scrubber: self,
            text,
            edits: &mut edits,
            written: &mut |_, text| self.written(text),
        };
        visit.value(&node, &mut Vec::new());
        Some(edits.apply(text))
    }

    /// What a person or a model wrote.
    fn written(&self, text: &str) -> String {
        if !self.keeps_text {
            return shape(text);
        }
        let mut out = String::with_capacity(text.len());
        let mut at = 0;
        for span in secret_words::find(text) {
            out.push_str(&text[at..span.start]);
            out.extend(text[span.clone()].chars().map(masked));
            at = span.end;
        }
        out.push_str(&text[at..]);
        out
    }

    /// A string at a place with this policy.
    fn string(&self, policy: Policy, text: &str) -> String {
        match policy {
            Policy::Word => self.word(text),
            Policy::Unknown => self.unknown(text),
            Policy::Id => self.id(text),
            Policy::Secret if text.is_empty() || text == NO_TOKEN => text.to_owned(),
            Policy::Secret => SCRUBBED.to_owned(),
            Policy::Text => self.written(text),
            Policy::Sentence => word::sentence(text),
            Policy::Address => self.address(text),
            Policy::Difficulty if is_difficulty(text) => text.to_owned(),
            Policy::Time if is_time(text) => text.to_owned(),
            Policy::Personal | Policy::Difficulty | Policy::Time => shape(text),
        }
    }

    fn word(&self, text: &str) -> String {
        if let Some(action) = text.strip_suffix(ACTION) {
            return format!("{}{ACTION}", shape(action));
        }
        if word::looks_like_enum(text) {
            return text.to_owned();
        }
        self.unknown(text)
    }

    fn unknown(&self, text: &str) -> String {
        if word::is_of_vocabulary(text) {
            text.to_owned()
        } else if is_uuid(text) {
            self.pseudonyms.uuid(text)
        } else if pseudonym::has_prefix(text) && word_like(text) {
            self.pseudonyms.id(text)
        } else {
            shape(text)
        }
    }

    /// An id, or several ids and words joined to one.
    fn id(&self, text: &str) -> String {
        let starts = (0..(text.len() + 1).saturating_sub(UUID_LENGTH)).find(|at| {
            let end = at + UUID_LENGTH;
            text.get(*at..end).is_some_and(is_uuid)
        });
        if let Some(at) = starts {
            let (before, rest) = text.split_at(at);
            let (uuid, after) = rest.split_at(UUID_LENGTH);
            let uuid = self.pseudonyms.uuid(uuid);
            return format!("{}{uuid}{}", self.id(before), self.id(after));
        }
        if text.is_empty() || word::is_of_vocabulary(text) {
            return text.to_owned();
        }
        self.pseudonyms.id(text)
    }

    /// A key of an object.
    fn key(&self, key: &str) -> String {
        if word::is_key(key) || policy::is_index(key) && key.len() <= visit::MAX_PLAIN_DIGITS {
            key.to_owned()
        } else {
            self.id(key)
        }
    }
}

impl std::fmt::Debug for Scrubber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Scrubber")
            .field("keeps_text", &self.keeps_text)
            .finish_non_exhaustive()
    }
}

fn word_like(text: &str) -> bool {
    let is_in_id = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    text.bytes().all(is_in_id)
}

fn is_difficulty(text: &str) -> bool {
    text.len() <= 8 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn is_time(text: &str) -> bool {
    let is_in_time = |byte: u8| byte.is_ascii_digit() || b"-:+.TZ ".contains(&byte);
    let has_hyphen = |at: usize| text.as_bytes().get(at) == Some(&b'-');
    text.len() <= 32 && has_hyphen(4) && has_hyphen(7) && text.bytes().all(is_in_time)
}
