//! Whole replies as bytes, so that a change of the public shape is seen in review.

use rstest::rstest;
use simulator::{Encoding, Framing};
use transcode::reply::answer_style::ActivityFormat;
use transcode::reply::chat_chunks::ChatChunks;
use transcode::reply::chat_reply::ChatReply;
use transcode::reply::reply_head::ReplyHead;

use crate::support::{rendered, turn_events};

fn head(show_ids: bool) -> ReplyHead {
    ReplyHead {
        id: "chatcmpl-1".into(),
        created: 1_769_267_362,
        model: "gpt-5-2".into(),
        show_ids,
        prompt_tokens: 9,
        activity: ActivityFormat::Markdown,
    }
}

#[rstest]
#[case("code")]
#[case("reasoning")]
#[case("moderation")]
#[case("max-tokens")]
fn a_streamed_reply(#[case] script: &str) {
    let stream = rendered(script, 1, Encoding::V1, &Framing::default());
    let mut chunks = ChatChunks::new(head(true), true);
    let mut out = Vec::new();
    for event in turn_events(&[&stream.bytes]).unwrap() {
        chunks.write(event, &mut out).unwrap();
    }
    insta::assert_snapshot!(format!("stream-{script}"), String::from_utf8(out).unwrap());
}

#[rstest]
#[case("code")]
#[case("reasoning-old")]
#[case("moderation")]
fn a_whole_reply(#[case] script: &str) {
    let stream = rendered(script, 1, Encoding::Cumulative, &Framing::default());
    let mut reply = ChatReply::new(head(false));
    for event in turn_events(&[&stream.bytes]).unwrap() {
        reply.push(event);
    }
    let json = String::from_utf8(reply.to_json().unwrap()).unwrap();
    insta::assert_snapshot!(format!("whole-{script}"), json);
}
