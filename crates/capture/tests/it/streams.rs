//! Scrubbed streams are streams: they add up to the same documents, and scrubbing them again
//! changes nothing.

use capture::{Event, Scrubber};
use chatgpt::delta::DeltaReader;
use proptest::prelude::*;
use serde_json::{Value, json};
use simulator::{Encoding, Framing, script_names};

use crate::sessions::{events, rendered, scrubber};

/// What the deltas and snapshots of a stream add up to.
fn documents(events: &[Event]) -> Vec<Value> {
    let mut deltas = DeltaReader::default();
    let mut snapshots: Vec<Value> = Vec::new();
    for event in events {
        if event.name.as_deref() == Some("delta") {
            deltas.apply(&event.data).unwrap();
            continue;
        }
        let value: Value = serde_json::from_str(&event.data).unwrap_or_default();
        let id = |value: &Value| value["message"]["id"].clone();
        if value.get("message").is_some() {
            snapshots.retain(|known| id(known) != id(&value));
            snapshots.push(value);
        }
    }
    snapshots.extend(deltas.documents().cloned());
    snapshots
}

/// Keys of links, which all become links of one length.
const LINKS: [&str; 5] = ["domain", "full_url", "safe_urls", "thumbnail_url", "url"];

/// A document without what scrubbing may change: strings become their lengths in characters.
fn outline(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let outlines = members.iter().map(|(key, value)| {
                let is_link = LINKS.contains(&key.as_str());
                let outline = if is_link {
                    json!("link")
                } else {
                    outline(value)
                };
                // A key that is no program's may be a person's, and goes.
                let is_plain = key
                    .bytes()
                    .all(|it| it.is_ascii_alphanumeric() || it == b'_');
                let key = if is_plain { key.as_str() } else { "a key" };
                (key.to_owned(), outline)
            });
            outlines.collect()
        }
        Value::Array(items) => items.iter().map(outline).collect(),
        Value::String(text) => json!(text.chars().count()),
        other => other.clone(),
    }
}

/// What becomes of a text that comes whole.
fn written(scrubber: &Scrubber, text: &str) -> Value {
    let value = json!({"content": {"parts": [text]}}).to_string();
    let value: Value = serde_json::from_str(&scrubber.json(&value).unwrap()).unwrap();
    value["content"]["parts"][0].clone()
}

/// A stream of one message whose text comes in `pieces`.
fn stream_of(pieces: &[String]) -> Vec<Event> {
    let delta = |data: Value| Event {
        name: Some("delta".into()),
        data: data.to_string(),
    };
    let message = json!({
        "id": "A", "author": {"role": "assistant"},
        "content": {"content_type": "text", "parts": [""]}, "status": "in_progress",
    });
    let mut events = vec![delta(
        json!({"p": "", "o": "add", "v": {"message": message}, "c": 0}),
    )];
    let path = "/message/content/parts/0";
    for (index, piece) in pieces.iter().enumerate() {
        events.push(delta(match index % 3 {
            0 => json!({"p": path, "o": "append", "v": piece}),
            1 => json!({"v": piece}),
            _ => json!({"p": "", "o": "patch", "v": [{"p": path, "o": "append", "v": piece}]}),
        }));
        if index % 3 == 2 {
            // The next one must name its place again.
            events.push(delta(json!({"p": path, "o": "append", "v": ""})));
        }
    }
    events
}

/// Scrubs what every script says in `encoding`, and looks at what it adds up to.
fn scrub_every_script(encoding: Encoding) {
    for script in script_names() {
        for keeps_text in [false, true] {
            let session = Scrubber::new([42; 32], keeps_text);
            let prompt = "simulate:echo [an é 京都 file](sandbox:/mnt/data/mine.csv)";
            let raw = events(&rendered(script, prompt, encoding, &Framing::default()).bytes);
            let scrubbed = session.stream(&raw);
            let (before, after) = (documents(&raw), documents(&scrubbed));
            assert_eq!(before.len(), after.len(), "{script}");
            for (before, after) in before.iter().zip(&after) {
                assert_eq!(outline(after), outline(before), "{script}");
            }
            if !keeps_text {
                assert_eq!(session.stream(&scrubbed), scrubbed, "{script} again");
            }
        }
    }
}

#[test]
fn every_script_keeps_its_structure_as_deltas() {
    scrub_every_script(Encoding::V1);
}

#[test]
fn every_script_keeps_its_structure_as_snapshots() {
    scrub_every_script(Encoding::Cumulative);
}

#[test]
fn spacing_padding_and_escapes_survive() {
    for framing in [
        Framing {
            compact: false,
            ..Framing::default()
        },
        Framing {
            escape_non_ascii: false,
            ..Framing::default()
        },
        Framing {
            pad: false,
            ..Framing::default()
        },
    ] {
        let raw = events(&rendered("chinese", "é", Encoding::V1, &framing).bytes);
        let scrubbed = scrubber().stream(&raw);
        for (raw, scrubbed) in raw.iter().zip(&scrubbed) {
            let count = |event: &Event, what: &str| event.data.matches(what).count();
            assert_eq!(count(scrubbed, "\": "), count(raw, "\": "), "{}", raw.data);
            assert!(
                scrubbed.data.is_ascii() || !raw.data.is_ascii(),
                "{}",
                raw.data
            );
            assert!(count(scrubbed, "\\u") <= count(raw, "\\u"), "{}", raw.data);
            let is_padded = raw.data.ends_with(' ') && raw.data.len() % 8 == 0;
            assert!(
                !is_padded || scrubbed.data.len() % 8 == 0,
                "{}",
                scrubbed.data
            );
        }
    }
}

/// Texts with everything in them that scrubbing looks at.
fn pieces() -> impl Strategy<Value = Vec<String>> {
    let piece = prop_oneof![
        "[a-z]{1,6} ?",
        "\\PC{0,6}",
        Just("[out](sand".to_owned()),
        Just("box:/mnt/data/".to_owned()),
        Just("\u{e200}cite\u{e202}tu".to_owned()),
        Just("rn0search3\u{e201}".to_owned()),
        Just("](htt".to_owned()),
        Just("anna@exam".to_owned()),
        Just("ple.org ".to_owned()),
        Just("eyJhbGci".to_owned()),
        Just("Oi.eyJzdWIi.x ".to_owned()),
        Just("+49 171 12".to_owned()),
        Just("34567".to_owned()),
    ];
    prop::collection::vec(piece, 0..16)
}

proptest! {
    #[test]
    fn a_text_scrubbed_in_pieces_is_the_text_scrubbed_whole(
        pieces in pieces(),
        keeps_text: bool,
    ) {
        let scrubber = Scrubber::new([1; 32], keeps_text);
        let whole = written(&scrubber, &pieces.concat());
        let documents = documents(&scrubber.stream(&stream_of(&pieces)));
        prop_assert_eq!(&documents[0]["message"]["content"]["parts"][0], &whole);
    }
}
