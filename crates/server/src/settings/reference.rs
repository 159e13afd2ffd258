//! The reference of all settings as Markdown, which `docs/settings.md` holds a copy of.

use std::fmt::Write;

use super::table::{GROUPS, INERT, Setting};

const HEAD: &str = "# Settings

Made by `cargo xtask generate` from the table in the program; edit that, not this.

Values come from the process environment, then a `.env` file in the working folder, then a
TOML file (`flowgpt.toml` there, or the file `FLOWGPT_CONFIG` names; keys in lower case, lists
as arrays). A value that is set but empty counts as not set. `flowgpt check-config` prints what
is in effect and everything that is wrong with it.

";

/// The reference.
pub fn reference() -> String {
    let mut text = HEAD.to_owned();
    for (group, settings) in GROUPS {
        let (first, rest) = group.split_at(1);
        let title = first.to_uppercase() + rest;
        let _infallible = writeln!(text, "## {title}\n");
        text.push_str("| setting | default | meaning | example |\n| --- | --- | --- | --- |\n");
        for setting in *settings {
            text.push_str(&row(setting));
        }
        text.push('\n');
    }
    text.push_str("## Accepted without effect\n\nAn older `.env` may hold these; each is named once at start.\n\n");
    text.push_str("| setting | why |\n| --- | --- |\n");
    for (name, reason) in INERT {
        let _infallible = writeln!(text, "| `{name}` | {reason} |");
    }
    text
}

fn row(setting: &Setting) -> String {
    let Setting {
        name,
        default,
        doc,
        example,
        ..
    } = setting;
    let default = if default.is_empty() {
        "not set".to_owned()
    } else {
        format!("`{default}`")
    };
    format!("| `{name}` | {default} | {doc} | `{example}` |\n")
}
