//! The events of a message: its one part, piece by piece.

use serde_json::{Value, json};

use super::Place;
use crate::pieces;
use crate::responses::item;
use crate::responses::stream::Event;

/// How many words go into a piece of a long text.
const WORDS_EACH: usize = 8;

/// The pieces a text comes in.
pub(crate) fn deltas(text: &str) -> Vec<&str> {
    const LONG: usize = 2000;
    if text.len() > LONG {
        pieces::phrases(text, WORDS_EACH)
    } else {
        pieces::words(text)
    }
}

/// Words, and then their sources.
pub(super) fn text(place: &Place<'_>, text: &str, part: &Value, events: &mut Vec<Event>) {
    let empty = json!({"content_index": 0, "part": item::text_part("", &[])});
    events.push(place.event("response.content_part.added", empty));
    for piece in deltas(text) {
        let data = json!({"content_index": 0, "delta": piece, "logprobs": []});
        events.push(place.event("response.output_text.delta", data));
    }
    let annotations = part["annotations"].as_array().into_iter().flatten();
    for (index, annotation) in annotations.enumerate() {
        let data = json!({"content_index": 0, "annotation_index": index, "annotation": annotation});
        events.push(place.event("response.output_text.annotation.added", data));
    }
    let done = json!({"content_index": 0, "text": text, "logprobs": []});
    events.push(place.event("response.output_text.done", done));
    let done = json!({"content_index": 0, "part": part});
    events.push(place.event("response.content_part.done", done));
}

/// A refusal.
pub(super) fn refusal(place: &Place<'_>, text: &str, events: &mut Vec<Event>) {
    let part =
        |text: &str| json!({"content_index": 0, "part": {"type": "refusal", "refusal": text}});
    events.push(place.event("response.content_part.added", part("")));
    for piece in deltas(text) {
        let data = json!({"content_index": 0, "delta": piece});
        events.push(place.event("response.refusal.delta", data));
    }
    let done = json!({"content_index": 0, "refusal": text});
    events.push(place.event("response.refusal.done", done));
    events.push(place.event("response.content_part.done", part(text)));
}
