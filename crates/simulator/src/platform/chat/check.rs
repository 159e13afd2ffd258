//! What is refused in the body of a chat completion, in the words the OpenAI API has for it.

use serde_json::Value;

use crate::reply::Reply;
use crate::responses::check::{check_function, check_name, check_strict_schema, one_of};
use crate::responses::errors;

/// What a request may say.
const PARAMETERS: [&str; 37] = [
    "audio",
    "frequency_penalty",
    "function_call",
    "functions",
    "logit_bias",
    "logprobs",
    "max_completion_tokens",
    "max_tokens",
    "messages",
    "metadata",
    "modalities",
    "model",
    "moderation",
    "n",
    "parallel_tool_calls",
    "prediction",
    "presence_penalty",
    "prompt_cache_key",
    "prompt_cache_options",
    "prompt_cache_retention",
    "reasoning_effort",
    "response_format",
    "safety_identifier",
    "seed",
    "service_tier",
    "stop",
    "store",
    "stream",
    "stream_options",
    "temperature",
    "tool_choice",
    "tools",
    "top_logprobs",
    "top_p",
    "user",
    "verbosity",
    "web_search_options",
];

/// The most choices there are.
const MOST_CHOICES: u64 = 8;

/// Refuses a body with something in it that is not as it should be.
pub(super) fn check(body: &Value) -> Result<(), Reply> {
    for (name, _) in body.as_object().into_iter().flatten() {
        if !PARAMETERS.contains(&name.as_str()) {
            let message = format!("Unrecognized request argument supplied: {name}");
            return Err(errors::invalid(None, None, &message));
        }
    }
    let messages = match &body["messages"] {
        Value::Null => return Err(errors::missing("messages")),
        Value::Array(messages) => messages,
        _ => return Err(errors::wrong_type("messages", "an array of objects")),
    };
    if messages.is_empty() {
        let message = "Invalid 'messages': empty array. Expected an array with minimum length 1.";
        return Err(errors::invalid(
            Some("empty_array"),
            Some("messages"),
            message,
        ));
    }
    for (index, message) in messages.iter().enumerate() {
        check_message(index, message)?;
    }
    check_calls(messages)?;
    check_tools(&body["tools"])?;
    check_format(&body["response_format"])?;
    if body["n"]
        .as_u64()
        .is_some_and(|n| !(1..=MOST_CHOICES).contains(&n))
    {
        return Err(errors::wrong_value("n", &body["n"], &["1 to 8"]));
    }
    if !body["stream_options"].is_null() && body["stream"] != true {
        let message = "The 'stream_options' parameter is only allowed when 'stream' is enabled.";
        return Err(errors::invalid(None, Some("stream_options"), message));
    }
    Ok(())
}

fn check_message(index: usize, message: &Value) -> Result<(), Reply> {
    let place = format!("messages[{index}]");
    let roles = [
        "system",
        "assistant",
        "user",
        "function",
        "tool",
        "developer",
    ];
    if message["role"].is_null() {
        return Err(errors::missing(&format!("{place}.role")));
    }
    one_of(&format!("{place}.role"), &message["role"], &roles)?;
    let parts: &[&str] = match message["role"].as_str() {
        Some("user") => &["text", "image_url", "input_audio", "file"],
        Some("assistant") => &["text", "refusal"],
        _ => &["text"],
    };
    let says = ["tool_calls", "function_call", "refusal", "audio"];
    let needs_none = says.iter().any(|name| !message[name].is_null());
    match &message["content"] {
        Value::String(_) => Ok(()),
        Value::Null if message["role"] == "assistant" && needs_none => Ok(()),
        Value::Array(content) => content.iter().enumerate().try_for_each(|(index, part)| {
            let place = format!("{place}.content[{index}]");
            if part["type"].is_null() {
                return Err(errors::missing(&format!("{place}.type")));
            }
            one_of(&place, &part["type"], parts)?;
            let name = part["type"].as_str().unwrap_or_default();
            if part[name].is_null() {
                return Err(errors::missing(&format!("{place}.{name}")));
            }
            Ok(())
        }),
        _ => Err(errors::wrong_type(
            &format!("{place}.content"),
            "one of a string or array of objects",
        )),
    }
}

/// Refuses calls without answers, and answers without calls.
fn check_calls(messages: &[Value]) -> Result<(), Reply> {
    let mut open: Vec<&str> = Vec::new();
    let unanswered = |open: &[&str]| {
        let ids = open.join(", ");
        let message = format!(
            "An assistant message with 'tool_calls' must be followed by tool messages responding to \
             each 'tool_call_id'. The following tool_call_ids did not have response messages: {ids}"
        );
        errors::invalid(None, Some("messages"), &message)
    };
    for (index, message) in messages.iter().enumerate() {
        if message["role"] == "tool" {
            let id = message["tool_call_id"].as_str();
            let id =
                id.ok_or_else(|| errors::missing(&format!("messages[{index}].tool_call_id")))?;
            let Some(at) = open.iter().position(|called| *called == id) else {
                return Err(errors::invalid(
                    None,
                    Some(&format!("messages[{index}].role")),
                    "Invalid parameter: messages with role 'tool' must be a response to a preceeding \
                     message with 'tool_calls'.",
                ));
            };
            open.remove(at);
            continue;
        }
        if !open.is_empty() {
            return Err(unanswered(&open));
        }
        let calls = message["tool_calls"].as_array().into_iter().flatten();
        open = calls.filter_map(|call| call["id"].as_str()).collect();
    }
    if open.is_empty() {
        Ok(())
    } else {
        Err(unanswered(&open))
    }
}

fn check_tools(tools: &Value) -> Result<(), Reply> {
    for (index, tool) in tools.as_array().into_iter().flatten().enumerate() {
        let place = format!("tools[{index}]");
        one_of(
            &format!("{place}.type"),
            &tool["type"],
            &["function", "custom"],
        )?;
        match tool["type"].as_str() {
            Some("function") if tool["function"].is_object() => {
                check_function(&format!("{place}.function"), &tool["function"])?;
            }
            Some("custom") if tool["custom"].is_object() => {
                let name = tool["custom"]["name"].as_str().unwrap_or_default();
                check_name(&format!("{place}.custom.name"), name)?;
            }
            Some(kind) => return Err(errors::missing(&format!("{place}.{kind}"))),
            None => return Err(errors::missing(&format!("{place}.type"))),
        }
    }
    Ok(())
}

fn check_format(format: &Value) -> Result<(), Reply> {
    let kinds = ["text", "json_object", "json_schema"];
    one_of("response_format.type", &format["type"], &kinds)?;
    if format["type"] != "json_schema" {
        return Ok(());
    }
    let schema = &format["json_schema"];
    let place = "response_format.json_schema";
    let name = schema["name"].as_str();
    let name = name.ok_or_else(|| errors::missing(&format!("{place}.name")))?;
    check_name(&format!("{place}.name"), name)?;
    if schema["schema"].is_null() {
        return Err(errors::missing(&format!("{place}.schema")));
    }
    if schema["strict"] == true {
        check_strict_schema(&schema["schema"], name)?;
    }
    Ok(())
}
