//! What the decoder promises, at every chunk boundary.

use proptest::prelude::*;

use super::{DecodeError, Decoder};

type Owned = (Option<String>, String);

fn decode(chunks: &[&[u8]]) -> Result<Vec<Owned>, DecodeError> {
    let mut decoder = Decoder::new(1 << 20);
    let mut events = Vec::new();
    for chunk in chunks {
        decoder.push(chunk);
        while let Some(event) = decoder.next_event()? {
            events.push((event.name.map(Into::into), event.data.to_owned()));
        }
    }
    Ok(events)
}

fn event(name: Option<&str>, data: &str) -> Owned {
    (name.map(Into::into), data.into())
}

#[test]
fn every_kind_of_line_end_a_mark_comments_and_several_data_lines_are_understood() {
    let text = "\u{feff}: hello\r\nevent: delta\r\ndata: {\"a\":1}\r\n\r\ndata:x\rdata: y\r\rid: 7\nevent: empty\n\ndata\n\nretry: 3\ndata:  two\n\n";
    let events = decode(&[text.as_bytes()]).unwrap();
    assert_eq!(
        events,
        [
            event(Some("delta"), "{\"a\":1}"),
            event(None, "x\ny"),
            event(None, ""),
            event(None, " two"),
        ]
    );
}

#[test]
fn an_event_without_its_blank_line_is_not_delivered() {
    let events = decode(&[b"data: a\n\ndata: b\n"]).unwrap();
    assert_eq!(events, [event(None, "a")]);
}

#[test]
fn an_event_over_the_limit_is_refused_before_it_ends() {
    let mut decoder = Decoder::new(100);
    decoder.push(&[b"data: ".as_slice(), &[b'x'; 200]].concat());
    assert_eq!(
        decoder.next_event(),
        Err(DecodeError::TooLarge { limit: 100 })
    );
}

#[test]
fn many_small_events_in_one_chunk_do_not_count_against_the_limit() {
    let mut decoder = Decoder::new(100);
    decoder.push(&b"data: 0123456789\n\n".repeat(100));
    let mut seen = 0;
    while decoder.next_event().unwrap().is_some() {
        seen += 1;
    }
    assert_eq!(seen, 100);
}

#[test]
fn a_line_that_is_not_utf8_is_an_error_and_not_replaced() {
    assert_eq!(decode(&[b"data: \xe4\xbd\n\n"]), Err(DecodeError::NotUtf8));
}

#[test]
fn a_long_line_in_many_chunks_is_searched_once() {
    let mut decoder = Decoder::new(16 << 20);
    decoder.push(b"data: ");
    for _ in 0..512 {
        decoder.push(&[b'x'; 16 << 10]);
        assert!(decoder.next_event().unwrap().is_none());
    }
    decoder.push(b"\n\n");
    let event = decoder.next_event().unwrap().unwrap();
    assert_eq!(event.data.len(), 8 << 20);
}

proptest! {
    #[test]
    fn the_chunk_boundaries_never_change_what_is_read(
        lines in prop::collection::vec("(data|event|id|:)?(: ?)?[a-z你🌍 :]{0,6}", 0..12),
        ends in prop::collection::vec(prop::sample::select(vec!["\n", "\r", "\r\n", "\n\n", "\r\n\r\n", "\r\r"]), 12),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..10),
        mark in any::<bool>(),
    ) {
        let mut text = String::new();
        if mark { text.push('\u{feff}'); }
        for (line, end) in lines.iter().zip(&ends) {
            text.push_str(line);
            text.push_str(end);
        }
        let bytes = text.as_bytes();
        let mut at: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
        at.extend([0, bytes.len()]);
        at.sort_unstable();
        let chunks: Vec<&[u8]> = at.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect();
        let single: Vec<&[u8]> = bytes.chunks(1).collect();
        let whole = decode(&[bytes]);
        prop_assert_eq!(&decode(&chunks), &whole);
        prop_assert_eq!(&decode(&single), &whole);
    }
}
