//! Reads a stream the way the driver does, and checks what must hold for any bytes.
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

/// Handed-out text may be larger than the input: fences around code, separators, sentences of
/// our own, and whole texts again where upstream rewrites them.
const MAX_TEXT_PER_BYTE: usize = 64;
const MAX_TEXT_BESIDE: usize = 64 << 10;

/// Reads `stream`, cut into pieces after every `cut` bytes.
///
/// # Panics
/// When something that must hold does not.
pub fn read(stream: &[u8], cut: usize) {
    let mut decoder = Decoder::new(MAX_EVENT_BYTES);
    let mut reader = WebReader::new(vec![SENT.to_owned()], AnswerStyle::default());
    let mut events = Vec::new();
    let mut is_broken = false;
    'stream: for piece in stream.chunks(cut.max(1)) {
        decoder.push(piece);
        while !reader.has_ended() {
            match decoder.next_event() {
                Ok(Some(event)) => {
                    if reader.read(event.name, event.data, &mut events).is_err() {
                        is_broken = true;
                        break 'stream;
                    }
                }
                Ok(None) => break,
                Err(_) => {
                    is_broken = true;
                    break 'stream;
                }
            }
        }
    }
    let is_whole = !is_broken && reader.finish(&mut events).is_ok();
    check(stream, &events, is_whole);
}

fn check(stream: &[u8], events: &[TurnEvent], is_whole: bool) {
    let is_finish = |event: &&TurnEvent| matches!(event, TurnEvent::Finish(_));
    let finishes = events.iter().filter(is_finish).count();
    assert_eq!(
        finishes,
        usize::from(is_whole),
        "an answer ends once, if it is whole"
    );
    let is_last = events.last().is_some_and(|event| is_finish(&event));
    assert!(!is_whole || is_last, "nothing follows the end");
    let text: usize = events.iter().map(text_bytes).sum();
    assert!(
        text <= stream.len() * MAX_TEXT_PER_BYTE + MAX_TEXT_BESIDE,
        "{text} bytes of text from {} bytes",
        stream.len()
    );
}

fn text_bytes(event: &TurnEvent) -> usize {
    match event {
        TurnEvent::Text(text) | TurnEvent::Rewritten(text) | TurnEvent::Reasoning(text) => {
            text.len()
        }
        _ => 0,
    }
}
