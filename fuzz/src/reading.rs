//! Reads streams and stored conversations the way the driver does, and checks what must hold for any bytes.
//!
//! The one place of the fuzz targets that knows the reader's signature.

use sse::Decoder;
use transcode::reply::answer_style::AnswerStyle;
use transcode::reply::web_reader::WebReader;
use transcode::turn_event::TurnEvent;

/// An event larger than this is no event; the driver has the same limit.
const MAX_EVENT_BYTES: usize = 1 << 20;

/// The id of the message that was sent.
pub const SENT: &str = "00000000-0000-4000-8000-00000000000a";

/// Handed-out text may be larger than the input: fences around code, links, sentences of our
/// own.
const MAX_TEXT_PER_BYTE: usize = 64;
const MAX_TEXT_BESIDE: usize = 64 << 10;

fn new_reader() -> WebReader {
    WebReader::new(vec![SENT.to_owned()], AnswerStyle::default())
}

/// Reads `stream`, cut into pieces after every `cut` bytes; when it is not a whole answer, the
/// same stream comes once more, as the second one that takes an answer up does.
///
/// # Panics
/// When something that must hold does not.
pub fn read(stream: &[u8], cut: usize) {
    let mut reader = new_reader();
    let mut events = Vec::new();
    let mut is_whole = feed(&mut reader, stream, cut, &mut events);
    check(stream.len(), &events, is_whole);
    if !is_whole {
        reader.reopen();
        is_whole = feed(&mut reader, stream, cut, &mut events);
        check(stream.len() * 2, &events, is_whole);
    }
}

/// Reads `document` as the stored conversation that takes up what `stream` left.
///
/// # Panics
/// When something that must hold does not.
pub fn read_stored(stream: &[u8], document: &str) {
    let mut reader = new_reader();
    let mut events = Vec::new();
    if feed(&mut reader, stream, usize::MAX, &mut events) {
        return;
    }
    reader.reopen();
    let mut is_whole = false;
    if let Ok(true) = reader.read_stored(document, &mut events) {
        is_whole = reader.finish(&mut events).is_ok();
    }
    check(stream.len() + document.len(), &events, is_whole);
}

/// Whether the stream was a whole answer.
fn feed(reader: &mut WebReader, stream: &[u8], cut: usize, events: &mut Vec<TurnEvent>) -> bool {
    let mut decoder = Decoder::new(MAX_EVENT_BYTES);
    for piece in stream.chunks(cut.max(1)) {
        decoder.push(piece);
        while !reader.has_ended() {
            match decoder.next_event() {
                Ok(Some(event)) if reader.read(event.name, event.data, events).is_ok() => {}
                Ok(None) => break,
                Ok(Some(_)) | Err(_) => return false,
            }
        }
    }
    reader.finish(events).is_ok()
}

fn check(input_bytes: usize, events: &[TurnEvent], is_whole: bool) {
    let is_finish = |event: &&TurnEvent| matches!(event, TurnEvent::Finish(_));
    let finishes = events.iter().filter(is_finish).count();
    assert_eq!(
        finishes,
        usize::from(is_whole),
        "an answer ends once, if it is whole"
    );
    let is_last = events.last().is_some_and(|event| is_finish(&event));
    assert!(!is_whole || is_last, "nothing follows the end");
    let added: usize = events.iter().map(added_bytes).sum();
    let rewritten = events.iter().map(rewritten_bytes).max();
    let text = added + rewritten.unwrap_or_default();
    assert!(
        text <= input_bytes * MAX_TEXT_PER_BYTE + MAX_TEXT_BESIDE,
        "{text} bytes of text from {input_bytes} bytes"
    );
}

fn added_bytes(event: &TurnEvent) -> usize {
    match event {
        TurnEvent::Text(text) | TurnEvent::Reasoning(text) => text.len(),
        _ => 0,
    }
}

/// Each of these stands in the place of all text before it.
fn rewritten_bytes(event: &TurnEvent) -> usize {
    match event {
        TurnEvent::Rewritten(text) => text.len(),
        _ => 0,
    }
}
