//! Answers whose text upstream replaces.

use super::{Delivery, choosing, detector, lines, read, stop, turn};
use crate::turn::ToolChoice;
use crate::turn_event::TurnEvent;

const WEATHER: &str = "```tool_call\n{\"name\":\"weather\",\"arguments\":{\"place\":\"a\"}}\n```\n";

fn told(delivery: Delivery, first: &str, second: &str, third: &str) -> String {
    let batches = vec![
        vec![TurnEvent::Text(first.into())],
        vec![TurnEvent::Rewritten(second.into())],
        vec![TurnEvent::Text(third.into()), stop()],
    ];
    lines(&read(&turn(), delivery, batches))
}

#[test]
fn text_is_read_anew() {
    let told = told(Delivery::Checked, "abc\n```tool", "def\n", WEATHER);
    insta::assert_snapshot!(told);
}

#[test]
fn the_same_call_is_sent_once() {
    let told = told(Delivery::Checked, WEATHER, &format!("Now:\n{WEATHER}"), "");
    assert_eq!(
        told,
        "0 call_1 weather\n0 {\"place\":\"a\"}\n0 ended\nrewritten \"Now:\"\nToolCalls"
    );
}

#[test]
fn a_call_that_was_sent_in_part_goes_on() {
    let (begun, _) = WEATHER.split_once("a\"}").unwrap();
    let told = told(Delivery::Streamed, begun, WEATHER, "");
    assert_eq!(
        told,
        "0 call_1 weather\n0 {\"place\":\"\nrewritten \"\"\n0 a\"}\n0 ended\nToolCalls"
    );
}

#[test]
fn a_call_that_has_become_another_or_is_gone_is_reported() {
    let changed = "violation: The answer was changed after a call in it had been passed on.";
    let other = WEATHER.replace("\"a\"", "\"b\"");
    for delivery in [Delivery::Checked, Delivery::Streamed] {
        for second in [&other, "Nothing."] {
            let told = told(delivery, WEATHER, second, "");
            assert!(told.ends_with(changed), "{told}");
        }
    }
}

#[test]
fn a_violation_of_the_replaced_text_is_forgotten() {
    let told = told(
        Delivery::Checked,
        "```tool_call\n[]\n```\n",
        "Good day.",
        "",
    );
    assert_eq!(told, "rewritten \"Good day.\"\nStop");
}

#[test]
fn the_answer_is_kept_as_it_was_written() {
    for turn in [turn(), choosing(ToolChoice::None)] {
        let mut detector = detector(&turn, Delivery::Checked);
        let mut events = vec![
            TurnEvent::Text("abc".into()),
            TurnEvent::Rewritten("Now:\n".into()),
            TurnEvent::Text(WEATHER.into()),
            stop(),
        ];
        detector.apply(&mut events);
        assert_eq!(detector.answer(), format!("Now:\n{WEATHER}"));
    }
}
