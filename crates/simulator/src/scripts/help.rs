//! The script that lists every script and every fault, with those that file names and tokens ask
//! for and those of the other servers.

use std::fmt::Write as _;

use super::SCRIPTS;
use crate::faults;
use crate::file_faults;
use crate::pieces;
use crate::prompt;
use crate::responses;
use crate::sign_in;
use crate::story::{Finish, Story};

/// All tables.
pub(super) fn help(story: &mut Story<'_>) {
    let text = page(prompt::is_chinese(story.prompt()));
    story.answer(&pieces::phrases(&text, 4), None, Finish::Stop);
}

fn page(chinese: bool) -> String {
    let (intro, answers, faults_title, files_title, tokens_title) = if chinese {
        (
            "*（模拟回复——没有使用任何账号。）*\n\n在消息中写入 `simulate:名称`，模拟器就会照做。",
            "## 回答\n\n| 名称 | 内容 |\n|---|---|\n",
            "\n## 故障\n\n也可以通过请求头 `x-simulator-fault` 指定。\n\n| 名称 | 表现 |\n|---|---|\n",
            "\n## 文件\n\n给文件取这样的名字，例如 `simulate-put-403.png`。\n\n\
             | 名称 | 表现 |\n|---|---|\n",
            "\n## 令牌\n\n通过请求头 `x-simulator-fault` 或令牌本身指定；名称后加 `-once` 则只出现一次。\n\n\
             | 名称 | 表现 |\n|---|---|\n",
        )
    } else {
        (
            "*(Simulated reply — no account was used.)*\n\n\
             Put `simulate:NAME` into a message and the simulator does it.",
            "## Answers\n\n| name | what it shows |\n|---|---|\n",
            "\n## Faults\n\nAlso on demand by the request header `x-simulator-fault`.\n\n\
             | name | what happens |\n|---|---|\n",
            "\n## Files\n\nOn demand by the name of a file, such as `simulate-put-403.png`.\n\n\
             | name | what happens |\n|---|---|\n",
            "\n## Tokens\n\nOn demand by the request header `x-simulator-fault`, or by the token; with \
             `-once` after the name, only the first time.\n\n\
             | name | what happens |\n|---|---|\n",
        )
    };
    let mut text = format!("{intro}\n\n{answers}");
    for script in SCRIPTS {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "| `{}` | {} |", script.name, script.summary);
    }
    for (title, faults) in [
        (faults_title, faults::faults().to_vec()),
        (files_title, file_faults::file_faults().to_vec()),
        (tokens_title, sign_in::faults::always()),
    ] {
        text.push_str(title);
        for fault in faults {
            let _ = writeln!(text, "| `{}` | {} |", fault.name, fault.summary);
        }
    }
    let titles = if chinese {
        ("Codex 与平台：回答", "Codex 与平台：故障")
    } else {
        ("Codex and platform: answers", "Codex and platform: faults")
    };
    text.push('\n');
    text.push_str(&responses::help_tables(titles.0, titles.1));
    text.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_listed() {
        let text = page(false);
        for name in super::super::script_names() {
            assert!(text.contains(&format!("| `{name}` |")));
        }
        let others = [file_faults::file_faults(), &sign_in::faults::always()].concat();
        for fault in faults::faults().iter().chain(&others) {
            assert!(text.contains(&format!("| `{}` |", fault.name)));
        }
    }
}
