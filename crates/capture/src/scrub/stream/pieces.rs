//! What becomes of a stream's texts, when one text comes in several pieces.
//!
//! A shape needs to know only what came before. A text whose words are kept needs its end as
//! well: half a token does not look like one; so the whole stream is read first. Called by
//! `stream`.

use std::collections::HashMap;

use chatgpt::delta::DeltaReader;
use serde_json::Value;

use super::{Carried, is_delta, place_of};
use crate::exchange::Event;
use crate::scrub::Scrubber;
use crate::scrub::json_text::{self, Node};
use crate::scrub::shape::{Shaper, shape};

/// The texts of one stream.
pub(super) struct Pieces<'a> {
    scrubber: &'a Scrubber,
    /// What the texts are in the end; only where words are kept.
    finals: Option<Finals>,
    shapers: HashMap<(usize, String), (usize, Shaper)>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Document {
    Channel(usize),
    Message(String),
}

#[derive(Default)]
struct Finals {
    documents: HashMap<Document, Value>,
    /// By document and path.
    texts: HashMap<(Document, String), FinalText>,
}

/// A text in the end, and how far it has been handed out.
struct FinalText {
    raw: String,
    scrubbed: String,
    raw_end: usize,
    scrubbed_end: usize,
}

impl<'a> Pieces<'a> {
    pub(super) fn new(scrubber: &'a Scrubber, events: &[Event]) -> Self {
        Self {
            scrubber,
            finals: scrubber.keeps_text.then(|| Finals::of(events)),
            shapers: HashMap::new(),
        }
    }

    /// A text that comes whole.
    pub(super) fn whole(&self, text: &str) -> String {
        self.scrubber.written(text)
    }

    /// A text of a message as it is so far.
    pub(super) fn of_snapshot(&mut self, message: &str, place: &[String], text: &str) -> String {
        // The document is the message; its place begins with that word.
        let place = place.get(1..).unwrap_or_default();
        self.known(Document::Message(message.to_owned()), place, "", text)
    }

    /// A text of a channel's document as it is so far.
    pub(super) fn of_document(&mut self, channel: usize, place: &[String], text: &str) -> String {
        self.known(Document::Channel(channel), place, "", text)
    }

    /// A piece of text that follows `before`.
    pub(super) fn appended(&mut self, at: &Carried, before: &str, piece: &str) -> String {
        if self.finals.is_none() {
            return self.shaped(at, before, piece);
        }
        let document = Document::Channel(at.channel);
        self.known(document, &place_of(&at.path), before, piece)
    }

    /// The shape of a piece that follows `before`.
    pub(super) fn shaped(&mut self, at: &Carried, before: &str, piece: &str) -> String {
        let (length, shaper) = self
            .shapers
            .entry((at.channel, at.path.clone()))
            .or_default();
        if *length != before.len() {
            *shaper = Shaper::default();
            shaper.piece(before);
        }
        *length = before.len() + piece.len();
        shaper.piece(piece)
    }

    fn known(&mut self, document: Document, place: &[String], before: &str, text: &str) -> String {
        let Some(finals) = &mut self.finals else {
            return shape(text);
        };
        // A text that became another one cannot be judged by its end.
        finals
            .part(self.scrubber, document, place, before, text)
            .unwrap_or_else(|| shape(text))
    }
}

impl Finals {
    fn of(events: &[Event]) -> Self {
        let mut deltas = DeltaReader::default();
        let mut documents = HashMap::new();
        for event in events {
            let Some(node) = json_text::parse(&event.data) else {
                continue;
            };
            if is_delta(event.name.as_deref(), &node) {
                // What does not fit changes nothing, here as in every reader.
                let _ = deltas.apply(&event.data);
            } else if let Some(message) = node.get("message")
                && let Some(id) = message.get("id").and_then(Node::text)
                && let Ok(value) = serde_json::from_str(&event.data[message.span.clone()])
            {
                documents.insert(Document::Message(id.to_owned()), value);
            }
        }
        let channels = deltas.documents().enumerate();
        documents.extend(channels.map(|(at, it)| (Document::Channel(at), it.clone())));
        Self {
            documents,
            texts: HashMap::new(),
        }
    }

    /// What becomes of `text`, if it follows `before` in what is there in the end.
    fn part(
        &mut self,
        scrubber: &Scrubber,
        document: Document,
        place: &[String],
        before: &str,
        text: &str,
    ) -> Option<String> {
        let key = (document, place.join("/"));
        if !self.texts.contains_key(&key) {
            let raw = string_at(self.documents.get(&key.0)?, place)?.to_owned();
            let written = scrubber.written(&raw);
            let text = FinalText {
                raw,
                scrubbed: written,
                raw_end: 0,
                scrubbed_end: 0,
            };
            self.texts.insert(key.clone(), text);
        }
        let known = self.texts.get_mut(&key)?;
        if before.len() != known.raw_end {
            known.raw.strip_prefix(before)?;
            known.raw_end = before.len();
            known.scrubbed_end = bytes_of(&known.scrubbed, before.chars().count());
        }
        known.raw.get(known.raw_end..)?.strip_prefix(text)?;
        let rest = &known.scrubbed[known.scrubbed_end..];
        let length = bytes_of(rest, text.chars().count());
        let part = rest[..length].to_owned();
        known.raw_end += text.len();
        known.scrubbed_end += length;
        Some(part)
    }
}

/// How many bytes the first characters of `text` take.
fn bytes_of(text: &str, characters: usize) -> usize {
    let mut ends = text.char_indices().map(|(at, _)| at);
    ends.nth(characters).unwrap_or(text.len())
}

/// The string at `place` of a document.
fn string_at<'v>(document: &'v Value, place: &[String]) -> Option<&'v str> {
    let mut value = document;
    for key in place {
        value = match value {
            Value::Object(members) => members.get(key)?,
            Value::Array(items) => items.get(key.parse::<usize>().ok()?)?,
            _ => return None,
        };
    }
    value.as_str()
}
