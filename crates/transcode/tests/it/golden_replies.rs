//! The golden set: every script as a streamed and as a whole reply, so that a change of what
//! callers get is seen in review.
//!
//! Both encodings must give the same bytes, so there is one file for them. Of a streamed
//! reply, what a chunk's envelope shares with the one before is written as `…`.

use simulator::{Encoding, Framing, script_names};
use transcode::reply::answer_style::{ActivityFormat, AnswerStyle, FileLinks};
use transcode::reply::chat_chunks::ChatChunks;
use transcode::reply::chat_reply::ChatReply;
use transcode::reply::reply_head::ReplyHead;
use transcode::turn_event::{FilePlace, TurnEvent};

use crate::support::{read_as, rendered};

/// Scripts with tools, whose steps are also told beside the text.
const WITH_STEPS: &[&str] = &[
    "agent",
    "browsing-old",
    "canvas-comment",
    "canvas-update",
    "code-error",
    "code-plot",
    "file-search",
    "gpt-action",
    "image",
    "image-old",
    "image-refused",
    "memory",
    "reasoning-tools",
    "search",
];

fn head(show_ids: bool, activity: ActivityFormat) -> ReplyHead {
    ReplyHead {
        id: "chatcmpl-1".into(),
        created: 1_769_267_362,
        model: "gpt-5-2".into(),
        show_ids,
        prompt_tokens: 9,
        activity,
        is_native: false,
    }
}

/// What both encodings of a script are read as, and why it is not a whole answer, if so.
fn events(script: &str, activity: ActivityFormat) -> (Vec<TurnEvent>, Option<String>) {
    let [v1, cumulative] = [Encoding::V1, Encoding::Cumulative].map(|encoding| {
        let stream = rendered(script, 1, encoding, &Framing::default());
        let style = AnswerStyle {
            activity,
            links: FileLinks::new(|file| match &file.place {
                FilePlace::Sandbox(path) => format!("https://gateway.example{path}"),
                FilePlace::Pointer(pointer) => {
                    format!("https://gateway.example/{}", pointer.replace("://", "/"))
                }
                FilePlace::Inline(inline) => inline.data_url(),
            }),
            ..AnswerStyle::default()
        };
        let (events, end) = read_as(&[&stream.bytes], style);
        (events, end.err().map(|broken| broken.to_string()))
    });
    assert_eq!(v1, cumulative, "{script}");
    v1
}

fn streamed(script: &str) -> String {
    let (events, broken) = events(script, ActivityFormat::Markdown);
    let mut chunks = ChatChunks::new(head(true, ActivityFormat::Markdown), true);
    let mut out = Vec::new();
    for event in events {
        chunks.write(event, &mut out).unwrap();
    }
    let mut page = abbreviated(&String::from_utf8(out).unwrap());
    page.extend(broken.map(|broken| format!("broken: {broken}\n")));
    page
}

/// Without what a chunk's envelope has in common with the one before it.
fn abbreviated(stream: &str) -> String {
    let mut page = String::new();
    let mut before = ("", "");
    for line in stream.split_terminator("\n\n") {
        assert!(line.starts_with("data: ") && !line.contains('\n'), "{line}");
        let parts = line.split_once("\"delta\":").and_then(|(start, rest)| {
            let (delta, end) = rest.rsplit_once(",\"logprobs\"")?;
            Some((start, delta, end))
        });
        match parts {
            Some((start, delta, end)) if (start, end) == before => {
                page.extend(["…", delta, "…"]);
            }
            Some((start, _, end)) => {
                page.push_str(line);
                before = (start, end);
            }
            None => page.push_str(line),
        }
        page.push('\n');
    }
    page
}

fn whole(script: &str, activity: ActivityFormat) -> String {
    let (events, broken) = events(script, activity);
    let mut reply = ChatReply::new(head(false, activity));
    for event in events {
        reply.push(event);
    }
    match (reply.to_json(), broken) {
        (Some(json), None) => String::from_utf8(json).unwrap(),
        (None, Some(broken)) => format!("broken: {broken}"),
        (json, broken) => panic!("{script}: {json:?} and {broken:?}"),
    }
}

#[test]
fn every_script_as_a_streamed_reply() {
    for script in script_names() {
        insta::assert_snapshot!(format!("stream-{script}"), streamed(script));
    }
}

#[test]
fn every_script_as_a_whole_reply() {
    for script in script_names() {
        let reply = whole(script, ActivityFormat::Markdown);
        insta::assert_snapshot!(format!("whole-{script}"), reply);
    }
}

#[test]
fn steps_are_told_beside_the_text_when_asked_for() {
    for script in WITH_STEPS {
        let reply = whole(script, ActivityFormat::Structured);
        insta::assert_snapshot!(format!("steps-{script}"), reply);
    }
}
