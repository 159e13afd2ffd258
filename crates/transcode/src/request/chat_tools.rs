//! Tools and forms of answers, as Chat Completions asks for them. Called by `chat_completion`.

use openai::error::InvalidRequest;
use openai::parameters::Parameters;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::turn::{AnswerFormat, CustomTool, FunctionTool, JsonSchema, Tool, ToolChoice, ToolKind};

/// More tools than any driver takes.
const MAX_TOOLS: usize = 256;

#[derive(Deserialize)]
struct Function {
    name: String,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    parameters: Option<Value>,
    #[serde(default)]
    strict: Option<bool>,
}

#[derive(Deserialize)]
struct Custom {
    name: String,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    format: Option<Value>,
}

#[derive(Deserialize)]
struct Named {
    name: String,
}

#[derive(Deserialize)]
struct JsonFormat {
    name: String,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    schema: Option<Value>,
    #[serde(default)]
    strict: Option<bool>,
}

/// The tools, of today and of the days of functions.
pub(super) fn read_tools(parameters: &mut Parameters<'_>) -> Result<Vec<Tool>, InvalidRequest> {
    let tools: Vec<Value> = parameters.take("tools")?.unwrap_or_default();
    let functions: Vec<Value> = parameters.take("functions")?.unwrap_or_default();
    if tools.len() + functions.len() > MAX_TOOLS {
        let message = format!("tools: at most {MAX_TOOLS} are taken");
        return Err(InvalidRequest::parameter("tools", message));
    }
    let tools = tools.into_iter().enumerate();
    let tools = tools.map(|(index, tool)| read_tool(&format!("tools[{index}]"), tool));
    let functions = functions.into_iter().enumerate();
    let functions = functions.map(|(index, it)| read_function(&format!("functions[{index}]"), it));
    tools.chain(functions).collect()
}

fn read_tool(path: &str, mut tool: Value) -> Result<Tool, InvalidRequest> {
    let kind = tool["type"].as_str().unwrap_or_default().to_owned();
    match kind.as_str() {
        "function" => read_function(&format!("{path}.function"), tool["function"].take()),
        "custom" => {
            let path = format!("{path}.custom");
            let Custom {
                name,
                description,
                format,
            } = read(&path, tool["custom"].take())?;
            let name = checked(&path, name)?;
            let format = format.map(flat_grammar);
            Ok(Tool::Custom(CustomTool {
                name,
                description,
                format,
            }))
        }
        _ => {
            let path = format!("{path}.type");
            let message = format!("{path}: use \"function\" or \"custom\"");
            Err(InvalidRequest::parameter(path, message))
        }
    }
}

fn read_function(path: &str, function: Value) -> Result<Tool, InvalidRequest> {
    let Function {
        name,
        description,
        parameters,
        strict,
    } = read(path, function)?;
    let name = checked(path, name)?;
    if parameters.as_ref().is_some_and(|it| !it.is_object()) {
        let path = format!("{path}.parameters");
        let message = format!("{path}: is a JSON schema, so an object");
        return Err(InvalidRequest::parameter(path, message));
    }
    Ok(Tool::Function(FunctionTool {
        name,
        description,
        parameters,
        strict,
    }))
}

/// A grammar lies one level deeper in Chat Completions than in Responses.
fn flat_grammar(format: Value) -> Value {
    match format.get("grammar") {
        Some(grammar) => json!({
            "type": "grammar",
            "syntax": grammar["syntax"],
            "definition": grammar["definition"],
        }),
        None => format,
    }
}

/// Names are words of letters, digits, `_` and `-`, as upstream has them.
fn checked(path: &str, name: String) -> Result<String, InvalidRequest> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    if (1..=128).contains(&name.len()) && name.chars().all(is_plain) {
        return Ok(name);
    }
    let path = format!("{path}.name");
    let message = format!("{path}: use 1 to 128 letters, digits, \"_\" and \"-\"");
    Err(InvalidRequest::parameter(path, message))
}

/// Whether a tool has to be called; it has to be there.
pub(super) fn read_choice(
    parameters: &mut Parameters<'_>,
    tools: &[Tool],
) -> Result<ToolChoice, InvalidRequest> {
    let older: Option<Value> = parameters.take("function_call")?;
    let newer: Option<Value> = parameters.take("tool_choice")?;
    let (path, choice) = match (newer, older) {
        (Some(choice), _) => ("tool_choice", choice),
        // `{"name": …}` was all there was to say.
        (None, Some(choice)) if choice.is_object() => (
            "function_call",
            json!({"type": "function", "function": choice}),
        ),
        (None, Some(choice)) => ("function_call", choice),
        (None, None) => return Ok(ToolChoice::Auto),
    };
    let read = read_one_choice(path, choice)?;
    let names: Vec<&str> = match &read {
        ToolChoice::Named(_, name) => vec![name],
        ToolChoice::Allowed { names, .. } => names.iter().map(String::as_str).collect(),
        ToolChoice::Required if tools.is_empty() => {
            let message = format!("{path}: there are no tools to call; send \"tools\"");
            return Err(InvalidRequest::parameter(path, message));
        }
        _ => Vec::new(),
    };
    match names
        .iter()
        .find(|name| !tools.iter().any(|it| it.name() == **name))
    {
        Some(name) => {
            let message = format!("{path}: there is no tool \"{name}\" among \"tools\"");
            Err(InvalidRequest::parameter(path, message))
        }
        None => Ok(read),
    }
}

fn read_one_choice(path: &str, mut choice: Value) -> Result<ToolChoice, InvalidRequest> {
    let word = choice
        .as_str()
        .or(choice["type"].as_str())
        .unwrap_or_default();
    match word.to_owned().as_str() {
        "auto" => Ok(ToolChoice::Auto),
        "none" => Ok(ToolChoice::None),
        "required" => Ok(ToolChoice::Required),
        "function" => {
            let Named { name } = read(&format!("{path}.function"), choice["function"].take())?;
            Ok(ToolChoice::Named(ToolKind::Function, name))
        }
        "custom" => {
            let Named { name } = read(&format!("{path}.custom"), choice["custom"].take())?;
            Ok(ToolChoice::Named(ToolKind::Custom, name))
        }
        "allowed_tools" => {
            let allowed = &choice["allowed_tools"];
            let tools = allowed["tools"].as_array().into_iter().flatten();
            let name = |it: &Value| it[it["type"].as_str()?]["name"].as_str().map(str::to_owned);
            Ok(ToolChoice::Allowed {
                is_required: allowed["mode"] == "required",
                names: tools.filter_map(name).collect(),
            })
        }
        _ => {
            let message =
                format!("{path}: use \"none\", \"auto\", \"required\", or name one of the tools");
            Err(InvalidRequest::parameter(path, message))
        }
    }
}

/// What form the answer has to have.
pub(super) fn read_format(parameters: &mut Parameters<'_>) -> Result<AnswerFormat, InvalidRequest> {
    let name = "response_format";
    let Some(mut format) = parameters.take::<Value>(name)? else {
        return Ok(AnswerFormat::Text);
    };
    if !format.is_object() {
        let message = format!("{name}: is an object, as in {{\"type\": \"json_object\"}}");
        return Err(InvalidRequest::parameter(name, message));
    }
    match format["type"].as_str() {
        Some("text") => Ok(AnswerFormat::Text),
        Some("json_object") => Ok(AnswerFormat::JsonObject),
        Some("json_schema") => {
            let path = format!("{name}.json_schema");
            let it: JsonFormat = read(&path, format["json_schema"].take())?;
            Ok(AnswerFormat::JsonSchema(JsonSchema {
                name: checked(&path, it.name)?,
                description: it.description,
                schema: it.schema,
                strict: it.strict,
            }))
        }
        _ => {
            let path = format!("{name}.type");
            let message = format!("{path}: use \"text\", \"json_object\" or \"json_schema\"");
            Err(InvalidRequest::parameter(path, message))
        }
    }
}

fn read<T: for<'de> Deserialize<'de>>(path: &str, value: Value) -> Result<T, InvalidRequest> {
    if value.is_null() {
        return Err(InvalidRequest::parameter(
            path,
            format!("{path}: is missing"),
        ));
    }
    serde_json::from_value(value)
        .map_err(|error| InvalidRequest::parameter(path, format!("{path}: {error}")))
}
