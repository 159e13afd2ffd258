//! Messages answers: the golden set, and that a stream adds up to the whole reply the way
//! Anthropic's own clients put it together.

use openai::chat_completion::FinishReason;
use openai::usage::{CompletionTokensDetails, PromptTokensDetails, Usage};
use proptest::prelude::*;
use serde_json::{Value, json};
use simulator::{Encoding, Framing, script_names};
use transcode::reply::answer_style::{ActivityFormat, AnswerStyle};
use transcode::reply::message_events::MessageEvents;
use transcode::reply::message_reply::MessageReply;
use transcode::reply::message_steps::MessageStyle;
use transcode::reply::reply_head::ReplyHead;
use transcode::request::anthropic_message::Thoughts;
use transcode::turn::{Thought, ToolKind};
use transcode::turn_event::{
    Activity, ActivityStatus, Citation, FilePlace, ImageOutput, OutputFile, Step, ToolCallBegun,
    TurnEvent,
};

use crate::support::{read_as, rendered, stream_events};

fn head() -> ReplyHead {
    ReplyHead {
        id: "msg_1".into(),
        created: 1,
        model: "gpt-5-2".into(),
        show_ids: false,
        prompt_tokens: 9,
        activity: ActivityFormat::Markdown,
    }
}

fn style() -> MessageStyle {
    MessageStyle {
        model: "claude-x".into(),
        thoughts: Thoughts::Shown,
        tells_searches: true,
    }
}

fn streamed(events: &[TurnEvent]) -> Vec<u8> {
    let mut writer = MessageEvents::new(head(), style());
    let mut out = Vec::new();
    for event in events {
        writer.write(event.clone(), &mut out).unwrap();
    }
    out
}

fn whole(events: &[TurnEvent]) -> Value {
    let mut reply = MessageReply::new(head(), style());
    for event in events {
        reply.push(event.clone());
    }
    serde_json::from_slice(&reply.to_json().expect("the answer is over")).unwrap()
}

/// What Anthropic's Python client makes of a stream (`accumulate_event`), and what it takes for
/// granted: blocks come one after another, each begun and ended once.
fn accumulated(stream: &[u8]) -> Value {
    let mut message = Value::Null;
    let mut inputs = String::new();
    let mut open: Option<u64> = None;
    let mut next = 0;
    for (name, data) in stream_events(stream) {
        let event: Value = serde_json::from_str(&data).unwrap();
        assert_eq!(event["type"], name.unwrap().as_str());
        match event["type"].as_str().unwrap() {
            "message_start" => {
                assert!(message.is_null());
                message = event["message"].clone();
            }
            "content_block_start" => {
                assert_eq!((open, event["index"].as_u64()), (None, Some(next)));
                open = Some(next);
                next += 1;
                inputs.clear();
                let content = message["content"].as_array_mut().unwrap();
                content.push(event["content_block"].clone());
            }
            "content_block_delta" => {
                assert_eq!(event["index"].as_u64(), open);
                let index = usize::try_from(open.unwrap()).unwrap();
                more(&mut message["content"][index], &event["delta"], &mut inputs);
            }
            "content_block_stop" => assert_eq!(event["index"].as_u64(), open.take()),
            "message_delta" => {
                for (name, value) in event["delta"].as_object().unwrap() {
                    message[name] = value.clone();
                }
                for (name, value) in event["usage"].as_object().unwrap() {
                    message["usage"][name] = value.clone();
                }
            }
            "message_stop" => assert_eq!(open, None),
            other => panic!("{other}"),
        }
    }
    message
}

fn more(block: &mut Value, delta: &Value, inputs: &mut String) {
    let push = |block: &mut Value, field: &str| {
        let more = delta[field].as_str().unwrap();
        let text = block[field].as_str().unwrap().to_owned() + more;
        block[field] = text.into();
    };
    match (
        delta["type"].as_str().unwrap(),
        block["type"].as_str().unwrap(),
    ) {
        ("text_delta", "text") => push(block, "text"),
        ("thinking_delta", "thinking") => push(block, "thinking"),
        ("signature_delta", "thinking") => block["signature"] = delta["signature"].clone(),
        ("citations_delta", "text") => match block["citations"].as_array_mut() {
            Some(citations) => citations.push(delta["citation"].clone()),
            None => block["citations"] = json!([delta["citation"]]),
        },
        ("input_json_delta", "tool_use") => {
            inputs.push_str(delta["partial_json"].as_str().unwrap());
            if let Ok(input) = serde_json::from_str(inputs) {
                block["input"] = input;
            }
        }
        other => panic!("{other:?}"),
    }
}

/// What both say; of a withdrawn answer the stream cannot take back what it showed.
fn same(events: &[TurnEvent]) {
    let (mut stream, whole) = (accumulated(&streamed(events)), whole(events));
    if whole["stop_reason"] == "refusal" {
        let content = stream["content"].as_array_mut().unwrap();
        let kept = whole["content"].as_array().unwrap().len();
        content.drain(..content.len() - kept);
    }
    assert_eq!(stream, whole);
}

fn of_script(script: &str) -> Vec<TurnEvent> {
    let stream = rendered(script, 1, Encoding::V1, &Framing::default());
    let (events, end) = read_as(&[&stream.bytes], AnswerStyle::default());
    end.unwrap();
    events
}

fn whole_scripts() -> impl Iterator<Item = &'static str> {
    let names = script_names().iter().copied();
    names.filter(|name| *name != "image-async")
}

#[test]
fn every_script_streamed_adds_up_to_the_whole_reply() {
    for script in whole_scripts() {
        same(&of_script(script));
    }
}

#[test]
fn scripts_as_whole_replies() {
    for script in [
        "plain",
        "reasoning-tools",
        "search",
        "image",
        "code",
        "withdrawn",
    ] {
        if script_names().contains(&script) {
            let reply = serde_json::to_string_pretty(&whole(&of_script(script))).unwrap();
            insta::assert_snapshot!(format!("message-{script}"), reply);
        }
    }
}

fn begun(index: usize, kind: ToolKind) -> TurnEvent {
    TurnEvent::ToolCall(ToolCallBegun {
        index,
        id: format!("call_{index}"),
        name: format!("tool{index}"),
        kind,
    })
}

fn input(index: usize, piece: &str) -> TurnEvent {
    let piece = piece.to_owned();
    TurnEvent::ToolInput { index, piece }
}

fn sealed(seal: &str) -> TurnEvent {
    TurnEvent::Thought(Thought {
        summary: Vec::new(),
        sealed: Some(seal.into()),
    })
}

fn search(id: &str, status: ActivityStatus) -> TurnEvent {
    TurnEvent::Activity(Activity {
        id: id.into(),
        step: Step::Search {
            queries: vec!["what".into(), "where".into()],
        },
        status,
    })
}

fn image(link: &str) -> TurnEvent {
    TurnEvent::Image(ImageOutput {
        file: OutputFile {
            conversation_id: None,
            message_id: "m".into(),
            place: FilePlace::Pointer("sediment://1".into()),
            name: None,
        },
        link: link.into(),
        size: None,
        title: Some("A cat".into()),
        is_partial: false,
    })
}

fn text(text: &str) -> TurnEvent {
    TurnEvent::Text(text.into())
}

fn citation() -> TurnEvent {
    TurnEvent::Citation(Citation {
        start: 0,
        end: 1,
        url: "https://x.example/".into(),
        title: "X".into(),
    })
}

#[test]
fn an_agents_answer_with_everything_in_it() {
    let events = [
        TurnEvent::Reasoning("Let me ".into()),
        TurnEvent::Reasoning("see.".into()),
        sealed("seal"),
        search("a-1", ActivityStatus::InProgress),
        search("a-1", ActivityStatus::Completed),
        search("a-2", ActivityStatus::Failed),
        text("I call"),
        text(" two [1](https://x.example/)."),
        citation(),
        sealed("a seal alone"),
        begun(0, ToolKind::Function),
        input(0, "{\"a\":"),
        begun(1, ToolKind::Function),
        input(1, "{\"b\":2}"),
        input(0, "1}"),
        TurnEvent::ToolCallEnded { index: 0 },
        TurnEvent::ToolCallEnded { index: 1 },
        begun(2, ToolKind::Custom),
        input(2, "free "),
        input(2, "text"),
        TurnEvent::Usage(Usage {
            prompt_tokens: 100,
            completion_tokens: 20,
            total_tokens: 120,
            prompt_tokens_details: PromptTokensDetails { cached_tokens: 64 },
            completion_tokens_details: CompletionTokensDetails {
                reasoning_tokens: 5,
            },
            estimated: false,
        }),
        TurnEvent::Finish(FinishReason::ToolCalls),
    ];
    same(&events);
    insta::assert_snapshot!(
        "message-agent-stream",
        String::from_utf8(streamed(&events)).unwrap()
    );
    let reply = serde_json::to_string_pretty(&whole(&events)).unwrap();
    insta::assert_snapshot!("message-agent", reply);
}

#[test]
fn the_end_says_why() {
    let ended = |events: &[TurnEvent]| {
        same(events);
        let reply = whole(events);
        let pick = |name: &str| reply[name].as_str().unwrap_or("-").to_owned();
        (pick("stop_reason"), pick("stop_sequence"))
    };
    let finish = TurnEvent::Finish;
    let case = |events: &[TurnEvent], reason: &str, sequence: &str| {
        assert_eq!(ended(events), (reason.to_owned(), sequence.to_owned()));
    };
    case(&[text("a"), finish(FinishReason::Stop)], "end_turn", "-");
    case(&[finish(FinishReason::Length)], "max_tokens", "-");
    let stop = TurnEvent::StopSequence("END".into());
    case(
        &[text("a"), stop, finish(FinishReason::Stop)],
        "stop_sequence",
        "END",
    );
    let refused = TurnEvent::Refusal("No.".into());
    case(
        &[
            text("a"),
            refused.clone(),
            finish(FinishReason::ContentFilter),
        ],
        "refusal",
        "-",
    );
    case(&[refused, finish(FinishReason::Stop)], "refusal", "-");
}

#[test]
fn a_picture_that_the_text_does_not_show_is_linked_at_its_end() {
    let shown = |events: &[TurnEvent]| whole(events)["content"][0]["text"].clone();
    let done = TurnEvent::Finish(FinishReason::Stop);
    let link = "https://gw.example/files/1";
    let missing = [text("Here."), image(link), done.clone()];
    assert_eq!(
        shown(&missing),
        "Here.\n\n![A cat](https://gw.example/files/1)"
    );
    let there = [
        image(link),
        text("![A cat](https://gw.example/files/1)"),
        done,
    ];
    assert_eq!(shown(&there), "![A cat](https://gw.example/files/1)");
}

#[test]
fn a_rewritten_answer_is_whole_in_its_last_version_and_breaks_a_stream() {
    let events = [
        TurnEvent::Reasoning("Hm.".into()),
        text("old "),
        text("text"),
        citation(),
        TurnEvent::Rewritten("new".into()),
        text(" text"),
        TurnEvent::Finish(FinishReason::Stop),
    ];
    let content = &whole(&events)["content"];
    assert_eq!(
        content[1],
        json!({"type": "text", "citations": null, "text": "new text"})
    );
    assert_eq!(content.as_array().unwrap().len(), 2);
    let mut writer = MessageEvents::new(head(), style());
    let mut out = Vec::new();
    let mut results = events
        .into_iter()
        .map(|event| writer.write(event, &mut out));
    assert!(results.any(|result| result.is_err()));
}

#[test]
fn thoughts_are_left_out_or_sealed_as_was_asked() {
    let blocks = |thoughts: Thoughts| {
        let mut reply = MessageReply::new(
            head(),
            MessageStyle {
                thoughts,
                ..style()
            },
        );
        for event in [
            TurnEvent::Reasoning("Hm.".into()),
            sealed("seal"),
            text("Hi"),
            TurnEvent::Finish(FinishReason::Stop),
        ] {
            reply.push(event);
        }
        let reply: Value = serde_json::from_slice(&reply.to_json().unwrap()).unwrap();
        reply["content"].clone()
    };
    let text = json!({"type": "text", "citations": null, "text": "Hi"});
    let thought =
        |thinking: &str| json!({"type": "thinking", "thinking": thinking, "signature": "seal"});
    assert_eq!(blocks(Thoughts::Left), json!([text]));
    assert_eq!(blocks(Thoughts::Sealed), json!([thought(""), text]));
    assert_eq!(blocks(Thoughts::Shown), json!([thought("Hm."), text]));
}

fn events() -> impl Strategy<Value = Vec<TurnEvent>> {
    let kind = prop::bool::ANY.prop_map(|is_custom| match is_custom {
        true => ToolKind::Custom,
        false => ToolKind::Function,
    });
    // A call in one go, or in the middle of another one; its input is an object or cut into two.
    let call = (0usize..1000, kind, prop::bool::ANY).prop_map(|(index, kind, nests)| {
        let mut events = vec![begun(index, kind), input(index, "{\"a\":[1,")];
        if nests {
            let other = index + 1000;
            events.extend([begun(other, ToolKind::Function), input(other, "{}")]);
        }
        events.extend([input(index, "2]}"), TurnEvent::ToolCallEnded { index }]);
        events
    });
    let one = prop_oneof![
        4 => "[a-z 你\n]{0,8}".prop_map(|it| vec![TurnEvent::Text(it)]),
        2 => "[a-z]{0,8}".prop_map(|it| vec![TurnEvent::Reasoning(it)]),
        1 => "[a-z]{1,8}".prop_map(|it| vec![sealed(&it)]),
        1 => Just(vec![TurnEvent::Thought(Thought::default())]),
        1 => Just(vec![citation()]),
        1 => "[a-z]{1,3}".prop_map(|it| vec![image(&it)]),
        1 => "[a-z]{1,3}".prop_map(|it| vec![search(&it, ActivityStatus::Completed)]),
        3 => call,
    ];
    let end = prop::sample::select(vec![
        FinishReason::Stop,
        FinishReason::Length,
        FinishReason::ToolCalls,
    ]);
    (prop::collection::vec(one, 0..12), end).prop_map(|(events, reason)| {
        let mut events = events.concat();
        events.push(TurnEvent::Finish(reason));
        events
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]
    #[test]
    fn a_stream_adds_up_to_the_whole_reply_whatever_happens(events in events()) {
        same(&events);
    }
}
