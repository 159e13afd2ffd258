//! Answers in Chat Completions, as the many servers that speak it write them.

use proptest::prelude::*;
use serde_json::{Value, json};
use transcode::reply::answer_reader::{BrokenAnswer, ReadingOptions};
use transcode::reply::answer_style::{AnswerStyle, ReasoningFormat};
use transcode::reply::chat_reader::ChatReader;
use transcode::turn_event::TurnEvent;

use crate::driver_streams::{calls, chunks, cut, read, visible};
use crate::support::pieces;

fn reader() -> ChatReader {
    ChatReader::new(ReadingOptions::default())
}

fn chunk(delta: &Value, finish: Option<&str>) -> Value {
    json!({"id": "chatcmpl-1", "object": "chat.completion.chunk", "model": "m-1",
           "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})
}

fn streamed() -> Vec<Value> {
    let call = |index: u64, id: &str, name: &str, arguments: &str| {
        let mut call = json!({"index": index, "function": {"arguments": arguments}});
        if !id.is_empty() {
            call["id"] = id.into();
            call["type"] = "function".into();
            call["function"]["name"] = name.into();
        }
        chunk(&json!({"tool_calls": [call]}), None)
    };
    vec![
        chunk(&json!({"role": "assistant", "content": ""}), None),
        chunk(&json!({"reasoning_content": "I th"}), None),
        chunk(&json!({"reasoning_content": "ink", "content": null}), None),
        chunk(&json!({"content": "Hel"}), None),
        chunk(&json!({"content": "lo 你"}), None),
        chunk(
            &json!({"annotations": [{"type": "url_citation", "url_citation":
                {"start_index": 0, "end_index": 5, "url": "https://a.example", "title": "A"}}]}),
            None,
        ),
        call(0, "call_a", "one", ""),
        call(0, "", "", "{\"x\":"),
        call(1, "call_b", "two", "{}"),
        call(0, "", "", "1}"),
        chunk(
            &json!({"images": [{"image_url": {"url": "data:image/png;base64,aGk="}}]}),
            None,
        ),
        chunk(
            &json!({"audio": {"id": "a", "data": "aGk=", "transcript": "Hi"}}),
            None,
        ),
        chunk(&json!({}), Some("tool_calls")),
        json!({"id": "chatcmpl-1", "choices": [], "usage": {"prompt_tokens": 9,
               "completion_tokens": 12, "total_tokens": 21,
               "prompt_tokens_details": {"cached_tokens": 4},
               "completion_tokens_details": {"reasoning_tokens": 3}}}),
    ]
}

fn events_of(stream: &[u8]) -> Vec<TurnEvent> {
    let (events, end, _) = read(reader(), &[stream]);
    end.unwrap();
    events
}

#[test]
fn a_streamed_answer_event_by_event() {
    insta::assert_debug_snapshot!(events_of(&chunks(&streamed())));
}

#[test]
fn calls_are_told_apart_whatever_their_index() {
    let piece = |call: Value| chunk(&json!({"tool_calls": [call]}), None);
    let named = |id: &str, index: Option<u64>| json!({"index": index, "id": id, "function": {"name": "f", "arguments": "{}"}});
    let expected = [("a", "f", "{}"), ("b", "f", "{}")];
    for calls_made in [
        vec![named("a", Some(0)), named("b", Some(0))],
        vec![named("a", None), named("b", None)],
        vec![named("a", Some(3)), named("b", Some(7))],
    ] {
        let stream: Vec<Value> = calls_made.into_iter().map(piece).collect();
        let events = events_of(&chunks(&stream));
        let calls = calls(&events);
        let calls: Vec<(&str, &str, &str)> = calls
            .iter()
            .map(|(id, name, input)| (&**id, &**name, &**input))
            .collect();
        assert_eq!(calls, expected);
        assert_eq!(format!("{:?}", events.last().unwrap()), "Finish(ToolCalls)");
    }
    let nameless = piece(json!({"function": {"name": "f", "arguments": "{}"}}));
    let events = events_of(&chunks(&[nameless]));
    assert_eq!(calls(&events)[0].0, "call_1_0");
    let older = chunk(
        &json!({"function_call": {"name": "f", "arguments": "{}"}}),
        Some("function_call"),
    );
    assert_eq!(calls(&events_of(&chunks(&[older]))).len(), 1);
    let custom = piece(json!({"index": 0, "id": "c", "type": "custom",
                              "custom": {"name": "p", "input": "x"}}));
    let events = events_of(&chunks(&[custom]));
    assert!(format!("{events:?}").contains("Custom"));
    assert_eq!(calls(&events)[0].2, "x");
}

#[test]
fn an_answer_is_whole_with_a_reason_or_with_done_and_broken_without_either() {
    let done = b"data: [DONE]\n\n";
    let without_done = |chunk_list: &[Value]| {
        let mut stream = chunks(chunk_list);
        stream.truncate(stream.len() - done.len());
        stream
    };
    let text = chunk(&json!({"content": "Hi"}), None);
    let stop = chunk(&json!({}), Some("stop"));
    events_of(&without_done(&[text.clone(), stop]));
    events_of(&chunks(std::slice::from_ref(&text)));
    let (_, end, has_begun) = read(reader(), &[&without_done(&[text])]);
    assert_eq!((end, has_begun), (Err(BrokenAnswer::Truncated), true));
    let opening = chunk(&json!({"role": "assistant", "content": ""}), None);
    let (events, end, has_begun) = read(reader(), &[&without_done(&[opening])]);
    assert_eq!((end, has_begun), (Err(BrokenAnswer::Truncated), false));
    assert!(events.is_empty());
}

#[test]
fn an_error_inside_the_stream_is_no_answer() {
    for error in [
        json!({"error": {"message": "Busy.", "code": 503}}),
        json!({"error": {"message": "Busy.", "type": "503"}}),
    ] {
        let (_, end, has_begun) = read(reader(), &[&chunks(&[error])]);
        let Err(BrokenAnswer::Reported(fault)) = end else {
            panic!("{end:?}");
        };
        assert_eq!(
            (&*fault.message, fault.code.as_deref()),
            ("Busy.", Some("503"))
        );
        assert!(!has_begun);
    }
    let (_, end, _) = read(
        reader(),
        &[b"event: error\ndata: {\"message\":\"No.\"}\n\n"],
    );
    assert!(matches!(end, Err(BrokenAnswer::Reported(fault)) if fault.message == "No."));
}

#[test]
fn chunks_are_handed_out_as_they_came() {
    let options = ReadingOptions {
        wants_native: true,
        ..ReadingOptions::default()
    };
    let (events, end, _) = read(ChatReader::new(options), &[&chunks(&streamed())]);
    end.unwrap();
    let natives = events.iter().filter_map(|event| match event {
        TurnEvent::Native(it) => Some(serde_json::from_str::<Value>(&it.data).unwrap()),
        _ => None,
    });
    assert_eq!(natives.collect::<Vec<_>>(), streamed());
    assert!(matches!(events[0], TurnEvent::Native(_)));
}

#[test]
fn thoughts_stand_in_the_text_where_they_are_wanted_there() {
    let options = ReadingOptions {
        style: AnswerStyle {
            reasoning: ReasoningFormat::Raw,
            ..AnswerStyle::default()
        },
        ..ReadingOptions::default()
    };
    let (events, end, _) = read(ChatReader::new(options), &[&chunks(&streamed())]);
    end.unwrap();
    assert_eq!(visible(&events), "<think>\nI think\n</think>\n\nHello 你");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn cut_anywhere_the_events_are_the_same(cuts in prop::collection::vec(any::<usize>(), 0..12)) {
        let stream = chunks(&streamed());
        let (events, end, _) = read(reader(), &pieces(&stream, &cuts));
        prop_assert_eq!(end, Ok(()));
        prop_assert_eq!(events, events_of(&stream));
    }

    #[test]
    fn deltas_come_to_the_text(
        text in "\\PC{0,40}",
        cuts in prop::collection::vec(any::<usize>(), 0..8),
    ) {
        let deltas = cut(&text, &cuts);
        let stream: Vec<Value> =
            deltas.iter().map(|it| chunk(&json!({"content": it}), None)).collect();
        prop_assert_eq!(visible(&events_of(&chunks(&stream))), text);
    }
}
