//! Scripts of models that think before they answer, in the layouts upstream has used.

use serde_json::{Value, json};

use super::{plain, search};
use crate::pieces;
use crate::prompt;
use crate::story::{Finish, Story, TEXT};
use crate::timeline::Op;

/// The present layout: thoughts, a recap, the answer in the final channel.
pub(super) fn current(story: &mut Story<'_>) {
    let [first, second] = thoughts(story.prompt());
    begin_thoughts(story);
    story.change(append_thoughts(&thought(first.0, "", false)));
    story.stream_text(
        "/message/content/thoughts/0/content",
        pieces::words(first.1),
    );
    story.patch(vec![
        Op::replace("/message/content/thoughts/0/finished", true),
        append_thoughts(&thought(second.0, second.1, true)),
        Op::replace("/message/status", "finished_successfully"),
    ]);
    recap(story, 7);
    answer(story);
}

/// The thoughts come only when they are finished, all at once.
pub(super) fn snapshot(story: &mut Story<'_>) {
    let all = thoughts(story.prompt()).map(|(summary, content)| thought(summary, content, true));
    let mut message = begin_thoughts(story);
    message["content"]["thoughts"] = json!(all);
    message["status"] = json!("finished_successfully");
    story.snapshot(message);
    recap(story, 7);
    answer(story);
}

/// A thought, a search, another thought, and the recap of both.
pub(super) fn around_tools(story: &mut Story<'_>) {
    let [first, second] = thoughts(story.prompt());
    think(story, first);
    search::look_up(story, "Rhine level Basel");
    think(story, second);
    recap(story, 12);
    answer(story);
}

/// A recap and no thoughts, as after short thinking.
pub(super) fn recap_only(story: &mut Story<'_>) {
    recap(story, 2);
    answer(story);
}

/// The layout of 2024: the thoughts are the text of a tool message.
pub(super) fn old(story: &mut Story<'_>) {
    let [first, second] = thoughts(story.prompt());
    let text = format!(
        "**{}**\n\n{}\n\n**{}**\n\n{}",
        first.0, first.1, second.0, second.1
    );
    let mut message = story.tool_message(
        "a8km123",
        &json!({"content_type": "text", "parts": [""]}),
        json!({"initial_text": "Reasoning", "finished_text": "Finished reasoning"}),
    );
    message["weight"] = json!(0.0);
    story.begin(message);
    story.stream_text(TEXT, pieces::words(&text));
    story.patch(vec![
        Op::replace("/message/status", "finished_successfully"),
        Op::replace("/message/metadata/finished_text", "Reasoned for 2 seconds"),
        Op::new("/message/metadata/finished_duration_sec", "add", json!(2)),
    ]);
    let text = plain::reply_to(story.prompt());
    story.answer(&pieces::words(&text), None, Finish::Stop);
}

/// Begins a message for thoughts, and returns it as it was begun.
fn begin_thoughts(story: &mut Story<'_>) -> Value {
    let content = json!({
        "content_type": "thoughts",
        "thoughts": [],
        "source_analysis_msg_id": story.id_of("analysis"),
    });
    let mut message = story.assistant(&content, None);
    message["end_turn"] = json!(false);
    message["metadata"]["reasoning_status"] = json!("is_reasoning");
    let id = story.begin(message.clone());
    story.marker(&id, "cot_token", "first");
    message
}

/// One thought in a message of its own.
fn think(story: &mut Story<'_>, (summary, content): (&str, &str)) {
    begin_thoughts(story);
    story.change(append_thoughts(&thought(summary, "", false)));
    story.stream_text(
        "/message/content/thoughts/0/content",
        pieces::words(content),
    );
    story.patch(vec![
        Op::replace("/message/content/thoughts/0/finished", true),
        Op::replace("/message/status", "finished_successfully"),
    ]);
}

fn recap(story: &mut Story<'_>, seconds: u32) {
    let text = if prompt::is_chinese(story.prompt()) {
        format!("已思考 {seconds} 秒")
    } else {
        format!("Thought for {seconds}s")
    };
    let content = json!({"content_type": "reasoning_recap", "content": text});
    let mut message = story.assistant(&content, None);
    message["create_time"] = Value::Null;
    message["status"] = json!("finished_successfully");
    message["end_turn"] = json!(false);
    message["metadata"]["reasoning_status"] = json!("reasoning_ended");
    message["metadata"]["finished_duration_sec"] = json!(seconds);
    message["metadata"]["reasoning_recap_type"] = json!("hide_all");
    story.begin(message);
}

fn answer(story: &mut Story<'_>) {
    let text = plain::reply_to(story.prompt());
    story.answer(&pieces::words(&text), Some("final"), Finish::Stop);
}

fn thought(summary: &str, content: &str, finished: bool) -> Value {
    let chunks = if content.is_empty() {
        json!([])
    } else {
        json!([content])
    };
    json!({"summary": summary, "content": content, "chunks": chunks, "finished": finished})
}

fn append_thoughts(thought: &Value) -> Op {
    Op::new("/message/content/thoughts", "append", json!([thought]))
}

/// Two thoughts: what each is about and what it says.
fn thoughts(prompt: &str) -> [(&'static str, &'static str); 2] {
    if prompt::is_chinese(prompt) {
        [
            (
                "理解问题",
                "我先弄清楚用户想知道什么。这里是模拟器，所以我会使用一段准备好的回答。",
            ),
            (
                "组织回答",
                "回答要简短，说明它是模拟的，并指出还可以尝试什么。",
            ),
        ]
    } else {
        [
            (
                "Reading the question",
                "First I make sure what is being asked. This is the simulator, so I will use a \
                 prepared reply and say so openly.",
            ),
            (
                "Planning the answer",
                "The answer should be short, admit that it is simulated, and point to what else \
                 can be tried.",
            ),
        ]
    }
}
