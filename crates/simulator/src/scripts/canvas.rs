//! Scripts that write a document beside the conversation: made, changed, commented on, or, as the
//! newest models do, written into the answer as a block of its own.

use serde_json::{Value, json};

use crate::pieces;
use crate::story::{Finish, Story, TEXT, finished};
use crate::timeline::Op;

const CREATE: &str = "canmore.create_textdoc";
const UPDATE: &str = "canmore.update_textdoc";
const COMMENT: &str = "canmore.comment_textdoc";

/// A new document.
pub(super) fn create(story: &mut Story<'_>) {
    write_document(story, "document");
    answer(story, "The log is in the canvas.", "日志已写在画布中。");
}

/// A new program.
pub(super) fn create_code(story: &mut Story<'_>) {
    write_document(story, "code/python");
    answer(story, "The program is in the canvas.", "程序已写在画布中。");
}

/// A document, changed in the same turn: one place first, then all of it.
pub(super) fn update(story: &mut Story<'_>) {
    write_document(story, "document");
    let (one, other) = (
        story.pick("calm", "平静"),
        story.pick("very calm", "非常平静"),
    );
    change(
        story,
        2,
        &json!({"pattern": one, "multiple": true, "replacement": other}),
    );
    let all = story.pick(
        "# Day 1\n\nThe sea was very calm.\nWe saw \"whales\".\n",
        "# 第一天\n\n海面非常平静。\n我们看到了“鲸鱼”。\n",
    );
    change(
        story,
        3,
        &json!({"pattern": ".*", "multiple": false, "replacement": all}),
    );
    answer(story, "I changed the log twice.", "我修改了两次日志。");
}

/// A document with a remark in its margin.
pub(super) fn comment(story: &mut Story<'_>) {
    write_document(story, "document");
    let body = json!({"comments": [{
        "pattern": story.pick("calm", "平静"),
        "comment": story.pick("Say how calm.", "请说明有多平静。"),
    }]});
    story.call(COMMENT, &pieces::words(&body.to_string()));
    let text = "Successfully added 1 comment to the text document.";
    let metadata = json!({"canvas": canvas(story, 1, "document"), "command": "comment_textdoc"});
    reply(story, COMMENT, text, metadata);
    answer(story, "I left one comment.", "我添加了一条批注。");
}

/// A document inside the answer.
pub(super) fn writing_block(story: &mut Story<'_>) {
    let text = if story.is_chinese() {
        "这是草稿：\n\n:::writing{variant=\"document\" id=\"58213\" title=\"第一天\"}\n# 第一天\n\n\
         海面很平静。\n\n```text\n:: 不是结尾 ::\n```\n:::\n\n需要改得更短吗？\n\n\
         *（模拟回复——没有使用任何账号。）*"
    } else {
        "Here is a draft:\n\n:::writing{variant=\"document\" id=\"58213\" title=\"Day 1 Log\"}\n\
         # Day 1\n\nThe sea was calm.\n\n```text\n:: not the end ::\n```\n:::\n\n\
         Shall I make it shorter?\n\n*(Simulated reply — no account was used.)*"
    };
    story.answer(&pieces::words(text), None, Finish::Stop);
}

/// The call that makes a document, streamed, and the tool's reply.
fn write_document(story: &mut Story<'_>, kind: &str) {
    let title = title(story);
    let content = match kind {
        "document" => story.pick(
            "# Day 1\n\nThe sea was calm.\nWe saw \"whales\".\n",
            "# 第一天\n\n海面很平静。\n我们看到了“鲸鱼”。\n",
        ),
        _ => "def hello(name: str) -> str:\n    return f\"Hello, {name}!\\n\"\n",
    };
    let (name, kind_text, text) = (json!(title), json!(kind), json!(content));
    let body = format!(r#"{{"name":{name},"type":{kind_text},"content":{text}}}"#);
    story.call(CREATE, &pieces::words(&body));
    let id = textdoc_id(story);
    let text = format!(
        "Successfully created text document '{title}' which will be referenced in all future \
         messages with the unique identifier textdoc_id: '{id}'"
    );
    let mut canvas = canvas(story, 1, kind);
    canvas["create_source"] = json!("model");
    let metadata = json!({"canvas": canvas, "command": "create_textdoc"});
    reply(story, CREATE, &text, metadata);
}

/// A call whose body is text rather than code, as some are stored, and the tool's reply.
fn change(story: &mut Story<'_>, version: u64, update: &Value) {
    let content = json!({"content_type": "text", "parts": [""]});
    let message = story.tool_call(UPDATE, &content);
    story.begin(message);
    let body = json!({"updates": [update]}).to_string();
    story.stream_text(TEXT, pieces::words(&body));
    story.change(Op::replace("/message/status", "finished_successfully"));
    let text = format!(
        "Successfully updated text document with textdoc_id '{}'",
        textdoc_id(story)
    );
    let mut canvas = canvas(story, version, "document");
    canvas["from_version"] = json!(version - 1);
    let metadata = json!({"canvas": canvas, "command": "update_textdoc"});
    reply(story, UPDATE, &text, metadata);
}

fn reply(story: &mut Story<'_>, tool: &str, text: &str, metadata: Value) {
    let content = json!({"content_type": "text", "parts": [text]});
    let mut message = finished(story.tool_message(tool, &content, metadata));
    message["weight"] = json!(0.0);
    story.begin(message);
}

fn canvas(story: &Story<'_>, version: u64, kind: &str) -> Value {
    json!({
        "textdoc_id": textdoc_id(story),
        "textdoc_type": kind,
        "version": version,
        "title": title(story),
    })
}

fn title(story: &Story<'_>) -> &'static str {
    story.pick("Day 1 Log", "第一天日志")
}

fn textdoc_id(story: &Story<'_>) -> String {
    story.id_of("textdoc").replace('-', "")
}

fn answer(story: &mut Story<'_>, english: &str, chinese: &str) {
    let text = if story.is_chinese() {
        format!("{chinese}\n\n*（模拟回复——没有使用任何账号。）*")
    } else {
        format!("{english}\n\n*(Simulated reply — no account was used.)*")
    };
    story.answer(&pieces::words(&text), Some("final"), Finish::Stop);
}
