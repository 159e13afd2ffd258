//! The `tools` of a Messages body: functions of the caller's, and hints for what upstream has
//! itself.

use anthropic::request_tool::{RequestTool, RequestToolChoice};
use openai::error::InvalidRequest;
use serde_json::{Value, json};

use super::client_tools;
use crate::turn::{FunctionTool, Hint, Tool, ToolChoice, ToolKind};

/// Members of tools that say how they are to be cached or shown, not what they are.
const WITHOUT_EFFECT: &[&str] = &[
    "cache_control",
    "allowed_callers",
    "eager_input_streaming",
    "defer_loading",
];

/// What may be called.
#[derive(Debug, Default)]
pub(super) struct Tools {
    pub(super) functions: Vec<Tool>,
    pub(super) hints: Vec<Hint>,
    /// Whether searching was asked for as a tool.
    pub(super) searches: bool,
    /// Members without effect, by name.
    pub(super) dropped: Vec<String>,
    /// The names of tools that upstream has itself.
    own: Vec<String>,
}

/// Reads the `tools` parameter.
pub(super) fn read(tools: Vec<RequestTool>) -> Result<Tools, InvalidRequest> {
    let mut read = Tools::default();
    for (index, tool) in tools.into_iter().enumerate() {
        read.add(&format!("tools.{index}"), tool)?;
    }
    Ok(read)
}

impl Tools {
    fn add(&mut self, path: &str, tool: RequestTool) -> Result<(), InvalidRequest> {
        let kind = tool.kind.as_deref().unwrap_or("custom");
        if kind == "custom" {
            let function = custom(path, tool)?;
            self.functions.push(Tool::Function(function));
            return Ok(());
        }
        if let Some(function) = client_tools::known(kind, &tool) {
            self.functions.push(Tool::Function(function));
            return Ok(());
        }
        let hint = if kind.starts_with("web_search_") {
            self.searches = true;
            Hint::Search
        } else if kind.starts_with("code_execution_") {
            Hint::Code
        } else {
            let path = format!("{path}.type");
            let message = format!("{path}: tools of type \"{kind}\" are not supported");
            return Err(InvalidRequest::unsupported(path, message));
        };
        if !self.hints.contains(&hint) {
            self.hints.push(hint);
        }
        let members = tool.more.iter().filter(|(_, value)| !value.is_null());
        let members = members.filter(|(name, _)| !WITHOUT_EFFECT.contains(&name.as_str()));
        self.dropped
            .extend(members.map(|(name, _)| format!("{path}.{name}")));
        self.own.extend(tool.name);
        Ok(())
    }

    fn has(&self, name: &str) -> bool {
        self.functions.iter().any(|tool| tool.name() == name)
    }
}

fn custom(path: &str, tool: RequestTool) -> Result<FunctionTool, InvalidRequest> {
    let missing = |name: &str| {
        let path = format!("{path}.{name}");
        let message = format!("{path}: Field required");
        InvalidRequest::parameter(path, message)
    };
    let name = tool.name.filter(|it| !it.is_empty());
    let name = name.ok_or_else(|| missing("name"))?;
    let schema = tool.input_schema.filter(Value::is_object);
    let schema = schema.ok_or_else(|| missing("input_schema"))?;
    let mut description = tool.description;
    if let Some(examples) = tool.more.get("input_examples").filter(|it| !it.is_null()) {
        // Upstream has no place for examples, but a description may hold them.
        let text = description.get_or_insert_default();
        text.push_str("\nExamples of input: ");
        text.push_str(&examples.to_string());
    }
    Ok(FunctionTool {
        name,
        description,
        parameters: Some(with_properties(schema)),
        strict: tool.strict,
    })
}

/// Some upstreams insist on `properties`, which a tool without input may leave out.
fn with_properties(mut schema: Value) -> Value {
    if schema["type"] == "object" && schema.get("properties").is_none_or(Value::is_null) {
        schema["properties"] = json!({});
    }
    schema
}

/// Reads `tool_choice`.
pub(super) fn read_choice(
    choice: Option<&RequestToolChoice>,
    tools: &Tools,
) -> Result<ToolChoice, InvalidRequest> {
    let Some(choice) = choice else {
        return Ok(ToolChoice::Auto);
    };
    match choice.kind.as_str() {
        "auto" => Ok(ToolChoice::Auto),
        "none" => Ok(ToolChoice::None),
        // What upstream has itself is asked for by its hint.
        "any" if tools.functions.is_empty() => Ok(ToolChoice::Auto),
        "any" => Ok(ToolChoice::Required),
        "tool" => {
            let name = choice.name.as_deref().unwrap_or_default();
            if tools.has(name) {
                return Ok(ToolChoice::Named(ToolKind::Function, name.to_owned()));
            }
            if tools.own.iter().any(|own| own == name) {
                return Ok(ToolChoice::Auto);
            }
            Err(InvalidRequest::parameter(
                "tool_choice.name",
                format!("tool_choice.name: there is no tool \"{name}\" among tools"),
            ))
        }
        _ => Err(InvalidRequest::parameter(
            "tool_choice.type",
            "tool_choice.type: use auto, any, tool or none",
        )),
    }
}
