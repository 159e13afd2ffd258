//! Reasoning beside the text, in the text, or nowhere.

use serde_json::{Value, json};
use transcode::reply::answer_style::{AnswerStyle, ReasoningFormat};
use transcode::turn_event::TurnEvent;

use crate::turn::{answer, call, message, shown, told_as};

fn thoughts(id: &str, contents: &[&str]) -> Value {
    let thoughts: Vec<Value> = contents
        .iter()
        .map(|content| json!({"summary": "S", "content": content}))
        .collect();
    message(
        id,
        "assistant",
        &json!({"content_type": "thoughts", "thoughts": thoughts}),
    )
}

/// Two phases of thinking around a search, then the answer.
fn two_phases() -> Vec<Value> {
    vec![
        thoughts("T1", &["one"]),
        thoughts("T1", &["one more", "two"]),
        call("K", "python", "1"),
        thoughts("T2", &["three"]),
        message(
            "R",
            "assistant",
            &json!({"content_type": "reasoning_recap", "content": "Thought for 7s"}),
        ),
        answer("A", "Yes", true),
    ]
}

/// The text, and the reasoning beside it.
fn shown_as(reasoning: ReasoningFormat, states: &[Value]) -> (String, String) {
    let style = AnswerStyle {
        reasoning,
        ..AnswerStyle::default()
    };
    let (events, end) = told_as(states, &style);
    end.unwrap();
    let beside = events.iter().map(|event| match event {
        TurnEvent::Reasoning(text) => text.as_str(),
        _ => "",
    });
    (shown(&events), beside.collect())
}

const CODE: &str = "```python\n1\n```";

#[test]
fn parsed_reasoning_stands_beside_the_text() {
    assert_eq!(
        shown_as(ReasoningFormat::Parsed, &two_phases()),
        (
            format!("{CODE}\n\nYes"),
            "**S**\n\none more\n\n**S**\n\ntwo\n\n**S**\n\nthree".into()
        )
    );
}

#[test]
fn raw_reasoning_is_a_block_for_each_phase_closed_before_anything_else() {
    assert_eq!(
        shown_as(ReasoningFormat::Raw, &two_phases()),
        (
            format!(
                "<think>\n**S**\n\none more\n\n**S**\n\ntwo\n</think>\n\n{CODE}\n\n\
                 <think>\n**S**\n\nthree\n</think>\n\nYes"
            ),
            String::new()
        )
    );
}

#[test]
fn hidden_reasoning_is_nowhere_and_a_recap_is_no_reasoning() {
    let hidden = shown_as(ReasoningFormat::Hidden, &two_phases());
    assert_eq!(hidden, (format!("{CODE}\n\nYes"), String::new()));
    let recap = [two_phases().remove(4), answer("A", "Yes", true)];
    for format in [ReasoningFormat::Parsed, ReasoningFormat::Raw] {
        assert_eq!(shown_as(format, &recap), ("Yes".into(), String::new()));
    }
}

#[test]
fn thoughts_that_come_in_the_middle_of_an_answer_wait_for_its_end() {
    let states = [
        answer("A", "Ye", false),
        thoughts("T", &["late"]),
        answer("A", "Yes", true),
    ];
    let raw = "Yes\n\n<think>\n**S**\n\nlate\n</think>";
    assert_eq!(
        shown_as(ReasoningFormat::Raw, &states),
        (raw.into(), String::new())
    );
}

#[test]
fn the_analysis_channel_and_the_older_tool_are_reasoning_too() {
    let mut analysis = answer("X", "I weigh it", true);
    analysis["channel"] = json!("analysis");
    let older = message(
        "Y",
        "tool:a8km123",
        &json!({"content_type": "text", "parts": ["and again"]}),
    );
    let states = [analysis, older, answer("A", "Yes", true)];
    assert_eq!(
        shown_as(ReasoningFormat::Parsed, &states),
        ("Yes".into(), "I weigh it\n\nand again".into())
    );
}
