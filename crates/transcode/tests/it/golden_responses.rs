//! The golden set of the Responses API: scripts as streams, and a turn with everything that no
//! script plays. What a stream ends with is the whole reply, so there is no file for that.

use openai::chat_completion::FinishReason;
use openai::usage::Usage;
use rstest::rstest;
use simulator::{Encoding, Framing};
use transcode::reply::answer_style::{ActivityFormat, AnswerStyle};
use transcode::reply::reply_head::ReplyHead;
use transcode::reply::response_answer::{Ending, Picture, ResponseAnswer, ResponseStyle};
use transcode::request::response_create;
use transcode::turn::{Thought, ToolKind};
use transcode::turn_event::{FilePlace, ImageOutput, OutputFile, ToolCallBegun, TurnEvent};

use crate::support::{read_as, rendered};

fn answer() -> ResponseAnswer {
    let body = br#"{"model": "gpt-5-2", "input": "hi", "stream": true,
        "tools": [{"type": "function", "name": "f"}, {"type": "custom", "name": "g"},
            {"type": "image_generation"}], "metadata": {"a": "b"}}"#;
    let request = response_create::read(body).unwrap();
    let head = ReplyHead {
        id: "resp_1".into(),
        created: 1_769_267_362,
        model: "gpt-5-2".into(),
        show_ids: false,
        prompt_tokens: 9,
        activity: ActivityFormat::Structured,
    };
    let style = ResponseStyle {
        echo: request.echo,
        is_streamed: true,
        shows_sealed: true,
    };
    ResponseAnswer::new(head, style)
}

fn told(answer: &mut ResponseAnswer) -> String {
    let mut out = Vec::new();
    for event in answer.take_written() {
        event.write(&mut out);
    }
    String::from_utf8(out).unwrap()
}

#[rstest]
fn scripts_are_told_as_published(
    #[values(
        "plain",
        "reasoning-tools",
        "search",
        "code-plot",
        "image",
        "canvas-update",
        "memory",
        "moderation"
    )]
    script: &str,
) {
    let stream = rendered(script, 1, Encoding::V1, &Framing::default());
    let style = AnswerStyle {
        activity: ActivityFormat::Structured,
        ..AnswerStyle::default()
    };
    let (events, end) = read_as(&[&stream.bytes], style);
    end.unwrap();
    let mut answer = answer();
    answer.begin();
    for event in events {
        match event {
            TurnEvent::Finish(reason) => answer.end(Ending::Finished(reason), 1_769_267_365),
            other => answer.take(other).unwrap(),
        }
    }
    insta::assert_snapshot!(format!("response_{script}"), told(&mut answer));
}

fn picture(is_partial: bool) -> ImageOutput {
    ImageOutput {
        file: OutputFile {
            conversation_id: None,
            message_id: "m".into(),
            place: FilePlace::Pointer("sediment://1".into()),
            name: None,
        },
        link: "https://gateway.example/files/1".into(),
        size: Some((2, 3)),
        title: Some("a cat".into()),
        is_partial,
    }
}

fn call(index: usize, kind: ToolKind, name: &str) -> TurnEvent {
    TurnEvent::ToolCall(ToolCallBegun {
        index,
        id: format!("call_{index}"),
        name: name.into(),
        kind,
    })
}

fn input(index: usize, piece: &str) -> TurnEvent {
    TurnEvent::ToolInput {
        index,
        piece: piece.into(),
    }
}

#[test]
fn calls_thoughts_and_pictures_are_told_as_published() {
    let mut answer = answer();
    answer.queue();
    answer.begin();
    let thought = Thought {
        summary: vec!["One.".into(), "Two.".into()],
        sealed: Some("sealed".into()),
    };
    for event in [
        TurnEvent::Thought(thought),
        TurnEvent::Text("Let me see.".into()),
        call(0, ToolKind::Function, "f"),
        input(0, "{\"a\":"),
        call(1, ToolKind::Custom, "g"),
        input(1, "raw"),
        input(0, "1}"),
        TurnEvent::ToolCallEnded { index: 0 },
    ] {
        answer.take(event).unwrap();
    }
    for is_partial in [true, false] {
        let bytes = Picture {
            base64: "AAEC".into(),
            format: Some("png".into()),
        };
        answer.picture(&picture(is_partial), Some(bytes));
    }
    answer
        .take(TurnEvent::Usage(Usage::estimated(1, 2, 3)))
        .unwrap();
    answer.end(Ending::Finished(FinishReason::ToolCalls), 1_769_267_365);
    insta::assert_snapshot!("response_everything", told(&mut answer));
}

#[test]
fn an_answer_that_breaks_is_told_as_published() {
    let mut answer = answer();
    answer.begin();
    answer.take(TurnEvent::Text("half".into())).unwrap();
    let ending = Ending::Failed {
        code: "server_error",
        detail: "upstream_truncated",
        message: "upstream's answer ended before it was complete",
        param: None,
    };
    answer.end(ending, 1_769_267_365);
    insta::assert_snapshot!("response_broken", told(&mut answer));
}
