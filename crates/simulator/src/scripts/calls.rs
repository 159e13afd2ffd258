//! Scripts with tools other than the interpreter, the search and the pictures: memory, a GPT's
//! action, files that are searched, an agent's computer, and several messages in one turn.

use serde_json::{Value, json};

use super::tools;
use crate::artifacts;
use crate::pieces;
use crate::story::{Finish, Manner, Reference, Story, Stretch, TEXT, Unit};
use crate::timeline::Op;

/// Something is remembered for other conversations.
pub(super) fn memory(story: &mut Story<'_>) {
    let note = story.pick("User prefers tea to coffee.", "用户喜欢茶胜过咖啡。");
    story.call("bio", &pieces::words(note));
    let content = json!({"content_type": "text", "parts": ["Model set context updated."]});
    story.tool_says("bio", &content, json!({"command": "add"}));
    answer(story, "I will remember the tea.", "我会记住茶的事。");
}

/// An action of a GPT at a service of its maker's.
pub(super) fn gpt_action(story: &mut Story<'_>) {
    const ACTION: &str = "weather.example.getForecast__jit_plugin";
    story.call(ACTION, &pieces::words(r#"{"place":"Basel","days":2}"#));
    let forecast = r#"{"place":"Basel","days":[{"rain":false},{"rain":true}]}"#;
    let content = json!({"content_type": "text", "parts": [forecast]});
    let metadata = json!({"invoked_plugin": {
        "type": "remote",
        "namespace": ACTION,
        "plugin_id": "plugin-weather-example",
        "http_response_status": 200,
    }});
    story.tool_says(ACTION, &content, metadata);
    answer(
        story,
        "Dry tomorrow, rain the day after.",
        "明天无雨，后天有雨。",
    );
}

/// A file of the user's is searched and cited by its lines.
pub(super) fn file_search(story: &mut Story<'_>) {
    story.call(
        "file_search.msearch",
        &pieces::words(r#"{"queries":["river level","gauge"]}"#),
    );
    let quote = json!({
        "content_type": "tether_quote",
        "url": "file-0123456789abcdef01234567",
        "domain": "report.pdf",
        "title": "report.pdf",
        "text": "The gauge at Basel read 7.2 metres.",
        "tether_id": null,
    });
    story.tool_says("file_search", &quote, json!({"command": "search"}));
    let (before, after) = if story.is_chinese() {
        (
            "报告写道水位为 7.2 米",
            "。\n\n*（模拟回复——没有读取任何文件。）*",
        )
    } else {
        (
            "The report says 7.2 metres",
            ".\n\n*(Simulated reply — no file was read.)*",
        )
    };
    let cited = Reference {
        matched: "\u{e200}filecite\u{e202}turn0file0\u{e202}L3-L8\u{e201}".to_owned(),
        kind: "file",
        alt: Value::Null,
        members: json!({
            "name": "report.pdf",
            "id": "file-0123456789abcdef01234567",
            "source": "my_files",
            "snippet": "The gauge at Basel read 7.2 metres.",
            "input_pointer": {"file_index": 0, "line_range_start": 3, "line_range_end": 8},
            "cloud_doc_url": null,
        }),
    };
    let stretches = [
        Stretch::Text(before),
        Stretch::Mark(cited),
        Stretch::Text(after),
    ];
    story.annotated_answer(&stretches, Manner::Twice, Unit::CodePoint, |_| Vec::new());
}

/// A program run in a container, and a look at a screen.
pub(super) fn agent(story: &mut Story<'_>) {
    let command = r#"{"cmd":["bash","-lc","ls /mnt/data"],"timeout":10000}"#;
    story.call("container.exec", &pieces::words(command));
    let output = json!({"content_type": "execution_output", "text": "report.pdf\n"});
    story.tool_says("container.exec", &output, json!({}));
    story.call_at_once("computer.get", "{}", &json!({}));
    let file_id = artifacts::picture_id(&[&story.id_of("screen")], 1280, 720);
    let screen = json!({
        "content_type": "computer_output",
        "computer_id": "0",
        "screenshot": {
            "content_type": "image_asset_pointer",
            "asset_pointer": format!("sediment://{file_id}"),
            "size_bytes": artifacts::picture(&file_id).size,
            "width": 1280,
            "height": 720,
            "fovea": null,
            "metadata": null,
        },
        "state": {"type": "browser_state", "url": "https://news.example/", "title": "News"},
        "tether_id": null,
        "is_ephemeral": false,
    });
    story.tool_says("computer.get", &screen, json!({}));
    answer(
        story,
        "There is one file, and the page is open.",
        "有一个文件，页面已打开。",
    );
}

/// Two remarks around a run of the interpreter, then the answer.
pub(super) fn several_messages(story: &mut Story<'_>) {
    const PROGRAM: &str = "print(6 * 7)";
    remark(story, "First I compute it.", "我先计算一下。");
    tools::call(story, PROGRAM);
    tools::run(story, PROGRAM, "42\n", &json!({"status": "success"}));
    remark(story, "Now I check it.", "现在核对结果。");
    answer(story, "It is 42.", "结果是 42。");
}

/// A message on the way to the answer.
fn remark(story: &mut Story<'_>, english: &str, chinese: &str) {
    let text = story.pick(english, chinese);
    let content = json!({"content_type": "text", "parts": [""]});
    let mut message = story.assistant(&content, Some("commentary"));
    message["end_turn"] = json!(false);
    let id = story.begin(message);
    story.marker(&id, "user_visible_token", "first");
    story.stream_text(TEXT, pieces::words(text));
    story.patch(vec![
        Op::replace("/message/status", "finished_successfully"),
        Op::metadata(json!({"is_complete": true})),
    ]);
}

fn answer(story: &mut Story<'_>, english: &str, chinese: &str) {
    let text = if story.is_chinese() {
        format!("{chinese}\n\n*（模拟回复——没有调用任何工具。）*")
    } else {
        format!("{english}\n\n*(Simulated reply — no tool was called.)*")
    };
    story.answer(&pieces::words(&text), Some("final"), Finish::Stop);
}
