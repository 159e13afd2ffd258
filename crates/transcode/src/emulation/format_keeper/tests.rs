//! Answers that have to be JSON.

use openai::chat_completion::FinishReason;
use rstest::rstest;
use serde_json::json;

use super::FormatKeeper;
use crate::emulation::prepare;
use crate::turn::{AnswerFormat, JsonSchema, ToolKind, Turn};
use crate::turn_event::{Citation, ToolCallBegun, TurnEvent};

fn by_schema() -> AnswerFormat {
    AnswerFormat::JsonSchema(JsonSchema {
        schema: Some(json!({
            "type": "object",
            "properties": {"mood": {"enum": ["good", "bad"]}},
            "required": ["mood"],
        })),
        ..JsonSchema::default()
    })
}

fn kept(format: AnswerFormat, events: Vec<TurnEvent>) -> (Vec<TurnEvent>, Option<String>) {
    let turn = Turn {
        format,
        ..Turn::default()
    };
    let mut keeper = FormatKeeper::new(prepare(&turn).unwrap().plan);
    let mut out = Vec::new();
    for event in events {
        let mut batch = vec![event];
        keeper.apply(&mut batch);
        out.append(&mut batch);
    }
    (out, keeper.violation().map(ToString::to_string))
}

fn text(text: &str) -> TurnEvent {
    TurnEvent::Text(text.into())
}

fn stop() -> TurnEvent {
    TurnEvent::Finish(FinishReason::Stop)
}

#[rstest]
#[case::alone("{\"mood\": \"good\"}", "{\"mood\": \"good\"}")]
#[case::white_space("\n{\"mood\":\"bad\",\"x\":1.00}\r\n", "{\"mood\":\"bad\",\"x\":1.00}")]
#[case::fenced("```json\n{\"mood\":\"bad\"}\n```\n", "{\"mood\":\"bad\"}")]
#[case::another_fence(
    " ```JSON\r\n{\n\"mood\":\"good\"\n}\r\n```",
    "{\n\"mood\":\"good\"\n}"
)]
#[case::no_language(
    "```\n{\"mood\":\"bad\",\"x\":\"```\"}\n```",
    "{\"mood\":\"bad\",\"x\":\"```\"}"
)]
fn json_by_the_schema_is_passed_on_as_it_was_written(#[case] answer: &str, #[case] json: &str) {
    for middle in (0..answer.len()).filter(|at| answer.is_char_boundary(*at)) {
        let (first, second) = answer.split_at(middle);
        let kept = kept(by_schema(), vec![text(first), text(second), stop()]);
        assert_eq!(kept, (vec![text(json), stop()], None));
    }
}

#[rstest]
#[case::text(by_schema(), "Good.")]
#[case::text_around(by_schema(), "Here:\n```json\n{\"mood\":\"good\"}\n```")]
#[case::another_language(by_schema(), "```yaml\n{\"mood\":\"good\"}\n```")]
#[case::cut(by_schema(), "{\"mood\":")]
#[case::wrong(by_schema(), "{\"mood\":\"fine\"}")]
#[case::nothing(by_schema(), "")]
#[case::list(AnswerFormat::JsonObject, "[1]")]
fn what_is_not_as_agreed_is_held_and_reported(#[case] format: AnswerFormat, #[case] answer: &str) {
    let (events, violation) = kept(format, vec![text(answer), stop()]);
    assert_eq!(events, [stop()]);
    let name: String = answer.chars().filter(|it| it.is_alphanumeric()).collect();
    insta::assert_snapshot!(format!("not_as_agreed_{name}"), violation.unwrap());
}

#[test]
fn any_json_will_do_where_nothing_more_is_asked() {
    for (format, answer) in [
        (AnswerFormat::JsonObject, "{}"),
        (AnswerFormat::JsonSchema(JsonSchema::default()), "[null]"),
        (AnswerFormat::Text, "Good day.\n"),
    ] {
        let kept = kept(format, vec![text(answer), stop()]);
        assert_eq!(kept, (vec![text(answer), stop()], None));
    }
}

#[test]
fn a_rewritten_answer_replaces_what_is_held() {
    let rewritten = TurnEvent::Rewritten("{\"mood\":".into());
    let events = vec![text("I"), rewritten, text("\"bad\"}"), stop()];
    let kept = kept(by_schema(), events);
    assert_eq!(kept, (vec![text("{\"mood\":\"bad\"}"), stop()], None));
}

#[test]
fn sources_are_counted_from_the_beginning_of_the_json() {
    let citation = |start, end| {
        TurnEvent::Citation(Citation {
            start,
            end,
            url: "u".into(),
            title: String::new(),
        })
    };
    let answer = "```json\n{\"好\":\"[1](u)\"}\n```";
    let events = vec![text(answer), citation(14, 20), citation(2, 4), stop()];
    let (events, _) = kept(AnswerFormat::JsonObject, events);
    assert_eq!(
        events,
        [text("{\"好\":\"[1](u)\"}"), citation(6, 12), stop()]
    );
}

#[rstest]
#[case::cut(TurnEvent::Finish(FinishReason::Length))]
#[case::refused(TurnEvent::Refusal("No.".into()))]
#[case::called(TurnEvent::ToolCall(ToolCallBegun {
    index: 0, id: "call_1".into(), name: "f".into(), kind: ToolKind::Function,
}))]
fn an_answer_without_a_form_is_passed_on_as_it_is(#[case] event: TurnEvent) {
    let (events, violation) = kept(by_schema(), vec![text("So."), event.clone(), stop()]);
    assert_eq!(events, [text("So."), event, stop()]);
    assert_eq!(violation, None);
}
