//! What happens to each parameter of a Responses request that the web driver cannot pass on.
//!
//! Data: a parameter that would change the answer is refused unless it asks for what happens
//! anyway; everything else is named as dropped. Called by `api` for answers of the web driver.

use openai::error::InvalidRequest;
use serde_json::Value;

/// What is passed on, or done by the gateway.
const SERVED: &[&str] = &[
    "background",
    "conversation",
    "include",
    "instructions",
    "max_output_tokens",
    "metadata",
    "model",
    "previous_response_id",
    "reasoning",
    "store",
    "stream",
    "tool_choice",
    "tools",
];

/// A parameter that asks for nothing when it says this, and what to do otherwise.
struct Refused {
    name: &'static str,
    asks_for_nothing: fn(&Value) -> bool,
    instead: &'static str,
}

const REFUSED: &[Refused] = &[
    Refused {
        name: "top_logprobs",
        asks_for_nothing: |it| *it == 0,
        instead: "upstream states no log probabilities; leave it out",
    },
    Refused {
        name: "prompt",
        asks_for_nothing: |_| false,
        instead: "templates are kept by OpenAI's platform only; send their text as \"instructions\"",
    },
    Refused {
        name: "text",
        asks_for_nothing: |it| it["format"].is_null() || it["format"]["type"] == "text",
        instead: "the web driver cannot enforce a format; use {\"format\": {\"type\": \"text\"}}",
    },
];

/// Sorts what was asked for: refuses, or returns the names that are dropped.
pub fn settle_for_web(asked: &[(String, Value)]) -> Result<Vec<String>, InvalidRequest> {
    let mut dropped = Vec::new();
    for (name, value) in asked {
        if let Some(refused) = REFUSED.iter().find(|it| it.name == name) {
            if !(refused.asks_for_nothing)(value) {
                let message = format!("{name}: {}", refused.instead);
                return Err(InvalidRequest::unsupported(name, message));
            }
            if !value["verbosity"].is_null() {
                dropped.push("text.verbosity".to_owned());
            }
        } else if name == "tools" {
            refuse_callable(value)?;
        } else if name == "tool_choice" {
            refuse_choice(value)?;
        } else if name == "reasoning" {
            let summary = ["summary", "generate_summary"];
            let named = summary.iter().filter(|it| !value[**it].is_null());
            dropped.extend(named.map(|it| format!("reasoning.{it}")));
        } else if !SERVED.contains(&name.as_str()) && !asks_for_what_happens(name, value) {
            dropped.push(name.clone());
        }
    }
    Ok(dropped)
}

/// Values that are named by clients all the time and say what is so anyway.
fn asks_for_what_happens(name: &str, value: &Value) -> bool {
    match name {
        "truncation" => value == "disabled",
        "service_tier" => value == "auto" || value == "default",
        "temperature" | "top_p" => value.as_f64() == Some(1.0),
        "stream_options" => value["include_obfuscation"] != true,
        _ => false,
    }
}

fn refuse_callable(tools: &Value) -> Result<(), InvalidRequest> {
    let mut tools = tools.as_array().into_iter().flatten().enumerate();
    let is_callable = |tool: &Value| tool["type"] == "function" || tool["type"] == "custom";
    let Some((index, _)) = tools.find(|(_, tool)| is_callable(tool)) else {
        return Ok(());
    };
    let path = format!("tools[{index}]");
    let message = format!("{path}: the web driver has no caller-defined tools; leave it out");
    Err(InvalidRequest::unsupported(path, message))
}

fn refuse_choice(choice: &Value) -> Result<(), InvalidRequest> {
    let is_open = choice == "auto" || choice == "none";
    let kind = choice["type"].as_str().unwrap_or_default();
    let needs_tools = ["function", "custom", "allowed_tools"].contains(&kind);
    if is_open || !(needs_tools || choice == "required") {
        return Ok(());
    }
    let message = "tool_choice: the web driver has no caller-defined tools; leave it out";
    Err(InvalidRequest::unsupported("tool_choice", message))
}
