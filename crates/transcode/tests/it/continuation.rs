//! Answers whose stream is not all: cut, handed over, or with a picture still to come.

use serde_json::{Value, json};
use simulator::{Encoding, Framing, script_names};
use sse::Decoder;
use transcode::reply::answer_style::AnswerStyle;
use transcode::reply::web_reader::{BrokenStream, WebReader};
use transcode::turn_event::TurnEvent;

use crate::support::{SENT, rendered, stream_events};
use crate::turn::{END, answer, call, cumulative, message, shown, v1};
use crate::visible_text::visible;

fn reader() -> WebReader {
    WebReader::new(vec![SENT.into()], AnswerStyle::default())
}

fn feed(reader: &mut WebReader, stream: &[u8], out: &mut Vec<TurnEvent>) {
    let mut decoder = Decoder::new(1 << 20);
    decoder.push(stream);
    while let Some(event) = decoder.next_event().unwrap() {
        reader.read(event.name, event.data, out).unwrap();
    }
}

/// A conversation's document with these messages in a row, and something hanging beside.
fn stored(messages: &[Value]) -> String {
    let mut mapping =
        json!({"root": {"id": "root", "message": null, "parent": null, "children": []}});
    let mut parent = String::from("root");
    for message in messages {
        let id = message["id"].as_str().unwrap().to_owned();
        mapping[&id] = json!({"id": id, "message": message, "parent": parent, "children": []});
        parent = id;
    }
    let aside = answer("variant", "another answer", true);
    mapping["variant"] = json!({"message": aside, "parent": "root"});
    json!({"title": "T", "mapping": mapping, "current_node": parent, "conversation_id": "C"})
        .to_string()
}

fn sent() -> Value {
    let content = json!({"content_type": "text", "parts": ["?"]});
    message(SENT, "user", &content)
}

#[test]
fn a_stream_cut_anywhere_goes_on_with_another_one_or_with_what_is_stored() {
    let skipped = ["image-async", "moderation"];
    for script in script_names().iter().filter(|name| !skipped.contains(name)) {
        for encoding in [Encoding::V1, Encoding::Cumulative] {
            let whole = rendered(script, 1, encoding, &Framing::default());
            let events = stream_events(&whole.bytes);
            let document = stored(&whole.messages);
            let expected = visible(&whole.messages);
            // Few cuts for each script, at different places of each.
            for cut in (script.len() % 7..events.len() - 4).step_by(1 + events.len() / 5) {
                for goes_on_with_stream in [true, false] {
                    let mut reader = reader();
                    let mut out = Vec::new();
                    for (name, data) in &events[..cut] {
                        reader.read(name.as_deref(), data, &mut out).unwrap();
                    }
                    assert!(reader.finish(&mut Vec::new()).is_err(), "{script} at {cut}");
                    assert_eq!(reader.events_seen(), cut as u64);
                    reader.reopen();
                    if goes_on_with_stream {
                        if encoding == Encoding::V1 {
                            reader
                                .read(Some("delta_encoding"), "\"v1\"", &mut out)
                                .unwrap();
                        }
                        let rest = if cut == 0 { 1 } else { cut };
                        assert_eq!(
                            reader.events_seen(),
                            if encoding == Encoding::V1 { rest } else { cut } as u64
                        );
                        for (name, data) in &events[cut..] {
                            reader.read(name.as_deref(), data, &mut out).unwrap();
                        }
                    } else {
                        let is_complete = reader.read_stored(&document, &mut out).unwrap();
                        assert!(is_complete, "{script} at {cut}");
                    }
                    reader.finish(&mut out).unwrap();
                    assert_eq!(
                        shown(&out),
                        expected,
                        "{script} {encoding:?} at {cut}, {goes_on_with_stream}"
                    );
                }
            }
        }
    }
}

#[test]
fn a_second_stream_that_begins_anew_repeats_nothing() {
    let states = [
        call("K", "python", "print(1)"),
        answer("A", "", false),
        answer("A", "One", false),
        answer("A", "One and two", true),
    ];
    for write in [v1, cumulative] {
        let mut reader = reader();
        let mut out = Vec::new();
        feed(&mut reader, write(&states[..3]).as_bytes(), &mut out);
        reader.reopen();
        feed(&mut reader, (write(&states) + END).as_bytes(), &mut out);
        reader.finish(&mut out).unwrap();
        assert_eq!(shown(&out), "```python\nprint(1)\n```\n\nOne and two");
    }
}

#[test]
fn a_handed_over_answer_says_so_and_what_to_ask_for_it_with() {
    let mut reader = reader();
    let mut out = Vec::new();
    let events = [
        r#"{"type":"resume_conversation_token","kind":"topic","token":"secret-1","conversation_id":"C"}"#,
        r#"{"type":"stream_handoff","turn_exchange_id":"x","options":[]}"#,
        r#"{"type":"server_ste_metadata","metadata":{}}"#,
        "[DONE]",
    ];
    for data in events {
        reader.read(None, data, &mut out).unwrap();
    }
    reader.read(Some("ping"), "{}", &mut out).unwrap();
    assert_eq!(reader.finish(&mut out), Err(BrokenStream::HandedOff));
    assert_eq!(reader.resume_token(), Some("secret-1"));
    assert_eq!(reader.conversation_id(), Some("C"));
    assert_eq!(reader.events_seen(), 3);
    assert!(
        !format!("{reader:?}").contains("secret-1"),
        "a secret is not shown"
    );

    reader.reopen();
    let unfinished = [sent(), answer("A", "So f", false)];
    assert_eq!(
        reader.read_stored(&stored(&unfinished), &mut out),
        Ok(false)
    );
    let finished = [sent(), answer("A", "So far", true)];
    assert_eq!(reader.read_stored(&stored(&finished), &mut out), Ok(true));
    reader.finish(&mut out).unwrap();
    assert_eq!(shown(&out), "So far");
    assert!(out.contains(&TurnEvent::Title("T".into())));
}

#[test]
fn a_remark_before_a_hand_over_is_not_the_answer() {
    let mut remark = answer("A", "Let me think.", true);
    remark["end_turn"] = json!(null);
    let stream = cumulative(&[remark]) + "data: {\"type\":\"stream_handoff\"}\n\n" + END;
    let mut reader = reader();
    let mut out = Vec::new();
    feed(&mut reader, stream.as_bytes(), &mut out);
    assert_eq!(reader.finish(&mut out), Err(BrokenStream::HandedOff));
}

#[test]
fn a_picture_that_comes_later_is_found_in_what_is_stored() {
    let stream = rendered("image-async", 1, Encoding::V1, &Framing::default());
    let mut reader = reader();
    let mut out = Vec::new();
    feed(&mut reader, &stream.bytes, &mut out);
    let Err(BrokenStream::ImagePending {
        task_id: Some(task),
    }) = reader.finish(&mut out)
    else {
        panic!("no picture is awaited")
    };
    assert!(task.starts_with("imagegen_"), "{task}");
    reader.reopen();
    assert_eq!(
        reader.read_stored(&stored(&stream.messages), &mut out),
        Ok(false)
    );

    let content = json!({"content_type": "multimodal_text", "parts": [
        {"content_type": "image_asset_pointer", "asset_pointer": "sediment://file_1"},
    ]});
    let mut messages = stream.messages.clone();
    messages.push(message("P", "tool:t2uay3k.sj1i4kz", &content));
    assert_eq!(reader.read_stored(&stored(&messages), &mut out), Ok(true));
    reader.finish(&mut out).unwrap();
    assert_eq!(shown(&out), "![Image](sediment://file_1)");
    assert!(matches!(out.last(), Some(TurnEvent::Finish(_))));
}

#[test]
fn the_promise_itself_may_become_the_picture() {
    let mut promise = message(
        "P",
        "tool:x9.y8",
        &json!({"content_type": "text", "parts": ["Processing"]}),
    );
    promise["metadata"]["image_gen_async"] = json!(true);
    let mut reader = reader();
    let mut out = Vec::new();
    feed(
        &mut reader,
        (v1(&[promise.clone()]) + END).as_bytes(),
        &mut out,
    );
    assert_eq!(
        reader.finish(&mut out),
        Err(BrokenStream::ImagePending { task_id: None })
    );
    promise["content"] = json!({"content_type": "multimodal_text", "parts": [
        {"content_type": "image_asset_pointer", "asset_pointer": "sediment://file_1"},
    ]});
    assert_eq!(
        reader.read_stored(&stored(&[sent(), promise]), &mut out),
        Ok(true)
    );
    reader.finish(&mut out).unwrap();
    assert_eq!(shown(&out), "![Image](sediment://file_1)");
}

#[test]
fn a_stored_conversation_without_the_sent_message_tells_nothing() {
    let others = [
        message("U", "user", &json!({})),
        answer("B", "an older answer", true),
    ];
    let mut reader = reader();
    let mut out = Vec::new();
    assert_eq!(reader.read_stored(&stored(&others), &mut out), Ok(false));
    assert_eq!(shown(&out), "");
    let circle = r#"{"mapping":{"a":{"parent":"b"},"b":{"parent":"a"}},"current_node":"a"}"#;
    assert_eq!(reader.read_stored(circle, &mut out), Ok(false));
    assert_eq!(
        reader.read_stored("{", &mut out),
        Err(BrokenStream::Malformed)
    );
}

#[test]
fn names_nobody_knows_are_told_once_and_only_names() {
    let stream = rendered("unknown-types", 1, Encoding::V1, &Framing::default());
    let mut reader = reader();
    reader.read(Some("odd name"), "", &mut Vec::new()).unwrap();
    feed(&mut reader, &stream.bytes, &mut Vec::new());
    let mut told: Vec<String> = reader
        .take_unknown()
        .into_iter()
        .map(|it| format!("{}={}", it.kind.name(), it.name))
        .collect();
    told.sort();
    assert_eq!(
        told,
        [
            "content_type=hologram",
            "event_name=other",
            "event_type=tide_table",
            "operation=increment",
            "reference_type=glyph",
            "status=finished_with_flourish",
        ]
    );
    assert!(reader.take_unknown().is_empty());
}
