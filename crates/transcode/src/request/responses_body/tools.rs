//! What the model may call, as the Responses protocol writes it.

use serde_json::{Value, json};

use super::{ResponsesServer, hinted_tool, picture_tool};
use crate::turn::{Tool, ToolChoice, ToolKind, Turn};

/// The caller's tools, and those that the server has itself.
pub(super) fn tools(
    turn: &Turn,
    server: ResponsesServer,
    dropped: &mut Vec<&'static str>,
) -> Vec<Value> {
    let mut tools: Vec<Value> = turn.tools.iter().map(tool).collect();
    for hint in &turn.hints {
        match hinted_tool(turn, *hint, server) {
            Ok(tool) => tools.push(tool),
            Err(name) => dropped.push(name),
        }
    }
    tools
}

fn tool(tool: &Tool) -> Value {
    let (mut written, description) = match tool {
        Tool::Function(it) => {
            let nothing = || json!({"type": "object", "properties": {}});
            let written = json!({
                "type": "function",
                "name": it.name,
                "parameters": it.parameters.clone().unwrap_or_else(nothing),
                // Left out it would mean that the schema is enforced, which not every schema can be.
                "strict": it.strict.unwrap_or(false),
            });
            (written, &it.description)
        }
        Tool::Custom(it) => {
            let mut written = json!({"type": "custom", "name": it.name});
            if let Some(format) = &it.format {
                written["format"] = format.clone();
            }
            (written, &it.description)
        }
    };
    if let Some(description) = description {
        written["description"] = description.as_str().into();
    }
    written
}

/// Whether the model has to call one.
pub(super) fn tool_choice(turn: &Turn) -> Value {
    if turn.drawing.is_some() {
        return picture_tool::chosen();
    }
    match &turn.tool_choice {
        ToolChoice::Auto => "auto".into(),
        ToolChoice::None => "none".into(),
        ToolChoice::Required => "required".into(),
        ToolChoice::Named(kind, name) => json!({"type": kind_name(*kind), "name": name}),
        ToolChoice::Allowed { is_required, names } => {
            let named = |name: &String| {
                let kind = named_kind(turn, name);
                json!({"type": kind_name(kind), "name": name})
            };
            json!({
                "type": "allowed_tools",
                "mode": if *is_required { "required" } else { "auto" },
                "tools": names.iter().map(named).collect::<Vec<_>>(),
            })
        }
    }
}

/// What kind the tool of that name is.
pub(in crate::request) fn named_kind(turn: &Turn, name: &str) -> ToolKind {
    let tool = turn.tools.iter().find(|tool| tool.name() == name);
    tool.map(Tool::kind).unwrap_or_default()
}

fn kind_name(kind: ToolKind) -> &'static str {
    match kind {
        ToolKind::Function => "function",
        ToolKind::Custom => "custom",
    }
}
