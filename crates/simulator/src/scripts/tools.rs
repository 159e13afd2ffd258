//! The script in which the model runs Python: a call, its output, and an answer that uses it.

use serde_json::json;

use crate::pieces;
use crate::prompt;
use crate::story::{Finish, Story};
use crate::timeline::Op;

const PROGRAM: &str = "numbers = range(1, 11)\ntotal = sum(n * n for n in numbers)\nprint(total)";
const OUTPUT: &str = "385\n";

/// Runs a small program and tells its result.
pub(super) fn code(story: &mut Story<'_>) {
    call(story);
    run(story);
    let text = if prompt::is_chinese(story.prompt()) {
        "It is 385，也就是从 1 到 10 的平方和。\n\n*（模拟回复——没有运行任何代码。）*"
    } else {
        "It is 385, the sum of the squares of 1 to 10.\n\n\
         *(Simulated reply — no code was run.)*"
    };
    story.answer(&pieces::words(text), Some("final"), Finish::Stop);
}

fn call(story: &mut Story<'_>) {
    let content = json!({
        "content_type": "code",
        "language": "unknown",
        "response_format_name": null,
        "text": "",
    });
    let message = story.tool_call("python", &content);
    story.begin(message);
    story.stream_text("/message/content/text", pieces::words(PROGRAM));
    story.patch(vec![
        Op::replace("/message/status", "finished_successfully"),
        Op::metadata(json!({
            "finish_details": {"type": "stop", "stop_tokens": [200_012]},
            "is_complete": true,
        })),
    ]);
}

fn run(story: &mut Story<'_>) {
    let run_id = story.id_of("run");
    let message = story.tool_message(
        "python",
        &json!({"content_type": "execution_output", "text": ""}),
        json!({"aggregate_result": {
            "status": "running",
            "run_id": run_id,
            "code": PROGRAM,
            "final_expression_output": null,
            "in_kernel_exception": null,
            "system_exception": null,
            "timeout_triggered": null,
            "messages": [],
            "jupyter_messages": [],
        }}),
    );
    story.begin(message);
    story.patch(vec![
        Op::replace("/message/content/text", OUTPUT),
        Op::replace("/message/status", "finished_successfully"),
        Op::replace("/message/metadata/aggregate_result/status", "success"),
        Op::new(
            "/message/metadata/aggregate_result/messages",
            "append",
            json!([{
                "message_type": "stream",
                "sender": "server",
                "stream_name": "stdout",
                "text": OUTPUT,
            }]),
        ),
        Op::new("/message/metadata/is_complete", "add", json!(true)),
    ]);
}
