//! A [`Turn`] as the body of a Chat Completions request, for a server with an API key.
//!
//! Written for the many servers that speak it: what few of them know is left out. Called by
//! `upstream`'s platform driver.

mod messages;

use serde_json::{Map, Value, json};

use super::inline_file::{InlineFile, Unservable};
use super::responses_body::{WrittenBody, named_kind};
use crate::turn::{AnswerFormat, Hint, JsonSchema, Tool, ToolChoice, ToolKind, Turn};

/// What the driver decides about a turn.
#[derive(Debug, Clone, Copy)]
pub struct ChatDecisions<'a> {
    /// The model's name there.
    pub model: &'a str,
    /// Whether it is `OpenAI`'s own server, which has newer names and refuses some older ones.
    pub is_openai: bool,
}

/// Builds the body; `files` are the turn's attachments in the order they stand in its messages.
pub fn chat_body(
    turn: &Turn,
    decisions: &ChatDecisions<'_>,
    files: &[InlineFile],
) -> Result<WrittenBody, Unservable> {
    let mut body = Map::new();
    body.insert("model".into(), decisions.model.into());
    body.insert("stream".into(), true.into());
    body.insert("stream_options".into(), json!({"include_usage": true}));
    let messages = messages::messages(&turn.messages, files)?;
    body.insert("messages".into(), messages.into());
    if !turn.tools.is_empty() {
        let tools: Vec<Value> = turn.tools.iter().map(tool).collect();
        body.insert("tools".into(), tools.into());
        body.insert("tool_choice".into(), tool_choice(turn));
        if let Some(is_parallel) = turn.parallel_tool_calls {
            body.insert("parallel_tool_calls".into(), is_parallel.into());
        }
    }
    if let Some(effort) = turn.effort {
        body.insert("reasoning_effort".into(), effort.name().into());
    }
    if let Some(verbosity) = turn.verbosity {
        body.insert("verbosity".into(), verbosity.name().into());
    }
    if let Some(format) = response_format(&turn.format) {
        body.insert("response_format".into(), format);
    }
    if let Some(limit) = turn.limits.max_tokens {
        let name = if decisions.is_openai {
            "max_completion_tokens"
        } else {
            "max_tokens"
        };
        body.insert(name.into(), limit.into());
    }
    if let (true, Some(key)) = (decisions.is_openai, &turn.cache_key) {
        body.insert("prompt_cache_key".into(), key.as_str().into());
    }
    let dropped = turn.hints.iter().map(|hint| hint_name(*hint)).collect();
    Ok(WrittenBody { body, dropped })
}

/// The members that both protocols have for a schema.
pub(super) fn schema_members(schema: &JsonSchema) -> Map<String, Value> {
    let mut members = Map::new();
    members.insert("name".into(), schema.name.as_str().into());
    if let Some(description) = &schema.description {
        members.insert("description".into(), description.as_str().into());
    }
    let anything = || json!({"type": "object"});
    let of = schema.schema.clone().unwrap_or_else(anything);
    members.insert("schema".into(), of);
    if let Some(is_strict) = schema.strict {
        members.insert("strict".into(), is_strict.into());
    }
    members
}

fn response_format(format: &AnswerFormat) -> Option<Value> {
    match format {
        AnswerFormat::Text => None,
        AnswerFormat::JsonObject => Some(json!({"type": "json_object"})),
        AnswerFormat::JsonSchema(schema) => {
            Some(json!({"type": "json_schema", "json_schema": schema_members(schema)}))
        }
    }
}

fn tool(tool: &Tool) -> Value {
    match tool {
        Tool::Function(it) => {
            let mut function = json!({"name": it.name});
            let members = [
                ("description", it.description.clone().map(Value::from)),
                ("parameters", it.parameters.clone()),
                ("strict", it.strict.map(Value::from)),
            ];
            for (name, value) in members {
                if let Some(value) = value {
                    function[name] = value;
                }
            }
            json!({"type": "function", "function": function})
        }
        Tool::Custom(it) => {
            let mut custom = json!({"name": it.name});
            if let Some(description) = &it.description {
                custom["description"] = description.as_str().into();
            }
            if let Some(format) = &it.format {
                custom["format"] = custom_format(format);
            }
            json!({"type": "custom", "custom": custom})
        }
    }
}

/// Here a grammar is one level deeper than in the Responses protocol.
fn custom_format(format: &Value) -> Value {
    if format["type"] != "grammar" || format["grammar"].is_object() {
        return format.clone();
    }
    json!({
        "type": "grammar",
        "grammar": {"syntax": format["syntax"], "definition": format["definition"]},
    })
}

fn tool_choice(turn: &Turn) -> Value {
    match &turn.tool_choice {
        ToolChoice::Auto => "auto".into(),
        ToolChoice::None => "none".into(),
        ToolChoice::Required => "required".into(),
        ToolChoice::Named(kind, name) => named(*kind, name),
        ToolChoice::Allowed { is_required, names } => {
            let named = |name: &String| named(named_kind(turn, name), name);
            json!({
                "type": "allowed_tools",
                "allowed_tools": {
                    "mode": if *is_required { "required" } else { "auto" },
                    "tools": names.iter().map(named).collect::<Vec<_>>(),
                },
            })
        }
    }
}

fn named(kind: ToolKind, name: &str) -> Value {
    match kind {
        ToolKind::Function => json!({"type": "function", "function": {"name": name}}),
        ToolKind::Custom => json!({"type": "custom", "custom": {"name": name}}),
    }
}

/// What was asked for, in the caller's words.
fn hint_name(hint: Hint) -> &'static str {
    match hint {
        Hint::Search => "web_search",
        Hint::Picture => "image_generation",
        Hint::Code => "code_interpreter",
    }
}

#[cfg(test)]
mod tests;
