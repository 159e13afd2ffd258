//! Reads the body of a chat completion, which has been checked, into what it asks for.

use serde_json::Value;

use crate::responses::asked::{Asked, Drawing, Format, Reasoning, Tool, ToolKind};
use crate::responses::body::{choice, texts};
use crate::responses::phrases::{self, Entry};
use crate::responses::usage;

/// What a body asks for.
pub(super) fn read(body: &Value) -> Asked {
    let messages = body["messages"].as_array().cloned().unwrap_or_default();
    let entries: Vec<Entry> = messages.iter().map(entry).collect();
    let (at, prompt) = phrases::prompt(&entries);
    let (tool_outputs, outputs_since_prompt) = phrases::tool_outputs(&entries, at);
    let limits = [&body["max_completion_tokens"], &body["max_tokens"]];
    let limit = limits.into_iter().find_map(Value::as_u64);
    let effort = body["reasoning_effort"].as_str();
    let mut tools: Vec<Tool> = body["tools"]
        .as_array()
        .into_iter()
        .flatten()
        .map(tool)
        .collect();
    if body["web_search_options"].is_object() {
        tools.push(Tool {
            name: "web_search".to_owned(),
            namespace: None,
            kind: ToolKind::WebSearch,
        });
    }
    Asked {
        prompt,
        tool_outputs,
        outputs_since_prompt,
        tools,
        choice: choice(&body["tool_choice"]),
        parallel: body["parallel_tool_calls"] != false,
        format: format(&body["response_format"]),
        reasoning: Reasoning {
            shown: effort.is_some_and(|effort| effort != "none"),
            ..Reasoning::default()
        },
        drawing: Drawing::default(),
        limit: limit.and_then(|limit| usize::try_from(limit).ok()),
        input_tokens: usage::tokens_of(&body["messages"]) + usage::tokens_of(&body["tools"]),
    }
}

fn entry(message: &Value) -> Entry {
    match message["role"].as_str() {
        Some("user") => Entry::User(texts(&message["content"])),
        Some("tool" | "function") => Entry::ToolOutput(texts(&message["content"]).join("\n")),
        Some("assistant") if message["tool_calls"].is_array() => Entry::Call,
        Some("assistant") => Entry::Assistant,
        _ => Entry::Aside,
    }
}

fn tool(tool: &Value) -> Tool {
    let (member, kind) = if tool["type"] == "custom" {
        ("custom", ToolKind::Custom)
    } else {
        let parameters = tool["function"]["parameters"].clone();
        ("function", ToolKind::Function(parameters))
    };
    Tool {
        name: tool[member]["name"].as_str().unwrap_or_default().to_owned(),
        namespace: None,
        kind,
    }
}

fn format(format: &Value) -> Format {
    match format["type"].as_str() {
        Some("json_object") => Format::JsonObject,
        Some("json_schema") => Format::JsonSchema(format["json_schema"]["schema"].clone()),
        _ => Format::Text,
    }
}
