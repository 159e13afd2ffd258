//! How calls and results are written: the grammar that models are told, that the history is
//! written in and that the detector reads.
//!
//! A call is a fenced block with one JSON object; several blocks are several calls:
//!
//! ````text
//! ```tool_call
//! {"name":"get_weather","arguments":{"city":"Basel"}}
//! ```
//! ````
//!
//! Why this one:
//!
//! - Models write fenced blocks all day, and close them. Tags such as `<tool_call>` get lost in
//!   upstream's Markdown, and marks of the models' own formats are taken out of the text.
//! - An info string is what a model reads as "what stands here", and nobody's programming language
//!   is called `tool_call`. It can be told from other text by its first eleven characters.
//! - One object per block: models get the commas between the entries of a list wrong, and a call
//!   can be passed on before the next one is there.
//! - A JSON string holds no line break, so no fence within an argument can end the block.
//! - `name` comes first, so that arguments can be streamed as soon as they arrive.
//!
//! More exactly: the opening is a line of at most three spaces, three backticks and `tool_call`,
//! and then white space. White space before it, from the first line break on, belongs to it. The
//! block ends with a line of three or more backticks and nothing else, or with such backticks
//! right after the object, or with the answer when the object is whole. A fence that stands inside
//! another fence counts: a model that forgets to close one must not lose its calls.

use std::fmt::Write as _;

use serde_json::value::RawValue;

use super::json_text;
use crate::turn::{ToolCall, ToolKind};

/// What opens a block, white space left out.
pub(super) const OPENING: &str = "```tool_call";

/// What opens a result, which only the gateway writes.
const RESULT_OPENING: &str = "```tool_result";

/// What closes both.
const CLOSING: &str = "```";

/// At most this many spaces stand before a fence; more make it indented code.
pub(super) const MAX_INDENT: usize = 3;

/// White space of the grammar. Other kinds, as the wide space of CJK, are text.
pub(super) const BLANK: [char; 4] = [' ', '\t', '\r', '\n'];

/// Whether `line` closes a block.
pub(super) fn is_closing(line: &str) -> bool {
    let line = line.trim_matches(BLANK);
    line.len() >= CLOSING.len() && line.bytes().all(|byte| byte == b'`')
}

/// A call as a block.
pub(super) fn call_block(call: &ToolCall) -> String {
    let name = json_text::quoted(&call.name);
    let body = match call.kind {
        ToolKind::Function => format!(r#"{{"name":{name},"arguments":{}}}"#, arguments(call)),
        ToolKind::Custom => {
            let input = json_text::quoted(&call.input);
            format!(r#"{{"name":{name},"input":{input}}}"#)
        }
    };
    format!("{OPENING}\n{body}\n{CLOSING}")
}

/// A function's arguments on one line; what is no JSON stays what it is, as a string.
fn arguments(call: &ToolCall) -> String {
    if call.input.trim().is_empty() {
        return "{}".to_owned();
    }
    json_text::compact(&call.input).unwrap_or_else(|| json_text::quoted(&call.input))
}

/// A call as models are shown it.
pub(super) fn example_call() -> String {
    format!("{OPENING}\n{{\"name\":\"TOOL\",\"arguments\":{{\"PARAMETER\":\"VALUE\"}}}}\n{CLOSING}")
}

/// A result as models are shown it.
pub(super) fn example_result() -> String {
    format!("{RESULT_OPENING}\n{{\"name\":\"TOOL\",\"call\":1,\"output\":\"OUTPUT\"}}\n{CLOSING}")
}

/// What a tool returned.
pub(super) struct CallResult<'a> {
    /// The tool, and which call of its message it answers, from 1; where the call is known.
    pub(super) call: Option<(&'a str, usize)>,
    /// What it returned.
    pub(super) output: &'a str,
    /// How many pictures and files go with it.
    pub(super) attachments: usize,
}

/// A result as a block.
pub(super) fn result_block(result: &CallResult<'_>) -> String {
    let mut body = String::from("{");
    if let Some((name, number)) = result.call {
        let _ = write!(
            body,
            r#""name":{},"call":{number},"#,
            json_text::quoted(name)
        );
    }
    if result.attachments > 0 {
        let _ = write!(body, r#""attachments":{},"#, result.attachments);
    }
    let output = structured(result.output).unwrap_or_else(|| json_text::quoted(result.output));
    format!("{RESULT_OPENING}\n{body}\"output\":{output}}}\n{CLOSING}")
}

/// An output that is an object or a list is easier to read as such than inside a string.
fn structured(output: &str) -> Option<String> {
    let is_container = output.trim_start().starts_with(['{', '[']);
    is_container.then(|| json_text::compact(output)).flatten()
}

/// What stands in a block.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CallBody<'a> {
    /// The tool.
    pub(super) name: String,
    /// A function's arguments, as they are written.
    #[serde(borrow, default)]
    pub(super) arguments: Option<&'a RawValue>,
    /// Another tool's input.
    #[serde(default)]
    pub(super) input: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::{CallResult, call_block, is_closing, result_block};
    use crate::turn::{ToolCall, ToolKind};

    fn call(kind: ToolKind, input: &str) -> String {
        call_block(&ToolCall {
            id: "call_1".into(),
            name: "a\"b".into(),
            kind,
            input: input.into(),
        })
    }

    #[test]
    fn a_call_stands_on_one_line_whatever_its_arguments() {
        assert_eq!(
            call(ToolKind::Function, "{\n  \"x\": \"```\\n y\" }"),
            "```tool_call\n{\"name\":\"a\\\"b\",\"arguments\":{\"x\":\"```\\n y\"}}\n```"
        );
        assert_eq!(
            call(ToolKind::Function, " "),
            "```tool_call\n{\"name\":\"a\\\"b\",\"arguments\":{}}\n```"
        );
        assert_eq!(
            call(ToolKind::Custom, "\n```\n好"),
            "```tool_call\n{\"name\":\"a\\\"b\",\"input\":\"\\n```\\n好\"}\n```"
        );
    }

    #[test]
    fn a_result_shows_json_as_json_and_all_else_as_a_string() {
        let block = |output, attachments| {
            result_block(&CallResult {
                call: Some(("f", 2)),
                output,
                attachments,
            })
        };
        assert_eq!(
            block("[1,\n 2.50]", 0),
            "```tool_result\n{\"name\":\"f\",\"call\":2,\"output\":[1,2.50]}\n```"
        );
        assert_eq!(
            block("[1,\n```", 1),
            "```tool_result\n{\"name\":\"f\",\"call\":2,\"attachments\":1,\"output\":\"[1,\\n```\"}\n```"
        );
    }

    #[test]
    fn a_closing_line_holds_backticks_alone() {
        assert!(is_closing("```\r\n") && is_closing("  ````"));
        assert!(!is_closing("``") && !is_closing("```x") && !is_closing(""));
    }
}
