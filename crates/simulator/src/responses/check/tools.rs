//! What is refused in the tools of a request and in the choice among them.

use serde_json::Value;

use super::schemas;
use crate::reply::Reply;
use crate::responses::errors;

/// The kinds of tools there are.
const KINDS: [&str; 14] = [
    "function",
    "custom",
    "local_shell",
    "shell",
    "web_search",
    "web_search_preview",
    "image_generation",
    "code_interpreter",
    "file_search",
    "mcp",
    "computer_use_preview",
    "apply_patch",
    "namespace",
    "tool_search",
];

/// Refuses tools that are not as they should be, or a choice of one that is not there.
pub(super) fn check(body: &Value) -> Result<(), Reply> {
    let tools = match &body["tools"] {
        Value::Null => &Vec::new(),
        Value::Array(tools) => tools,
        _ => return Err(errors::wrong_type("tools", "an array of objects")),
    };
    for (index, tool) in tools.iter().enumerate() {
        check_tool(&format!("tools[{index}]"), tool)?;
    }
    check_choice(&body["tool_choice"], tools)
}

fn check_tool(place: &str, tool: &Value) -> Result<(), Reply> {
    if tool["type"].is_null() {
        return Err(errors::missing(&format!("{place}.type")));
    }
    super::one_of(place, &tool["type"], &KINDS)?;
    match tool["type"].as_str() {
        Some("function") => check_function(place, tool),
        Some("custom") => name_at(place, tool).map(|_| ()),
        Some("namespace") => {
            name_at(place, tool)?;
            let inner = tool["tools"].as_array().into_iter().flatten();
            inner
                .enumerate()
                .try_for_each(|(index, tool)| check_tool(&format!("{place}.tools[{index}]"), tool))
        }
        _ => Ok(()),
    }
}

/// Refuses a function without a good name, or with parameters that are no schema.
pub(crate) fn check_function(place: &str, function: &Value) -> Result<(), Reply> {
    let name = name_at(place, function)?;
    let parameters = &function["parameters"];
    if !(parameters.is_null() || parameters.is_object()) {
        return Err(errors::wrong_type(
            &format!("{place}.parameters"),
            "an object",
        ));
    }
    let context = format!("function '{name}'");
    let param = format!("{place}.parameters");
    if function["strict"] == true {
        return schemas::check_strict(parameters, &context, &param);
    }
    schemas::check_object(parameters, &context, &param)
}

fn name_at<'a>(place: &str, tool: &'a Value) -> Result<&'a str, Reply> {
    let param = format!("{place}.name");
    let name = tool["name"]
        .as_str()
        .ok_or_else(|| errors::missing(&param))?;
    check_name(&param, name)?;
    Ok(name)
}

/// Refuses a name with characters in it that names do not have.
pub(crate) fn check_name(param: &str, name: &str) -> Result<(), Reply> {
    const LONGEST: usize = 64;
    let is_good = |character: char| character.is_ascii_alphanumeric() || "_-".contains(character);
    if !name.is_empty() && name.len() <= LONGEST && name.chars().all(is_good) {
        return Ok(());
    }
    let message = format!(
        "Invalid '{param}': string does not match pattern. Expected a string that matches the \
         pattern '^[a-zA-Z0-9_-]+$'."
    );
    Err(errors::invalid(
        Some("invalid_value"),
        Some(param),
        &message,
    ))
}

fn check_choice(choice: &Value, tools: &[Value]) -> Result<(), Reply> {
    match choice {
        Value::String(_) => super::one_of("tool_choice", choice, &["none", "auto", "required"]),
        Value::Object(members) => match members.get("name").and_then(Value::as_str) {
            Some(name) if !tools.iter().any(|tool| tool["name"] == name) => {
                let message = format!("Tool choice '{name}' not found in 'tools' parameter.");
                Err(errors::invalid(None, Some("tool_choice"), &message))
            }
            _ if members.contains_key("function") => Err(errors::missing("tool_choice.name")),
            _ => Ok(()),
        },
        _ => Ok(()),
    }
}
