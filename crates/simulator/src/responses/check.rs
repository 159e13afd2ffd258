//! What both servers refuse in the body of a Responses request, in the words the OpenAI API has for
//! it. What only one of them refuses is in `codex` and in `platform`.

mod schemas;
mod tools;

use serde_json::Value;

use super::errors;
use crate::reply::Reply;

/// The kinds of items there are.
const ITEMS: [&str; 20] = [
    "message",
    "reasoning",
    "function_call",
    "function_call_output",
    "custom_tool_call",
    "custom_tool_call_output",
    "local_shell_call",
    "local_shell_call_output",
    "shell_call",
    "shell_call_output",
    "web_search_call",
    "file_search_call",
    "image_generation_call",
    "code_interpreter_call",
    "compaction",
    "compaction_trigger",
    "item_reference",
    "mcp_call",
    "tool_search_call",
    "tool_search_output",
];

/// What may be included beside the answer.
const INCLUDES: [&str; 8] = [
    "reasoning.encrypted_content",
    "web_search_call.action.sources",
    "web_search_call.results",
    "message.output_text.logprobs",
    "message.input_image.image_url",
    "code_interpreter_call.outputs",
    "computer_call_output.output.image_url",
    "file_search_call.results",
];

const EFFORTS: [&str; 8] = [
    "none", "minimal", "low", "medium", "high", "xhigh", "max", "ultra",
];

/// Refuses a body with something in it that is not as it should be.
pub(crate) fn check(body: &Value, input: &[Value]) -> Result<(), Reply> {
    for (index, item) in input.iter().enumerate() {
        check_item(index, item)?;
    }
    tools::check(body)?;
    check_format(&body["text"]["format"])?;
    one_of("reasoning.effort", &body["reasoning"]["effort"], &EFFORTS)?;
    one_of(
        "reasoning.summary",
        &body["reasoning"]["summary"],
        &["auto", "concise", "detailed", "none"],
    )?;
    one_of(
        "text.verbosity",
        &body["text"]["verbosity"],
        &["low", "medium", "high"],
    )?;
    let included = body["include"].as_array().into_iter().flatten();
    for (index, value) in included.enumerate() {
        one_of(&format!("include[{index}]"), value, &INCLUDES)?;
    }
    Ok(())
}

/// Refuses a value that is there and is none of these.
pub(crate) fn one_of(param: &str, value: &Value, permitted: &[&str]) -> Result<(), Reply> {
    match value {
        Value::Null => Ok(()),
        Value::String(text) if permitted.contains(&text.as_str()) => Ok(()),
        other => Err(errors::wrong_value(param, other, permitted)),
    }
}

/// The kind of an item; messages need not say it.
pub(crate) fn kind_of(item: &Value) -> &str {
    match &item["type"] {
        Value::String(kind) => kind,
        _ if item["role"].is_string() => "message",
        _ => "",
    }
}

fn check_item(index: usize, item: &Value) -> Result<(), Reply> {
    let place = format!("input[{index}]");
    if !item.is_object() {
        return Err(errors::wrong_type(&place, "an object"));
    }
    let kind = kind_of(item);
    if !ITEMS.contains(&kind) {
        return Err(errors::wrong_value(&place, &item["type"], &ITEMS));
    }
    let needed: &[&str] = match kind {
        "message" => return check_message(&place, item),
        "function_call" => &["call_id", "name", "arguments"],
        "custom_tool_call" => &["call_id", "name", "input"],
        "local_shell_call" => &["call_id", "action"],
        "function_call_output" | "custom_tool_call_output" => &["call_id", "output"],
        "reasoning" => &["summary"],
        "compaction" => &["encrypted_content"],
        "item_reference" => &["id"],
        _ => &[],
    };
    for name in needed {
        if item[name].is_null() {
            return Err(errors::missing(&format!("{place}.{name}")));
        }
    }
    check_lengths(&place, item)
}

/// Ids have a longest length, which clients run into that make their own.
fn check_lengths(place: &str, item: &Value) -> Result<(), Reply> {
    const LONGEST: usize = 64;
    for name in ["call_id", "id"] {
        let length = item[name].as_str().map_or(0, str::len);
        if length > LONGEST {
            let message = format!(
                "Invalid '{place}.{name}': string too long. Expected a string with maximum length \
                 {LONGEST}, but got a string with length {length} instead."
            );
            let param = format!("{place}.{name}");
            let code = Some("string_above_max_length");
            return Err(errors::invalid(code, Some(&param), &message));
        }
    }
    Ok(())
}

fn check_message(place: &str, item: &Value) -> Result<(), Reply> {
    let role = format!("{place}.role");
    if item["role"].is_null() {
        return Err(errors::missing(&role));
    }
    let roles = ["assistant", "system", "developer", "user"];
    one_of(&role, &item["role"], &roles)?;
    let permitted: &[&str] = if item["role"] == "assistant" {
        &["output_text", "refusal"]
    } else {
        &["input_text", "input_image", "input_file"]
    };
    match &item["content"] {
        Value::String(_) => Ok(()),
        Value::Array(parts) => parts.iter().enumerate().try_for_each(|(index, part)| {
            let place = format!("{place}.content[{index}]");
            check_part(&place, part, permitted)
        }),
        Value::Null => Err(errors::missing(&format!("{place}.content"))),
        _ => Err(errors::wrong_type(
            &format!("{place}.content"),
            "one of an array of objects or string",
        )),
    }
}

fn check_part(place: &str, part: &Value, permitted: &[&str]) -> Result<(), Reply> {
    if part["type"].is_null() {
        return Err(errors::missing(&format!("{place}.type")));
    }
    one_of(place, &part["type"], permitted)?;
    let has = |name: &str| !part[name].is_null();
    let is_whole = match part["type"].as_str() {
        Some("input_image") => has("image_url") || has("file_id"),
        Some("input_file") => has("file_data") || has("file_id") || has("file_url"),
        Some("refusal") => has("refusal"),
        _ => part["text"].is_string(),
    };
    if is_whole {
        return Ok(());
    }
    let name = match part["type"].as_str() {
        Some("input_image") => "image_url",
        Some("input_file") => "file_data",
        Some("refusal") => "refusal",
        _ => "text",
    };
    Err(errors::missing(&format!("{place}.{name}")))
}

/// Refuses a form of the answer that cannot be kept to.
fn check_format(format: &Value) -> Result<(), Reply> {
    one_of(
        "text.format.type",
        &format["type"],
        &["text", "json_object", "json_schema"],
    )?;
    if format["type"] != "json_schema" {
        return Ok(());
    }
    for name in ["name", "schema"] {
        if format[name].is_null() {
            return Err(errors::missing(&format!("text.format.{name}")));
        }
    }
    let name = format["name"].as_str().unwrap_or_default();
    tools::check_name("text.format.name", name)?;
    if format["strict"] == true {
        let context = format!("response_format '{name}'");
        schemas::check_strict(&format["schema"], &context, "text.format.schema")?;
    }
    Ok(())
}

/// The same for chat completions, where the parameter is called otherwise.
pub(crate) fn check_strict_schema(schema: &Value, name: &str) -> Result<(), Reply> {
    schemas::check_strict(
        schema,
        &format!("response_format '{name}'"),
        "response_format",
    )
}

pub(crate) use tools::{check_function, check_name};

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn refused(body: &Value) -> String {
        let input = body["input"].as_array().cloned().unwrap_or_default();
        format!("{:?}", check(body, &input).unwrap_err())
    }

    #[test]
    fn what_is_wrong_is_named_by_its_place() {
        for (body, place) in [
            (json!({"input": [{"role": "user"}]}), "input[0].content"),
            (
                json!({"input": [{"role": "assistant", "content": [{"type": "input_text", "text": "x"}]}]}),
                "input[0].content[0]",
            ),
            (
                json!({"input": [{"role": "tool", "content": "x"}]}),
                "input[0].role",
            ),
            (
                json!({"input": [{"type": "function_call", "name": "a"}]}),
                "input[0].call_id",
            ),
            (json!({"tools": [{"type": "function"}]}), "tools[0].name"),
            (
                json!({"tools": [{"type": "function", "function": {"name": "a"}}]}),
                "tools[0].name",
            ),
            (json!({"tools": [{"type": "other"}]}), "tools[0]"),
            (json!({"reasoning": {"effort": "much"}}), "reasoning.effort"),
            (
                json!({"text": {"format": {"type": "json_schema"}}}),
                "text.format.name",
            ),
            (json!({"include": ["everything"]}), "include[0]"),
        ] {
            let refusal = refused(&body);
            assert!(
                refusal.contains(&format!("\\\"param\\\":\\\"{place}")),
                "{place}: {refusal}"
            );
        }
    }

    #[test]
    fn a_strict_schema_says_everything() {
        let format = |schema: Value| {
            json!({"text": {"format": {"type": "json_schema", "name": "a", "strict": true,
                "schema": schema}}})
        };
        let open = json!({"type": "object", "properties": {"a": {"type": "string"}},
            "required": ["a"]});
        assert!(refused(&format(open)).contains("additionalProperties"));
        let optional = json!({"type": "object", "properties": {"a": {"type": "string"}},
            "required": [], "additionalProperties": false});
        assert!(refused(&format(optional)).contains("Missing 'a'"));
        let good = json!({"type": "object", "properties": {"a": {"type": "string"}},
            "required": ["a"], "additionalProperties": false});
        assert!(check(&format(good), &[]).is_ok());
    }
}
