//! The events of what is no message: thoughts, calls, and what the model does by itself.

use serde_json::{Value, json};

use super::Place;
use crate::pieces;
use crate::responses::stream::Event;

/// The summary of thoughts, part by part.
pub(super) fn reasoning(place: &Place<'_>, parts: &[String], events: &mut Vec<Event>) {
    for (index, text) in parts.iter().enumerate() {
        let part = |text: &str| json!({"summary_index": index, "part": {"type": "summary_text", "text": text}});
        events.push(place.event("response.reasoning_summary_part.added", part("")));
        for piece in pieces::words(text) {
            let data = json!({"summary_index": index, "delta": piece});
            events.push(place.event("response.reasoning_summary_text.delta", data));
        }
        let done = json!({"summary_index": index, "text": text});
        events.push(place.event("response.reasoning_summary_text.done", done));
        events.push(place.event("response.reasoning_summary_part.done", part(text)));
    }
}

/// The arguments of a function.
pub(super) fn call(place: &Place<'_>, name: &str, arguments: &str, events: &mut Vec<Event>) {
    for piece in pieces::words(arguments) {
        let data = json!({"delta": piece});
        events.push(place.event("response.function_call_arguments.delta", data));
    }
    let done = json!({"name": name, "arguments": arguments});
    events.push(place.event("response.function_call_arguments.done", done));
}

/// The text for a tool that takes one.
pub(super) fn custom(place: &Place<'_>, input: &str, events: &mut Vec<Event>) {
    for piece in pieces::words(input) {
        let data = json!({"delta": piece});
        events.push(place.event("response.custom_tool_call_input.delta", data));
    }
    let done = json!({"input": input});
    events.push(place.event("response.custom_tool_call_input.done", done));
}

/// A search.
pub(super) fn search(place: &Place<'_>, events: &mut Vec<Event>) {
    for name in [
        "response.web_search_call.in_progress",
        "response.web_search_call.searching",
        "response.web_search_call.completed",
    ] {
        events.push(place.event(name, json!({})));
    }
}

/// A picture, after its previews.
pub(super) fn picture(place: &Place<'_>, done: &Value, previews: u64, events: &mut Vec<Event>) {
    for name in [
        "response.image_generation_call.in_progress",
        "response.image_generation_call.generating",
    ] {
        events.push(place.event(name, json!({})));
    }
    for index in 0..previews {
        let preview = json!({
            "partial_image_index": index,
            "partial_image_b64": done["result"],
            "background": done["background"],
            "output_format": done["output_format"],
            "quality": done["quality"],
            "size": done["size"],
        });
        events.push(place.event("response.image_generation_call.partial_image", preview));
    }
    events.push(place.event("response.image_generation_call.completed", json!({})));
}

/// A program that is run.
pub(super) fn code(place: &Place<'_>, program: &str, events: &mut Vec<Event>) {
    events.push(place.event("response.code_interpreter_call.in_progress", json!({})));
    for piece in pieces::words(program) {
        let data = json!({"delta": piece});
        events.push(place.event("response.code_interpreter_call_code.delta", data));
    }
    let done = json!({"code": program});
    events.push(place.event("response.code_interpreter_call_code.done", done));
    for name in [
        "response.code_interpreter_call.interpreting",
        "response.code_interpreter_call.completed",
    ] {
        events.push(place.event(name, json!({})));
    }
}
