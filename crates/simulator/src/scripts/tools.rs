//! The script in which the model runs Python, and the call and the result that every script with
//! the code interpreter has.

use serde_json::{Value, json};

use crate::pieces;
use crate::story::{Finish, Story};
use crate::timeline::Op;

const PROGRAM: &str = "numbers = range(1, 11)\ntotal = sum(n * n for n in numbers)\nprint(total)";
const OUTPUT: &str = "385\n";

/// Where what the interpreter reports is.
const RESULT: &str = "/message/metadata/aggregate_result";

/// Runs a small program and tells its result.
pub(super) fn code(story: &mut Story<'_>) {
    call(story, PROGRAM);
    let outcome = json!({
        "status": "success",
        "messages": [{
            "message_type": "stream",
            "sender": "server",
            "stream_name": "stdout",
            "text": OUTPUT,
        }],
    });
    run(story, PROGRAM, OUTPUT, &outcome);
    let text = story.pick(
        "It is 385, the sum of the squares of 1 to 10.\n\n\
         *(Simulated reply — no code was run.)*",
        "It is 385，也就是从 1 到 10 的平方和。\n\n*（模拟回复——没有运行任何代码。）*",
    );
    story.answer(&pieces::words(text), Some("final"), Finish::Stop);
}

/// The call, its program streamed.
pub(super) fn call(story: &mut Story<'_>, program: &str) {
    story.call("python", &pieces::words(program));
}

/// What the interpreter says: a message that begins running and ends with `outcome`, members of
/// its report.
pub(super) fn run(story: &mut Story<'_>, program: &str, output: &str, outcome: &Value) {
    let message = story.tool_message(
        "python",
        &json!({"content_type": "execution_output", "text": ""}),
        json!({"aggregate_result": {
            "status": "running",
            "run_id": story.id_of("run"),
            "start_time": story.now(),
            "update_time": story.now(),
            "end_time": null,
            "code": program,
            "final_expression_output": null,
            "in_kernel_exception": null,
            "system_exception": null,
            "timeout_triggered": null,
            "messages": [],
            "jupyter_messages": [],
        }}),
    );
    story.begin(message);
    let mut ops = vec![
        Op::replace("/message/content/text", output),
        Op::replace("/message/status", "finished_successfully"),
    ];
    for (name, value) in outcome.as_object().into_iter().flatten() {
        let path = format!("{RESULT}/{name}");
        ops.push(if value.is_array() {
            Op::new(path, "append", value.clone())
        } else {
            Op::replace(&path, value.clone())
        });
    }
    ops.push(Op::replace(&format!("{RESULT}/end_time"), story.now()));
    ops.push(Op::new("/message/metadata/is_complete", "add", json!(true)));
    story.patch(ops);
}
