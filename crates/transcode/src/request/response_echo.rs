//! What a response repeats of its request, with what counts where nothing was asked for.
//!
//! Clients' models have these members as required, so they are there for every request.

use serde_json::{Map, Value, json};

/// What is repeated as it is, and what it is when it was left out.
fn usual() -> [(&'static str, Value); 23] {
    [
        ("background", json!(false)),
        ("conversation", Value::Null),
        ("include", Value::Null),
        ("instructions", Value::Null),
        ("max_output_tokens", Value::Null),
        ("max_tool_calls", Value::Null),
        ("metadata", json!({})),
        ("parallel_tool_calls", json!(true)),
        ("previous_response_id", Value::Null),
        ("prompt", Value::Null),
        ("prompt_cache_key", Value::Null),
        ("prompt_cache_retention", Value::Null),
        ("reasoning", json!({"effort": null, "summary": null})),
        ("safety_identifier", Value::Null),
        ("service_tier", json!("default")),
        ("store", json!(true)),
        ("temperature", json!(1.0)),
        ("text", json!({"format": {"type": "text"}})),
        ("tool_choice", json!("auto")),
        ("tools", json!([])),
        ("top_logprobs", json!(0)),
        ("top_p", json!(1.0)),
        ("truncation", json!("disabled")),
    ]
}

/// The members of a response that come from its request.
pub(super) fn echo(body: &Map<String, Value>) -> Map<String, Value> {
    let mut echo = Map::new();
    for (name, usual) in usual() {
        let asked = body.get(name).filter(|it| !it.is_null()).cloned();
        let value = match (name, asked) {
            ("include", _) => continue,
            ("text", Some(text)) => text_with_format(text),
            ("reasoning", Some(reasoning)) => with_usual(reasoning, &usual),
            ("conversation", Some(Value::String(id))) => json!({"id": id}),
            ("tools", Some(Value::Array(tools))) => tools.into_iter().map(tool).collect(),
            ("service_tier", Some(tier)) if tier == "auto" => usual,
            (_, asked) => asked.unwrap_or(usual),
        };
        echo.insert(name.to_owned(), value);
    }
    if let Some(user) = body.get("user").filter(|it| it.is_string()) {
        echo.insert("user".to_owned(), user.clone());
    }
    echo
}

fn text_with_format(mut text: Value) -> Value {
    if text["format"].is_null() {
        text["format"] = json!({"type": "text"});
    }
    if text["format"]["type"] == "json_schema" {
        let format = text["format"].take();
        let usual = json!({"description": null, "strict": false});
        text["format"] = with_usual(format, &usual);
    }
    text
}

/// A tool with the members it always has.
fn tool(tool: Value) -> Value {
    let usual = match tool["type"].as_str() {
        Some("function") => json!({"description": null, "parameters": null, "strict": true}),
        Some("custom") => json!({"description": null, "format": {"type": "text"}}),
        Some("code_interpreter") => json!({"container": {"type": "auto"}}),
        Some(kind) if kind.starts_with("web_search") => {
            json!({"search_context_size": "medium", "user_location": null})
        }
        _ => json!({}),
    };
    with_usual(tool, &usual)
}

/// An object, with usual members where it has none of the name.
fn with_usual(mut object: Value, usual: &Value) -> Value {
    if let Some(members) = object.as_object_mut() {
        for (name, value) in usual.as_object().into_iter().flatten() {
            if members.get(name).is_none_or(Value::is_null) {
                members.insert(name.clone(), value.clone());
            }
        }
    }
    object
}
