//! Single answers: what is a call, what is text, what is a violation.

use openai::chat_completion::FinishReason;
use rstest::rstest;

use super::{Delivery, choosing, lines, read, read_text, stop, turn};
use crate::turn::{ToolChoice, ToolKind, Turn};
use crate::turn_event::{Citation, TurnEvent};

const NOW: &str = "```tool_call\n{\"name\":\"now\",\"arguments\":{}}\n```\n";

/// What the answer is as lines, the same in both ways of delivery.
fn told(turn: &Turn, text: &str) -> String {
    let told = lines(&read_text(turn, Delivery::Checked, text));
    assert_eq!(lines(&read_text(turn, Delivery::Streamed, text)), told);
    told
}

#[rstest]
#[case::one(
    "Let me see.\n\n```tool_call\n{\"name\":\"weather\",\"arguments\":{\"place\":\"東京 🗼\"}}\n```",
    "text \"Let me see.\"\n0 call_1 weather\n0 {\"place\":\"東京 🗼\"}\n0 ended\nToolCalls"
)]
#[case::windows(
    "```tool_call\r\n{\"name\":\"weather\",\r\n \"arguments\":{\"place\":\"a\"}}\r\n```\r\n",
    "0 call_1 weather\n0 {\"place\":\"a\"}\n0 ended\nToolCalls"
)]
#[case::backticks_inside(
    "```tool_call\n{\"name\":\"weather\",\"arguments\":{\"place\":\"\\n```sh\\nls\\n```\\n\"}}\n```",
    "0 call_1 weather\n0 {\"place\":\"\\n```sh\\nls\\n```\\n\"}\n0 ended\nToolCalls"
)]
#[case::another_order(
    "```tool_call\n{\"arguments\": {\"place\": \"a\"}, \"name\": \"weather\"}\n```",
    "0 call_1 weather\n0 {\"place\": \"a\"}\n0 ended\nToolCalls"
)]
#[case::without_arguments(
    "```tool_call\n{\"name\":\"now\"}\n```",
    "0 call_1 now\n0 {}\n0 ended\nToolCalls"
)]
#[case::text_for_a_tool(
    "```tool_call\n{\"name\":\"draw\",\"input\":\"\\u597d\\n```\"}\n```",
    "0 call_1 draw\n0 好\n```\n0 ended\nToolCalls"
)]
#[case::without_the_last_line(
    "```tool_call\n{\"name\":\"now\",\"arguments\":{}}",
    "0 call_1 now\n0 {}\n0 ended\nToolCalls"
)]
#[case::words_after_it(
    "```tool_call\n{\"name\":\"now\",\"arguments\":{}}\n```\nIt is noon.",
    "0 call_1 now\n0 {}\n0 ended\nToolCalls\ndropped text"
)]
#[case::ordinary_code("```json\n{}\n```\nDone.", "text \"```json\\n{}\\n```\\nDone.\"\nStop")]
fn an_answer_becomes_events(#[case] text: &str, #[case] expected: &str) {
    assert_eq!(told(&turn(), text), expected);
}

#[test]
fn blocks_one_after_the_other_are_parallel_calls() {
    let draw = "```tool_call\n{\"name\":\"draw\",\"input\":\"\"}\n```";
    insta::assert_snapshot!(told(&turn(), &format!("{NOW}\n{NOW} \n{draw}")));
}

#[rstest]
#[case::unknown_tool("{\"name\":\"moon\",\"arguments\":{}}")]
#[case::no_object("[\"now\",{}]")]
#[case::cut_json("{\"name\":\"no")]
#[case::another_member("{\"name\":\"now\",\"parameters\":{}}")]
#[case::arguments_in_a_string("{\"name\":\"now\",\"arguments\":\"{}\"}")]
#[case::input_for_a_function("{\"name\":\"now\",\"input\":\"\"}")]
#[case::arguments_for_a_text("{\"name\":\"draw\",\"arguments\":{}}")]
#[case::two_objects("{\"name\":\"draw\",\"input\":\"\"}\n{\"name\":\"draw\",\"input\":\"\"}")]
fn a_block_that_is_not_as_agreed_is_reported_and_not_shown(#[case] body: &str) {
    let told = told(&turn(), &format!("Hm.\n```tool_call\n{body}\n```\n"));
    assert!(
        told.starts_with("text \"Hm.\"\nStop\nviolation: "),
        "{told}"
    );
    let name: String = body.chars().filter(|it| it.is_alphanumeric()).collect();
    insta::assert_snapshot!(format!("not_as_agreed_{name}"), told);
}

#[rstest]
#[case::wrong_value("{\"place\":\"a\",\"days\":[\"mon\",\"sun\"]}")]
#[case::missing("{\"days\":[]}")]
fn arguments_that_break_the_schema_are_sent_only_where_they_are_streamed(#[case] arguments: &str) {
    let text = format!("```tool_call\n{{\"name\":\"weather\",\"arguments\":{arguments}}}\n```");
    let checked = read_text(&turn(), Delivery::Checked, &text);
    assert_eq!(checked.events, [stop()]);
    assert!(checked.violations[0].starts_with("The arguments of `weather` do not follow"));
    let streamed = read_text(&turn(), Delivery::Streamed, &text);
    assert_eq!(streamed.violations, checked.violations);
    let expected = format!("0 call_1 weather\n0 {arguments}\nStop\nviolation: ");
    assert!(
        lines(&streamed).starts_with(&expected),
        "{}",
        lines(&streamed)
    );
}

#[test]
fn a_good_call_after_a_bad_one_has_a_place_of_its_own() {
    let text = format!("```tool_call\n{{\"name\":\"weather\",\"arguments\":{{}}}}\n```\n{NOW}");
    let checked = lines(&read_text(&turn(), Delivery::Checked, &text));
    assert!(checked.starts_with("0 call_1 now\n0 {}\n0 ended\nToolCalls\nviolation"));
    let streamed = lines(&read_text(&turn(), Delivery::Streamed, &text));
    let expected = "0 call_1 weather\n0 {}\n1 call_2 now\n1 {}\n1 ended\nToolCalls\nviolation";
    assert!(streamed.starts_with(expected), "{streamed}");
}

#[test]
fn a_block_that_the_end_of_the_answer_cuts_is_reported() {
    let text = "```tool_call\n{\"name\":\"weather\",\"arguments\":{\"place\":\"a";
    let batch = || {
        let finish = TurnEvent::Finish(FinishReason::Length);
        vec![vec![TurnEvent::Text(text.into()), finish]]
    };
    let checked = lines(&read(&turn(), Delivery::Checked, batch()));
    assert_eq!(
        checked,
        "Length\nviolation: The answer ends inside a `tool_call` block."
    );
    let streamed = lines(&read(&turn(), Delivery::Streamed, batch()));
    assert!(streamed.starts_with("0 call_1 weather\n0 {\"place\":\"a\nLength\n"));
}

#[test]
fn a_choice_is_kept() {
    let required = choosing(ToolChoice::Required);
    let without = told(&required, "No.");
    assert!(without.starts_with("text \"No.\"\nStop\nviolation: The answer holds no"));
    assert!(told(&required, NOW).ends_with("ToolCalls"));

    let named = choosing(ToolChoice::Named(ToolKind::Function, "weather".into()));
    let other = told(&named, NOW);
    assert!(
        other.contains("`now` is not to be called in this answer, only `weather`"),
        "{other}"
    );

    let allowed = choosing(ToolChoice::Allowed {
        is_required: false,
        names: vec!["now".into(), "draw".into()],
    });
    assert!(told(&allowed, NOW).ends_with("ToolCalls"));
    assert_eq!(told(&allowed, "No."), "text \"No.\"\nStop");

    let none = choosing(ToolChoice::None);
    assert_eq!(told(&none, NOW), format!("text {NOW:?}\nStop"));
}

#[test]
fn a_refusal_or_a_cut_owes_no_call() {
    let required = choosing(ToolChoice::Required);
    let refused = vec![vec![TurnEvent::Refusal("No.".into()), stop()]];
    assert!(
        read(&required, Delivery::Checked, refused)
            .violations
            .is_empty()
    );
    let cut = vec![vec![TurnEvent::Finish(FinishReason::Length)]];
    assert!(
        read(&required, Delivery::Checked, cut)
            .violations
            .is_empty()
    );
}

#[test]
fn where_one_call_is_allowed_the_first_one_counts() {
    let one = Turn {
        parallel_tool_calls: Some(false),
        ..turn()
    };
    assert_eq!(
        told(&one, &format!("{NOW}{NOW}```tool_call\n{{")),
        "0 call_1 now\n0 {}\n0 ended\nToolCalls\ndropped calls: 2"
    );
}

#[test]
fn all_else_passes_through_in_order() {
    let citation = |start, end| {
        TurnEvent::Citation(Citation {
            start,
            end,
            url: "u".into(),
            title: String::new(),
        })
    };
    let batch = vec![
        TurnEvent::Reasoning("```tool_call\n".into()),
        TurnEvent::Text("好 [1](u)\n".into()),
        citation(2, 8),
        TurnEvent::Title("T".into()),
        TurnEvent::Text(format!("{NOW} [2](u)")),
        citation(60, 66),
        stop(),
    ];
    insta::assert_snapshot!(lines(&read(&turn(), Delivery::Streamed, vec![batch])));
}
