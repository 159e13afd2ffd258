//! Messages answers: the golden set, and that a stream adds up to the whole reply the way
//! Anthropic's own clients put it together.

mod accumulated;
mod events;

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
use transcode::request::anthropic_message::{Purpose, Thoughts, read};
use transcode::turn::{Speaker, Thought, ToolKind, TurnPart};
use transcode::turn_event::{ActivityStatus, TurnEvent};

use self::accumulated::accumulated;
use self::events::{begun, citation, image, input, sealed, search, text};
use crate::support::{read_as, rendered};

fn head() -> ReplyHead {
    ReplyHead {
        id: "msg_1".into(),
        created: 1,
        model: "gpt-5-2".into(),
        show_ids: false,
        prompt_tokens: 9,
        activity: ActivityFormat::Markdown,
        is_native: false,
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
    serde_json::from_slice(&reply.to_json().unwrap()).unwrap()
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

fn any_events() -> impl Strategy<Value = Vec<TurnEvent>> {
    let kind = prop::bool::ANY.prop_map(|is_custom| {
        if is_custom {
            ToolKind::Custom
        } else {
            ToolKind::Function
        }
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
    fn a_stream_adds_up_to_the_whole_reply_whatever_happens(events in any_events()) {
        same(&events);
    }

    #[test]
    fn what_an_answer_holds_may_come_back(events in any_events()) {
        let content = whole(&events)["content"].clone();
        let body = json!({"model": "m", "max_tokens": 1, "messages": [
            {"role": "user", "content": "a"},
            {"role": "assistant", "content": content},
            {"role": "user", "content": "b"},
        ]});
        let request = read(body.to_string().as_bytes(), Purpose::Answer).unwrap();
        let messages = request.turn.messages;
        let answers = messages.iter().filter(|it| it.role == Speaker::Assistant);
        let parts: Vec<&TurnPart> = answers.flat_map(|it| &it.parts).collect();
        let blocks = content.as_array().unwrap().iter();
        let kept: Vec<&Value> = blocks
            .filter(|it| !["server_tool_use", "web_search_tool_result"].contains(&it["type"].as_str().unwrap()))
            .collect();
        prop_assert_eq!(parts.len(), kept.len());
        for (part, block) in parts.into_iter().zip(kept) {
            match part {
                TurnPart::Text(text) => prop_assert_eq!(text, block["text"].as_str().unwrap()),
                TurnPart::Thought(thought) => {
                    let sealed = thought.sealed.as_deref().unwrap_or_default();
                    prop_assert_eq!(sealed, block["signature"].as_str().unwrap());
                }
                TurnPart::ToolCall(call) => {
                    let input: Value = serde_json::from_str(&call.input).unwrap();
                    prop_assert_eq!(&input, &block["input"]);
                    prop_assert_eq!(&call.id, block["id"].as_str().unwrap());
                }
                TurnPart::Attachment(other) => panic!("{other:?}"),
            }
        }
    }
}
