//! Answers in the Responses protocol: streamed, whole only at the end, and broken off.

use proptest::prelude::*;
use serde_json::{Value, json};
use transcode::account_mark::AccountMark;
use transcode::reply::answer_reader::{AnswerReader, BrokenAnswer, ReadingOptions};
use transcode::reply::answer_style::{AnswerStyle, ReasoningFormat};
use transcode::reply::responses_reader::ResponsesReader;
use transcode::turn_event::TurnEvent;

use crate::driver_streams::{calls, cut, read, typed, visible};
use crate::support::pieces;

fn options() -> ReadingOptions {
    ReadingOptions {
        mark: AccountMark::of([0xab; 16]),
        now: 1000,
        ..ReadingOptions::default()
    }
}

fn reader() -> ResponsesReader {
    ResponsesReader::new(options())
}

fn created() -> Value {
    json!({"type": "response.created", "sequence_number": 0,
           "response": {"id": "resp_1", "model": "gpt-5.2-codex", "status": "in_progress"}})
}

fn item(kind: &str, index: u64, item: &Value) -> Value {
    json!({"type": format!("response.output_item.{kind}"), "output_index": index, "item": item})
}

fn delta(name: &str, index: u64, delta: &str) -> Value {
    json!({"type": format!("response.{name}.delta"), "output_index": index,
           "content_index": 0, "summary_index": 0, "delta": delta})
}

fn completed(output: &Value) -> Value {
    json!({"type": "response.completed", "response": {
        "id": "resp_1", "model": "gpt-5.2-codex", "status": "completed", "output": output,
        "usage": {"input_tokens": 100, "input_tokens_details": {"cached_tokens": 64},
                  "output_tokens": 20, "output_tokens_details": {"reasoning_tokens": 8},
                  "total_tokens": 120}}})
}

/// The items of an answer with everything an answer can have, when they are done.
fn items() -> Vec<Value> {
    vec![
        json!({"id": "rs_1", "type": "reasoning", "encrypted_content": "gAAA",
               "summary": [{"type": "summary_text", "text": "**Planning**"},
                           {"type": "summary_text", "text": "More."}]}),
        json!({"id": "ws_1", "type": "web_search_call", "status": "completed",
               "action": {"type": "search", "query": "weather"}}),
        json!({"id": "msg_1", "type": "message", "role": "assistant", "status": "completed",
               "content": [{"type": "output_text", "text": "你好 [1] there",
                   "annotations": [{"type": "url_citation", "start_index": 3, "end_index": 6,
                                    "url": "https://a.example", "title": "A"}]}]}),
        json!({"id": "ig_1", "type": "image_generation_call", "status": "completed",
               "result": "aGk=", "output_format": "webp", "size": "8x6",
               "revised_prompt": "a cat"}),
        json!({"id": "ci_1", "type": "code_interpreter_call", "status": "completed",
               "code": "print(1)", "outputs": [{"type": "logs", "logs": "1"}]}),
        json!({"id": "msg_2", "type": "message", "role": "assistant", "status": "completed",
               "content": [{"type": "output_text", "text": "Done.", "annotations": []}]}),
        json!({"id": "fc_1", "type": "function_call", "call_id": "call_1", "name": "shell",
               "arguments": "{\"cmd\":\"ls\"}"}),
        json!({"id": "ct_1", "type": "custom_tool_call", "call_id": "call_2", "name": "patch",
               "input": "*** Begin"}),
    ]
}

/// The same answer, streamed as upstream does.
fn streamed() -> Vec<Value> {
    let all = items();
    let bare = |index: usize| {
        let mut item = all[index].clone();
        for name in [
            "content",
            "summary",
            "arguments",
            "input",
            "result",
            "action",
            "code",
        ] {
            if let Some(value) = item.get_mut(name) {
                *value = if value.is_string() {
                    "".into()
                } else {
                    json!([])
                };
            }
        }
        item["status"] = "in_progress".into();
        item
    };
    let at = |index: u64| item("added", index, &bare(index.try_into().unwrap()));
    let done = |index: u64| item("done", index, &all[usize::try_from(index).unwrap()]);
    let summary = |part: u64, text: &str| {
        json!({"type": "response.reasoning_summary_text.delta", "output_index": 0,
               "summary_index": part, "delta": text})
    };
    vec![
        json!({"type": "codex.rate_limits", "plan_type": "plus", "rate_limits":
               {"primary": {"used_percent": 41.5, "window_minutes": 300, "reset_at": 2000}}}),
        created(),
        json!({"type": "response.in_progress", "response": {"id": "resp_1"}}),
        at(0),
        json!({"type": "response.reasoning_summary_part.added", "output_index": 0}),
        summary(0, "**Plan"),
        summary(0, "ning**"),
        summary(1, "More."),
        done(0),
        at(1),
        json!({"type": "response.web_search_call.searching", "output_index": 1}),
        done(1),
        at(2),
        delta("output_text", 2, "你好 "),
        json!({"type": "keepalive"}),
        delta("output_text", 2, "[1]"),
        json!({"type": "response.output_text.annotation.added", "output_index": 2,
               "content_index": 0, "annotation": all[2]["content"][0]["annotations"][0]}),
        delta("output_text", 2, " there"),
        json!({"type": "response.output_text.done", "output_index": 2, "content_index": 0,
               "text": "你好 [1] there"}),
        done(2),
        at(3),
        json!({"type": "response.image_generation_call.partial_image", "output_index": 3,
               "item_id": "ig_1", "partial_image_b64": "aA==", "output_format": "webp"}),
        done(3),
        at(4),
        done(4),
        at(5),
        delta("output_text", 5, "Done."),
        done(5),
        at(6),
        delta("function_call_arguments", 6, "{\"cmd\""),
        delta("function_call_arguments", 6, ":\"ls\"}"),
        json!({"type": "response.function_call_arguments.done", "output_index": 6,
               "arguments": "{\"cmd\":\"ls\"}"}),
        done(6),
        at(7),
        delta("custom_tool_call_input", 7, "*** Begin"),
        done(7),
        completed(&json!([])),
    ]
}

fn events_of(stream: &[Value]) -> Vec<TurnEvent> {
    let (events, end, _) = read(reader(), &[&typed(stream)]);
    end.unwrap();
    events
}

#[test]
fn a_streamed_answer_event_by_event() {
    insta::assert_debug_snapshot!(events_of(&streamed()));
}

/// What an answer comes to: its text, its thoughts, its calls, and the rest.
type Essence = (String, String, Vec<(String, String, String)>, Vec<String>);

fn essence(events: &[TurnEvent]) -> Essence {
    let mut thought = String::new();
    let mut rest = Vec::new();
    for event in events {
        match event {
            TurnEvent::Reasoning(piece) => thought.push_str(piece),
            TurnEvent::Image(image) if image.is_partial => {}
            TurnEvent::Activity(it)
                if it.status != transcode::turn_event::ActivityStatus::Completed => {}
            TurnEvent::Citation(_)
            | TurnEvent::Image(_)
            | TurnEvent::Activity(_)
            | TurnEvent::Thought(_)
            | TurnEvent::Usage(_)
            | TurnEvent::Finish(_) => {
                rest.push(format!("{event:?}"));
            }
            _ => {}
        }
    }
    (visible(events), thought, calls(events), rest)
}

#[test]
fn what_came_only_when_it_was_done_or_only_at_the_end_is_told_once() {
    let whole = essence(&events_of(&streamed()));
    assert_eq!(
        whole.0,
        "你好 [1] there\n\n```python\nprint(1)\n```\n\n```Output\n1\n```\n\nDone."
    );
    let mut in_done = vec![created()];
    in_done.extend(
        (0..)
            .zip(items())
            .map(|(index, it)| item("done", index, &it)),
    );
    in_done.push(completed(&json!([])));
    assert_eq!(essence(&events_of(&in_done)), whole);
    let at_end = [created(), completed(&items().into())];
    assert_eq!(essence(&events_of(&at_end)), whole);
    let mut twice = streamed();
    *twice.last_mut().unwrap() = completed(&items().into());
    assert_eq!(essence(&events_of(&twice)), whole);
    let mut without_thoughts = streamed();
    *without_thoughts.last_mut().unwrap() = completed(&items()[1..].into());
    assert_eq!(essence(&events_of(&without_thoughts)), whole);
}

#[test]
fn nothing_is_told_before_the_answer_begins_so_that_it_can_be_asked_again() {
    let failed = json!({"type": "response.failed", "response": {"error":
        {"code": "server_is_overloaded", "message": "Busy."}}});
    let error = json!({"type": "error", "code": "rate_limit_exceeded", "message": "Slow."});
    let nested = json!({"type": "error", "error": {"type": "usage_limit_reached",
        "message": "Full.", "resets_at": 1060}});
    let opening = streamed()[..3].to_vec();
    for (last, code, wait) in [
        (failed, "server_is_overloaded", None),
        (error, "rate_limit_exceeded", None),
        (nested, "usage_limit_reached", Some(60)),
    ] {
        let mut stream = opening.clone();
        stream.push(last.clone());
        let native = ReadingOptions {
            wants_native: true,
            ..options()
        };
        let (events, end, has_begun) = read(ResponsesReader::new(native), &[&typed(&stream)]);
        assert!(events.is_empty() && !has_begun, "{events:?}");
        let Err(BrokenAnswer::Reported(fault)) = end else {
            panic!("{end:?}");
        };
        assert_eq!((fault.code.as_deref(), fault.clears_in), (Some(code), wait));
        stream.insert(3, delta("output_text", 0, "Hel"));
        let (events, _, has_begun) = read(reader(), &[&typed(&stream)]);
        assert!(has_begun && visible(&events) == "Hel");
        assert!(matches!(events[0], TurnEvent::Limits(_)));
    }
    let (events, end, has_begun) = read(reader(), &[&typed(&opening)]);
    assert_eq!(
        (events.len(), end, has_begun),
        (0, Err(BrokenAnswer::Truncated), false)
    );
}

#[test]
fn a_stream_that_only_stops_is_no_answer() {
    let stream = streamed();
    let (_, end, _) = read(reader(), &[&typed(&stream[..stream.len() - 1])]);
    assert_eq!(end, Err(BrokenAnswer::Truncated));
}

#[test]
fn an_answer_ends_for_the_reason_that_upstream_states() {
    for (reason, finish) in [
        ("max_output_tokens", "Finish(Length)"),
        ("content_filter", "Finish(ContentFilter)"),
    ] {
        let stream = [
            created(),
            delta("output_text", 0, "Hel"),
            json!({"type": "response.incomplete", "response": {"status": "incomplete",
                   "incomplete_details": {"reason": reason}}}),
        ];
        let events = events_of(&stream);
        assert_eq!(format!("{:?}", events.last().unwrap()), finish);
    }
    let refused = [
        delta("refusal", 0, "I can"),
        json!({"type": "response.refusal.done", "output_index": 0, "content_index": 0,
               "refusal": "I cannot."}),
        completed(&json!([])),
    ];
    let events = events_of(&refused);
    assert_eq!(
        format!("{:?}", &events[..2]),
        "[Refusal(\"I can\"), Refusal(\"not.\")]"
    );
}

#[test]
fn events_are_handed_out_as_they_came_with_the_mark_before_what_is_sealed() {
    let native = ReadingOptions {
        wants_native: true,
        ..options()
    };
    let (events, end, _) = read(ResponsesReader::new(native), &[&typed(&streamed())]);
    end.unwrap();
    let natives: Vec<(&str, Value)> = events
        .iter()
        .filter_map(|event| match event {
            TurnEvent::Native(it) => {
                let data = serde_json::from_str(&it.data).unwrap();
                Some((it.name.as_deref().unwrap(), data))
            }
            _ => None,
        })
        .collect();
    let sent: Vec<Value> = streamed()
        .into_iter()
        .filter(|it| it["type"].as_str().unwrap().starts_with("response."))
        .collect();
    assert_eq!(natives.len(), sent.len());
    for ((name, data), mut sent) in natives.into_iter().zip(sent) {
        assert_eq!(sent["type"], name);
        if sent["item"]["encrypted_content"].is_string() {
            sent["item"]["encrypted_content"] = "abababab.gAAA".into();
        }
        assert_eq!(data, sent);
    }
    let others: Vec<TurnEvent> = events
        .into_iter()
        .filter(|event| !matches!(event, TurnEvent::Native(_)))
        .collect();
    assert_eq!(others, events_of(&streamed()));
}

#[test]
fn names_nobody_knows_are_noted_and_passed_over() {
    let stream = typed(&[
        json!({"type": "response.of.tomorrow", "delta": {"odd": true}}),
        item("added", 0, &json!({"id": "x", "type": "telepathy_call"})),
        delta("output_text", 1, "Hi"),
        json!({"type": 7, "output_index": "odd"}),
        completed(&json!([])),
    ]);
    let mut reader = reader();
    let mut events = Vec::new();
    let mut decoder = sse::Decoder::new(1 << 20);
    decoder.push(&stream);
    decoder.push(b"data: {broken\n\n");
    while let Some(event) = decoder.next_event().unwrap() {
        reader.read(event.name, event.data, &mut events).unwrap();
    }
    let names: Vec<String> = reader
        .take_unknown()
        .into_iter()
        .map(|it| it.name)
        .collect();
    assert_eq!(names, ["response.of.tomorrow", "telepathy_call"]);
    assert_eq!(visible(&events), "Hi");
    let (_, end, _) = read(
        ResponsesReader::new(options()),
        &[
            b"data: {\n\n",
            b"data: {\n\n",
            b"data: {\n\n",
            b"data: {\n\n",
        ],
    );
    assert_eq!(end, Err(BrokenAnswer::Malformed));
}

#[test]
fn thoughts_are_shown_as_they_are_wanted() {
    let show = |reasoning| {
        let style = AnswerStyle {
            reasoning,
            ..AnswerStyle::default()
        };
        let options = ReadingOptions { style, ..options() };
        let stream = [
            created(),
            item("done", 0, &items()[0]),
            item("done", 1, &items()[2]),
            completed(&json!([])),
        ];
        let (events, end, _) = read(ResponsesReader::new(options), &[&typed(&stream)]);
        end.unwrap();
        events
    };
    let raw = show(ReasoningFormat::Raw);
    let text = "<think>\n**Planning**\n\nMore.\n</think>\n\n你好 [1] there";
    assert_eq!(visible(&raw), text);
    let cited = raw.iter().find_map(|event| match event {
        TurnEvent::Citation(it) => Some(it),
        _ => None,
    });
    let cited = cited.unwrap();
    let said: String = text
        .chars()
        .skip(cited.start)
        .take(cited.end - cited.start)
        .collect();
    assert_eq!(said, "[1]");
    let hidden = show(ReasoningFormat::Hidden);
    assert_eq!(visible(&hidden), "你好 [1] there");
    assert!(!format!("{hidden:?}").contains("Planning"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn cut_anywhere_the_events_are_the_same(cuts in prop::collection::vec(any::<usize>(), 0..12)) {
        let stream = typed(&streamed());
        let (events, end, _) = read(reader(), &pieces(&stream, &cuts));
        prop_assert_eq!(end, Ok(()));
        prop_assert_eq!(events, events_of(&streamed()));
    }

    #[test]
    fn deltas_come_to_the_final_text_wherever_they_stop(
        text in "\\PC{0,40}",
        cuts in prop::collection::vec(any::<usize>(), 0..8),
        told in any::<usize>(),
    ) {
        let pieces = cut(&text, &cuts);
        let told = told % (pieces.len() + 1);
        let mut stream: Vec<Value> =
            pieces[..told].iter().map(|it| delta("output_text", 0, it)).collect();
        let message = json!({"id": "m", "type": "message",
                             "content": [{"type": "output_text", "text": text}]});
        stream.push(item("done", 0, &message));
        stream.push(completed(&json!([message])));
        prop_assert_eq!(visible(&events_of(&stream)), text);
    }
}
