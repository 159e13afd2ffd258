//! Plays a script without a simulator around it, and finds things in what it told.

use serde_json::Value;
use simulator::{Encoding, Framing, RenderRequest, render};

use crate::fold::{Folded, fold};

/// A script's stream, read.
pub(crate) fn played(script: &str, prompt: &str) -> Folded {
    let request = RenderRequest {
        prompt: prompt.to_owned(),
        model: "gpt-5-2".to_owned(),
        conversation_id: "C".to_owned(),
        user_message_id: "U".to_owned(),
        parent_id: "client-created-root".to_owned(),
        now: 1_764_946_800.5,
        seed: 7,
        history: Vec::new(),
    };
    let rendering = render(script, &request, Encoding::V1, &Framing::default());
    fold(&rendering.unwrap().bytes)
}

pub(crate) fn in_both_languages(script: &str) -> [Folded; 2] {
    [played(script, "hi"), played(script, "你好")]
}

/// The messages after the opening.
pub(crate) fn told(folded: &Folded) -> &[Value] {
    &folded.messages[3..]
}

/// The only message with that author and kind of content.
pub(crate) fn message<'a>(folded: &'a Folded, author: &str, kind: &str) -> &'a Value {
    let mut found = told(folded).iter().filter(|message| {
        let name = message["author"]["name"].as_str();
        name.unwrap_or("assistant") == author && message["content"]["content_type"] == kind
    });
    let first = found.next();
    assert!(found.next().is_none(), "{author} {kind} twice");
    first.unwrap_or_else(|| panic!("no {author} {kind}"))
}

pub(crate) fn references(folded: &Folded) -> &Vec<Value> {
    let metadata = &folded.messages.last().unwrap()["metadata"];
    metadata["content_references"].as_array().unwrap()
}
