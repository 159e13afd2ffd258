//! The one message that says which tools there are and which form an answer may take.
//!
//! It describes, and no more: it says nothing of who the model is, takes nothing back that others
//! said and does not press. What the caller's own instructions say stands beside it, unchanged.

use std::fmt::Write as _;

use serde_json::Value;

use super::grammar;
use crate::turn::{AnswerFormat, JsonSchema, Tool, ToolChoice, ToolKind, Turn};

/// The description for a turn; `None` if there is nothing to describe.
pub(super) fn describe(turn: &Turn) -> Option<String> {
    let calls_were_made = turn
        .messages
        .iter()
        .any(|it| it.tool_calls().next().is_some());
    let results_came = turn.messages.iter().any(|it| it.answers.is_some());
    let mut sections = Vec::new();
    if !turn.tools.is_empty() || calls_were_made || results_came {
        sections.push(describe_blocks(turn));
    }
    if !turn.tools.is_empty() {
        sections.push(list_tools(&turn.tools));
        sections.push(describe_choice(turn));
    } else if calls_were_made || results_came {
        sections.push("## This answer\n\nNo tool can be called any more.".to_owned());
    }
    sections.extend(describe_format(turn));
    (!sections.is_empty()).then(|| sections.join("\n\n"))
}

/// The grammar, by examples: models follow those better than rules.
fn describe_blocks(turn: &Turn) -> String {
    let call = grammar::example_call();
    let result = grammar::example_result();
    let mut text = format!(
        "# Tools\n\n\
         The program that shows this conversation can run tools. An answer calls a tool with a \
         block of this form:\n\n{call}\n\n\
         - The block begins on a line of its own and holds one JSON object, `name` first.\n\
         - `arguments` is a JSON object that follows the schema of the tool.\n"
    );
    if turn.tools.iter().any(|it| it.kind() == ToolKind::Custom) {
        text.push_str(
            "- A tool that takes text has `\"input\":\"the text\"` in place of `arguments`.\n",
        );
    }
    text.push_str(match turn.parallel_tool_calls {
        Some(false) => "- An answer holds at most one block.\n",
        _ => "- Several blocks, one after the other, are several calls.\n",
    });
    let _ = write!(
        text,
        "- Text may stand before the blocks. The answer ends after the last block, and the results \
         follow in the next message, in this form:\n\n{result}\n\n\
         `call` tells which block of the answer the result is for, from 1."
    );
    text
}

fn list_tools(tools: &[Tool]) -> String {
    let mut text = "## The tools".to_owned();
    for tool in tools {
        let _ = write!(text, "\n\n### `{}`", tool.name());
        match tool {
            Tool::Function(tool) => {
                describe_tool(&mut text, tool.description.as_deref());
                match &tool.parameters {
                    Some(schema) if !schema.is_null() => {
                        let _ = write!(text, "\n\nSchema of `arguments`:\n\n{}", fenced(schema));
                    }
                    _ => text.push_str("\n\nIt takes no arguments: `\"arguments\":{}`."),
                }
            }
            Tool::Custom(tool) => {
                describe_tool(&mut text, tool.description.as_deref());
                text.push_str("\n\nIt takes text.");
                let is_grammar = |format: &&Value| format["type"] == "grammar";
                if let Some(format) = tool.format.as_ref().filter(is_grammar) {
                    let _ = write!(
                        text,
                        " The text follows this grammar:\n\n{}",
                        fenced(format)
                    );
                }
            }
        }
    }
    text
}

fn describe_tool(text: &mut String, description: Option<&str>) {
    if let Some(description) = description.filter(|it| !it.trim().is_empty()) {
        let _ = write!(text, "\n\n{}", description.trim());
    }
}

fn describe_choice(turn: &Turn) -> String {
    let names = |names: &[String]| {
        let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
        quoted.join(", ")
    };
    let choice = match &turn.tool_choice {
        ToolChoice::Auto => "It may call tools or do without.".to_owned(),
        ToolChoice::None => "It calls no tool.".to_owned(),
        ToolChoice::Required => "It calls at least one tool.".to_owned(),
        ToolChoice::Named(_, name) => format!("It calls the tool `{name}` and no other."),
        ToolChoice::Allowed {
            is_required: true,
            names: allowed,
        } => format!(
            "It calls at least one of these tools and no other: {}.",
            names(allowed)
        ),
        ToolChoice::Allowed { names: allowed, .. } => {
            format!("It may call these tools and no other: {}.", names(allowed))
        }
    };
    format!("## This answer\n\n{choice}")
}

fn describe_format(turn: &Turn) -> Option<String> {
    let when = if turn.tools.is_empty() {
        "The answer"
    } else {
        "An answer that calls no tool"
    };
    let text = match &turn.format {
        AnswerFormat::Text => return None,
        AnswerFormat::JsonObject => {
            format!("{when} is one JSON object, with no text before or after it.")
        }
        AnswerFormat::JsonSchema(json) => describe_schema(when, json),
    };
    Some(format!("# Form of the answer\n\n{text}"))
}

fn describe_schema(when: &str, json: &JsonSchema) -> String {
    let Some(schema) = &json.schema else {
        return format!("{when} is JSON, with no text before or after it.");
    };
    let named = match json.name.as_str() {
        "" => String::new(),
        name => format!(" `{name}`"),
    };
    let mut text =
        format!("{when} is JSON that follows the schema{named}, with no text before or after it.");
    describe_tool(&mut text, json.description.as_deref());
    let _ = write!(text, "\n\n{}", fenced(schema));
    text
}

/// JSON in a fence. On one line it holds no line that could close the fence.
fn fenced(json: &Value) -> String {
    format!("```json\n{json}\n```")
}
