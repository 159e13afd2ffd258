//! What holds for every stream of events: numbers, places, and that streamed and whole agree.

use std::collections::HashMap;

use openai::chat_completion::FinishReason;
use openai::usage::Usage;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Ending, Picture, ResponseAnswer, ResponseStyle};
use crate::reply::answer_style::ActivityFormat;
use crate::reply::reply_head::ReplyHead;
use crate::turn::{Thought, ToolKind};
use crate::turn_event::{
    Activity, ActivityStatus, Citation, FilePlace, ImageOutput, OutputFile, Step, ToolCallBegun,
    TurnEvent,
};

fn answer(is_streamed: bool) -> ResponseAnswer {
    let head = ReplyHead {
        id: "resp_1".into(),
        created: 1,
        model: "m".into(),
        show_ids: false,
        prompt_tokens: 3,
        activity: ActivityFormat::Structured,
        is_native: false,
    };
    let style = ResponseStyle {
        is_streamed,
        shows_sealed: true,
        ..ResponseStyle::default()
    };
    ResponseAnswer::new(head, style)
}

fn play(events: &[TurnEvent], reason: FinishReason, is_streamed: bool) -> (Vec<Value>, Value) {
    let mut answer = answer(is_streamed);
    answer.begin();
    for event in events {
        match event {
            TurnEvent::Image(image) if image.title.is_some() => {
                let picture = Picture {
                    base64: "AA==".into(),
                    format: Some("png".into()),
                };
                answer.picture(image, Some(picture));
            }
            other => answer.take(other.clone()).unwrap(),
        }
    }
    answer.end(Ending::Finished(reason), 9);
    let written = answer.take_written();
    for it in &written {
        let data: Value = serde_json::from_slice(&it.json).unwrap();
        assert_eq!(data["type"], it.name.as_ref());
    }
    let told = written
        .iter()
        .map(|it| serde_json::from_slice(&it.json).unwrap());
    let response = serde_json::to_value(answer.response()).unwrap();
    (told.collect(), response)
}

fn image(is_partial: bool, has_bytes: bool) -> TurnEvent {
    TurnEvent::Image(Box::new(ImageOutput {
        file: OutputFile {
            conversation_id: None,
            message_id: "m".into(),
            place: FilePlace::Pointer("file-service://x".into()),
            name: None,
        },
        link: "http://gateway/files/x".into(),
        size: Some((2, 3)),
        title: has_bytes.then(|| "a cat".into()),
        is_partial,
    }))
}

fn step(id: u8, kind: u8, status: u8) -> TurnEvent {
    let step = match kind {
        0 => Step::Code {
            code: "f()"[..=usize::from(status)].into(),
            output: (status > 0).then(|| "1".into()),
        },
        1 => Step::Search {
            queries: vec!["rhine".into()],
        },
        2 => Step::ImageGeneration { prompt: None },
        3 => Step::Memory { text: "x".into() },
        _ => Step::Tool {
            name: "t".into(),
            input: "{}".into(),
            output: Some("o".into()),
        },
    };
    TurnEvent::Activity(Box::new(Activity {
        id: format!("{kind}-{id}"),
        step,
        status: match status {
            0 => ActivityStatus::InProgress,
            1 => ActivityStatus::Completed,
            _ => ActivityStatus::Failed,
        },
    }))
}

fn event() -> impl Strategy<Value = TurnEvent> {
    let cited = Citation {
        start: 0,
        end: 3,
        url: "u".into(),
        title: "t".into(),
    };
    prop_oneof![
        "[a-z\n é]{0,6}".prop_map(TurnEvent::Text),
        "[a-z\n]{0,6}".prop_map(TurnEvent::Reasoning),
        Just(TurnEvent::Citation(cited)),
        "[a-z]{1,3}".prop_map(TurnEvent::Refusal),
        (any::<bool>(), any::<bool>()).prop_map(|(a, b)| image(a, b)),
        (0..2u8, 0..5u8, 0..3u8).prop_map(|(id, kind, status)| step(id, kind, status)),
        (0..3usize, any::<bool>()).prop_map(|(index, is_custom)| {
            TurnEvent::ToolCall(ToolCallBegun {
                index,
                id: format!("call_{index}"),
                name: "f".into(),
                kind: if is_custom {
                    ToolKind::Custom
                } else {
                    ToolKind::Function
                },
            })
        }),
        (0..3usize).prop_map(|index| TurnEvent::ToolInput {
            index,
            piece: "{}".into()
        }),
        (0..3usize).prop_map(|index| TurnEvent::ToolCallEnded { index }),
        (proptest::collection::vec("[a-z]{1,3}", 0..3), any::<bool>()).prop_map(
            |(summary, is_sealed)| TurnEvent::Thought(Thought {
                summary,
                sealed: is_sealed.then(|| "sealed".into()),
            })
        ),
        Just(TurnEvent::Usage(Usage::estimated(1, 2, 3))),
    ]
}

/// What a client puts together from the deltas of an item must be what the item says when done.
fn check_item(added: &Value, deltas: &HashMap<String, String>, done: &Value) {
    let of = |name: &str| deltas.get(name).cloned().unwrap_or_default();
    assert_eq!(added["id"], done["id"]);
    assert_ne!(done["status"], "in_progress", "{done}");
    match done["type"].as_str().unwrap() {
        "message" => {
            for part in done["content"].as_array().unwrap() {
                match part["type"].as_str().unwrap() {
                    "refusal" => assert_eq!(part["refusal"], of("response.refusal.delta")),
                    _ => assert_eq!(part["text"], of("response.output_text.delta")),
                }
            }
        }
        "reasoning" => {
            let parts = done["summary"].as_array().unwrap().iter();
            let text: String = parts.map(|it| it["text"].as_str().unwrap()).collect();
            assert_eq!(text, of("response.reasoning_summary_text.delta"));
        }
        "function_call" => {
            assert_eq!(
                done["arguments"],
                of("response.function_call_arguments.delta")
            );
        }
        "custom_tool_call" => {
            assert_eq!(done["input"], of("response.custom_tool_call_input.delta"));
        }
        _ => {}
    }
}

proptest! {
    #[test]
    fn events_are_in_order_and_agree_with_the_whole(
        events in proptest::collection::vec(event(), 0..24),
        reason in prop_oneof![Just(FinishReason::Stop), Just(FinishReason::Length)],
    ) {
        let (told, last) = play(&events, reason, true);
        let (nothing, whole) = play(&events, reason, false);
        prop_assert!(nothing.is_empty());
        prop_assert_eq!(&last, &whole);
        prop_assert_eq!(&told.last().unwrap()["response"], &whole);
        let is_withdrawn = events.iter().any(|it| matches!(it, TurnEvent::Refusal(_)));
        let mut added: Vec<Value> = Vec::new();
        let mut done: HashMap<usize, Value> = HashMap::new();
        let mut deltas: HashMap<usize, HashMap<String, String>> = HashMap::new();
        for (number, event) in told.iter().enumerate() {
            prop_assert_eq!(&event["sequence_number"], &json!(number));
            let Some(place) = event["output_index"].as_u64() else { continue };
            let place = usize::try_from(place).unwrap();
            let kind = event["type"].as_str().unwrap().to_owned();
            if kind == "response.output_item.added" {
                prop_assert_eq!(place, added.len());
                added.push(event["item"].clone());
                continue;
            }
            prop_assert!(place < added.len() && !done.contains_key(&place), "{}", event);
            if kind == "response.output_item.done" {
                check_item(&added[place], deltas.entry(place).or_default(), &event["item"]);
                done.insert(place, event["item"].clone());
                continue;
            }
            prop_assert_eq!(&event["item_id"], &added[place]["id"]);
            if let Some(delta) = event["delta"].as_str() {
                deltas.entry(place).or_default().entry(kind).or_default().push_str(delta);
            }
        }
        prop_assert_eq!(added.len(), done.len());
        if !is_withdrawn {
            for (place, item) in whole["output"].as_array().unwrap().iter().enumerate() {
                prop_assert_eq!(without_late(item), without_late(&done[&place]));
            }
        }
    }
}

/// Sources that came after their message was over are only in the whole.
fn without_late(item: &Value) -> Value {
    let mut item = item.clone();
    for part in item["content"].as_array_mut().into_iter().flatten() {
        part["annotations"] = json!(null);
    }
    item
}

#[test]
fn a_rewritten_answer_is_the_last_word_of_a_whole_and_fails_in_a_stream() {
    let events = [
        TurnEvent::Text("one".into()),
        step(0, 1, 1),
        TurnEvent::Text("two".into()),
    ];
    for is_streamed in [true, false] {
        let mut answer = answer(is_streamed);
        for event in &events {
            answer.take(event.clone()).unwrap();
        }
        let taken = answer.take(TurnEvent::Rewritten("three".into()));
        assert_eq!(taken.is_err(), is_streamed);
        if !is_streamed {
            answer.end(Ending::Finished(FinishReason::Stop), 9);
            let response = serde_json::to_value(answer.response()).unwrap();
            let output = response["output"].as_array().unwrap();
            let texts: Vec<&str> = output
                .iter()
                .filter_map(|it| it["content"][0]["text"].as_str())
                .collect();
            assert_eq!(texts, ["three"]);
        }
    }
}

#[test]
fn what_was_withdrawn_is_not_in_the_response() {
    let events = [
        TurnEvent::Text("bad words".into()),
        TurnEvent::Refusal("no".into()),
    ];
    let (_, response) = play(&events, FinishReason::ContentFilter, true);
    assert_eq!(response["status"], "incomplete");
    assert_eq!(response["incomplete_details"]["reason"], "content_filter");
    assert!(!response.to_string().contains("bad words"));
    assert_eq!(response["output"][0]["content"][0]["refusal"], "no");
}

#[test]
fn sealed_thoughts_are_kept_though_nobody_asked_to_see_them() {
    let mut answer = answer(true);
    answer.shows_sealed = false;
    let thought = Thought {
        summary: vec!["hm".into()],
        sealed: Some("sealed".into()),
    };
    answer.take(TurnEvent::Thought(thought)).unwrap();
    answer.end(Ending::Finished(FinishReason::Stop), 9);
    let shown = serde_json::to_string(answer.response()).unwrap();
    assert!(!shown.contains("sealed"));
    assert_eq!(answer.kept_output()[0]["encrypted_content"], "sealed");
}

#[test]
fn a_broken_answer_says_why_in_both_words_and_ends_once() {
    let mut answer = answer(true);
    answer.begin();
    answer.take(TurnEvent::Text("half".into())).unwrap();
    let ending = Ending::Failed {
        code: "server_error",
        detail: "upstream_truncated",
        message: "it ended",
        param: None,
    };
    answer.end(ending, 9);
    answer.end(Ending::Cancelled, 9);
    let written = answer.take_written();
    let names: Vec<&str> = written.iter().map(|it| it.name.as_ref()).collect();
    assert_eq!(names[names.len() - 2..], ["error", "response.failed"]);
    let error: Value = serde_json::from_slice(&written[names.len() - 2].json).unwrap();
    assert_eq!(error["code"], "upstream_truncated");
    assert_eq!(error["param"], Value::Null);
    assert_eq!(
        answer.response().error.as_ref().unwrap().code,
        "server_error"
    );
}
