//! A capture played again gives the same answer, however the network cuts it.

use proptest::prelude::*;
use sse::Decoder;
use transcode::reply::answer_style::AnswerStyle;
use transcode::reply::web_reader::{BrokenStream, WebReader};
use transcode::turn_event::TurnEvent;

use crate::fixtures::{fixture, streams};
use crate::sessions::{events, rendered, scrubber};

/// What the driver makes of a stream; the one place here that knows the reader's signature.
fn turn_events(pieces: &[&[u8]]) -> Result<Vec<TurnEvent>, BrokenStream> {
    let mut decoder = Decoder::new(1 << 20);
    let mut reader = WebReader::new(Vec::new(), AnswerStyle::default());
    let mut events = Vec::new();
    for piece in pieces {
        decoder.push(piece);
        while let Some(event) = decoder.next_event().unwrap() {
            reader.read(event.name, event.data, &mut events)?;
        }
    }
    reader.finish(&mut events)?;
    Ok(events)
}

fn pieces<'a>(bytes: &'a [u8], cuts: &[usize]) -> Vec<&'a [u8]> {
    let mut at: Vec<usize> = cuts.iter().map(|cut| cut % (bytes.len() + 1)).collect();
    at.extend([0, bytes.len()]);
    at.sort_unstable();
    at.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect()
}

fn text(events: &[TurnEvent]) -> String {
    let texts = events.iter().map(|event| match event {
        TurnEvent::Text(text) => text.as_str(),
        _ => "",
    });
    texts.collect()
}

#[test]
fn drifted_streams_still_give_the_answer() {
    let [clean, drifted] = ["plain", "drifted"].map(|name| {
        let capture = fixture(name);
        turn_events(&[&streams(&capture)[0].bytes()]).unwrap()
    });
    assert_eq!(text(&drifted), text(&clean));
    assert_eq!(drifted.last(), clean.last());
    assert!(text(&clean).contains("xxxxx"));
}

#[test]
fn a_scrubbed_stream_reads_as_the_same_events() {
    use simulator::{Encoding, Framing};
    for encoding in [Encoding::V1, Encoding::Cumulative] {
        for script in [
            "plain",
            "reasoning",
            "reasoning-old",
            "code",
            "markdown",
            "max-tokens",
        ] {
            let raw = rendered(script, "hello", encoding, &Framing::default()).bytes;
            let stream = capture::EventStream {
                events: scrubber().stream(&events(&raw)),
                ..capture::EventStream::default()
            };
            let kind = |event: &TurnEvent| match event {
                TurnEvent::Text(text) => format!("text {}", text.chars().count()),
                TurnEvent::Reasoning(text) => format!("reasoning {}", text.chars().count()),
                TurnEvent::Identity(_) => "identity".to_owned(),
                other => format!("{:?}", std::mem::discriminant(other)),
            };
            let kinds = |bytes: &[u8]| -> Vec<String> {
                turn_events(&[bytes]).unwrap().iter().map(kind).collect()
            };
            assert_eq!(kinds(&stream.bytes()), kinds(&raw), "{script} {encoding:?}");
        }
    }
}

proptest! {
    #[test]
    fn any_cut_of_a_capture_gives_the_same_turn_events(
        cuts in prop::collection::vec(any::<usize>(), 0..12),
        name in prop::sample::select(vec!["plain", "tools", "drifted"]),
    ) {
        for stream in streams(&fixture(name)) {
            let bytes = stream.bytes();
            let whole = turn_events(&[&bytes]);
            prop_assert!(whole.is_ok());
            prop_assert_eq!(turn_events(&pieces(&bytes, &cuts)), whole);
        }
    }
}
