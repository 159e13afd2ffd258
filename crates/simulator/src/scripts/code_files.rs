//! Scripts in which the model runs Python that leaves files, draws or fails: the call, what the
//! interpreter says, and an answer that links to the files by their paths in the sandbox.

use serde_json::{Value, json};

use crate::artifacts::{self, CSV_PATH, LARGE_PATH, REPORT_PATH};
use crate::pieces;
use crate::story::{Finish, Story};

const WRITE: &str = "import csv\nwith open(\"/mnt/data/out.csv\", \"w\") as file:\n    \
    csv.writer(file).writerows(rows)";
const WRITE_LARGE: &str = "with open(\"/mnt/data/large-200mb.bin\", \"wb\") as file:\n    \
    file.write(bytes(n % 251 for n in range(200_000_000)))";
const PLOT: &str = "import matplotlib.pyplot as plt\nplt.plot([1, 4, 9])\nplt.show()";
const FAIL: &str = "1 / 0";

/// Two files, linked in an answer that is streamed.
pub(super) fn file(story: &mut Story<'_>) {
    run(story, WRITE, "", &success());
    let text = files_text(story);
    story.answer(&pieces::words(&text), Some("final"), Finish::Stop);
}

/// The same answer in one piece.
pub(super) fn file_whole(story: &mut Story<'_>) {
    run(story, WRITE, "", &success());
    let text = files_text(story);
    story.answer_at_once(&text);
}

/// A file larger than anyone should hold in memory.
pub(super) fn large(story: &mut Story<'_>) {
    run(story, WRITE_LARGE, "200000000\n", &success());
    let text = if story.is_chinese() {
        format!("[下载数据](sandbox:{LARGE_PATH})\n\n*（模拟回复——没有运行任何代码。）*")
    } else {
        format!(
            "[Download the data](sandbox:{LARGE_PATH})\n\n\
             *(Simulated reply — no code was run.)*"
        )
    };
    story.answer(&pieces::words(&text), Some("final"), Finish::Stop);
}

/// A drawing, which is only in what the interpreter reports.
pub(super) fn plot(story: &mut Story<'_>) {
    let file_id = artifacts::old_picture_id(&[&story.id_of("plot")], 640, 480);
    let outcome = json!({
        "status": "success",
        "final_expression_output": "<Figure size 640x480 with 1 Axes>",
        "messages": [{
            "message_type": "image",
            "time": story.now(),
            "sender": "server",
            "image_url": format!("file-service://{file_id}"),
            "width": 640,
            "height": 480,
        }],
    });
    run(story, PLOT, "<Figure size 640x480 with 1 Axes>", &outcome);
    let text = story.pick(
        "The curve rises ever faster.\n\n*(Simulated reply — no code was run.)*",
        "曲线上升得越来越快。\n\n*（模拟回复——没有运行任何代码。）*",
    );
    story.answer(&pieces::words(text), Some("final"), Finish::Stop);
}

/// A program that fails, and an answer that says so.
pub(super) fn error(story: &mut Story<'_>) {
    let traceback = "Traceback (most recent call last):\n  Cell In[1], line 1\n    1 / 0\n\
        ZeroDivisionError: division by zero\n";
    let outcome = json!({
        "status": "failed_with_in_kernel_exception",
        "in_kernel_exception": {
            "name": "ZeroDivisionError",
            "traceback": traceback.lines().collect::<Vec<_>>(),
            "args": ["division by zero"],
            "notes": [],
        },
    });
    run(story, FAIL, traceback, &outcome);
    let text = story.pick(
        "Python refuses to divide by zero.\n\n*(Simulated reply — no code was run.)*",
        "Python 不允许除以零。\n\n*（模拟回复——没有运行任何代码。）*",
    );
    story.answer(&pieces::words(text), Some("final"), Finish::Stop);
}

/// A call of the interpreter and its result, both in the order of captures.
fn run(story: &mut Story<'_>, program: &str, output: &str, outcome: &Value) {
    super::tools::call(story, program);
    super::tools::run(story, program, output, outcome);
}

fn success() -> Value {
    json!({"status": "success"})
}

fn files_text(story: &Story<'_>) -> String {
    if story.is_chinese() {
        format!(
            "两个文件都准备好了：\n\n- [下载文件](sandbox:{CSV_PATH})\n\
             - [季度 报告](sandbox:{REPORT_PATH})\n\n*（模拟回复——没有运行任何代码。）*"
        )
    } else {
        format!(
            "Both files are ready:\n\n- [Download the file](sandbox:{CSV_PATH})\n\
             - [The report](sandbox:{REPORT_PATH})\n\n*(Simulated reply — no code was run.)*"
        )
    }
}
