//! `fold(v1) = last cumulative snapshot = stored message`, and the deltas handed out add
//! up to the stored text, for every script and wherever the network cuts the bytes.

use std::collections::BTreeMap;

use chatgpt::delta::DeltaReader;
use proptest::prelude::*;
use serde::Deserialize;
use serde_json::Value;
use simulator::{Encoding, Framing, script_names};
use transcode::turn_event::TurnEvent;

use crate::support::{pieces, read, rendered, stream_events, text};
use crate::visible_text::visible;

/// The documents at the end of a v1 stream, in order.
fn folded(bytes: &[u8]) -> Vec<Value> {
    let mut reader = DeltaReader::default();
    for (name, data) in stream_events(bytes) {
        if name.as_deref() == Some("delta") {
            reader.apply(&data).unwrap();
        }
    }
    reader
        .documents()
        .map(|document| document["message"].clone())
        .collect()
}

/// As much of a snapshot as tells which message it is of.
#[derive(Deserialize)]
struct Glance {
    message: GlanceAtMessage,
}

#[derive(Deserialize)]
struct GlanceAtMessage {
    id: String,
}

/// The last snapshot of every message of a cumulative stream.
fn last_snapshots(bytes: &[u8]) -> BTreeMap<String, Value> {
    let mut last = BTreeMap::new();
    for (_, data) in stream_events(bytes) {
        if let Ok(glance) = serde_json::from_str::<Glance>(&data) {
            last.insert(glance.message.id, data);
        }
    }
    let message = |data: String| {
        let event: Value = serde_json::from_str(&data).unwrap();
        assert!(event["type"].is_null());
        event["message"].clone()
    };
    last.into_iter()
        .map(|(id, data)| (id, message(data)))
        .collect()
}

fn by_id(messages: &[Value]) -> BTreeMap<String, Value> {
    messages
        .iter()
        .map(|it| (text(it, "/id").to_owned(), it.clone()))
        .collect()
}

fn handed_out(events: &[TurnEvent]) -> String {
    let deltas = events.iter().map(|event| match event {
        TurnEvent::Text(text) => text.as_str(),
        TurnEvent::Rewritten(_) => panic!("a script never rewrites"),
        _ => "",
    });
    deltas.collect()
}

/// Every source's place in the text is exactly a numbered link to it.
pub(crate) fn links_stand_where_they_are_said_to(events: &[TurnEvent]) {
    let shown: Vec<char> = handed_out(events).chars().collect();
    for event in events {
        if let TurnEvent::Citation(citation) = event {
            let link: String = shown[citation.start..citation.end].iter().collect();
            let (number, address) = link.split_once("](").unwrap();
            assert!(
                number.strip_prefix('[').unwrap().parse::<u32>().is_ok(),
                "{link}"
            );
            assert_eq!(address, format!("{})", citation.url));
        }
    }
}

fn framings() -> impl Strategy<Value = Framing> {
    prop::array::uniform8(any::<bool>()).prop_map(|flags| {
        let [
            pad,
            compact,
            escape_non_ascii,
            crlf,
            hidden_frames,
            late_delta,
            second_title,
            done,
        ] = flags;
        Framing {
            pad,
            compact,
            escape_non_ascii,
            crlf,
            hidden_frames,
            late_delta,
            second_title,
            done,
            ..Framing::default()
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4800))]
    #[test]
    fn both_encodings_and_the_stored_messages_say_the_same(
        script in prop::sample::select(script_names().to_vec()),
        framing in framings(),
        seed in any::<u64>(),
        cuts in prop::collection::vec(any::<usize>(), 0..40),
    ) {
        let v1 = rendered(script, seed, Encoding::V1, &framing);
        let cumulative = rendered(script, seed, Encoding::Cumulative, &framing);
        prop_assert_eq!(&v1.messages, &cumulative.messages);
        prop_assert_eq!(&folded(&v1.bytes), &v1.messages);
        prop_assert_eq!(last_snapshots(&cumulative.bytes), by_id(&cumulative.messages));

        let (from_v1, v1_end) = read(&pieces(&v1.bytes, &cuts));
        let (from_cumulative, cumulative_end) = read(&pieces(&cumulative.bytes, &cuts));
        prop_assert_eq!(&v1_end, &cumulative_end);
        prop_assert_eq!(v1_end.is_ok(), script != "image-async");
        let stored = visible(&v1.messages);
        prop_assert_eq!(handed_out(&from_v1), stored.as_str());
        prop_assert_eq!(handed_out(&from_cumulative), stored.as_str());
        prop_assert_eq!(&from_v1, &from_cumulative);
        links_stand_where_they_are_said_to(&from_v1);
    }
}
