//! Streams of `OpenAI`'s own protocols, written for a test, and reading them as a driver does.

use serde_json::Value;
use sse::Decoder;
use transcode::reply::answer_reader::{AnswerReader, BrokenAnswer};
use transcode::turn_event::TurnEvent;

/// A stream of typed events.
pub(crate) fn typed(events: &[Value]) -> Vec<u8> {
    let block = |event: &Value| format!("event: {}\ndata: {event}\n\n", text(&event["type"]));
    events.iter().map(block).collect::<String>().into_bytes()
}

/// A stream of chunks, ended as they are.
pub(crate) fn chunks(chunks: &[Value]) -> Vec<u8> {
    let block = |chunk: &Value| format!("data: {chunk}\n\n");
    let mut stream: String = chunks.iter().map(block).collect();
    stream.push_str("data: [DONE]\n\n");
    stream.into_bytes()
}

/// What a reader makes of a stream that comes in these pieces.
pub(crate) fn read(
    mut reader: impl AnswerReader,
    pieces: &[&[u8]],
) -> (Vec<TurnEvent>, Result<(), BrokenAnswer>, bool) {
    let mut decoder = Decoder::new(1 << 20);
    let mut events = Vec::new();
    for piece in pieces {
        decoder.push(piece);
        while let Some(event) = decoder.next_event().unwrap() {
            if let Err(broken) = reader.read(event.name, event.data, &mut events) {
                return (events, Err(broken), reader.has_begun());
            }
        }
    }
    let end = reader.finish(&mut events);
    (events, end, reader.has_begun())
}

/// All visible text.
pub(crate) fn visible(events: &[TurnEvent]) -> String {
    let texts = events.iter().filter_map(|event| match event {
        TurnEvent::Text(text) => Some(text.as_str()),
        _ => None,
    });
    texts.collect()
}

/// The calls, with all of their input.
pub(crate) fn calls(events: &[TurnEvent]) -> Vec<(String, String, String)> {
    let mut calls: Vec<(String, String, String)> = Vec::new();
    let mut ended = 0;
    for event in events {
        match event {
            TurnEvent::ToolCall(begun) => {
                assert_eq!(begun.index, calls.len());
                calls.push((begun.id.clone(), begun.name.clone(), String::new()));
            }
            TurnEvent::ToolInput { index, piece } => calls[*index].2.push_str(piece),
            TurnEvent::ToolCallEnded { .. } => ended += 1,
            _ => {}
        }
    }
    assert_eq!(ended, calls.len(), "every call ends");
    calls
}

/// `text` in pieces, cut near these places.
pub(crate) fn cut<'t>(text: &'t str, cuts: &[usize]) -> Vec<&'t str> {
    let mut at: Vec<usize> = cuts.iter().map(|cut| cut % (text.len() + 1)).collect();
    at.extend([0, text.len()]);
    at.retain(|at| text.is_char_boundary(*at));
    at.sort_unstable();
    at.windows(2).map(|pair| &text[pair[0]..pair[1]]).collect()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
