//! Answers of any kind, cut anywhere.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Delivery, Read, detector, read, read_text, stop, turn};
use crate::emulation::grammar::{BLANK, OPENING};
use crate::emulation::prepare;
use crate::turn::{Speaker, ToolCall, ToolKind, Turn, TurnMessage, TurnPart};
use crate::turn_event::TurnEvent;

/// Parts that answers are made of, good and bad.
const PARTS: [&str; 24] = [
    "Text. ",
    "你好",
    "👩‍👩‍👧",
    "\n",
    "\r\n",
    " ",
    "    ",
    "`",
    "```",
    "```json\n",
    "```tool_call",
    "\n```tool_call\n",
    "{\"name\":",
    "{\"name\":\"now\",\"arguments\":{}}",
    "{\"name\":\"weather\",\"arguments\":{\"place\":\"好\\\"```\\n\"}}",
    "{\"name\":\"weather\",\"arguments\":{\"place\":\"",
    "{\"name\":\"draw\",\"input\":\"\\ud83d\\ude00\"}",
    "{\"name\":\"moon\",\"arguments\":{}}",
    "\n```\n",
    "\n```tool_call\n{\"name\":\"now\",\"arguments\":{}}\n```\n",
    "}",
    "\"",
    "\\",
    "[1,",
];

fn answers() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(PARTS.to_vec()), 0..14).prop_map(|it| it.concat())
}

fn deliveries() -> impl Strategy<Value = Delivery> {
    prop_oneof![Just(Delivery::Checked), Just(Delivery::Streamed)]
}

/// `text` in pieces of these sizes, between characters.
fn pieces(text: &str, sizes: &[usize]) -> Vec<String> {
    let (mut pieces, mut rest) = (Vec::new(), text);
    for size in sizes {
        let (piece, later) = rest.split_at(rest.ceil_char_boundary((*size).min(rest.len())));
        pieces.push(piece.to_owned());
        rest = later;
    }
    pieces.push(rest.to_owned());
    pieces
}

fn in_pieces(turn: &Turn, delivery: Delivery, text: &str, sizes: &[usize]) -> Read {
    let mut batches: Vec<Vec<TurnEvent>> = pieces(text, sizes)
        .into_iter()
        .map(|piece| vec![TurnEvent::Text(piece)])
        .collect();
    batches.push(vec![stop()]);
    read(turn, delivery, batches)
}

fn shown(events: &[TurnEvent]) -> String {
    let texts = events.iter().filter_map(|event| match event {
        TurnEvent::Text(text) => Some(text.as_str()),
        _ => None,
    });
    texts.collect()
}

/// Name and input of each call that came to its end, and what is wrong with the answer.
fn calls(turn: &Turn, delivery: Delivery, text: &str) -> (Vec<String>, Vec<String>) {
    let read = read_text(turn, delivery, text);
    let (mut ended, mut call) = (Vec::new(), String::new());
    for event in read.events {
        match event {
            TurnEvent::ToolCall(begun) => call = begun.name,
            TurnEvent::ToolInput { piece, .. } => call.push_str(&piece),
            TurnEvent::ToolCallEnded { .. } => ended.push(std::mem::take(&mut call)),
            _ => {}
        }
    }
    (ended, read.violations)
}

/// Whether more text could make a block of this, said in another way than the code does.
fn may_begin(held: &str, is_all: bool) -> bool {
    let begins_a_line = held.starts_with('\n') || held.starts_with("\r\n") || is_all;
    let fence = held.trim_start_matches(BLANK);
    let blank = &held[..held.len() - fence.len()];
    let indent = blank.rsplit('\n').next().unwrap_or_default();
    let fits = fence.is_empty()
        || (OPENING.starts_with(fence) && indent.len() < 4 && indent.bytes().all(|it| it == b' '));
    held == "\r" || (begins_a_line && fits)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn any_cut_of_a_text_gives_the_same_events(
        text in answers(),
        delivery in deliveries(),
        sizes in prop::collection::vec(1usize..9, 0..60),
    ) {
        let turn = turn();
        let whole = read_text(&turn, delivery, &text);
        prop_assert_eq!(in_pieces(&turn, delivery, &text, &sizes), whole);
    }

    #[test]
    fn calls_are_the_same_in_both_ways_of_delivery(text in answers()) {
        let turn = turn();
        let checked = calls(&turn, Delivery::Checked, &text);
        prop_assert_eq!(checked, calls(&turn, Delivery::Streamed, &text));
    }

    #[test]
    fn text_without_blocks_passes_unchanged_and_only_what_may_begin_one_is_held(
        text in answers(),
        sizes in prop::collection::vec(1usize..9, 0..60),
    ) {
        let text = text.replace("tool_call", "tool_cal");
        let mut detector = detector(&turn(), Delivery::Streamed);
        let (mut taken, mut passed) = (String::new(), String::new());
        for piece in pieces(&text, &sizes) {
            taken.push_str(&piece);
            let mut batch = vec![TurnEvent::Text(piece)];
            detector.apply(&mut batch);
            passed.push_str(&shown(&batch));
            prop_assert!(taken.starts_with(&passed));
            let held = &taken[passed.len()..];
            prop_assert!(held.is_empty() || may_begin(held, passed.is_empty()), "{held:?}");
        }
        let mut batch = vec![stop()];
        detector.apply(&mut batch);
        passed.push_str(&shown(&batch));
        prop_assert_eq!(passed, text);
        prop_assert_eq!(batch.last(), Some(&stop()));
    }

    #[test]
    fn a_call_of_the_history_is_read_as_the_same_call(
        place in "\\PC{0,12}|[`\n\r\"\\\\好🗼 ]{0,12}",
        drawing in "[`\n\r\"\\\\好🗼{} ]{0,12}",
        sizes in prop::collection::vec(1usize..30, 0..20),
        delivery in deliveries(),
    ) {
        let arguments = json!({"place": place, "days": ["mon"]});
        let turn = history(vec![
            (ToolKind::Function, "weather", serde_json::to_string_pretty(&arguments).unwrap()),
            (ToolKind::Custom, "draw", drawing.clone()),
        ]);
        let plain = prepare(&turn).unwrap().turn;
        let written = plain.messages.last().unwrap().joined_text();
        let read = in_pieces(&turn, delivery, &written, &sizes);
        prop_assert_eq!(shown(&read.events), "Let me see.");
        prop_assert!(read.violations.is_empty(), "{:?}", read.violations);
        let mut inputs = [String::new(), String::new()];
        for event in read.events {
            if let TurnEvent::ToolInput { index, piece } = event {
                inputs[index].push_str(&piece);
            }
        }
        prop_assert_eq!(serde_json::from_str::<Value>(&inputs[0]).unwrap(), arguments);
        prop_assert_eq!(&inputs[1], &drawing);
    }
}

fn history(calls: Vec<(ToolKind, &str, String)>) -> Turn {
    let mut message = TurnMessage::text(Speaker::Assistant, "Let me see.");
    let calls = calls.into_iter().map(|(kind, name, input)| {
        TurnPart::ToolCall(ToolCall {
            id: name.into(),
            name: name.into(),
            kind,
            input,
        })
    });
    message.parts.extend(calls);
    Turn {
        messages: vec![message],
        ..turn()
    }
}
